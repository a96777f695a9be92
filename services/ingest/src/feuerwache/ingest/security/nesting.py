"""How deep and how wide a document may be that follows nobody's schema but the platform's. Pure.

Without recursion, and it stops at the first value that is too many: a document that is meant to hurt costs no more than
one that is just allowed.
"""

from __future__ import annotations

from feuerwache.ingest.envelope import Unreadable

DEEPEST = 32
MOST_NODES = 20_000


def check(document: object, depth: int = DEEPEST, nodes: int = MOST_NODES) -> None:
    """Raises `Unreadable` (413) when lists and objects lie in each other more than `depth` deep, or there are more than
    `nodes` values in all."""
    level: list[object] = [document]
    left = nodes
    for _ in range(depth + 1):
        left -= len(level)
        if left < 0:
            raise Unreadable(413, "Too many values", f"the body has more than {nodes} values")
        inner: list[object] = []
        for value in level:
            if isinstance(value, dict):
                inner.extend(value.values())
            elif isinstance(value, list):
                inner.extend(value)
            if len(inner) > left:
                raise Unreadable(413, "Too many values", f"the body has more than {nodes} values")
        if not inner:
            return
        level = inner
    raise Unreadable(413, "Nested too deeply", f"the body is nested more than {depth} deep")
