"""Exceptions to the on-call schedule: somebody takes over, swaps, or is ill."""

from __future__ import annotations

from typing import ClassVar, Literal

from feuerwache.common.events.actor import Actor
from feuerwache.common.events.base import AwareDatetime, Payload


class OnCallOverridden(Payload):
    """From `start` to `end` (instants, end excluded) `person_id` stands in for `replaces`, or for whoever it is.

    `person_id` None means absence without a named replacement: the schedule's own rule finds one.
    """

    TYPE: ClassVar[str] = "feuerwache.oncall.overridden.v1"
    override_id: str
    schedule: str
    layer: str
    reason: Literal["take_over", "swap", "illness", "vacation"]
    start: AwareDatetime
    end: AwareDatetime
    person_id: str | None
    replaces: str | None = None
    actor: Actor
    cancelled: bool = False
