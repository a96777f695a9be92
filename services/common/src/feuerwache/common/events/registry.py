"""Which payload model belongs to which CloudEvents type: whatever some topic carries (`carried.py`), each once."""

from __future__ import annotations

from itertools import chain

from feuerwache.common.events.base import Payload
from feuerwache.common.events.carried import CARRIED

PAYLOADS: tuple[type[Payload], ...] = tuple(dict.fromkeys(chain.from_iterable(CARRIED.values())))

BY_TYPE: dict[str, type[Payload]] = {payload.TYPE: payload for payload in PAYLOADS}
