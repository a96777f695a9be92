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
from collections.abc import Collection, Iterable
from typing import TypeVar
from zlib import crc32

Fingerprint = tuple[int, ...]
T = TypeVar("T")

K = 32
#: Two texts from this similarity on are "nearly the same": about one word in eight may differ.
ALIKE = 0.8
#: Folded characters below which texts are alike by chance ("Guten Morgen!"), and above which no more is looked at.
SHORTEST, LONGEST = 45, 2000
#: Hashes under which a fingerprint is indexed; similar texts share at least one nearly always.
PROBES = 5
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
    return tuple(sorted(_hashes(bare.encode()))[:K])


def _hashes(bare: bytes) -> list[int]:
    """32 bits each: even ones are of pairs, odd ones of single words.

    The multiplication spreads the checksum, which is linear in its input, over the whole range.
    """
    words = bare.split()
    if len(bare) > UNSPACED * len(words):
        shingles = {crc32(bare[start : start + SHINGLE]) for start in range(len(bare) - SHINGLE + 1)}
        return [each * 0x9E3779B1 & 0xFFFFFFFE for each in shingles]
    singles = list(map(crc32, words))
    pairs = map(crc32, words[1:], singles)  # a pair's checksum goes on from that of its first word
    return [
        *[each * 0x9E3779B1 & 0xFFFFFFFE for each in set(pairs)],
        *[each * 0x9E3779B1 & 0xFFFFFFFF | 1 for each in set(singles)],
    ]


def similarity(one: set[int] | frozenset[int], other: Collection[int]) -> float:
    """Estimated similarity of two fingerprints (the first as a set), 0..1."""
    return 2 * len(one.intersection(other)) / (len(one) + len(other))


def mask(sketch: Fingerprint) -> int:
    """One bit per value, by which most of what is not alike is told in one step: see `may_be_alike`."""
    bits = 0
    for value in sketch:
        bits |= 1 << value % MASK_BITS
    return bits


def may_be_alike(size: int, own: int, others: Iterable[tuple[T, int]]) -> list[T]:
    """Those of `others` (each with its mask) that can be alike to a sketch of `size` values with the mask `own`.

    Never refuses what is alike. Alike means ALIKE / 2 * (size + the other's size) common values at least; the other
    has no fewer values than bits, and common values share no fewer bits than they are, less those that share a bit.
    """
    least = ALIKE / 2 * size - (size - own.bit_count())
    return [other for other, bits in others if (own & bits).bit_count() >= least + ALIKE / 2 * bits.bit_count()]


def probes(sketch: Fingerprint) -> Fingerprint:
    """The values under which to index and to look up: the smallest of pairs, since a word is in half of all texts."""
    return tuple([value for value in sketch if not value & 1][:PROBES])
