"""Whether a translated schedule says the same as PagerDuty did: its own rendered entries are the oracle. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from feuerwache.notifier.pagerduty.document import PagerDutySchedule
from feuerwache.notifier.schedule.model import Schedule
from feuerwache.notifier.schedule.oncall import turns

MINUTE = timedelta(minutes=1)


def differences(source: PagerDutySchedule, schedule: Schedule, persons: Mapping[str, str]) -> list[str]:
    """Each span in which PagerDuty's `final_schedule` names somebody else than we do, in words.

    Empty as well when the answer came without entries (it has them when `since` and `until` were asked for).
    """
    found = []
    layer = schedule.layers[0].id
    entries = source.final_schedule.rendered_schedule_entries if source.final_schedule else ()
    for entry in entries:
        theirs = persons.get(entry.user.id) if entry.user is not None else None
        if entry.end <= entry.start:
            continue
        for ours in turns(schedule, layer, entry.start, entry.end):
            if ours.people != ((theirs,) if theirs is not None else ()):
                left, right = (edge.astimezone(schedule.zone) for edge in (ours.start, ours.end))
                span = f"{left:%Y-%m-%d %H:%M} – {right:%Y-%m-%d %H:%M}"
                found.append(
                    f"{span}: PagerDuty has {theirs or 'nobody'}, here it is {', '.join(ours.people) or 'nobody'}"
                )
    return found
