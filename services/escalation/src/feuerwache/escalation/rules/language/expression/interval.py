"""The numbers a value can be: from one end to the other, with or without the ends, whole or not, some left out.

Arithmetic on them gives every result that is possible, and maybe more: never fewer. Rounding to the nearest double
keeps the order of numbers, so ends that are computed as the numbers are stay on the right side.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

Number = int | float
_Sum = Callable[[Number, Number], Number]

#: Whole numbers and decimals are compared exactly below.
EXACT = 2**53
#: Holes are counted out one by one in an interval of so few whole numbers.
_FEW = 64


@dataclass(frozen=True, slots=True)
class Interval:
    """`nan`: may also be the number that equals nothing, not even itself (a decimal 0.0 / 0.0)."""

    low: Number = -math.inf
    high: Number = math.inf
    low_open: bool = False
    high_open: bool = False
    whole: bool = False
    nan: bool = False
    holes: frozenset[Number] = frozenset()

    @property
    def point(self) -> Number | None:
        """The one number it is, if it is one."""
        return self.low if self.low == self.high and not self.nan and not self.empty else None

    @property
    def empty(self) -> bool:
        return not self.nan and self._no_number

    @property
    def _no_number(self) -> bool:
        low, high = self.ends
        if low > high or (low == high and (self._open_at(low) or low in self.holes)):
            return True
        if self.whole and self.holes and high - low < _FEW:
            return all(number in self.holes for number in range(int(low), int(high) + 1))
        return False

    @property
    def ends(self) -> tuple[Number, Number]:
        """The least and the greatest number; of whole ones those that are in it."""
        if not self.whole:
            return self.low, self.high
        low, high = self.low, self.high
        if math.isfinite(low):
            low = math.floor(low) + 1 if self.low_open and low == math.floor(low) else math.ceil(low)
        if math.isfinite(high):
            high = math.ceil(high) - 1 if self.high_open and high == math.ceil(high) else math.floor(high)
        return low, high

    def _open_at(self, end: Number) -> bool:
        if self.whole and math.isfinite(end):
            return False
        return (self.low_open and end == self.low) or (self.high_open and end == self.high)

    def both(self, other: Interval) -> Interval:
        """What lies in both."""
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high, closed = min((self.high, not self.high_open), (other.high, not other.high_open))
        return Interval(
            low,
            high,
            low_open,
            not closed,
            self.whole or other.whole,
            self.nan and other.nan,
            self.holes | other.holes,
        )

    def hull(self, other: Interval) -> Interval:
        """What lies in one, in the other, or between them."""
        low, low_open = min((self.low, self.low_open), (other.low, other.low_open))
        high, closed = max((self.high, not self.high_open), (other.high, not other.high_open))
        return Interval(
            low,
            high,
            low_open,
            not closed,
            self.whole and other.whole,
            self.nan or other.nan,
            self.holes & other.holes,
        )

    def kept(self, operator: str, number: Number, true: bool) -> Interval:
        """What is left where a comparison with this number is true, or where it is false.

        The library fails where it should order what is no number; `!=` is true of it.
        """
        within = _TRUE[operator if true else _OPPOSITE[operator]](number)
        unequal = (operator == "!=") == true
        return self.both(replace(within, nan=operator in ("==", "!=") and unequal))

    def signs(self, other: Interval) -> frozenset[int | None]:
        """How a number of this can stand to one of the other: less (-1), equal (0), greater (1), not at all (None)."""
        (low, high), (least, most) = self.ends, other.ends
        found: set[int | None] = set()
        if low < most:
            found.add(-1)
        if high > least:
            found.add(1)
        if not self.both(replace(other, nan=False)).empty:
            found.add(0)
        if self.nan or other.nan:
            found.add(None)
        return frozenset(found)

    def __neg__(self) -> Interval:
        return Interval(
            -self.high,
            -self.low,
            self.high_open,
            self.low_open,
            self.whole,
            self.nan,
            frozenset(-e for e in self.holes),
        )

    def __add__(self, other: Interval) -> Interval:
        return self._computed(other, [(self.low, other.low), (self.high, other.high)], lambda a, b: a + b)

    def __sub__(self, other: Interval) -> Interval:
        return self + -other

    def __mul__(self, other: Interval) -> Interval:
        ends = [(a, b) for a in (self.low, self.high) for b in (other.low, other.high)]
        return self._computed(other, ends, lambda a, b: 0 if 0 in (a, b) else a * b)

    def _computed(
        self, other: Interval, ends: list[tuple[Number, Number]], how: Callable[[Number, Number], Number]
    ) -> Interval:
        whole = self.whole and other.whole
        found = [how(a, b) for a, b in ends]
        endless = any(math.isinf(each) for pair in ends for each in pair) or any(map(math.isinf, found))
        if any(math.isnan(each) for each in found):
            return Interval(whole=whole, nan=not whole)
        return Interval(min(found), max(found), whole=whole, nan=not whole and (endless or self.nan or other.nan))


def point(number: Number) -> Interval:
    return Interval(number, number, whole=isinstance(number, int))


_TRUE = {
    "<": lambda number: Interval(high=number, high_open=True),
    "<=": lambda number: Interval(high=number),
    ">": lambda number: Interval(low=number, low_open=True),
    ">=": lambda number: Interval(low=number),
    "==": lambda number: Interval(number, number),
    "!=": lambda number: Interval(holes=frozenset({number})),
}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
