"""Where a poller stands on a platform that has to be asked."""

from __future__ import annotations

from typing import Any, ClassVar

from feuerwache.common.events.base import AwareDatetime, Payload
from feuerwache.common.events.post import Name


class PollingCursor(Payload):
    """The newest one of an integration holds. `cursor` is the adapter's own; everything before it has been accepted.

    `spent` are the units of the platform's quota that were used on `day` (the platform's calendar, ISO 8601).
    """

    TYPE: ClassVar[str] = "feuerwache.polling.cursor.v1"
    integration: Name
    cursor: dict[str, Any]
    at: AwareDatetime
    day: str = ""
    spent: int = 0
