"""What passed through Kafka in a span, in the order in which it came: posts, commands, and beside them the decisions.

Several partitions are merged by the broker's time, so that what a community was like is met in its order. Within a
partition posts and commands come in the order in which the stage judged them, as far as `Turns` know it, else by the
broker's time too. A partition is read no further ahead than one fetch. It joins no group, commits nothing and sees
committed records only.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.kafka.connection import refusal
from feuerwache.common.kafka.consumer import unattached
from feuerwache.common.kafka.topics import AUTHORS_JOURNAL, DECISIONS_COMMANDS, DECISIONS_MADE, POSTS_CLASSIFIED
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.rules.replay.span import Span
from feuerwache.escalation.rules.replay.turns import Turns

POLL_MS = 200
#: Decisions follow the posts they answer; so long after the span they are still looked for.
LAG = timedelta(hours=6)
#: As far as the rules look back.
WARM_UP = timedelta(days=90)
QUOTAS_LOOK_BACK = timedelta(days=1)

Consumer: TypeAlias = "AIOKafkaConsumer[bytes | None, bytes | None]"
Raw: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"
#: Topic (its plain name), partition → first offset.
Offsets = dict[tuple[str, int], int]


class NothingPassed(FeuerwacheError):  # noqa: N818 - it names what was found
    """The span holds no posts."""


@dataclass(frozen=True, slots=True)
class Reel:
    """Where a span lies in the topics, found once and handed to every process.

    `starts` and `ends` are offsets by topic and partition: from `starts` on, `ends` not included. `since` is the
    broker's time in milliseconds at which comparing begins, `begins` that of the first post in it. `recorded` says
    whether decisions were made, `journals` how many records the journals' topic has.
    """

    starts: Offsets
    ends: Offsets
    since: int
    begins: int
    recorded: bool
    journals: int

    def of(self, topic: str) -> int:
        """Records of a topic in the span, those of aborted transactions included."""
        return sum(end - self.starts[key] for key, end in self.ends.items() if key[0] == topic)

    @property
    def partitions(self) -> list[int]:
        return sorted(partition for topic, partition in self.ends if topic == POSTS_CLASSIFIED.name)


@asynccontextmanager
async def consumer(settings: CommonSettings) -> AsyncIterator[Consumer]:
    """Started, in no group. Raises what `refusal` says when the broker cannot be asked."""
    made = unattached(settings)
    try:
        await made.start()
        yield made
    except KafkaError as error:
        raise await refusal(settings, error) from error
    finally:
        await made.stop()


async def find(settings: CommonSettings, span: Span, *, quotas: bool) -> Reel:
    """Looks the span up. Where it is not said how long to warm up: a day if there are `quotas`, else not at
    all, where the journals are on record; `WARM_UP` where they are not. Raises `NothingPassed` with what there is.
    """
    async with consumer(settings) as asked:
        names = settings.topics()
        there = await asked.topics()
        if names.of(POSTS_CLASSIFIED) not in there:
            raise NothingPassed(f"there is no topic {names.of(POSTS_CLASSIFIED)} on {settings.kafka_bootstrap}")
        parts = {
            topic: [TopicPartition(name, each) for each in sorted(await asked._client._wait_on_metadata(name))]
            for topic in (POSTS_CLASSIFIED, DECISIONS_COMMANDS, DECISIONS_MADE, AUTHORS_JOURNAL)
            if (name := names.of(topic)) in there
        }
        lasts = await asked.end_offsets([tp for each in parts.values() for tp in each])
        kept = parts.pop(AUTHORS_JOURNAL, [])
        firsts = await asked.beginning_offsets(kept)
        journals = sum(lasts[tp] - firsts[tp] for tp in kept)
        warm_from = _warm_from(span, known=journals > 0, quotas=quotas)
        starts: Offsets = {}
        ends: Offsets = {}
        for topic, each in parts.items():
            begins = await _at(asked, each, warm_from, lasts)
            # A decision follows its post; those of the span's last posts come after it.
            lag = LAG if topic is DECISIONS_MADE else timedelta(0)
            stops = lasts if span.until is None else await _at(asked, each, span.until + lag, lasts)
            for tp in each:
                starts[topic.name, tp.partition] = begins[tp]
                ends[topic.name, tp.partition] = max(begins[tp], stops[tp])
        since = int(span.since.timestamp() * 1000)
        reel = Reel(starts, ends, since, int(warm_from.timestamp() * 1000), False, journals)
        oldest = await _oldest(asked, names.of(POSTS_CLASSIFIED), reel.partitions)
        if reel.of(POSTS_CLASSIFIED.name) == 0:
            raise NothingPassed(_nothing(names.of(POSTS_CLASSIFIED), oldest, span))
        begun = max(reel.begins, oldest or 0)
        return replace(reel, begins=begun, recorded=reel.of(DECISIONS_MADE.name) > 0)


def _warm_from(span: Span, *, known: bool, quotas: bool) -> datetime:
    if span.warm_up is not None:
        return span.since - span.warm_up
    if not known:
        return span.since - WARM_UP
    return span.since - QUOTAS_LOOK_BACK if quotas else span.since


async def _at(
    asked: Consumer, parts: list[TopicPartition], at: datetime, lasts: Mapping[TopicPartition, int]
) -> dict[TopicPartition, int]:
    """The first offsets from this instant on (the broker's time); the end where there is nothing as young."""
    found = await asked.offsets_for_times(dict.fromkeys(parts, int(at.timestamp() * 1000)))
    return {tp: place.offset if (place := found[tp]) is not None else lasts[tp] for tp in parts}


async def _oldest(asked: Consumer, topic: str, partitions: Iterable[int]) -> int | None:
    """The broker's time of the oldest record, in milliseconds."""
    first = await asked.offsets_for_times({TopicPartition(topic, each): 0 for each in partitions})
    return min((place.timestamp for place in first.values() if place is not None), default=None)


def _nothing(topic: str, oldest: int | None, span: Span) -> str:
    end = "now" if span.until is None else f"{span.until:%Y-%m-%d %H:%MZ}"
    holds = "is empty" if oldest is None else f"begins at {datetime.fromtimestamp(oldest / 1000, UTC):%Y-%m-%d %H:%MZ}"
    return f"nothing passed between {span.since:%Y-%m-%d %H:%MZ} and {end}: {topic} {holds}"


@dataclass(slots=True)
class Lane:
    """One partition of one topic, read from its start to its end."""

    tp: TopicPartition
    end: int
    done: bool
    waiting: deque[Raw] = field(default_factory=deque)


@dataclass(frozen=True, slots=True)
class Track:
    """One partition's inputs; each of them may be missing. `turns` None: nothing is known but the broker's time."""

    posts: Lane | None
    commands: Lane | None
    turns: Turns | None

    @property
    def lanes(self) -> list[Lane]:
        return [lane for lane in (self.posts, self.commands) if lane is not None]

    def next(self) -> Lane | None:
        """Whose record comes next; None at the end. Each lane must have one, or be at its end."""
        waiting = [lane for lane in self.lanes if lane.waiting]
        if len(waiting) < 2:
            return waiting[0] if waiting else None
        posts, commands = waiting
        post, command = posts.waiting[0], commands.waiting[0]
        first = self.turns.command_first(command.offset, post.offset) if self.turns is not None else None
        if first is None:
            first = command.timestamp <= post.timestamp
        return commands if first else posts


class Tape:
    """Reads `partitions` of a reel. `inputs` first; `decisions` gives what was decided, partition by partition."""

    def __init__(
        self,
        consumer: Consumer,
        settings: CommonSettings,
        reel: Reel,
        partitions: Collection[int],
        turns: Mapping[int, Turns] | None = None,
    ) -> None:
        self._consumer = consumer
        names = settings.topics()
        lanes = {
            (topic.name, partition): Lane(
                TopicPartition(names.of(topic), partition), end, reel.starts[topic.name, partition] >= end
            )
            for topic in (POSTS_CLASSIFIED, DECISIONS_COMMANDS, DECISIONS_MADE)
            for partition in partitions
            if (end := reel.ends.get((topic.name, partition))) is not None
        }
        self._by_tp = {lane.tp: lane for lane in lanes.values()}
        self._tracks = [
            Track(
                lanes.get((POSTS_CLASSIFIED.name, partition)),
                lanes.get((DECISIONS_COMMANDS.name, partition)),
                (turns or {}).get(partition),
            )
            for partition in partitions
        ]
        self._decisions = {
            partition: lane for (topic, partition), lane in lanes.items() if topic == DECISIONS_MADE.name
        }
        self._consumer.assign([lane.tp for lane in lanes.values()])
        for key, lane in lanes.items():
            self._consumer.seek(lane.tp, reel.starts[key])

    async def inputs(self) -> AsyncIterator[Raw]:
        """Posts and commands."""
        heads: list[tuple[int, int, Track, Lane]] = []
        tracks, bare = self._tracks, [lane for track in self._tracks for lane in track.lanes]
        while True:
            await self._fill(bare)
            for track in tracks:
                lane = track.next()
                if lane is not None:
                    head = lane.waiting[0]  # the only one of its partition
                    heapq.heappush(heads, (head.timestamp, head.partition, track, lane))
            if not heads:
                return
            *_, track, lane = heapq.heappop(heads)
            yield lane.waiting.popleft()
            tracks, bare = [track], [lane]

    async def decisions(self, partition: int) -> AsyncIterator[Raw]:
        """The decisions of a partition, in order; to be asked for one by one."""
        lane = self._decisions.get(partition)
        while lane is not None:
            await self._fill([lane])
            if not lane.waiting:
                return
            yield lane.waiting.popleft()

    async def _fill(self, bare: list[Lane]) -> None:
        """Waits until each of these has a record or is at its end."""
        bare = [lane for lane in bare if not lane.waiting and not lane.done]
        while bare:
            for tp, records in (await self._consumer.getmany(*(lane.tp for lane in bare), timeout_ms=POLL_MS)).items():
                lane = self._by_tp[tp]
                lane.waiting.extend(record for record in records if record.offset < lane.end)
            for lane in bare:
                # The position also passes control records, of which getmany returns nothing.
                lane.done = await self._consumer.position(lane.tp) >= lane.end
            bare = [lane for lane in bare if not lane.waiting and not lane.done]


async def keys(settings: CommonSettings, reel: Reel, partitions: Collection[int]) -> AsyncIterator[bytes]:
    """The keys of the posts of the span: who is in it."""
    only = {key: end for key, end in reel.ends.items() if key[0] == POSTS_CLASSIFIED.name}
    async with consumer(settings) as asked:
        tape = Tape(asked, settings, replace(reel, ends=only), partitions)
        async for record in tape.inputs():
            yield record.key or b""
