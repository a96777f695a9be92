"""A PagerDuty schedule as one of ours, and in words what of it has no place here. Pure.

PagerDuty's layers lie on top of each other and give one person at a time, so they become the shifts of one layer, the
topmost first. A turn of whole days, or of a part that a day is a multiple of, is translated exactly; a restriction
becomes a window of `only`. The rotation keeps its phase: `rotation_virtual_start` is moved on by whole turns to the one
in which the layer begins. PagerDuty hands over by the clock of the schedule's zone, as we do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import gcd
from typing import Any
from zoneinfo import ZoneInfo

from feuerwache.notifier.pagerduty.document import PagerDutySchedule, Restriction, ScheduleLayer
from feuerwache.notifier.schedule.day import Weekday

DAY = timedelta(days=1)
UMLAUTS = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"}
WEEK = 7


@dataclass(frozen=True, slots=True)
class Translation:
    """`schedule` as it stands in `schedules.yaml`; None when nothing is left of it. `untold`: what was not translated.

    `notes`: what somebody should look at, though it is translated.
    """

    schedule: dict[str, Any] | None
    untold: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Remarks:
    untold: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def translate(
    source: PagerDutySchedule, persons: Mapping[str, str], now: datetime, layer_id: str = "first"
) -> Translation:
    """`persons`: PagerDuty's user ids → ours; every user of the schedule must be in it."""
    said = Remarks()
    try:
        zone = ZoneInfo(source.time_zone)
    except (KeyError, ValueError, OSError):
        return Translation(None, (f"the time zone {source.time_zone!r} has no IANA name",))
    shifts: list[dict[str, Any]] = []
    for number, layer in enumerate(source.schedule_layers):
        shifts += _layer(layer, layer.name or f"layer {number + 1}", persons, zone, now=now, said=said)
    for index, shift in enumerate(shifts):
        taken = [other["id"] for other in shifts[:index]]
        if shift["id"] in taken:
            shift["id"] = f"{shift['id']}-{index + 1}"
    coming = [entry for entry in _overrides(source) if entry.end > now]
    if coming:
        said.untold.append(
            f"{len(coming)} override(s) of single days, the first from {coming[0].start.isoformat()}: "
            "enter them with `feuerwache oncall take-over`"
        )
    if not shifts:
        return Translation(None, (*said.untold, "no layer is left"), tuple(said.notes))
    schedule = {"id": slug(source.title), "timezone": zone.key, "layers": [{"id": layer_id, "shifts": shifts}]}
    return Translation(schedule, tuple(said.untold), tuple(said.notes))


def slug(name: str) -> str:
    """`Primär: Nächte` → `primaer-naechte`."""
    spelled = name.lower().translate(UMLAUTS)
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "schedule"


def _overrides(source: PagerDutySchedule) -> list[Any]:
    return list(source.overrides_subschedule.rendered_schedule_entries) if source.overrides_subschedule else []


def _layer(
    layer: ScheduleLayer, name: str, persons: Mapping[str, str], zone: ZoneInfo, *, now: datetime, said: Remarks
) -> list[dict[str, Any]]:
    if layer.end is not None and layer.end <= now:
        said.notes.append(f"{name!r} ended on {layer.end:%Y-%m-%d} and was left out")
        return []
    users = [persons[member.user.id] for member in layer.users]
    if not users:
        said.untold.append(f"{name!r} has nobody in it")
        return []
    turn = timedelta(seconds=layer.rotation_turn_length_seconds)
    base = layer.rotation_virtual_start.astimezone(zone).replace(tzinfo=None)
    begin = layer.start.astimezone(zone).replace(tzinfo=None)
    if turn % DAY == timedelta(0):
        shifts = [_of_days(name, users, base, begin, turn // DAY)]
    elif DAY % turn == timedelta(0):
        shifts = _of_hours(name, users, base, begin, turn)
    else:
        said.untold.append(f"{name!r}: turns of {turn} are neither whole days nor an even part of one")
        return []
    if layer.end is not None:
        said.untold.append(f"{name!r} ends on {layer.end:%Y-%m-%d}: take its shifts out then")
    windows = _windows(layer.restrictions)
    if layer.start > now:
        said.notes.append(f"{name!r} begins on {begin:%Y-%m-%d %H:%M}; here it does with the turn that holds that day")
    for shift in shifts:
        if windows:
            shift["only"] = [dict(window) for window in windows]
    return shifts


def _of_days(name: str, users: list[str], base: datetime, begin: datetime, days: int) -> dict[str, Any]:
    gone = (begin - base) // (days * DAY)
    first = base + gone * days * DAY
    shift: dict[str, Any] = {"id": slug(name)}
    if days % WEEK == 0:
        day = Weekday(first.weekday()).name.lower()
        shift |= {"begins": [day], "from": _clock(base.time()), "ends": day, "to": _clock(base.time())}
        shift |= {"rotate": "each_shift", **({"every": days // WEEK} if days > WEEK else {})}
    else:
        shift |= {"from": _clock(base.time()), "to": _clock(base.time())}
        shift |= {"rotate": "daily", **({"every": days} if days > 1 else {})}
    return shift | {"since": first.date(), "people": _turned(users, gone)}


def _of_hours(name: str, users: list[str], base: datetime, begin: datetime, turn: timedelta) -> list[dict[str, Any]]:
    """One shift for each turn of a day; its people are those who have that turn day after day until it comes round."""
    slots = DAY // turn
    period = len(users) // gcd(len(users), slots)
    first = base + ((begin - base) // (period * DAY)) * period * DAY
    return [
        {
            "id": f"{slug(name)}-{slot + 1}",
            "from": _clock((first + slot * turn).time()),
            "to": _clock((first + (slot + 1) * turn).time()),
            "rotate": "daily",
            "since": (first + slot * turn).date(),
            "people": [users[(number * slots + slot) % len(users)] for number in range(period)],
        }
        for slot in range(slots)
    ]


def _turned(users: list[str], turns: int) -> list[str]:
    by = turns % len(users)
    return users[by:] + users[:by]


def _windows(restrictions: tuple[Restriction, ...]) -> list[dict[str, Any]]:
    """Hours that are kept; none when one restriction already is the whole week."""
    windows = []
    for restriction in restrictions:
        weekly = restriction.type == "weekly_restriction"
        length = timedelta(seconds=restriction.duration_seconds)
        if length >= (WEEK * DAY if weekly else DAY):
            return []
        opening = restriction.start_time_of_day.replace(tzinfo=None)
        monday = datetime.combine(date(2024, 1, 1), opening)
        start = monday + ((restriction.start_day_of_week or 1) - 1) * DAY if weekly else monday
        end = start + length
        window: dict[str, Any] = {}
        if weekly:
            window["days"] = [Weekday(start.weekday()).name.lower()]
        window |= {"from": _clock(start.time()), "to": _clock(end.time())}
        if weekly and length >= DAY:
            window["ends"] = Weekday(end.weekday()).name.lower()
        windows.append(window)
    return windows


def _clock(at: time) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
