"""What one partition has passed on and waits for, beside its batches: read at the start, written with each, asked at
each tick. What is due becomes a command to this partition itself, so that it is judged in order like anything else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from feuerwache.common.events.author import AuthorJournalled
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import ForwardOverdue
from feuerwache.common.kafka.keys import author_key
from feuerwache.common.kafka.record import NOTHING, Outgoing, Output
from feuerwache.common.kafka.topics import DECISIONS_COMMANDS
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.rules import metrics
from feuerwache.escalation.rules.community import pseudonym
from feuerwache.escalation.rules.forwarding.deadline import Deadline, Passed, deadlines
from feuerwache.escalation.rules.forwarding.duebook import DueBook, DueStore
from feuerwache.escalation.rules.forwarding.forwarding import told
from feuerwache.escalation.rules.forwarding.teamanswers import TeamAnswers
from feuerwache.escalation.rules.judging.docket import Docket


class Overdue:
    """One partition's. `pulse_key` keys the pseudonyms of posts."""

    def __init__(
        self, partition: int, settings: CommonSettings, store: DueStore, answers: TeamAnswers, pulse_key: bytes
    ) -> None:
        self._partition = partition
        self._topic = settings.topics().of(DECISIONS_COMMANDS)
        self._store = store
        self._answers = answers
        self._key = pulse_key
        self._book = DueBook()
        self._telling: dict[Passed, Deadline] = {}
        self._shown: Counter[str] = Counter()

    async def start(self) -> None:
        self._book.take(await self._store.read())
        self._show()

    async def rebuild(self, found: dict[Passed, Deadline]) -> None:
        """What the journals say is waited for takes the place of everything here."""
        await self._store.write(found, anew=True)
        self._book = DueBook()
        self._book.take(found)
        self._show()

    async def answered(self, events: Iterable[Event[Any]]) -> dict[str, dict[str, int]]:
        """Of the posts that may be overdue, those the team has answered."""
        asked: dict[str, list[str]] = {}
        for event in events:
            if isinstance(event.data, ForwardOverdue):
                ref = event.data.ref
                asked.setdefault(ref.community, []).append(pseudonym.post(ref.platform, ref.post_id, self._key))
        return await self._answers.read(asked) if asked else {}

    async def write(self, docket: Docket) -> None:
        """What the batch changed; nothing is asked of Redis where that is nothing."""
        if docket.deadlines:
            await self._store.write(docket.deadlines)
        if docket.team_answers:
            await self._answers.write(docket.team_answers)

    def commit(self, docket: Docket) -> None:
        """The batch is on record."""
        if docket.deadlines:
            self._book.take(docket.deadlines)
            self._show()
        for (department, outcome), count in docket.forwards.items():
            metrics.FORWARDS.labels(department, outcome).inc(count)

    def tick(self, now: datetime, communities: Collection[str]) -> Output:
        """The commands that are due by now. Of a community that nobody configures any more nothing comes up."""
        due = self._book.due(now)
        self._telling = {passed: deadline for passed, deadline in due.items() if passed.community in communities}
        if not self._telling:
            return NOTHING
        return Output([self._command(passed, deadline, now) for passed, deadline in self._telling.items()])

    def told(self) -> None:
        """The last tick's commands are on record."""
        self._book.tell(self._telling)
        self._telling = {}

    def close(self) -> None:
        for department, count in self._shown.items():
            metrics.FORWARDS_OPEN.labels(department).dec(count)
        self._shown = Counter()

    def _command(self, passed: Passed, deadline: Deadline, now: datetime) -> Outgoing:
        key = author_key(passed.community, passed.author_id)
        return Outgoing.of(self._topic, self._partition, key, told(passed, deadline, now))

    def _show(self) -> None:
        shown = Counter(self._book.departments())
        for department in shown.keys() | self._shown.keys():
            metrics.FORWARDS_OPEN.labels(department).inc(shown[department] - self._shown[department])
        self._shown = shown


def found_in(found: dict[Passed, Deadline], journal: AuthorJournalled) -> None:
    """Takes a journal of the topic in: the last one of an author says what is waited for."""
    for entry in journal.entries:
        found.pop(Passed(journal.community, journal.author_id, entry.platform, entry.post_id), None)
    found.update(deadlines(journal))
