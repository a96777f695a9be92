"""The envelope every event and command travels in, and the ids that make repeats harmless.

An event is its CloudEvents 1.0 attributes plus one frozen payload model. Its id is derived from what caused it
(UUIDv5 of stage and cause), so a stage that handles the same input twice writes the same id twice, and whoever
reads can tell a repeat from news.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1
from typing import ClassVar, Generic, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict

#: Namespace of every derived id; never change it, or old events and their repeats no longer agree.
FEUERWACHE_NAMESPACE = uuid5(NAMESPACE_URL, "urn:feuerwache:events")


class Model(BaseModel):
    """A frozen value inside an event. Unknown fields are ignored, so that an older reader survives a newer writer."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_timedelta="float")


class Payload(Model):
    """What an event says. Each subclass names its CloudEvents `type`, version included, in `TYPE`.

    `SPARSE`: fields that have their default are left out of the record; whoever reads it gets them from the model.
    """

    TYPE: ClassVar[str]
    SPARSE: ClassVar[bool] = False


P_co = TypeVar("P_co", bound=Payload, covariant=True)


@dataclass(frozen=True, slots=True)
class Event(Generic[P_co]):
    """One event or command with its CloudEvents attributes.

    `time` is the event time in UTC (when it happened, not when it was written: Kafka's own timestamp says that).
    `source` names the writer, e.g. `/ingest/http/forum`. `traceparent` is W3C trace context, carried through unread.
    """

    id: UUID
    source: str
    time: datetime
    data: P_co
    traceparent: str | None = None

    @property
    def type(self) -> str:
        return self.data.TYPE


def derived_id(stage: str, *cause: object) -> UUID:
    """UUIDv5 of the stage that writes and everything that makes this event itself and no other.

    What `uuid.uuid5` does, in half the time (3 instead of 6 µs; a judged post needs three of them).
    """
    name = "\x1f".join([stage, *map(str, cause)])
    digest = sha1(_NAMESPACE + name.encode(), usedforsecurity=False).digest()
    return UUID(int=int.from_bytes(digest[:16]) & _WITHOUT_VERSION | _VERSION_5)


_NAMESPACE = FEUERWACHE_NAMESPACE.bytes
#: RFC 9562, section 5.5: four bits of a UUID say its version, two its variant.
_VERSION_5 = 0x5000 << 64 | 0x8000 << 48
_WITHOUT_VERSION = ~(0xF000 << 64 | 0xC000 << 48)


__all__ = ["FEUERWACHE_NAMESPACE", "AwareDatetime", "Event", "Model", "Payload", "derived_id"]
