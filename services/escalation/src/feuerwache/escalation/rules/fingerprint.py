"""Near-duplicates: a small fingerprint of a text, and how alike two of them are.

A bottom-k sketch (Broder 1997): the k smallest hashes of the text's 6-character shingles. The share of hashes that two
sketches have in common estimates the Sørensen-Dice similarity s of the shingle sets, with a standard error of
√(s(1-s)/k): 0.09 at s = 0.5. Texts are folded first (case, punctuation, links, mentions), short ones have none. The
text cannot be got back from it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from math import ceil
from zlib import crc32

Fingerprint = tuple[int, ...]

SHINGLE = 6
K = 32
#: Two texts from this similarity on are "nearly the same": about one word in fifteen may differ.
ALIKE = 0.8
#: Folded characters below which texts are alike by chance ("Guten Morgen!"), and above which no more is looked at.
SHORTEST, LONGEST = 45, 2000
#: Smallest hashes under which a fingerprint is indexed; similar texts share at least one nearly always.
PROBES = 4

#: Bits of a mask. Two sketches that have nothing in common share one of them by chance.
MASK_BITS = 1024
#: Values two full sketches must have in common to be alike.
COMMON = ceil(ALIKE * K)

_DROPPED = re.compile(r"https?://\S+|@\w+")
_SEPARATORS = re.compile(r"[\W_]+")
#: Made once: cutting a text into shingles is what a fingerprint costs.
_SHINGLES = [slice(start, start + SHINGLE) for start in range(4 * LONGEST)]


def fingerprint(text: str) -> Fingerprint | None:
    """The sketch in rising order; None when the text is too short to say anything."""
    folded = _SEPARATORS.sub(" ", _DROPPED.sub(" ", text[: 2 * LONGEST].casefold())).strip()[:LONGEST]
    if len(folded) < SHORTEST:
        return None
    raw = folded.encode()
    checksums = set(map(crc32, map(raw.__getitem__, _SHINGLES[: len(raw) - SHINGLE + 1])))
    # The multiplication spreads the checksum, which is linear in its input, over the whole range.
    return tuple(sorted([each * 0x9E3779B1 & 0xFFFFFFFF for each in checksums])[:K])


def similarity(one: set[int] | frozenset[int], other: Collection[int]) -> float:
    """Estimated similarity of two fingerprints (the first as a set), 0..1."""
    return len(one.intersection(other)) / min(len(one), len(other))


@lru_cache(maxsize=64)  # a post is looked up and then remembered
def mask(sketch: Fingerprint) -> int:
    """One bit per value, by which most of what is not alike is told in one step. A short sketch has all bits.

    Two full sketches share at most as many values as their masks share bits, and one for each bit that serves two
    values of the same sketch: see `bits_in_common`.
    """
    if len(sketch) < K:
        return -1
    bits = 0
    for value in sketch:
        bits |= 1 << value % MASK_BITS
    return bits


def bits_in_common(own: int) -> int:
    """How many bits a mask must share with `own` for the texts to be alike at all. Refuses nothing that is alike."""
    return 0 if own < 0 else COMMON - (K - own.bit_count())


def probes(sketch: Fingerprint) -> Fingerprint:
    """The values under which to index and to look up."""
    return sketch[:PROBES]
