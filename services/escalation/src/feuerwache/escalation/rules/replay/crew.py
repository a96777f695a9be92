"""A replay shared out to processes, their tallies joined, and a bar that says how far they are.

New processes (`spawn`), each of which reads the configuration itself; they end with the replay. With little to judge
everything happens in this one.
"""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

from feuerwache.common.errors import FeuerwacheError
from feuerwache.escalation.rules.replay.share import Share, joined
from feuerwache.escalation.rules.replay.work import Order, work

#: With fewer events for each, starting a process (2 to 3 s of a core) is not worth what it saves.
WORTH = 20_000
LOOK_SECONDS = 0.2

#: Told how many events have been read in all.
Seen = Callable[[int], None]


class Died(FeuerwacheError):  # noqa: N818 - it names what happened
    """A process ended without a result."""


class Stopped(FeuerwacheError):  # noqa: N818 - it names what happened
    """Another process has failed: what this one finds is of no use any more."""


def processes_for(events: int, parts: int, wanted: int | None) -> int:
    """How many share the work; `wanted` None: as many as there are cores, where it is worth it."""
    if wanted is None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        wanted = min(cores, events // WORTH)
    return max(1, min(wanted, parts))


def shares(weights: Mapping[Any, int], count: int) -> list[list[Any]]:
    """Parts put together to `count` shares: the heaviest first, each to the one that has least."""
    load = [0] * count
    made: list[list[Any]] = [[] for _ in range(count)]
    for part, weight in sorted(weights.items(), key=lambda each: (-each[1], str(each[0]))):
        lightest = load.index(min(load))
        load[lightest] += weight
        made[lightest].append(part)
    return made


def run(orders: Sequence[Order], seen: Seen) -> Share:
    """Raises what a share raises; the others are ended then."""
    if len(orders) == 1:
        total = 0

        def advance(count: int) -> None:
            nonlocal total
            total += count
            seen(total)

        return asyncio.run(work(orders[0], advance))
    context = get_context("spawn")
    counts = context.Array("Q", len(orders) + 1, lock=False)  # what each has read; the last is not 0: stop
    with ProcessPoolExecutor(len(orders), context, _begin, (counts,)) as pool:
        futures = [pool.submit(_work, number, order) for number, order in enumerate(orders)]
        pending = set(futures)
        while pending:
            done, pending = wait(pending, LOOK_SECONDS, FIRST_EXCEPTION)
            seen(sum(counts[: len(orders)]))
            if any(each.exception() is not None for each in done):
                counts[len(orders)] = 1
                pending = set()
        try:
            return joined([future.result() for future in sorted(futures, key=_stopped)])
        except BrokenProcessPool as error:
            raise Died("a process of the replay died; with little memory, try --processes 1") from error


def _stopped(future: Future[Share]) -> bool:
    """What failed by itself comes before what was stopped because of it."""
    return isinstance(future.exception(), Stopped)


# --- in a process of its own

_own: dict[str, Any] = {}


def _begin(counts: Any) -> None:
    _own["counts"] = counts
    # What is kept is kept for long and has no cycles: looking through all of it for some, again and again, costs more
    # than the judging.
    gc.set_threshold(50_000, 50, 1_000)


def _work(number: int, order: Order) -> Share:
    counts = _own["counts"]

    def advance(count: int) -> None:
        counts[number] += count
        if counts[-1]:
            raise Stopped

    return asyncio.run(work(order, advance))
