"""How many incidents the alarms of single posts come to: those of one rule in one community that are near in time."""

from __future__ import annotations

from collections.abc import Iterable

#: Seconds after an incident's last alarm up to which the next one joins it: that of the incidents task
#: (`escalation.incidents.alarmed.NEAR`), for an incident that nobody has resolved before.
NEAR_SECONDS = 3600


def incidents(instants: Iterable[int]) -> int:
    """`instants` of alarms in seconds, in any order."""
    count, last = 0, None
    for at in sorted(instants):
        count += last is None or at - last > NEAR_SECONDS
        last = at
    return count
