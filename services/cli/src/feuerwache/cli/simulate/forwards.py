"""What was passed on to departments: what nobody answers shows up again at its due time, as in the service. Pure.

In a recording departments answer by what the team writes beneath a post; `AnswerForward` is given elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from feuerwache.cli.simulate.judgement import Judged
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import ForwardOverdue
from feuerwache.escalation.rules.forwarding.deadline import Deadline, Passed
from feuerwache.escalation.rules.forwarding.forwarding import told


@dataclass(frozen=True, slots=True)
class Waiting:
    """A post that a department has. `since` is when it was passed on, `came_up` when it showed up again."""

    deadline: Deadline
    since: datetime
    came_up: datetime | None = None


class Forwards:
    """`counts`: department, what became of a post → number (`rules/forwarding`, "outcomes")."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._waiting: dict[Passed, Waiting] = {}
        self._late: dict[Passed, Waiting] = {}

    def take(self, judged: Judged, now: datetime) -> Iterator[tuple[datetime, Event[ForwardOverdue]]]:
        """What a moment changed; when somebody has to look whether it was answered, and with which command."""
        self.counts.update(judged.forwards)
        for passed in judged.came_up:
            if passed in self._waiting:
                self._late[passed] = replace(self._waiting[passed], came_up=now)
        for passed, deadline in judged.deadlines.items():
            known = self._waiting.get(passed)
            if deadline is None:
                self._waiting.pop(passed, None)
            elif known is None or known.deadline != deadline:
                self._waiting[passed] = Waiting(deadline, now)
                at = max(deadline.due, now)
                yield at, told(passed, deadline, at)

    def waits(self, command: ForwardOverdue) -> bool:
        """Whether this is still waited for: an answer, an edit or the end of the post may have come first."""
        ref = command.ref
        waiting = self._waiting.get(Passed(ref.community, command.author_id, ref.platform, ref.post_id))
        return waiting is not None and waiting.deadline == Deadline(command.department, command.due)

    def unanswered(self) -> dict[Passed, Waiting]:
        """What came up, and what is waited for still; the earliest due first."""
        found = (self._late | self._waiting).items()
        return dict(sorted(found, key=lambda each: (each[1].deadline.due, each[0])))
