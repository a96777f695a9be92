"""Bars: when and where a detector needs more than usual, because people said so.

A bar multiplies what is usual, and the least count with it: on a launch day with a bar of 3, three times the usual is
the usual. Several bars multiply, up to ten times. A window is measured by a bar as long as any part of it lies in the
bar's time, or else the end of a campaign would be its alarm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Literal

from feuerwache.common.events.alarm import BarRaised, CrisisKind
from feuerwache.escalation.crisis.week import minute_of

MOST = 10.0

Cause = Literal["campaign", "mute", "false_alarm"]


@dataclass(frozen=True, slots=True)
class Bar:
    """`start` and `until` are minutes since 1970, the last one excluded. `kinds` empty means all."""

    bar_id: str
    community: str
    kinds: frozenset[CrisisKind]
    start: int
    until: int
    factor: float
    cause: Cause

    @classmethod
    def of(cls, raised: BarRaised) -> Bar:
        return cls(
            raised.bar_id,
            raised.community,
            frozenset(raised.kinds),
            minute_of(raised.start),
            minute_of(raised.until),
            max(1.0, raised.factor),
            raised.cause,
        )

    def holds(self, first: int, last: int) -> bool:
        """Whether any of these minutes lies in it."""
        return self.start <= last and first < self.until


class Bars:
    """All bars that are known, by community. Immutable: a change makes another one."""

    def __init__(self, bars: Iterable[Bar] = ()) -> None:
        self._by_community: dict[str, list[Bar]] = {}
        for bar in bars:
            self._by_community.setdefault(bar.community, []).append(bar)

    def __iter__(self) -> Iterator[Bar]:
        return (bar for bars in self._by_community.values() for bar in bars)

    def factor(self, community: str, kind: CrisisKind, newest: int, minutes: int) -> float:
        """How many times the usual is the usual in the `minutes` that end with `newest`: 1 to 10."""
        bars = self._by_community.get(community)
        if not bars:
            return 1.0
        holding = (
            bar.factor
            for bar in bars
            if (not bar.kinds or kind in bar.kinds) and bar.holds(newest - minutes + 1, newest)
        )
        return min(MOST, prod(holding))

    def __or__(self, other: Bars) -> Bars:
        return Bars((*self, *other))


NO_BARS = Bars()
