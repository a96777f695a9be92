"""Which adapters there are. An adapter is imported when somebody asks for it, so that one that breaks, breaks alone.

A package of one's own adds adapters by the entry point group `feuerwache.adapters` (name = "module:KIND").
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from feuerwache.common.errors import FeuerwacheError
from feuerwache.ingest.adapters.adapter import AdapterKind

GROUP = "feuerwache.adapters"
#: The ones that come along.
OWN: Mapping[str, str] = {
    "discourse": "feuerwache.ingest.adapters.discourse:DISCOURSE",
    "mapper": "feuerwache.ingest.adapters.mapper:MAPPER",
    "mastodon": "feuerwache.ingest.adapters.mastodon:MASTODON",
    "meta": "feuerwache.ingest.adapters.meta:META",
    "table": "feuerwache.ingest.adapters.table:TABLE",
    "telegram": "feuerwache.ingest.adapters.telegram:TELEGRAM",
    "youtube": "feuerwache.ingest.adapters.youtube:YOUTUBE",
}


class UnknownKind(FeuerwacheError):  # noqa: N818 - reads as what it is
    """There is no such adapter; the message names the nearest one."""


def kinds() -> list[str]:
    """The names of all adapters, in order."""
    return sorted({*OWN, *(each.name for each in entry_points(group=GROUP))})


def place(kind: str) -> str:
    """Where an adapter stands: "module:NAME". Raises `UnknownKind`."""
    found = OWN.get(kind) or next((each.value for each in entry_points(group=GROUP) if each.name == kind), None)
    if found is None:
        near = get_close_matches(kind, kinds(), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(kinds())}"
        raise UnknownKind(f"there is no adapter {kind!r}{hint}")
    return found


def load(kind: str) -> AdapterKind[Any]:
    """Raises `UnknownKind`."""
    module, _, name = place(kind).partition(":")
    found = getattr(import_module(module), name)
    if not isinstance(found, AdapterKind):
        raise UnknownKind(f"{place(kind)} is no AdapterKind")
    return found
