"""Near-duplicates: a small fingerprint of a text, and how alike two of them are.

A bottom-k sketch (Broder 1997): the k smallest hashes of the text's words and pairs of adjacent words. What two
sketches have in common estimates the Sørensen-Dice similarity s of the two sets, with a standard error of √(s(1-s)/k):
0.09 at s = 0.5; short texts are compared in full. Texts are folded first (case, punctuation, links, mentions), very
short ones have none. The text cannot be got back from it.

Words and pairs together weigh a changed word about as much as shingles of six characters do, for a quarter of the time
(docs/adr/0009-words-instead-of-shingles.md). A text without spaces is cut into such shingles.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from zlib import crc32

Fingerprint = tuple[int, ...]

K = 32
#: Two texts from this similarity on are "nearly the same": about one word in eight may differ.
ALIKE = 0.8
#: Folded characters below which texts are alike by chance ("Guten Morgen!"), and above which no more is looked at.
SHORTEST, LONGEST = 45, 2000
#: Smallest hashes under which a fingerprint is indexed; similar texts share at least one nearly always.
PROBES = 4
#: From this mean length on, in bytes, "words" are no words: the writing knows no spaces, or somebody left them out.
UNSPACED, SHINGLE = 16, 6

#: Bits of a mask. Two sketches that have nothing in common share one of them by chance.
MASK_BITS = 1024

_DROPPED = re.compile(r"https?://\S+|@\w+")
_WORD = re.compile(r"[^\W_]+")


def fingerprint(text: str) -> Fingerprint | None:
    """The sketch in rising order; None when the text is too short to say anything."""
    folded = text[: 2 * LONGEST].casefold()
    if "@" in folded or "://" in folded:
        folded = _DROPPED.sub(" ", folded)
    bare = " ".join(_WORD.findall(folded))[:LONGEST]
    if len(bare) < SHORTEST:
        return None
    checksums = _checksums(bare.encode())
    # The multiplication spreads the checksum, which is linear in its input, over the whole range.
    return tuple(sorted([each * 0x9E3779B1 & 0xFFFFFFFF for each in checksums])[:K])


def _checksums(bare: bytes) -> set[int]:
    words = bare.split()
    if len(bare) > UNSPACED * len(words):
        return {crc32(bare[start : start + SHINGLE]) for start in range(len(bare) - SHINGLE + 1)}
    singles = list(map(crc32, words))
    return {*singles, *map(crc32, words[1:], singles)}  # a pair's checksum goes on from that of its first word


def similarity(one: set[int] | frozenset[int], other: Collection[int]) -> float:
    """Estimated similarity of two fingerprints (the first as a set), 0..1."""
    return 2 * len(one.intersection(other)) / (len(one) + len(other))


def mask(sketch: Fingerprint) -> int:
    """One bit per value, by which most of what is not alike is told in one step: see `may_be_alike`."""
    bits = 0
    for value in sketch:
        bits |= 1 << value % MASK_BITS
    return bits


def may_be_alike(size: int, own: int, other: int) -> bool:
    """Whether a sketch of `size` values with the mask `own` can be alike to one with the mask `other`.

    Never refuses what is alike. Alike means ALIKE / 2 * (size + the other's size) common values at least; the other
    has no fewer values than bits, and common values share no fewer bits than they are, less those that share a bit.
    """
    shared, other_size = (own & other).bit_count(), other.bit_count()
    return shared + size - own.bit_count() >= ALIKE / 2 * (size + other_size)


def probes(sketch: Fingerprint) -> Fingerprint:
    """The values under which to index and to look up."""
    return sketch[:PROBES]
