"""Near-duplicates: a small fingerprint of a text, and how alike two of them are.

A bottom-k sketch (Broder 1997): the k smallest hashes of the text's 6-character shingles. The share of hashes that two
sketches have in common estimates the Sørensen-Dice similarity s of the shingle sets, with a standard error of
√(s(1-s)/k): 0.09 at s = 0.5. Texts are folded first (case, punctuation, links, mentions), short ones have none. The
text cannot be got back from it.
"""

from __future__ import annotations

import re
from collections.abc import Set
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

_DROPPED = re.compile(r"https?://\S+|@\w+")
_SEPARATORS = re.compile(r"[\W_]+")


def fingerprint(text: str) -> Fingerprint | None:
    """The sketch in rising order; None when the text is too short to say anything."""
    folded = _SEPARATORS.sub(" ", _DROPPED.sub(" ", text[: 2 * LONGEST].casefold())).strip()[:LONGEST]
    if len(folded) < SHORTEST:
        return None
    raw = folded.encode()
    # The multiplication spreads the checksum, which is linear in its input, over the whole range.
    hashes = {crc32(raw[start : start + SHINGLE]) * 0x9E3779B1 & 0xFFFFFFFF for start in range(len(raw) - SHINGLE + 1)}
    return tuple(sorted(hashes)[:K])


def similarity(one: Set[int], other: Set[int]) -> float:
    """Estimated similarity of two fingerprints (as sets), 0..1."""
    return len(one & other) / min(len(one), len(other))


def probes(sketch: Fingerprint) -> Fingerprint:
    """The values under which to index and to look up."""
    return sketch[:PROBES]
