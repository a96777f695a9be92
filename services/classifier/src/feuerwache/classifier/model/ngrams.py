"""The features of a word: its character 2- to 5-grams with the word's ends marked, and the word itself, hashed.

All n-grams stay within a word, so what a word adds to a score depends on nothing but the word: it is computed once
and remembered (`table.py`), and a post's score is a sum over its words that can be taken apart again (`explain`).
Hashing is polynomial with a 64-bit finaliser, written for whole arrays; it is the same in every process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Buckets of the hash: 2^18.
BITS = 18
BUCKETS = 1 << BITS
SHORTEST, LONGEST = 2, 5

_BEGIN, _END = "\x02", "\x03"
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_WHOLE_WORD = np.uint64(0x5851F42D4C957F2D)

Buckets = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WordFeatures:
    """Buckets of all words, one after the other; those of word i are `buckets[starts[i]:starts[i + 1]]`."""

    buckets: Buckets
    starts: NDArray[np.int64]


def word_features(words: Sequence[str]) -> WordFeatures:
    """The buckets of each word. A bucket that two n-grams of a word share stands there twice."""
    if not words:
        return WordFeatures(np.zeros(0, np.int64), np.zeros(1, np.int64))
    marked = [f"{_BEGIN}{word}{_END}" for word in words]
    codes = np.frombuffer("".join(marked).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    owner = np.repeat(np.arange(len(words)), [len(word) for word in marked])
    hashes: list[NDArray[np.uint64]] = []
    owners: list[NDArray[np.int64]] = []
    rolling = codes + np.uint64(1)
    for size in range(2, LONGEST + 1):
        if len(codes) < size:
            break
        rolling = rolling[:-1] * _BASE + codes[size - 1 :]
        inside = owner[size - 1 :] == owner[: len(rolling)]
        hashes.append(_mixed(rolling[inside] + np.uint64(size)))
        owners.append(owner[: len(rolling)][inside])
    hashes.append(_mixed(_whole(codes, owner, len(words)) * _WHOLE_WORD + np.uint64(1)))
    owners.append(np.arange(len(words)))
    every_owner = np.concatenate(owners)
    order = np.argsort(every_owner, kind="stable")
    starts = np.zeros(len(words) + 1, np.int64)
    np.cumsum(np.bincount(every_owner, minlength=len(words)), out=starts[1:])
    return WordFeatures(np.concatenate(hashes)[order].astype(np.int64), starts)


def _whole(codes: NDArray[np.uint64], owner: NDArray[np.int64], count: int) -> NDArray[np.uint64]:
    """One hash per word over all of its characters: each mixed with its place, then summed."""
    starts = np.searchsorted(owner, np.arange(count))
    place = (np.arange(len(codes)) - starts[owner] + 1).astype(np.uint64)
    scattered = (codes + np.uint64(1)) * _BASE + place * _MIX
    scattered ^= scattered >> np.uint64(29)
    scattered *= _MIX
    whole: NDArray[np.uint64] = np.add.reduceat(scattered, starts)
    return whole


def _mixed(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The upper bits of a well-mixed hash: the bucket."""
    mixed = hashes ^ (hashes >> np.uint64(33))
    mixed *= _MIX
    mixed ^= mixed >> np.uint64(33)
    mixed *= _BASE
    return mixed >> np.uint64(64 - BITS)
