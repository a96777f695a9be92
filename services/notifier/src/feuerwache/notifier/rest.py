"""Who was called at night, and until when they should rest. Pure.

The policy under which an incident began says when night is, and how long whoever was reached then should rest. Those
who are on call within that time, or come on, are named: in the mail at the change of shifts, and by `feuerwache oncall
who --overrides` at any time before. It is a warning: the schedule stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from operator import itemgetter
from zoneinfo import ZoneInfo

from feuerwache.common.calendar.timeclass import between
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import FrozenTimes, Incident
from feuerwache.common.events.page import Woken

WHEN = itemgetter(0)


def short_of_rest(
    people: Collection[str], at: datetime, incidents: Iterable[Incident]
) -> tuple[tuple[Woken, ...], Incident | None]:
    """Who of these people had too little rest at `at`, and what they were woken for; of several calls of a person the
    last one counts. What was low does not count, nor does a canary."""
    calls: dict[str, tuple[datetime, float, Incident]] = {}
    for incident in incidents:
        seconds = incident.policy.rest_seconds
        if seconds is None or incident.severity is Severity.LOW or incident.canary:
            continue
        for entry in incident.timeline:
            person, rested = str(entry.detail.get("person")), entry.at + timedelta(seconds=seconds)
            woken = entry.what == "reached" and at_night(incident.policy.times, entry.at)
            if woken and person in people and entry.at <= at < rested:
                calls[person] = max(
                    calls.get(person, (entry.at, seconds, incident)), (entry.at, seconds, incident), key=WHEN
                )
    named = tuple(
        Woken(person_id=person, at=at, rest_until=at + timedelta(seconds=seconds))
        for person, (at, seconds, _) in sorted(calls.items())
    )
    return named, max(calls.values(), key=WHEN)[2] if calls else None


def at_night(times: FrozenTimes | None, instant: datetime) -> bool:
    if times is None:
        return False
    return between(instant.astimezone(ZoneInfo(times.timezone)).time(), times.night_from, times.night_to)
