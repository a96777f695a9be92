"""What every way to a platform is: something that is handed a decision, or where an appeal stands, and says honestly
what came of it.

The webhook is one; a client of a platform's own interface (hide a comment there, silence an account) is another one
that fits in here. `deliver` may be called again with the same decision after a crash, so it must be harmless to repeat:
`delivery_id` is the same then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from feuerwache.ingest.outbound.document import TYPE
from feuerwache.ingest.outbound.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Handover:
    """`data` is `document.document` or, with that `type`, `document.appeal_document`; `delivery_id` the event's id."""

    delivery_id: UUID
    data: dict[str, Any] = field(repr=False)
    type: str = TYPE


class Platform(Protocol):
    async def deliver(self, handover: Handover) -> Outcome:
        """Within a bounded time, whatever the other side does; never raises for that."""

    async def close(self) -> None: ...
