"""Exceptions to the on-call schedule: somebody takes over, swaps, is ill or on vacation."""

from __future__ import annotations

from typing import ClassVar, Literal

from feuerwache.common.events.actor import Actor
from feuerwache.common.events.base import AwareDatetime, Payload

#: As `schedule` or `layer`: all of them. A reader from before this was written finds no such schedule and passes it by.
EVERYWHERE = "*"
#: Whoever is replaced for one of these reasons is away, and stands in for nobody else in the meantime.
ABSENT = frozenset({"illness", "vacation"})


class OnCallOverridden(Payload):
    """From `start` to `end` (instants, end excluded) `person_id` stands in for `replaces`, or for whoever it is.

    `person_id` None means absence without a named replacement: the schedule's own rule finds one. `schedule` and
    `layer` may be `*`: the absence of a person from everything is one override. Later ones, by the time of their
    event, lie on top of earlier ones.
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

    def concerns(self, schedule: str, layer: str) -> bool:
        """Whether it is about this layer of this schedule, and still holds."""
        return not self.cancelled and self.schedule in (schedule, EVERYWHERE) and self.layer in (layer, EVERYWHERE)

    @property
    def absent(self) -> str | None:
        """The person who is away by this, if it names one; `person_id` None without one is the holder's absence."""
        return self.replaces if self.person_id is None or self.reason in ABSENT else None
