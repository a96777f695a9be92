"""The weekend in event time: what happens next happens next, whatever the clock on the wall says. Pure.

Posts are taken in batches of a few seconds, as the services take them; each hop from one service to the next takes a
second; what an incident has to do, and a department to answer, falls due at its time. The rules know what burns as of
the moment, never what comes later. After the last line it goes on for a while, so that ladders are climbed to their
end. The same lines and the same configuration give the same weekend.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import Any, Protocol
from uuid import UUID

from feuerwache.cli.simulate.burning import Burning
from feuerwache.cli.simulate.forwards import Forwards
from feuerwache.cli.simulate.intake import Intake
from feuerwache.cli.simulate.judgement import Judged, Progress, Received
from feuerwache.cli.simulate.pager import Pager
from feuerwache.cli.simulate.recording import BadLine, Line
from feuerwache.cli.simulate.station import Station
from feuerwache.cli.simulate.watch import Watch
from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.alarm import AlarmEnded, AlarmRaised
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.decision import ForwardOverdue
from feuerwache.common.events.incident import Acknowledge, Incident
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.events.page import PageReceipt, PageRequested
from feuerwache.common.events.post import PostEvent
from feuerwache.common.events.pulse import CommunitiesPulsed
from feuerwache.common.kafka.keys import alarm_shard
from feuerwache.escalation.crisis.csvfile import Count
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.escalation.incidents.change import Change
from feuerwache.escalation.rules.community.fire import Fires
from feuerwache.escalation.rules.judging.judging import Options

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: What one service hands to the next arrives so much later.
HOP = timedelta(seconds=1)
#: How exactly the incidents keep their times, and how often incidents and detectors are asked what no time was set for.
POLL, LOOK = timedelta(milliseconds=100), timedelta(minutes=1)
#: The source of the pulses, and its only partition.
RULES, PARTITION = "rules", 0


class Judge(Protocol):
    """Classifier and rules (`court`)."""

    @property
    def instants(self) -> Iterator[tuple[datetime, int]]: ...

    def judge(self, at: datetime, fires: Fires) -> Judged: ...

    def hear(self, command: Event[ForwardOverdue], now: datetime) -> Judged: ...


#: Who judges these events, which come in the order of their instants.
Sitting = Callable[[Sequence[Received]], AbstractContextManager[Judge]]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is not in the configuration. `after`: how long to go on after the last line.

    `batch`: how much time the posts of one batch span; whole seconds.
    """

    counts: Sequence[Count] = ()
    overrides: Sequence[OnCallOverridden] = ()
    answer: timedelta | None = None
    after: timedelta = timedelta(hours=2)
    shards: int = 8
    options: Options = field(default_factory=Options)
    false_alarms_per_week: float = 0.2
    batch: timedelta = timedelta(seconds=5)


@dataclass(slots=True)
class Course:
    """Everything that came of it. `until` is the instant up to which it was played."""

    begin: datetime
    end: datetime
    until: datetime
    bad: list[BadLine] = field(default_factory=list)
    received: Counter[str] = field(default_factory=Counter)
    repeats: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    withdrawn: int = 0
    dead: Counter[str] = field(default_factory=Counter)
    pulses: list[CommunitiesPulsed] = field(default_factory=list)
    incidents: dict[UUID, Incident] = field(default_factory=dict)
    pages: dict[UUID, PageRequested] = field(default_factory=dict)
    receipts: list[PageReceipt] = field(default_factory=list)
    forwards: Forwards = field(default_factory=Forwards)


class Weekend:
    """One run over lines in the order of their time; there must be some. `sitting` gives classifier and rules."""

    def __init__(self, station: Station, circumstances: Circumstances, sitting: Sitting) -> None:
        self._circumstances = circumstances
        self._sitting = sitting
        shards = circumstances.shards
        self._intake = Intake(station.communities)
        self._watch = Watch(station.watched, circumstances.false_alarms_per_week, shards)
        self._books = [IncidentBook(shard, shards, station.house) for shard in range(shards)]
        self._pager = Pager(station.directory, circumstances.overrides, circumstances.answer)
        self._court: Judge
        self._burning = Burning()
        self._sequences: Counter[int] = Counter()
        self._shard_of: dict[UUID, int] = {}
        self._queue: list[tuple[datetime, int, Event[Any]]] = []
        self._number = 0
        self._looked = self._ticked = datetime.min.replace(tzinfo=UTC)

    def play(self, lines: Sequence[Line], progress: Progress = lambda _: None) -> Course:
        """`progress` is given the number of lines that were played since it was called last."""
        begin, end = lines[0].at, lines[-1].at
        course = self._course = Course(begin, end, end + self._circumstances.after)
        self._looked = self._ticked = begin
        self._watch.learn(self._circumstances.counts, begin)
        events = [(at, event) for line in lines if (event := self._take(line, at := self._end_of_batch(line.at)))]
        progress(len(lines) - len(events))
        with self._sitting(events) as self._court:
            for at, count in self._court.instants:
                self._until(at)
                self._decided(self._court.judge(at, self._burning.fires), at)
                progress(count)
            self._until(course.until)
        course.repeats = self._intake.repeats
        course.dead.update(self._watch.dead)
        return course

    def _end_of_batch(self, at: datetime) -> datetime:
        batch = self._circumstances.batch
        return EPOCH + ((at - EPOCH) // batch + 1) * batch

    def _take(self, line: Line, now: datetime) -> Event[PostEvent] | None:
        event = self._intake.take(line, now)
        if isinstance(event, tuple):
            self._course.bad += [BadLine.of(line.number, problem) for problem in event]
            return None
        if event is not None:
            self._course.received[event.type] += 1
        return event

    def _decided(self, found: Judged, now: datetime) -> None:
        self._course.actions.update(found.actions)
        self._course.withdrawn += found.withdrawn
        self._course.dead.update(found.dead)
        for alarm in found.alarms:
            self._later(now + HOP, alarm)
        for at, command in self._course.forwards.take(found, now):
            self._later(at, command)
        for shard, increments in found.increments.items():
            self._sequences[shard] += 1
            number = self._sequences[shard]
            pulse = CommunitiesPulsed(
                shard=shard, source_partition=PARTITION, sequence=number, increments=tuple(increments)
            )
            pulse_id = derived_id(RULES, "pulse", PARTITION, shard, number)
            self._later(now + HOP, Event(pulse_id, "/escalation/rules", found.latest, pulse))

    def _later(self, at: datetime, event: Event[Any]) -> None:
        self._number += 1
        heappush(self._queue, (at, self._number, event))

    def _until(self, instant: datetime) -> None:
        """Everything that happens up to this instant."""
        while (at := self._next()) <= instant:
            while self._queue and self._queue[0][0] <= at:
                self._happen(heappop(self._queue)[2], at)
            self._looked = at
            if at - self._ticked >= LOOK:
                self._ticked = at
                for alarm in self._watch.tick(at):
                    self._later(at + HOP, alarm)
            for book in self._books:
                for change in book.due(at):
                    self._changed(change, book, at)
            self._said(self._pager.due(at), at)

    def _next(self) -> datetime:
        """The next instant at which something may happen."""
        due = (incident.due_at for incident in self._course.incidents.values() if incident.due_at is not None)
        soonest = min([at for at in due if at > self._looked], default=self._looked + LOOK)
        soonest = min(soonest, self._looked + LOOK)
        if self._queue:
            soonest = min(soonest, self._queue[0][0])
        if self._pager.due_at is not None:
            soonest = min(soonest, self._pager.due_at)
        return max(soonest, self._looked + POLL)

    def _happen(self, event: Event[Any], now: datetime) -> None:
        match event.data:
            case CommunitiesPulsed() as pulse:
                self._course.pulses.append(pulse)
                for alarm in self._watch.see([event], now):
                    self._later(now + HOP, alarm)
            case AlarmRaised() | AlarmEnded() as alarm:
                self._apply(event, alarm_shard(alarm.community, alarm.brand, self._circumstances.shards), now)
            case PageRequested() as page:
                self._course.pages[event.id] = page
                self._said(self._pager.send(event, now), now)
            case PageReceipt() as receipt:
                self._course.receipts.append(receipt)
                self._apply(event, self._shard_of[receipt.incident_id], now)
            case Acknowledge() as command:
                self._apply(event, self._shard_of[command.incident_id], now)
                self._pager.freed(command.incident_id)
            case Incident() as incident:
                self._burning.learn(incident)
            case ForwardOverdue() as command:
                if self._course.forwards.waits(command):
                    self._decided(self._court.hear(event, now), now)
            case other:
                raise AssertionError(f"nobody waits for {type(other).__name__}")

    def _said(self, receipts: Sequence[Event[PageReceipt]], now: datetime) -> None:
        for receipt in receipts:
            self._later(now + HOP, receipt)
        for at, command in self._pager.answers(receipts, now):
            self._later(at, command)

    def _apply(self, event: Event[Any], shard: int, now: datetime) -> None:
        book = self._books[shard]
        try:
            change = book.apply(event, now)
        except InvalidRecord as error:
            self._course.dead[str(error)] += 1
            return
        if change is not None:
            self._changed(change, book, now)

    def _changed(self, change: Change, book: IncidentBook, now: datetime) -> None:
        for incident in book:  # a change may be about several of them
            self._course.incidents[incident.incident_id] = incident
            self._shard_of[incident.incident_id] = incident.shard
        for incident in (change.incident, *change.also):
            self._said(self._pager.look(incident, now), now)
            self._later(now + HOP, Event(incident.incident_id, "/escalation/incidents", now, incident))
        for page in change.pages:
            self._later(now + HOP, page)
        for alarm in change.alarms:
            self._later(now + HOP, alarm)
