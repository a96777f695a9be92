"""Classifier and rules over a whole recording: what was decided, batch by batch in the order of time.

Communities share no journal and no memory, so they can be judged in several processes: each has the communities of its
share, and their judgements are put together by time and community. How many there are changes nothing in what comes
out. The processes are new ones (`spawn`: a script that asks for several needs its `__main__` guard); they read the
configuration themselves, and end with the court.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from heapq import merge
from itertools import groupby
from multiprocessing import get_context
from operator import itemgetter
from pathlib import Path
from typing import Any

from feuerwache.classifier.model.classifier import Classifier
from feuerwache.cli.simulate.judgement import Bench, Judged, Progress, Received, Told, classified
from feuerwache.cli.simulate.station import Station, load_bench
from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.events.base import Event
from feuerwache.common.events.post import PostEvent
from feuerwache.escalation.rules.judging.judging import Options

#: Events of a batch, and the instant at which they are judged.
Batch = tuple[datetime, list[Event[PostEvent]]]
#: Events that are classified, and sent to another process, in one go: a judgement depends on the text alone.
AHEAD = 400
#: With fewer events than this for each, starting processes (3 to 4 s of a core each) is not worth what they save.
WORTH = 5_000


class ConfigChanged(FeuerwacheError):  # noqa: N818 - it names what happened
    """The configuration was changed while it was read."""


def processes_for(events: int, communities: int, wanted: int | None = None) -> int:
    """How many share the work; 1 is this one alone. `wanted` None: as many as there are cores, where it is worth it."""
    if wanted is None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        wanted = min(cores, events // WORTH)
    return max(1, min(wanted, communities))


def judged(
    events: Sequence[Received],
    progress: Progress,
    *,
    station: Station,
    options: Options,
    shards: int,
    processes: int | None = 1,
) -> Iterator[Told]:
    """What every batch came to; events come in the order of their batches. `progress` is given how many were judged.

    `processes` None: as many as are worth it. Raises `ConfigChanged`.
    """
    counts = Counter(event.data.ref.community for _, event in events)
    count = processes_for(len(events), len(counts), processes)
    if count == 1:
        bench = Bench(station.rules, options, shards)
        for chunk in _chunks(events):
            yield from judge(chunk, bench, station.classifier)
            progress(_size(chunk))
        return
    places = _shares(counts, count)
    with ExitStack() as stack:
        told = []
        for number in range(count):
            pool = ProcessPoolExecutor(1, get_context("spawn"), _begin, (station.config_dir, options, shards))
            stack.callback(pool.shutdown, wait=True, cancel_futures=True)
            check = pool.submit(_config_hash)
            own = [each for each in events if places[each[1].data.ref.community] == number]
            work = [(pool.submit(_judge, chunk), _size(chunk)) for chunk in _chunks(own)]
            told.append(_results(check, station.rules.config_hash, work, progress))
        for at, group in groupby(merge(*told, key=itemgetter(0)), key=itemgetter(0)):
            yield at, Judged.joined([each for _, each in group])


def judge(chunk: Sequence[Batch], bench: Bench, classifier: Classifier) -> list[Told]:
    """Some batches in a row, by one bench."""
    judgements = classified([event for _, events in chunk for event in events], classifier)
    return [(at, bench.judge([next(judgements) for _ in events], at)) for at, events in chunk]


def _results(
    check: Future[str], config: str, work: list[tuple[Future[list[Told]], int]], progress: Progress
) -> Iterator[Told]:
    if check.result() != config:
        raise ConfigChanged("the configuration was changed while it was read; start again")
    for future, size in work:
        yield from future.result()
        progress(size)


def _chunks(events: Sequence[Received]) -> Iterator[list[Batch]]:
    """Whole batches, as many as hold about `AHEAD` events."""
    chunk: list[Batch] = []
    for at, group in groupby(events, key=itemgetter(0)):
        chunk.append((at, [event for _, event in group]))
        if _size(chunk) >= AHEAD:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _size(chunk: Sequence[Batch]) -> int:
    return sum(len(events) for _, events in chunk)


def _shares(counts: Counter[str], processes: int) -> dict[str, int]:
    """Which process judges a community: the largest first, each to the one that has least to do."""
    load = [0] * processes
    shares = {}
    for community, events in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        shares[community] = load.index(min(load))
        load[shares[community]] += events
    return shares


# --- in a process of its own

_own: dict[str, Any] = {}


def _begin(config_dir: Path, options: Options, shards: int) -> None:
    rules, classifier = load_bench(config_dir)
    _own.update(bench=Bench(rules, options, shards), classifier=classifier, hash=rules.config_hash)


def _config_hash() -> str:
    return str(_own["hash"])


def _judge(chunk: Sequence[Batch]) -> list[Told]:
    return judge(chunk, _own["bench"], _own["classifier"])
