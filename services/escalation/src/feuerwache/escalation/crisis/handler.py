"""The pulses of a shard into its rows, and what comes of them: alarms and ends of fires. No I/O.

The time is asked of a clock, for two things only: what cannot have happened yet is not counted, and silence, which no
pulse can tell (`tick`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from feuerwache.common.clock import Clock
from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.alarm import AlarmEnded, AlarmRaised
from feuerwache.common.events.base import Event
from feuerwache.common.events.pulse import CommunitiesPulsed, Increment
from feuerwache.common.faust.rows import Rows
from feuerwache.common.kafka.keys import alarm_shard, shard_key, shard_of
from feuerwache.common.kafka.record import DeadLetter, Outgoing, Output, Record
from feuerwache.escalation.crisis import metrics, shelf
from feuerwache.escalation.crisis.alarm import Alarm, Said
from feuerwache.escalation.crisis.bars import NO_BARS, Bars
from feuerwache.escalation.crisis.batch import Batch, ShardRow
from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.habit import slot_of
from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.imports import is_import
from feuerwache.escalation.crisis.knowledge import Knowledge
from feuerwache.escalation.crisis.listening import Listening
from feuerwache.escalation.crisis.shelf import Entry, Shelf
from feuerwache.escalation.crisis.watched import Watched
from feuerwache.escalation.crisis.week import minute_of, quarter_of, start_of_minute

SOURCE = "/escalation/crisis"
#: Clocks of machines differ; a minute further ahead than this is a mistake, and would end the window of all others.
AHEAD = timedelta(minutes=10)
#: So many communities are listened to, and for so long in real time, before other work may be done.
SLICE, SLICE_SECONDS = 200, 0.02
#: What a tick has said is said again only when so much else was said since.
SAID_KEPT = 10_000


class CrisisHandler:
    """`watched` is asked for each batch, and `told` for the bars that people raised (`detectors.bars.v1`)."""

    def __init__(
        self,
        watched: Callable[[], Watched],
        alarms_topic: str,
        clock: Clock,
        sensitivity: Sensitivity,
        *,
        shards: int = 8,
        told: Callable[[], Bars] = lambda: NO_BARS,
    ) -> None:
        self._asked = watched
        self._watched = watched()
        self._told_by = told
        self._told = told()
        self._bars = self._watched.campaigns | self._told
        self._alarms_topic = alarms_topic
        self._clock = clock
        self._sensitivity = sensitivity
        self._shards = shards
        self._shelf = Shelf()
        self._said: dict[UUID, None] = {}
        self._by_shard: dict[int, list[str]] = {}
        self._settle()

    def handle(self, shard: int, records: Sequence[Record], rows: Rows) -> Output:
        outgoing: list[Outgoing] = []
        letters: list[DeadLetter] = []
        self._refresh()
        batch = Batch(rows, self._shelf)
        for name, brand in batch.row.gone(self._watched.places):
            community = batch.entry(name).community
            outgoing += [self._outgoing(name, brand, each) for each in community.close(community.newest or 0)]
        for record in records:
            try:
                event = record.event()
                pulse = _pulse(shard, event)
            except InvalidRecord as error:
                letters.append(DeadLetter.of(record, error))
                continue
            for name, increments in self._by_community(pulse.increments, event.time).items():
                outgoing += self._taken(batch, name, pulse, increments, event.time)
            batch.row.seen(pulse.source_partition, pulse.sequence)
        for name in list(batch.unjudged):
            outgoing += self._judged(batch, name)
        batch.write(self._watched.places)
        return Output(outgoing, letters)

    def tick(self, now: datetime, shards: Mapping[int, Rows]) -> Iterator[Sequence[Outgoing]]:
        """What no pulse tells: silences, fires that are out, communities that are gone. Writes nothing.

        `shards`: the rows of every shard that this process has and has read to its end. Slice by slice: after `SLICE`
        communities or `SLICE_SECONDS` pulses may be handled. A change of what is watched ends it; the next tick knows.
        """
        self._refresh()
        minute, watched = minute_of(now), self._watched
        metrics.bars(self._bars, minute)
        listening = Listening(minute)
        for shard, rows in shards.items():
            for name, brand in ShardRow.read(rows).gone(watched.places):
                community = self._shelf.peek(rows, name).community
                yield self._news(name, brand, community.ends(community.newest or 0))
            names = iter(self._by_shard.get(shard, []))
            while (outgoing := self._slice(listening, rows, names)) is not None:
                yield outgoing
                if self._watched is not watched:
                    return
        metrics.ALL_SILENT.set(listening.deaf)
        if not listening.deaf:
            for name, alarm in listening.alarms:
                yield self._news(name, watched.places[name].brand, [alarm])

    def _slice(self, listening: Listening, rows: Rows, names: Iterator[str]) -> list[Outgoing] | None:
        """Listens to the next communities; their fires that are out. None when all were listened to."""
        until = self._clock.monotonic() + SLICE_SECONDS
        outgoing: list[Outgoing] | None = None
        for name in islice(names, SLICE):
            outgoing = [*(outgoing or ()), *self._listened(listening, rows, name)]
            if self._clock.monotonic() > until:
                break
        return outgoing

    def _listened(self, listening: Listening, rows: Rows, name: str) -> list[Outgoing]:
        entry = self._shelf.peek(rows, name)
        if entry.baseline is not None:
            # Imported weeks are learned now, in a quiet moment; else their first pulse would wait for it.
            metrics.BASELINE.labels(name).set(entry.baseline.known)
        listening.to(name, entry.community, self._known(entry, rows, name))
        return self._news(name, self._watched.places[name].brand, entry.community.calm(listening.minute))

    def _news(self, name: str, brand: str, said: Iterable[Said]) -> list[Outgoing]:
        return [self._outgoing(name, brand, each) for each in said if self._is_news(each.id)]

    # --- what is watched

    def _refresh(self) -> None:
        """A calendar that has changed makes another baseline of the same weeks; a bar that was told holds from now."""
        watched, told = self._asked(), self._told_by()
        if watched is self._watched and told is self._told:
            return
        if watched is not self._watched:
            self._shelf.forget_baselines()
        self._watched, self._told = watched, told
        self._bars = watched.campaigns | told
        self._settle()

    def _settle(self) -> None:
        self._by_shard = {}
        for name in self._watched.places:
            self._by_shard.setdefault(shard_of(name, self._shards), []).append(name)
        metrics.bars(self._bars, minute_of(self._clock.now()))

    def _is_news(self, said: UUID) -> bool:
        if said in self._said:
            return False
        self._said[said] = None
        if len(self._said) > SAID_KEPT:
            del self._said[next(iter(self._said))]
        return True

    # --- pulses

    def _by_community(self, increments: Iterable[Increment], written: datetime) -> dict[str, list[Increment]]:
        """What can be counted; the rest is told in a metric, and takes nothing else of its pulse along."""
        limit = self._limit(written)
        by_community: dict[str, list[Increment]] = {}
        for increment in increments:
            if increment.community not in self._watched.places:
                metrics.REFUSED.labels(metrics.UNKNOWN_COMMUNITY).inc()
            elif increment.minute > limit:
                metrics.REFUSED.labels(metrics.FUTURE).inc()
            elif min(increment.posts, increment.negative, increment.reports, increment.reach) < 0:
                metrics.REFUSED.labels(metrics.NEGATIVE_COUNT).inc()
            else:
                by_community.setdefault(increment.community, []).append(increment)
        return by_community

    def _limit(self, written: datetime) -> datetime:
        """The later of two clocks, that of the writer and our own: one that is late must not refuse everything."""
        return max(self._clock.now(), written) + AHEAD

    def _taken(
        self, batch: Batch, name: str, pulse: CommunitiesPulsed, increments: Sequence[Increment], written: datetime
    ) -> list[Outgoing]:
        """Counts increments of a community in. What was counted in before is judged first if a new minute begins: of
        one minute, only what it comes to in the end is worth a judgement, and a backlog takes less than half the
        time."""
        entry = batch.entry(name)
        if is_import(pulse.source_partition):
            batch.imported(name, _whole_quarters(increments), self._watched.places[name].calendar)
            metrics.IMPORTED.inc(len(increments))
            return []
        said: list[Outgoing] = []
        newest, latest = entry.community.newest, max(minute_of(each.minute) for each in increments)
        if name in batch.unjudged and newest is not None and latest > newest:
            said = self._judged(batch, name)
        if entry.community.take(pulse.source_partition, pulse.sequence, increments, minute_of(self._limit(written))):
            batch.unjudged[name] = None
        else:
            metrics.REPEATS.inc()
        return said

    def _judged(self, batch: Batch, name: str) -> list[Outgoing]:
        entry, place = batch.entry(name), self._watched.places[name]
        del batch.unjudged[name]
        newest = entry.community.newest
        if newest is None:
            shelf.learn(entry, batch.rows, name, 0, place.calendar)
            return []
        said = entry.community.judge(self._known(entry, batch.rows, name))
        shelf.learn(entry, batch.rows, name, self._slot(name, newest), place.calendar)
        return [self._outgoing(name, place.brand, each) for each in said]

    def _known(self, entry: Entry, rows: Rows, name: str) -> Knowledge:
        calendar = self._watched.places[name].calendar
        return shelf.knowledge(entry, rows, name, calendar, bars=self._bars, sensitivity=self._sensitivity)

    def _slot(self, name: str, minute: int) -> int:
        return slot_of(self._watched.places[name].calendar.hour_of_week(start_of_minute(minute)))

    # --- saying

    def _outgoing(self, community: str, brand: str, said: Said) -> Outgoing:
        now = self._clock.now()
        shard = alarm_shard(community, brand, self._shards)
        payload: AlarmRaised | AlarmEnded
        if isinstance(said, Alarm):
            metrics.ALARMS.labels(said.kind.value, said.severity.value).inc()
            payload = said.payload(community, brand, now)
        else:
            metrics.ENDED.labels(said.kind.value).inc()
            payload = said.payload(community, brand)
        event = Event(said.id, SOURCE, now, payload)
        return Outgoing.of(self._alarms_topic, shard, shard_key(shard), event)


def _pulse(shard: int, event: Event[Any]) -> CommunitiesPulsed:
    pulse = event.data
    if not isinstance(pulse, CommunitiesPulsed):
        raise InvalidRecord(f"a {pulse.TYPE} is no pulse")
    if pulse.shard != shard:
        raise InvalidRecord(f"a pulse of shard {pulse.shard} on partition {shard}")
    return pulse


def _whole_quarters(increments: Iterable[Increment]) -> list[Quarter]:
    return [Quarter(quarter_of(each.minute), each.posts, each.negative, each.reports) for each in increments]
