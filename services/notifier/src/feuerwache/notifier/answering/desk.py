"""From an answer to a command on record, and back to what became of it.

`take` proves whom the button was made for and puts one command on record; its id is derived from the provider's id of
the press, so a callback that is posted again is the same command. `settle` waits a moment until the incidents task has
obeyed and says what is true then: a late answer hears who was first. Nothing here decides who wins: the task does, in
the order of its topic. A message that tells of several incidents is answered for all of them: one command each.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import SecretStr

from feuerwache.common.clock import Clock
from feuerwache.common.config.people import People, Person
from feuerwache.common.errors import TransientError
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.incident import Acknowledge, Incident, IncidentCommand, IncidentState, NeedHelp, Snooze
from feuerwache.common.kafka.keys import shard_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import INCIDENTS_COMMANDS, TopicNames
from feuerwache.common.permission import refusal
from feuerwache.common.wording.refusal import refusal_text
from feuerwache.notifier import metrics
from feuerwache.notifier.answering.callback import Pressed, says_yes
from feuerwache.notifier.answering.given import SOURCE, Given
from feuerwache.notifier.answering.paged import Paged
from feuerwache.notifier.answering.reference import BadReference, EndedReference, verify
from feuerwache.notifier.answering.told import Listener, ended, line, several, several_lines, told, what_of
from feuerwache.notifier.answering.wording import UNKNOWN_SENDER, WORDS
from feuerwache.notifier.incidents import Incidents
from feuerwache.notifier.message.choice import ACKNOWLEDGE, NEED_HELP, SNOOZE

SNOOZED_FOR = timedelta(minutes=30)
#: Presses that are remembered until the incidents show them.
REMEMBERED = 10_000
By = Literal["slack", "telegram", "voice", "sms"]
#: What makes an incident one's own, now or before.
OBEYED = ("obeyed", "repeated")


@dataclass(frozen=True, slots=True)
class Taken:
    """An answer that was understood: on record as `command_id`, or ended already with `text`.

    `parts`: one for each incident, when the answer was to a message that tells of several.
    """

    outcome: str
    text: str = ""
    person: Person | None = None
    before: Incident | None = None
    command: IncidentCommand | None = None
    command_id: UUID | None = None
    parts: tuple[Taken, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` is for whoever answered, `line` for everybody who sees the message; empty while nobody has taken over."""

    outcome: str
    text: str
    line: str = ""


class AnswerDesk:
    """`wait_seconds`: real seconds that an answer waits for the incidents task to obey."""

    def __init__(
        self,
        *,
        people: Callable[[], People],
        incidents: Incidents,
        paged: Paged,
        given: Given,
        producer: EventProducer,
        secret: SecretStr,
        names: TopicNames,
        clock: Clock,
        wait_seconds: float,
    ) -> None:
        self.people = people
        self.clock = clock
        self._incidents = incidents
        self._paged = paged
        self._given = given
        self._producer = producer
        self._secret = secret.get_secret_value().encode()
        self._commands = names.of(INCIDENTS_COMMANDS)
        self._wait_seconds = wait_seconds
        self._pressed: OrderedDict[UUID, UUID] = OrderedDict()
        self._telling: set[asyncio.Task[None]] = set()

    async def take(self, by: By, pressed: Pressed, persons: Sequence[Person], rooms: Sequence[str] = ()) -> Taken:
        """`persons` the account belongs to; `rooms` that the chat is."""
        if not persons:
            return Taken("unknown_sender", UNKNOWN_SENDER)
        words = WORDS[persons[0].language]
        holders = [*(one.id for one in persons), *rooms]
        try:
            reference = verify(pressed.reference, holders, self._secret, self.clock.real_now())
        except EndedReference:
            return Taken("bad_reference", words.old_button)
        except BadReference:
            return Taken("bad_reference", words.bad_button)
        person = next((one for one in persons if one.id == reference.holder), persons[0])
        about = self._paged.told_in(reference.about) or (reference.about,)
        return await self._give_all(by, person, about, pressed.letter, pressed.press)

    async def text_message(self, text: str, message_id: str, persons: Sequence[Person]) -> Taken:
        """A "1" takes over what the newest page to any of these persons was about of which anything is open."""
        if not persons:
            return Taken("unknown_sender", UNKNOWN_SENDER)
        words = WORDS[persons[0].language]
        if not says_yes(text):
            return Taken("not_understood", words.how)
        known = {one.id: one for one in persons}
        messages = self._paged.messages_to(known)
        # Whose "1" it is and what it meant is settled the first time it comes: again, it takes nothing else.
        for person in persons:
            meant = self._obeyed(command_id_of("sms", message_id, person, Acknowledge))
            if meant is not None:
                return await self._give("sms", person, meant, ACKNOWLEDGE, message_id)
        burning = [message for message in messages if any(self._open(one) for one in message[1])]
        if not messages:
            return Taken("nothing_open", words.nothing_open)
        person_id, about = (burning or messages)[0]
        return await self._give_all("sms", known[person_id], about, ACKNOWLEDGE, message_id)

    async def settle(self, by: By, taken: Taken) -> Answer:
        answer = await self._settled(taken)
        metrics.ANSWERS.labels(by, answer.outcome).inc()
        return answer

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Goes on after the provider has its answer."""
        task = asyncio.create_task(work)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def close(self, seconds: float) -> None:
        """Lets what is being told be told, for so long."""
        if self._telling:
            _, late = await asyncio.wait(self._telling, timeout=seconds)
            for task in late:
                task.cancel()

    async def _give_all(self, by: By, person: Person, about: Sequence[UUID], letter: str, press: str) -> Taken:
        """One command for each incident. The first that goes out is known by the press alone, the others by their
        incident as well, so that a press that is posted again is recognised whatever has become of the message."""
        parts: dict[UUID, Taken] = {}
        for incident_id in about:
            present = self._incidents.present(incident_id)
            key = present.incident_id if present is not None else incident_id
            if key in parts:
                continue  # it was merged into another one of these
            if any(part.outcome == "not_recorded" for part in parts.values()):
                # Kafka is away: trying each would take longer than the three seconds Slack waits.
                parts[key] = Taken("not_recorded", WORDS[person.language].not_recorded)
                continue
            first = not any(part.command_id for part in parts.values())
            parts[key] = await self._give(by, person, incident_id, letter, press if first else f"{press}/{key}")
        if len(parts) == 1:
            return next(iter(parts.values()))
        return Taken("several", person=person, parts=tuple(parts.values()))

    async def _give(self, by: By, person: Person, incident_id: UUID, letter: str, press: str) -> Taken:
        words = WORDS[person.language]
        incident = self._incidents.present(incident_id)
        if incident is None:
            return Taken("unknown_incident", words.unknown_incident)
        command = self._command(letter, incident, person)
        reason = refusal(command, self.people(), incident.kind, self.clock.now())
        if reason is not None:
            return Taken("refused", refusal_text(reason, person.role, person.language))
        command_id = command_id_of(by, press, person, type(command))
        taken = Taken("obeyed", "", person, incident, command, command_id)
        if self._obeyed(command_id) is not None:
            return Taken("repeated", "", person, incident, command, command_id)
        event = Event(command_id, SOURCE, self.clock.now(), command)
        try:
            await self._producer.send(Outgoing.of(self._commands, incident.shard, shard_key(incident.shard), event))
        except TransientError:
            return Taken("not_recorded", words.not_recorded)
        self._pressed[command_id] = incident.incident_id
        while len(self._pressed) > REMEMBERED:
            self._pressed.popitem(last=False)
        return taken

    def _command(self, letter: str, incident: Incident, person: Person) -> IncidentCommand:
        actor, incident_id = Actor(person_id=person.id, via=Via.CHANNEL), incident.incident_id
        if letter == NEED_HELP:
            return NeedHelp(incident_id=incident_id, actor=actor)
        if letter == SNOOZE:
            return Snooze(incident_id=incident_id, actor=actor, until=self.clock.now() + SNOOZED_FOR)
        return Acknowledge(incident_id=incident_id, actor=actor)

    async def _settled(self, taken: Taken) -> Answer:
        if taken.parts and taken.person is not None:
            return self._all_of(taken, await asyncio.gather(*map(self._settled, taken.parts)))
        person, before, command, command_id = taken.person, taken.before, taken.command, taken.command_id
        if person is None or before is None or command is None or command_id is None:
            return Answer(taken.outcome, taken.text)

        def present() -> Incident:
            return self._incidents.present(before.incident_id) or before

        arrived = await self._incidents.until(lambda: command_id in present().command_ids, self._wait_seconds)
        after, listener = present(), Listener(person, self.people(), self.clock.now())
        said = line(after, listener)
        if not arrived and not _decided(after, person):
            text = WORDS[person.language].under_way.format(what=what_of(after, person.language))
            return Answer("under_way", text, said)
        last = after.timeline[-1] if after.timeline else None
        if last is not None and last.what == "refused" and last.actor == command.actor:
            reason = refusal_text(str(last.detail.get("reason", "")), person.role, person.language)
            return Answer("refused", reason, said)
        if after.state is IncidentState.RESOLVED:
            return Answer("late", ended(after, listener), said)
        late = isinstance(command, Acknowledge) and after.owner != person.id
        outcome = "late" if late and taken.outcome == "obeyed" else taken.outcome
        return Answer(outcome, told(command, before, after, listener), said)

    def _all_of(self, taken: Taken, answers: Sequence[Answer]) -> Answer:
        """What is still whose first, because a text message and a notice are cut at their end."""
        assert taken.person is not None
        language = taken.person.language
        whats: list[str] = []
        lines: list[str] = []
        mine: list[str] = []
        others: list[str] = []
        for part, answer in zip(taken.parts, answers, strict=True):
            whats.append(what_of(part.before, language) if part.before is not None else "")
            lines.append(answer.line)
            owned = answer.outcome in OBEYED and isinstance(part.command, Acknowledge)
            (mine if owned else others).append(whats[-1] if owned else answer.text)
        outcome = next((one for one in OBEYED if any(answer.outcome == one for answer in answers)), answers[0].outcome)
        text = several(mine, others, language) if mine else " ".join(dict.fromkeys(others))
        return Answer(outcome, text, several_lines(whats, lines))

    def _obeyed(self, command_id: UUID) -> UUID | None:
        """The incident this command was given about before, as far as is known."""
        applied = self._incidents.applied(command_id)
        if applied is not None:
            return applied.incident_id
        return self._pressed.get(command_id) or self._given.incident_of(command_id)

    def _open(self, incident_id: UUID) -> bool:
        incident = self._incidents.present(incident_id)
        return incident is not None and incident.state in {IncidentState.TRIGGERED, IncidentState.REOPENED}


def command_id_of(by: By, press: str, person: Person, command: type) -> UUID:
    return derived_id("answer", by, press, person.id, command.__name__)


def _decided(incident: Incident, person: Person) -> bool:
    """Somebody else had it before, or it is over: the command will change nothing, so this is the last word."""
    taken = incident.state is IncidentState.ACKNOWLEDGED and incident.owner != person.id
    return taken or incident.state is IncidentState.RESOLVED
