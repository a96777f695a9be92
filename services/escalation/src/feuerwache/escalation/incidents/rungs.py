"""The frozen policy at one instant: which steps hold then, which comes next, and whether anybody may be paged at all.

The time class of an instant follows from the clock and the holidays the policy was frozen with, so everybody who asks
later (after a restart, in a simulation) gets the same answer.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from feuerwache.common.calendar.holiday import holidays_of
from feuerwache.common.calendar.timeclass import Hours, TimeClass, TimeClasses, between, holds
from feuerwache.common.calendar.wallclock import next_at
from feuerwache.common.events.incident import FrozenPolicy, FrozenTimes, Incident, PolicyStep


def classes(policy: FrozenPolicy, instant: datetime) -> frozenset[TimeClass]:
    """The time classes of an instant on the policy's clock; none for a policy from before there were any."""
    return frozenset() if policy.times is None else _classes(policy.times).at(instant)


@lru_cache(maxsize=256)
def _classes(times: FrozenTimes) -> TimeClasses:
    hours = Hours(times.office_from, times.office_to, times.night_from, times.night_to)
    return TimeClasses(ZoneInfo(times.timezone), _known(times.region), hours, times.half_days_from)


def _known(region: str | None) -> str | None:
    """A frozen policy may be older than the list of regions: an incident climbs on without holidays, not not at all."""
    try:
        if region is not None:
            holidays_of(region)
    except ValueError:
        return None
    return region


def rungs(policy: FrozenPolicy, instant: datetime) -> tuple[PolicyStep | None, ...]:
    """The ladder as it stands at this instant; None where a step is not for this time."""
    now = classes(policy, instant)
    ladder = next((each.steps for each in policy.instead if holds(each.when, now)), policy.steps)
    return tuple(step if holds(step.when, now) else None for step in ladder)


def longest(policy: FrozenPolicy) -> int:
    """How many steps a round may have, at whatever time."""
    return max(len(policy.steps), *(len(each.steps) for each in policy.instead), 0)


def upcoming(incident: Incident, instant: datetime) -> tuple[int, int, PolicyStep] | None:
    """Round, index and step that would fire at this instant; None when the ladder is through.

    What is not for this time is passed over; with nothing left in this round the next one begins, if there is one.
    """
    if incident.step is None:
        return None
    ladder = rungs(incident.policy, instant)
    for climbed, begin in ((incident.round, incident.step), (incident.round + 1, 0)):
        if climbed - incident.first_round > incident.policy.repeat:
            break
        for index, step in enumerate(ladder):
            if step is not None and index >= begin:
                return climbed, index, step
    return None


def first(policy: FrozenPolicy, instant: datetime) -> PolicyStep:
    """The step a ladder begins with at this instant; the first of all where none is for this time."""
    return next((step for step in rungs(policy, instant) if step is not None), policy.steps[0])


def quiet_until(policy: FrozenPolicy, instant: datetime) -> datetime | None:
    """The end of the quiet hours that hold now, the time of the digest; None outside of them."""
    if policy.quiet_from is None or policy.quiet_to is None or policy.times is None:
        return None
    zone = ZoneInfo(policy.times.timezone)
    end = next_at(instant, policy.quiet_to, zone)
    clock = instant.astimezone(zone).time()
    return end if between(clock, policy.quiet_from, policy.quiet_to) else None
