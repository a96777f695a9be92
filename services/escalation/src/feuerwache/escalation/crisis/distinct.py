"""Counting distinct people in little space: linear counting.

A bitmap of `BITS`; each hash sets one bit; the number of people follows from how many bits are still empty. Bitmaps
are merged by OR, so order and repeats do not matter. With 256 bits the standard error is about 5 % at 200 people
and the estimate ends at about 1,400.

Whang, Vander-Zanden, Taylor: A linear-time probabilistic counting algorithm for database applications, ACM TODS 1990.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log

BITS = 256


def bitmap(hashes: Iterable[str]) -> int:
    """The bitmap of hashes in hex digits, evenly distributed."""
    bits = 0
    for each in hashes:
        bits |= 1 << (int(each[-8:], 16) % BITS)
    return bits


def estimate(bits: int) -> int:
    """About how many distinct hashes went into a bitmap."""
    empty = max(1, BITS - bits.bit_count())
    return round(BITS * log(BITS / empty))
