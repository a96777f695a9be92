"""Who of all that a process watches has fallen silent, and whether it is not rather the process that hears nothing.

When nothing at all has come for a quarter of an hour, from nobody, and more than one would be missed, then it is our
own pipeline that is silent: ingest, classifier, rules, or the way between them. That is one thing to tell, in a metric
with an alert of its own, not a fire in every community.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from feuerwache.escalation.crisis.alarm import Alarm
from feuerwache.escalation.crisis.community import Community
from feuerwache.escalation.crisis.knowledge import Knowledge
from feuerwache.escalation.crisis.silence import LEAST_GAP


@dataclass(slots=True)
class Listening:
    """At one minute, to one community after the other; then ask for `alarms` and whether we are `deaf`."""

    minute: int
    heard: int = 0
    steady: int = 0
    alarms: list[tuple[str, Alarm]] = field(default_factory=list)

    def to(self, name: str, community: Community, known: Knowledge) -> None:
        deliveries = community.state.deliveries
        for integration, delivery in deliveries.by_name.items():
            self.heard = max(self.heard, delivery.last)
            self.steady += deliveries.steady(integration, self.minute)
        self.alarms += [
            (name, community.alarm_of(each, self.minute)) for each in community.silences(known, self.minute)
        ]

    @property
    def deaf(self) -> bool:
        return bool(self.alarms) and self.steady > 1 and self.minute - self.heard > LEAST_GAP
