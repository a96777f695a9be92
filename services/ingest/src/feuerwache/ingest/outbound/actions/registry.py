"""Which platforms have a client of their own. One is imported when it is asked for, as adapters are."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from feuerwache.common.errors import FeuerwacheError
from feuerwache.ingest.outbound.actions.action import ActionKind

#: Adapter's kind → where its client stands.
OWN: Mapping[str, str] = {
    "discourse": "feuerwache.ingest.outbound.actions.discourse:DISCOURSE",
    "mastodon": "feuerwache.ingest.outbound.actions.mastodon:MASTODON",
    "meta": "feuerwache.ingest.outbound.actions.meta:META",
    "telegram": "feuerwache.ingest.outbound.actions.telegram:TELEGRAM",
    "youtube": "feuerwache.ingest.outbound.actions.youtube:YOUTUBE",
}


class NoClient(FeuerwacheError):  # noqa: N818 - reads as what it is
    """Nothing can be done on such a platform from here; the message names those where it can."""


def load(kind: str) -> ActionKind[Any]:
    """Raises `NoClient`."""
    if kind not in OWN:
        raise NoClient(f"nothing can be done on {kind!r} from here, only on {', '.join(sorted(OWN))}")
    module, _, name = OWN[kind].partition(":")
    found = getattr(import_module(module), name)
    assert isinstance(found, ActionKind)
    return found
