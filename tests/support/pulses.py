"""Pulses to write, and a shard to give them to without a broker: rows in a dict, the real handler, a clock by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from feuerwache.common.clock import ManualClock
from feuerwache.common.events import codec
from feuerwache.common.events.alarm import AlarmEnded, AlarmRaised
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.pulse import CommunitiesPulsed, Example, Increment
from feuerwache.common.faust.rows import Rows, row_key
from feuerwache.common.faust.step import step
from feuerwache.common.kafka.keys import shard_of
from feuerwache.common.kafka.record import Outgoing, Output, Record
from feuerwache.escalation.crisis.bars import NO_BARS, Bars
from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.handler import CrisisHandler
from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.imports import FIRST_SOURCE
from feuerwache.escalation.crisis.registry import sensitivity_of
from feuerwache.escalation.crisis.watched import Place, Watched
from feuerwache.escalation.crisis.week import Calendar, quarter_of, start_of_quarter

COMMUNITY = "morgenrot-forum"
COMMUNITIES = (COMMUNITY, "morgenrot-facebook")
BRAND = "morgenrot"
BERLIN = ZoneInfo("Europe/Berlin")
SHARDS = 8
#: Where the community's pulses are.
SHARD = shard_of(COMMUNITY, SHARDS)
#: A Saturday evening.
EVENING = datetime(2026, 11, 14, 20, 0, tzinfo=BERLIN).astimezone(UTC)


def increment(minute: datetime, posts: int = 0, negative: int = 0, **more: Any) -> Increment:
    return Increment(community=more.pop("community", COMMUNITY), minute=minute, posts=posts, negative=negative, **more)


def pulse(
    increments: Iterable[Increment], sequence: int, source: int = 0, shard: int = SHARD
) -> Event[CommunitiesPulsed]:
    data = CommunitiesPulsed(shard=shard, source_partition=source, sequence=sequence, increments=tuple(increments))
    return Event(derived_id("rules-pulse", source, shard, sequence), "/escalation/rules", datetime.now(UTC), data)


def example(post_id: str, weight: float) -> Example:
    return Example(platform="forum", post_id=post_id, label="complaint", weight=weight)


def even_weeks(until: datetime, per_quarter: int, negative: int = 0, weeks: int = 4, seed: int = 7) -> list[Quarter]:
    """Quarters with about the same count at all hours, spread a little more than Poisson's."""
    random, last = Random(seed), quarter_of(until)
    result = []
    for index in range(last - weeks * 672, last):
        posts = max(0, round(random.gauss(per_quarter, per_quarter**0.5 * 1.1)))
        result.append(Quarter(index, posts, min(posts, negative)))
    return result


class Shard:
    """Gives pulses to the handler as the worker would, and remembers what came out."""

    def __init__(
        self,
        calendar: Calendar | None = None,
        sensitivity: Sensitivity | None = None,
        watched: Callable[[], Watched] | None = None,
        told: Callable[[], Bars] = lambda: NO_BARS,
    ) -> None:
        self.clock = ManualClock(EVENING)
        always = Watched(dict.fromkeys(COMMUNITIES, Place(calendar or Calendar(BERLIN), BRAND)))
        self._watched = watched or (lambda: always)
        self._told = told
        self._sensitivity = sensitivity or sensitivity_of(0.2)
        self.restarted()
        self.rows: dict[bytes, bytes] = {}
        self.alarms: list[Event[AlarmRaised]] = []
        self.ended: list[Event[AlarmEnded]] = []
        self.partitions: set[int] = set()
        self.dead: list[str] = []
        self._offset = 0
        self._sequence: dict[int, int] = {}

    def restarted(self) -> None:
        """A new process: only the rows have survived."""
        self.handler = CrisisHandler(
            self._watched, "alarms", self.clock, self._sensitivity, shards=SHARDS, told=self._told
        )

    def minute(self, at: datetime, posts: int = 0, negative: int = 0, source: int = 0, **more: Any) -> Output:
        """One pulse with one increment, numbered as the next one of its source. The clock follows."""
        return self.give([self.numbered([increment(at, posts, negative, **more)], source)])

    def numbered(self, increments: Sequence[Increment], source: int = 0) -> Event[CommunitiesPulsed]:
        self._sequence[source] = self._sequence.get(source, 0) + 1
        return pulse(increments, self._sequence[source], source)

    def learn(self, quarters: Iterable[Quarter]) -> None:
        """Imports counts of earlier weeks."""
        increments = [
            increment(start_of_quarter(each.index), each.posts, each.negative, historic=True) for each in quarters
        ]
        self.give([pulse(increments, 1, FIRST_SOURCE)])

    def give(self, events: Sequence[Event[Any]]) -> Output:
        return self.give_records([self.record(event) for event in events])

    def record(self, event: Event[Any]) -> Record:
        newest = max((each.minute for each in getattr(event.data, "increments", ())), default=EVENING)
        self.clock.advance(max(timedelta(0), newest + timedelta(minutes=1) - self.clock.now()))
        value, headers = codec.encode(event)
        self._offset += 1
        return Record("pulse", SHARD, self._offset, 0, b"0", value, tuple(headers))

    def give_records(self, records: Sequence[Record]) -> Output:
        done = step(self.handler, SHARD, records, self.rows)
        for name, row in done.written.items():
            key = row_key(SHARD, name)
            if row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row
        self._hear(done.output.outgoing)
        self.dead += [letter.reason for letter in done.output.dead_letters]
        return done.output

    def tick(self, after: timedelta = timedelta(0)) -> None:
        """Time passes, and the worker asks what is due."""
        self.clock.advance(after)
        for outgoing in self.handler.tick(self.clock.now(), {SHARD: Rows(self.rows, SHARD)}):
            self._hear(outgoing)

    def _hear(self, outgoing: Sequence[Outgoing]) -> None:
        for each in outgoing:
            event = codec.decode(each.value, each.headers)
            self.partitions.add(each.partition)
            (self.ended if isinstance(event.data, AlarmEnded) else self.alarms).append(event)

    def hot_row(self, community: str = COMMUNITY) -> bytes:
        return self.rows[row_key(SHARD, f"hot/{community}")]
