"""The pulses of a shard into its rows, and what comes of them: alarms and ends of fires. No I/O.

The time is asked of a clock, for two things only: what cannot have happened yet is not counted, and silence, which no
pulse can tell (`tick`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
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
                said = self._taken(batch, name, pulse, increments, event.time)
                outgoing += [self._outgoing(name, self._watched.places[name].brand, each) for each in said]
            batch.row.seen(pulse.source_partition, pulse.sequence)
        batch.write(self._watched.places)
        return Output(outgoing, letters)

    def tick(self, now: datetime, shards: Mapping[int, Rows]) -> Sequence[Outgoing]:
        """What no pulse tells: silences, fires that are out, communities that are gone. Writes nothing.

        `shards`: the rows of every shard that this process has and has read to its end.
        """
        self._refresh()
        minute = minute_of(now)
        metrics.bars(self._bars, minute)
        said: list[tuple[str, str, Said]] = []
        listening = Listening(minute)
        for shard, rows in shards.items():
            for name, brand in ShardRow.read(rows).gone(self._watched.places):
                community = self._shelf.peek(rows, name).community
                said += [(name, brand, each) for each in community.ends(community.newest or 0)]
            for name in self._by_shard.get(shard, ()):
                entry = self._shelf.peek(rows, name)
                brand = self._watched.places[name].brand
                said += [(name, brand, each) for each in entry.community.calm(minute)]
                listening.to(name, entry.community, self._known(entry, rows, name))
        metrics.ALL_SILENT.set(listening.deaf)
        if not listening.deaf:
            said += [(name, self._watched.places[name].brand, alarm) for name, alarm in listening.alarms]
        news = [each for each in said if self._is_news(each[2].id)]
        return [self._outgoing(name, brand, each) for name, brand, each in news]

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
    ) -> list[Said]:
        entry, calendar = batch.entry(name), self._watched.places[name].calendar
        if is_import(pulse.source_partition):
            shelf.imported(entry, batch.rows, name, _whole_quarters(increments), calendar)
            metrics.IMPORTED.inc(len(increments))
            return []
        community = entry.community
        limit = minute_of(self._limit(written))
        if not community.take(pulse.source_partition, pulse.sequence, increments, limit):
            metrics.REPEATS.inc()
            return []
        newest = community.newest
        if newest is None:
            shelf.learn(entry, batch.rows, name, 0, calendar)
            return []
        said = community.judge(self._known(entry, batch.rows, name))
        shelf.learn(entry, batch.rows, name, self._slot(name, newest), calendar)
        return said

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
