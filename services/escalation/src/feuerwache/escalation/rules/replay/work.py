"""One process's share of a replay, from the topics or from a file, to a tally.

Where decisions are on record, authors are shared out by partition, which changes nothing: all that communities share is
taken from the record. Where they are not, brands are shared out instead, so that near-duplicates, the heat of threads
and what an author did in the brand's other communities stay whole; every process then reads all partitions and passes
over what is not its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from feuerwache.common.config.community import Communities
from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events import codec
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.kafka.consumer import read_partition
from feuerwache.common.kafka.keys import SEPARATOR
from feuerwache.common.kafka.topics import AUTHORS_JOURNAL, DECISIONS_COMMANDS, POSTS_CLASSIFIED
from feuerwache.common.settings import CommonSettings
from feuerwache.common.shownname import Names
from feuerwache.escalation.rules.author.entry import Position
from feuerwache.escalation.rules.author.journal import Source
from feuerwache.escalation.rules.judging.judging import Options
from feuerwache.escalation.rules.replay import file
from feuerwache.escalation.rules.replay.bench import Bench
from feuerwache.escalation.rules.replay.candidate import load_candidate
from feuerwache.escalation.rules.replay.hearing import Hearing
from feuerwache.escalation.rules.replay.pairing import Pairing
from feuerwache.escalation.rules.replay.share import Share
from feuerwache.escalation.rules.replay.tally import Tally
from feuerwache.escalation.rules.replay.tape import Reel, Tape, consumer, keys
from feuerwache.escalation.rules.replay.turns import Turns

#: Events between two signs of life.
STEP = 200
#: Journals on record from which on it is worth asking first who is in the span at all.
MANY_JOURNALS = 50_000

#: Told how many events more have been read.
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What one process is to do. `against` None: compared is with the decisions on record.

    `reel` or `path` is what it reads: `partitions` of the reel, or the file's lines from `since` on (comparing; lines
    before warm up). `only` are the communities it looks at, None for all. `generation` is that of the offsets.
    `requota` are rules whose quota is another one than it was.
    """

    candidate: Path
    config: Path
    against: Path | None
    options: Options
    texts: bool
    recorded: bool
    only: frozenset[str] | None
    settings: CommonSettings
    reel: Reel | None = None
    partitions: tuple[int, ...] = ()
    path: Path | None = None
    since: datetime | None = None
    until: datetime | None = None
    warm_from: datetime | None = None
    generation: int = 0
    requota: frozenset[str] = frozenset()


async def work(order: Order, advance: Advance) -> Share:
    """Raises `ConfigError`, `TransientError` where Kafka is away, `BadFile`."""
    rules = load_candidate(order.candidate, order.config)
    after = Bench(rules, order.options, order.requota, order.recorded)
    before = None
    if order.against is not None:
        before = Bench(load_candidate(order.against, order.config), order.options, order.requota, order.recorded)
    tally = Tally()
    communities = Communities(communities=tuple(house.community for house in rules.houses.values()))
    names = Names(communities, order.options.pulse_key)
    hearing = Hearing(after, before, order.texts, names, tally)
    share = Share(tally)
    if order.reel is not None:
        await _from_kafka(order, order.reel, hearing, share, advance)
    else:
        await _from_file(order, hearing, share, advance)
    share.begun, share.blurred = after.shelf.begun, after.shelf.blurred
    return share


# --- Kafka


async def _from_kafka(order: Order, reel: Reel, hearing: Hearing, share: Share, advance: Advance) -> None:
    turns = await _journals(order, reel, hearing)
    reel = _cut(reel, turns)
    names = order.settings.topics()
    sources: dict[str, Source] = {names.of(POSTS_CLASSIFIED): "posts", names.of(DECISIONS_COMMANDS): "commands"}
    posts = names.of(POSTS_CLASSIFIED)
    async with consumer(order.settings) as asked:
        tape = Tape(asked, order.settings, reel, order.partitions, turns)
        pairings: dict[int, Pairing] = {}
        if order.recorded:
            pairings = {each: Pairing(_values(tape, each, order.only)) for each in order.partitions}
        read = 0
        async for record in tape.inputs():
            if record.topic == posts:
                read += 1
                if read == STEP:
                    advance(read)
                    read = 0
            if not _own(record.key, order.only):
                continue
            comparing = record.timestamp >= reel.since
            try:
                event = codec.decode(record.value, record.headers)
            except InvalidRecord as error:
                if comparing:
                    hearing.tally.refused[str(error)] += 1
                continue
            share.warmed += not comparing and record.topic == posts
            position = Position(sources[record.topic], order.generation, record.offset)
            await hearing.take(event, position, pairings.get(record.partition), comparing=comparing)
        for pairing in pairings.values():
            await pairing.drain()
            hearing.tally.before.reports += pairing.reports
        advance(read)


async def _values(tape: Tape, partition: int, only: frozenset[str] | None) -> AsyncIterator[bytes]:
    async for record in tape.decisions(partition):
        if record.value is not None and _own(record.key, only):
            yield record.value


def _own(key: bytes | None, only: frozenset[str] | None) -> bool:
    return only is None or (key or b"").partition(SEPARATOR.encode())[0].decode() in only


async def _journals(order: Order, reel: Reel, hearing: Hearing) -> dict[int, Turns]:
    """Puts the journals on the shelves, as of the first positions of each partition; what they say of its order."""
    if reel.journals == 0:
        return {}
    present: set[bytes] | None = None
    if reel.journals > MANY_JOURNALS:
        present = {key async for key in keys(order.settings, reel, order.partitions)}
    topic = order.settings.topics().of(AUTHORS_JOURNAL)
    since = datetime.fromtimestamp(reel.begins / 1000, UTC).date().isoformat()
    shelves = [bench.shelf for bench in (hearing.before, hearing.after) if bench is not None]
    found: dict[int, Turns] = {}
    for partition in order.partitions:
        turns = found[partition] = Turns(order.generation)
        positions: dict[Source, tuple[int, int]] = {}
        async for record in read_partition(order.settings, topic, partition):
            key = record.key or b""
            if record.value is None or not _own(key, order.only) or (present is not None and key not in present):
                continue
            turns.learn(record.value)
            community, _, author = key.decode().partition(SEPARATOR)
            for shelf in shelves:
                shelf.put((community, author), record.value, positions, since)
        # They are opened later, as of what all of them say together.
        posts, commands = _first(reel, partition, turns)
        positions |= {"posts": (order.generation, posts), "commands": (order.generation, commands)}
    return found


def _first(reel: Reel, partition: int, turns: Turns) -> tuple[int, int]:
    """The first offsets of posts and commands: what was judged before the first post has happened already."""
    posts = reel.starts[POSTS_CLASSIFIED.name, partition]
    return posts, turns.first_command(posts, reel.starts.get((DECISIONS_COMMANDS.name, partition), 0))


def _cut(reel: Reel, turns: Mapping[int, Turns]) -> Reel:
    """The reel with the commands that were judged between its first and its last post, whenever they were written."""
    starts, ends = dict(reel.starts), dict(reel.ends)
    for partition, known in turns.items():
        key = (DECISIONS_COMMANDS.name, partition)
        if key in ends:
            _, starts[key] = _first(reel, partition, known)
            last = known.past_commands(reel.ends[POSTS_CLASSIFIED.name, partition], ends[key])
            ends[key] = max(starts[key], ends[key], last)
    return replace(reel, starts=starts, ends=ends)


# --- a file


async def _from_file(order: Order, hearing: Hearing, share: Share, advance: Advance) -> None:
    assert order.path is not None
    pairing = Pairing(file.decisions(order.path, order.only)) if order.recorded else None
    read = 0
    for number, line in file.lines(order.path):
        read += 1
        if read == STEP:
            advance(read)
            read = 0
        if file.is_decision(line) or (order.only is not None and file.community_of(line) not in order.only):
            continue
        try:
            event = file.event_of(line)
        except InvalidRecord as error:
            hearing.tally.refused[f"a line that is no event: {error}"] += 1
            continue
        if _outside(order, event.time):
            continue
        share.last = max(share.last or event.time, event.time)
        comparing = order.since is None or event.time >= order.since
        share.warmed += not comparing
        source: Source = "posts" if isinstance(event.data, PostClassified) else "commands"
        await hearing.take(event, Position(source, 0, number), pairing, comparing=comparing)
    if pairing is not None:
        await pairing.drain()
        hearing.tally.before.reports += pairing.reports
    advance(read)


def _outside(order: Order, at: datetime) -> bool:
    early = order.warm_from is not None and at < order.warm_from
    return early or (order.until is not None and at >= order.until)
