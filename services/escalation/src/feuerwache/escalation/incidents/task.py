"""The incidents task: one shard's alarms, commands and receipts in; incidents, pages, raised bars and the alarm that
nobody was reached out.

Its state is its own output: `incidents.changed.v1`, written in the same transaction as the pages and the offsets. So
an incident and the page it asked for are on record together or not at all, and a successor goes on where this one
stopped. Time is part of the loop: `tick` asks the book what is due.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from feuerwache.common.clock import Clock
from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.alarm import AlarmRaised, BarRaised
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.incident import Incident, IncidentChanged, IncidentState, Mute
from feuerwache.common.events.page import PageReceipt
from feuerwache.common.kafka.keys import bar_key, incident_key, shard_key
from feuerwache.common.kafka.record import DeadLetter, Outgoing, Output, Record
from feuerwache.common.kafka.topics import ALARMS_RAISED, DETECTORS_BARS, INCIDENTS_CHANGED, PAGES_REQUESTED, TopicNames
from feuerwache.escalation.incidents import canary, metrics
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.escalation.incidents.change import SOURCE, Change
from feuerwache.escalation.policy.house import House, UnknownCommunity

#: How often (event time) the book is searched for incidents that ended long ago.
SWEEP = timedelta(hours=1)


class IncidentsTask:
    """The runner's handler for one shard. `house` says which configuration is in force; it is asked for each batch.

    `look_again` reads the files anew: what was configured a moment ago may burn before anybody has looked.
    """

    def __init__(
        self,
        shard: int,
        shards: int,
        house: Callable[[], House],
        clock: Clock,
        names: TopicNames,
        *,
        look_again: Callable[[], Awaitable[House]] | None = None,
    ) -> None:
        self._shard = shard
        self._house = house
        self._look_again = look_again
        self._clock = clock
        self._book = IncidentBook(shard, shards, house())
        self._changed = names.of(INCIDENTS_CHANGED)
        self._requested = names.of(PAGES_REQUESTED)
        self._bars = names.of(DETECTORS_BARS)
        self._alarms = names.of(ALARMS_RAISED)
        self._next_sweep: datetime | None = None
        self._written: list[Change] = []

    async def restore(self, record: Record) -> None:
        if record.value is None:
            if record.key is not None:
                self._book.forget(UUID(record.key.decode()))
            return
        changed = record.event().data
        if not isinstance(changed, IncidentChanged):
            raise InvalidRecord(f"{record.topic} holds {type(changed).__name__}, which is no state of an incident")
        self._book.restore(changed.incident)

    async def start(self, committed: dict[str, int | None]) -> None:  # noqa: ARG002 - the protocol's
        self._count_open()

    async def handle(self, records: Sequence[Record]) -> Output:
        now = self._clock.now()
        self._book.house = self._house()
        changes: list[Change] = []
        besides: list[Outgoing] = []
        dead: list[DeadLetter] = []
        looked = self._look_again is None
        for record in records:
            try:
                event = record.event()
                try:
                    taken = self._taken(event, now)
                except UnknownCommunity:
                    if looked or self._look_again is None:
                        raise
                    looked, self._book.house = True, await self._look_again()
                    taken = self._taken(event, now)
            except InvalidRecord as error:
                dead.append(DeadLetter.of(record, error))
            else:
                if isinstance(taken, Change):
                    changes.append(taken)
                elif taken is not None:
                    besides.append(taken)
        return Output([*self._outgoing(changes, now), *besides], dead)

    def _taken(self, event: Event[Any], now: datetime) -> Change | Outgoing | None:
        """The incident after it; or what leaves no incident behind, ready to go."""
        match event.data:
            case Mute():
                return self._bar(self._book.mute(event, now))
            case AlarmRaised(canary=True):
                drill = canary.passed_on(event, now, self._book.house)
                return Outgoing.of(self._requested, self._shard, incident_key(drill.data.incident_id), drill)
            case PageReceipt() as receipt if canary.came_back(receipt):
                return None
            case _:
                return self._book.apply(event, now)

    async def tick(self) -> Output:
        now = self._clock.now()
        outgoing = self._outgoing(self._book.due(now), now)
        if self._next_sweep is None or now >= self._next_sweep:
            self._next_sweep = now + SWEEP
            outgoing += [self._tombstone(incident_id) for incident_id in self._book.forget_ended(now)]
        return Output(outgoing)

    async def committed(self) -> None:
        for change in self._written:
            count(change)
        self._written = []
        self._count_open()

    async def close(self) -> None:
        metrics.OPEN.labels(str(self._shard)).set(0)

    def _outgoing(self, changes: Sequence[Change], now: datetime) -> list[Outgoing]:
        self._written = list(changes)
        outgoing: list[Outgoing] = []
        for change in changes:
            for incident in (change.incident, *change.also):
                key = incident_key(incident.incident_id)
                outgoing.append(Outgoing.of(self._changed, self._shard, key, as_event(incident, now)))
            key = incident_key(change.incident.incident_id)
            outgoing += [Outgoing.of(self._requested, self._shard, key, page) for page in change.pages]
            outgoing += [self._bar(bar) for bar in change.bars]
            outgoing += [Outgoing.of(self._alarms, self._shard, shard_key(self._shard), each) for each in change.alarms]
        return outgoing

    def _bar(self, bar: Event[BarRaised]) -> Outgoing:
        return Outgoing.of(self._bars, self._shard, bar_key(bar.data.community, bar.data.bar_id), bar)

    def _tombstone(self, incident_id: UUID) -> Outgoing:
        return Outgoing(self._changed, self._shard, incident_key(incident_id), None)

    def _count_open(self) -> None:
        still = sum(incident.state is not IncidentState.RESOLVED for incident in self._book)
        metrics.OPEN.labels(str(self._shard)).set(still)


def as_event(incident: Incident, now: datetime) -> Event[IncidentChanged]:
    event_id = derived_id("incident-changed", incident.incident_id, incident.revision)
    return Event(id=event_id, source=SOURCE, time=now, data=IncidentChanged(incident=incident))


def count(change: Change) -> None:
    """What a committed change adds to the figures."""
    for incident in (change.incident, *change.also):
        if incident.revision == 0:
            metrics.OPENED.labels(incident.kind.value).inc()
        count_line(incident)
    for page in change.pages:
        metrics.PAGES.labels(page.data.urgency.value).inc()
        metrics.LATE.inc(page.data.late_seconds > 0)
        metrics.DIGESTS.inc(bool(page.data.digest))
        metrics.LAST_RESORT.inc(page.data.reason == "last_resort")
        metrics.ASKED_AGAIN.inc(page.data.reason == "ask_again")
    metrics.NOBODY_REACHED.inc(len(change.alarms))


def count_line(incident: Incident) -> None:
    """What the newest line of the timeline adds."""
    line = incident.timeline[-1]
    metrics.UNANSWERED.inc(line.what == "nobody_answered")
    if line.what == "refused":
        metrics.REFUSED.labels(line.detail["reason"]).inc()
    if line.what == "resolved" and line.detail["reason"] == "false_alarm":
        metrics.FALSE_ALARMS.labels(incident.kind.value).inc()
    if line.what == "resolved" and line.actor is None:
        metrics.CALMED.labels("yes" if line.detail["answered"] else "no").inc()
