"""A layer as it was planned: which turn has which hours, shifts laid over one another from bottom to top.

Of the shifts that cover an instant the topmost one of the file has it; of the turns of one shift that overlap, the one
that began last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from itertools import pairwise

from feuerwache.notifier.schedule.plan import Layer, Schedule
from feuerwache.notifier.schedule.turn import Turn, turns_of


@dataclass(frozen=True, slots=True)
class Covered:
    """From `start` until before `end` (UTC) the turn that has it."""

    start: datetime
    end: datetime
    turn: Turn


def laid(schedule: Schedule, layer: Layer, start: datetime, end: datetime) -> list[Covered]:
    """What covers the instants from `start` until before `end`: disjoint, in order; holes are left out.

    The first and the last piece reach beyond the span where their turns do.
    """
    pieces = [
        (span.start, span.end, (number, -turn.begin.toordinal()), turn)
        for number, shift in enumerate(layer.shifts)
        for turn in turns_of(schedule, shift, start, end)
        for span in turn.spans
        if span.start < end and span.end > start
    ]
    pieces.sort(key=lambda piece: piece[0])
    edges = sorted({edge for piece in pieces for edge in piece[:2]})
    covered: list[Covered] = []
    running: list[tuple[tuple[int, int], int]] = []
    opened = 0
    for left, right in pairwise(edges):
        while opened < len(pieces) and pieces[opened][0] <= left:
            heappush(running, (pieces[opened][2], opened))
            opened += 1
        while running and pieces[running[0][1]][1] <= left:
            heappop(running)
        if not running:
            continue
        turn = pieces[running[0][1]][3]
        same = covered.pop() if covered and covered[-1].turn is turn and covered[-1].end == left else None
        covered.append(Covered(same.start if same else left, right, turn))
    return covered
