"""Classifier and rules over a whole recording, batch by batch in the order of time, together with what happens between.

What burns decides about the next post, so a batch is judged when everything before it has happened, and never ahead.
Communities share no journal and no memory but within a brand that says so, so they can be judged in several processes:
each has the communities of its share, and their judgements of one batch are put together by community. How many there
are changes nothing in what comes out. A script that asks for several needs its `__main__` guard.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from feuerwache.cli.simulate.judgement import Bench, Judged, Received
from feuerwache.cli.simulate.panel import Panel
from feuerwache.cli.simulate.remote import ConfigChanged, Died, Remote
from feuerwache.cli.simulate.station import Station
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import ForwardOverdue
from feuerwache.escalation.rules.author.brand import BrandAuthor
from feuerwache.escalation.rules.community.fire import Fires
from feuerwache.escalation.rules.house import HouseRules
from feuerwache.escalation.rules.judging.judging import Options

__all__ = ["ConfigChanged", "Court", "Died", "processes_for", "sitting"]

#: With fewer events than this for each, starting processes (3 to 4 s of a core each) is not worth what they save.
WORTH = 5_000


def processes_for(events: int, communities: int, wanted: int | None = None) -> int:
    """How many share the work; 1 is this one alone. `wanted` None: as many as there are cores, where it is worth it."""
    if wanted is None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        wanted = min(cores, events // WORTH)
    return max(1, min(wanted, communities))


class Court:
    """Opened by `sitting`. `places`: which panel judges a community."""

    def __init__(self, panels: Sequence[Panel | Remote], events: Sequence[Received], places: Mapping[str, int]) -> None:
        self._panels = panels
        self._places = places
        self._batches = [
            (at, [places[event.data.ref.community] for _, event in batch])
            for at, batch in groupby(events, key=itemgetter(0))
        ]
        self._next = 0

    @property
    def instants(self) -> Iterator[tuple[datetime, int]]:
        """Those of the batches, and how many events each has."""
        return ((at, len(places)) for at, places in self._batches)

    def judge(self, at: datetime, fires: Fires) -> Judged:
        """What the batch of this instant comes to while this burns; batches are asked for one after the other."""
        instant, places = self._batches[self._next]
        assert instant == at
        self._next += 1
        answers = [self._panels[place].judging(at, fires) for place in sorted(set(places))]
        return Judged.joined([answer() for answer in answers])

    def hear(self, command: Event[ForwardOverdue], now: datetime) -> Judged:
        """What it comes to that nobody has answered a post."""
        return self._panels[self._places[command.data.ref.community]].hearing(command, now)()


@contextmanager
def sitting(
    events: Sequence[Received], *, station: Station, options: Options, shards: int, processes: int | None = 1
) -> Iterator[Court]:
    """The court for these events, in the order of their batches; its processes have ended afterwards.

    `processes` None: as many as are worth it. Raises `ConfigChanged`, `Died`.
    """
    counts = Counter(event.data.ref.community for _, event in events)
    kin = _kin(station.rules, events)
    count = processes_for(len(events), len(set(kin.values())), processes)
    if count == 1:
        panel = Panel(Bench(station.rules, options, shards), station.classifier, events)
        yield Court([panel], events, dict.fromkeys(counts, 0))
        return
    places = _shares(counts, kin, count)
    with ExitStack() as stack:
        remotes: list[Remote] = []
        for _ in range(count):
            remotes.append(Remote(station.config_dir, options, shards))
            stack.callback(remotes[-1].end)
        for number, remote in enumerate(remotes):
            own = [each for each in events if places[each[1].data.ref.community] == number]
            remote.begin(own, station.rules.config_hash)
        yield Court(remotes, events, places)


def _kin(rules: HouseRules, events: Sequence[Received]) -> dict[str, str]:
    """Which communities have to be judged together, each named after one of them: those that know the same accounts,
    because their brand shares its memory and they stand on the same platform."""
    kin: dict[str, str] = {}
    first: dict[BrandAuthor, str] = {}
    for _, event in events:
        community = event.data.ref.community
        kin.setdefault(community, community)
        shared = rules.shared(event.data.ref, "")
        known = first.setdefault(shared, community) if shared is not None else community
        if kin[known] != kin[community]:
            joined, former = kin[known], kin[community]
            kin = {each: joined if name == former else name for each, name in kin.items()}
    return kin


def _shares(counts: Counter[str], kin: Mapping[str, str], processes: int) -> dict[str, int]:
    """Which process judges a community, together with those that share its memory: the largest first, each to the one
    that has least to do."""
    together: Counter[str] = Counter()
    for community, events in counts.items():
        together[kin[community]] += events
    load = [0] * processes
    places = {}
    for each, events in sorted(together.items(), key=lambda pair: (-pair[1], pair[0])):
        places[each] = load.index(min(load))
        load[places[each]] += events
    return {community: places[kin[community]] for community in counts}
