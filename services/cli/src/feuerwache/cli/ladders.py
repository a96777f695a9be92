"""What `feuerwache check` says of the policies against the other files: steps that reach nobody, and what is doubtful.

Pure. That each time class has a step is `escalation/policy`'s own rule; here it is whether anybody is there then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from feuerwache.common.calendar.timeclass import Hours, TimeClass, TimeClasses, moments
from feuerwache.common.config.people import People
from feuerwache.common.config.source import Document, Problem
from feuerwache.common.events.decision import Severity
from feuerwache.escalation.policy.policies import Ladder, Policies, Policy, Reach, Step
from feuerwache.notifier.schedule.oncall import OnCall, gaps
from feuerwache.notifier.schedule.plan import Schedules

Path = tuple[str | int, ...]

#: So long may the first climb take until its last step fires, before somebody should ask whether that is meant.
SLOW = {Severity.HIGH: timedelta(hours=4), Severity.CRITICAL: timedelta(hours=1)}
#: Time classes change at whole minutes of the wall clock, and nobody chooses odd ones: so fine are holes looked at.
GRAIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder in the file, where it stands, and the sets of time classes in which it may fire."""

    path: Path
    step: Step
    fires: frozenset[frozenset[TimeClass]]


def rungs(path: Path, ladder: Ladder) -> Iterator[Rung]:
    """All steps of a ladder, those of `instead` too."""
    places = [((*path, "steps"), ladder.steps)]
    places += [((*path, "instead", n, "steps"), each.steps) for n, each in enumerate(ladder.instead)]
    for place, steps in places:
        for at, step in enumerate(steps):
            fires = frozenset(now for now in moments() if any(one is step for one in ladder.at(now)))
            yield Rung((*place, at), step, fires)


def ladders(policies: Policies) -> Iterator[tuple[Path, Severity, Ladder]]:
    for number, policy in enumerate(policies.policies):
        for severity, ladder in policy.ladders:
            if ladder is not None:
                yield ("policies", number, "ladders", severity), Severity(severity), ladder


def unknown_targets(document: Document, policies: Policies, schedules: Schedules, people: People) -> Iterator[Problem]:
    """Steps that would reach nobody, because what they name does not exist."""
    reached: list[tuple[Path, Sequence[Reach]]] = [
        (rung.path, rung.step.reach) for path, _, ladder in ladders(policies) for rung in rungs(path, ladder)
    ]
    reached += [
        (("policies", number, "last_resort"), policy.last_resort.reach)
        for number, policy in enumerate(policies.policies)
        if policy.last_resort is not None
    ]
    for path, reach in reached:
        for which, target in enumerate(reach):
            unknown = what_is_unknown(target, schedules, people)
            if unknown:
                yield document.problem((*path, "reach", which), unknown)


def what_is_unknown(reach: Reach, schedules: Schedules, people: People) -> str | None:
    """Why this target leads nowhere, or None."""
    if reach.layer is not None:
        schedule_id, layer_id = reach.layer.split("/")
        return unknown_layer(schedule_id, layer_id, schedules)
    if reach.person is not None and people.person(reach.person) is None:
        return f"person {reach.person!r} does not stand in people.yaml"
    if reach.team is not None and people.team(reach.team) is None:
        return f"team {reach.team!r} does not stand in people.yaml"
    if reach.channel is not None and people.room(reach.channel) is None:
        return f"channel {reach.channel!r} is no room of people.yaml"
    return None


def unknown_layer(schedule_id: str, layer_id: str, schedules: Schedules) -> str | None:
    schedule = schedules.get(schedule_id)
    if schedule is None:
        return f"schedule {schedule_id!r} does not stand in schedules.yaml"
    if schedule.layer(layer_id) is None:
        known = ", ".join(layer.id for layer in schedule.layers)
        return f"schedule {schedule_id!r} has no layer {layer_id!r}; it has: {known}"
    return None


def doubtful(
    document: Document, policies: Policies, schedules: Schedules, now: datetime, days: int = 90
) -> Iterator[Problem]:
    """Policies that work and are likely not meant so."""
    for number, policy in enumerate(policies.policies):
        if policy.last_resort is None:
            reason = "there is no `last_resort`: when nobody answers, the ladder ends and nobody more is told"
            yield document.problem(("policies", number, "id"), reason)
    for path, severity, ladder in ladders(policies):
        yield from _slow(document, path, severity, ladder)
    yield from unmanned(document, policies, schedules, now, days)


def _slow(document: Document, path: Path, severity: Severity, ladder: Ladder) -> Iterator[Problem]:
    limit = SLOW.get(severity)
    if limit is None:
        return
    longest = max(
        (sum((step.wait * (step.repeat + 1) for step in ladder.at(now)[:-1]), timedelta(0)) for now in moments()),
    )
    if longest > limit:
        reason = f"it takes {_hours(longest)} until the last step is paged; {severity.value} allows {_hours(limit)}"
        yield document.problem(path, reason)


def unmanned(
    document: Document, policies: Policies, schedules: Schedules, now: datetime, days: int
) -> Iterator[Problem]:
    """Steps to a layer that has nobody at a time at which they may fire.

    Of layers that are to cover the whole week each hole is told at the schedule; here it is about the partial ones,
    which must not be called when they are off.
    """
    holes: dict[str, list[OnCall]] = {}
    for path, _, ladder in ladders(policies):
        policy = policies.policies[int(path[1])]
        for rung in rungs(path, ladder):
            for which, reach in enumerate(rung.step.reach):
                schedule_id, _, layer_id = (reach.layer or "/").partition("/")
                schedule = schedules.get(schedule_id)
                layer = schedule.layer(layer_id) if schedule is not None else None
                if schedule is None or layer is None or not layer.partial or reach.layer is None:
                    continue
                if reach.layer not in holes:
                    holes[reach.layer] = [gap for gap in gaps(schedule, now, days) if gap.layer == layer_id]
                clock = clock_of(policy, schedule.timezone, schedule.region)
                found = next(_meets(holes[reach.layer], rung, clock), None)
                if found is not None:
                    at, classes = found
                    reason = (
                        f"nobody is on call in {reach.layer!r} at some time at which this step may fire: "
                        f"{at.astimezone(schedule.zone):%Y-%m-%d %H:%M} ({', '.join(sorted(classes))})"
                    )
                    yield document.problem((*rung.path, "reach", which), reason)


def clock_of(policy: Policy, timezone: str, region: str | None) -> TimeClasses:
    """The policy's clock; zone and region of the schedule where it has none of its own."""
    times = policy.times.frozen(None)
    hours = Hours(times.office_from, times.office_to, times.night_from, times.night_to)
    zone = ZoneInfo(policy.times.timezone or timezone)
    return TimeClasses(zone, policy.times.region or region, hours, times.half_days_from)


def _meets(holes: Sequence[OnCall], rung: Rung, clock: TimeClasses) -> Iterator[tuple[datetime, frozenset[TimeClass]]]:
    """Instants within the holes at which the step may fire."""
    for hole in holes:
        at = hole.start
        while at < hole.end:
            classes = clock.at(at)
            if classes in rung.fires:
                yield at, classes
            at += GRAIN


def _hours(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
