"""Which field is never more than which other, on any post: what happened in an hour happened within the day.

What a condition can never be is proved from this too, so a pair stands here only where it follows from the way in which
both are counted. Left out, however likely: numbers taken at different moments (`brand_violations_90d` of an edited post
is that of its first version, `violations_90d` is not), and counts of different things (reports that were upheld may go
on counting when their reports are folded).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

from feuerwache.escalation.rules.language.context import SCHEMA

_MINUTES = {"m": 1, "h": 60, "d": 1440}


def _windows(thing: str) -> tuple[str, ...]:
    """The fields of `author` that count this, by how far they look back from the post."""
    spans = {
        f"author.{field}": int(found[1]) * _MINUTES[found[2]]
        for field in SCHEMA["author"]
        if (found := re.fullmatch(rf"{thing}_(\d+)([mhd])", field))
    }
    return tuple(sorted(spans, key=spans.__getitem__))


#: Each field is never more than the next one.
CHAINS: tuple[tuple[str, ...], ...] = (
    (*_windows("posts"), "author.posts_total"),
    *map(_windows, ("violations", "warnings", "restrictions", "reports", "reports_upheld")),
    ("post.words", "post.length"),  # a word has a character
    ("thread.authors_1h", "thread.posts_1h"),
    ("thread.negative_1h", "thread.posts_1h"),
    ("thread.hostile_1h", "thread.posts_1h"),
    ("matched.own_duplicate_threads", "matched.own_duplicates", "matched.near_duplicates"),
)


def closed(chains: Iterable[tuple[str, ...]]) -> dict[str, frozenset[str]]:
    """Field → all that are at least as much, by any number of steps."""
    above: dict[str, set[str]] = {}
    for small, large in (pair for chain in chains for pair in pairwise(chain)):
        above.setdefault(small, set()).add(large)

    def reached(field: str) -> set[str]:
        nearest = above.get(field, set())
        return nearest.union(*map(reached, nearest))

    return {field: frozenset(reached(field)) for field in above}


AT_MOST: Mapping[str, frozenset[str]] = closed(CHAINS)
