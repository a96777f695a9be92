"""What the crisis process does with the pulses: alarms. Pure; the rows that Faust keeps are a dictionary here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from feuerwache.common.clock import ManualClock
from feuerwache.common.events import codec
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.pulse import CommunitiesPulsed
from feuerwache.common.faust.rows import Rows, row_key
from feuerwache.common.faust.step import step
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.escalation.crisis.csvfile import Count
from feuerwache.escalation.crisis.handler import CrisisHandler
from feuerwache.escalation.crisis.imports import import_pulses
from feuerwache.escalation.crisis.registry import sensitivity_of
from feuerwache.escalation.crisis.watched import Watched

PULSES, ALARMS = "communities.pulse.v1", "alarms.raised.v1"


@dataclass(frozen=True, slots=True)
class Handed(Record):
    """A record whose event never was bytes."""

    handed: Event[Any] | None = None

    def event(self) -> Event[Any]:
        assert self.handed is not None
        return self.handed


class Watch:
    """The detectors over all shards. `dead` are the reasons of pulses they refused."""

    def __init__(self, watched: Watched, false_alarms_per_week: float, shards: int) -> None:
        self._clock = ManualClock(datetime.min.replace(tzinfo=UTC))
        sensitivity = sensitivity_of(false_alarms_per_week)
        self._handler = CrisisHandler(lambda: watched, ALARMS, self._clock, sensitivity, shards=shards)
        self._shards = shards
        self._stored: dict[bytes, bytes] = {}
        self._offsets: defaultdict[int, int] = defaultdict(int)
        self.dead: list[str] = []

    def learn(self, counts: Sequence[Count], now: datetime) -> None:
        """What earlier weeks were like, as `feuerwache baseline import` would tell."""
        for number, pulse in enumerate(import_pulses(counts, self._shards)):
            event = Event(derived_id("baseline", number), "/baseline/import", now, pulse)
            list(self.see([event], now))

    def see(self, pulses: Sequence[Event[CommunitiesPulsed]], now: datetime) -> Iterator[Event[Any]]:
        """The alarms, raised and ended, that these pulses are reason for."""
        self._clock.advance(now - self._clock.now())
        for pulse in pulses:
            shard = pulse.data.shard
            self._offsets[shard] += 1
            record = Handed(PULSES, shard, self._offsets[shard], 0, None, None, (), pulse)
            done = step(self._handler, shard, [record], self._stored)
            for name, value in done.written.items():
                if value is None:
                    self._stored.pop(row_key(shard, name), None)
                else:
                    self._stored[row_key(shard, name)] = value
            self.dead += [letter.reason for letter in done.output.dead_letters]
            yield from map(_event, done.output.outgoing)

    def tick(self, now: datetime) -> Iterator[Event[Any]]:
        """What no pulse tells: who has fallen silent, which fire is out."""
        self._clock.advance(now - self._clock.now())
        rows = {shard: Rows(self._stored, shard) for shard in range(self._shards)}
        for outgoing in self._handler.tick(now, rows):
            yield from map(_event, outgoing)


def _event(outgoing: Outgoing) -> Event[Any]:
    return codec.decode(outgoing.value, tuple(outgoing.headers))
