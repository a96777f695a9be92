"""What every channel is: something that can be asked to deliver one message, and says honestly what came of it.

A channel knows nothing about Kafka, incidents or retries. `send` never raises for what the other side did: a refusal,
a time-out or a broken line is an `Outcome`. It puts neither addresses nor secrets nor the other side's own words into
`reason`, because that goes on record.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from feuerwache.common.config.contact import Contact
from feuerwache.notifier.message.message import Message


class Dedup(StrEnum):
    """What keeps a repeat after a crash from being read as a second page.

    `provider`: it can be asked what became of an id. `message_id`: a repeat carries the same id, by which the mail
    program or the receiver sees that it has it already. `none`: nothing; the message itself says it may be a repeat.
    """

    PROVIDER = "provider"
    MESSAGE_ID = "message_id"
    NONE = "none"


class Result(StrEnum):
    """`accepted`: the other side took it over. `delivered`: it is where it should be.

    `withdrawn` is the desk's own word: nothing was sent (any more), because somebody has answered.
    """

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    TRANSIENT = "transient"
    PERMANENT = "permanent"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reason` is short and safe to keep; `retry_after` are the seconds the other side asked for."""

    result: Result
    reason: str = ""
    provider_id: str | None = None
    retry_after: float | None = None

    @property
    def success(self) -> bool:
        return self.result in {Result.ACCEPTED, Result.DELIVERED}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one contact. `delivery_id` stays the same over attempts and repeats.

    `attempt` and `shard` say what a provider's later word on it is about, and whose it is (`twilio.reports_to`).
    `alarm`: what a system that keeps alarms knows this one by; the incident where it is empty.
    """

    delivery_id: UUID
    incident_id: UUID
    contact: Contact = field(repr=False)
    urgent: bool = True
    attempt: int = 1
    shard: int = 0
    alarm: str = ""


class Channel(Protocol):
    @property
    def name(self) -> str:
        """As `channel` in people.yaml; label in metrics."""

    @property
    def dedup(self) -> Dedup: ...

    async def send(self, delivery: Delivery, message: Message) -> Outcome:
        """Within a bounded time, whatever the other side does."""

    async def close(self) -> None: ...


def accepted(provider_id: str | None = None) -> Outcome:
    return Outcome(Result.ACCEPTED, provider_id=provider_id)


def transient(reason: str, retry_after: float | None = None) -> Outcome:
    return Outcome(Result.TRANSIENT, reason, retry_after=retry_after)


def permanent(reason: str) -> Outcome:
    return Outcome(Result.PERMANENT, reason)
