"""Counting distinct people in little space: linear counting.

A bitmap of so many bits; each hash sets one bit; the number of people follows from how many bits are still empty.
Bitmaps are merged by OR, so order and repeats do not matter. With 256 bits the standard error is about 5 % at 200
people and the estimate ends at about 1,400; with 64 bits it is 15 % at 60 people and ends at about 270.

Whang, Vander-Zanden, Taylor: A linear-time probabilistic counting algorithm for database applications, ACM TODS 1990.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log

BITS = 256


def bitmap(hashes: Iterable[str], size: int = BITS) -> int:
    """The bitmap of hashes in hex digits, evenly distributed."""
    bits = 0
    for each in hashes:
        bits |= 1 << (int(each[-8:], 16) % size)
    return bits


def estimate(bits: int, size: int = BITS) -> int:
    """About how many distinct hashes went into a bitmap of `size` bits."""
    empty = max(1, size - bits.bit_count())
    return round(size * log(size / empty))
