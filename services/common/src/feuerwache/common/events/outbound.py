"""Whether decisions go out to a platform at all: paused by its own word (HTTP 410), resumed by a human."""

from __future__ import annotations

from typing import ClassVar

from feuerwache.common.events.actor import Actor
from feuerwache.common.events.base import AwareDatetime, Payload
from feuerwache.common.events.post import Name


class OutboundPaused(Payload):
    """The newest one of an integration holds. While `paused`, its decisions wait in Kafka; nothing is dropped.

    `actor` is the human who resumed it; None when the platform's answer paused it. `reason` quotes nobody.
    """

    TYPE: ClassVar[str] = "feuerwache.outbound.paused.v1"
    integration: Name
    paused: bool
    at: AwareDatetime
    reason: str = ""
    actor: Actor | None = None
