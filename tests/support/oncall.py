"""Short ways to write schedules and exceptions to them in tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from feuerwache.common.config.people import People
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.notifier.schedule.model import Schedule, Schedules

BERLIN = ZoneInfo("Europe/Berlin")


def shift(**fields: Any) -> dict[str, Any]:
    """A night of a and b, changed in the fields that are given. `start` and `end` stand for `from` and `to`."""
    named = {{"start": "from", "end": "to"}.get(name, name): value for name, value in fields.items()}
    if "delegate" in named:
        named["people"] = None
    return {"id": "all", "from": "18:00", "to": "08:00", "since": "2026-01-05", "people": ["a", "b"], **named}


def always(*people: str, **fields: Any) -> dict[str, Any]:
    """The week round, a day each, beginning with the first one on Monday, 5 January 2026."""
    return shift(people=[*people], start="00:00", end="00:00", **{"rotate": "daily", **fields})


def schedule(*shifts: dict[str, Any], **fields: Any) -> Schedule:
    """A schedule `s` with one layer, `first`."""
    return layered(first=[*shifts], **fields)


def layered(schedule_id: str = "s", **fields: Any) -> Schedule:
    """A schedule whose layers are the fields that hold lists of shifts; the others are its own."""
    return house({schedule_id: fields}).schedules[0]


def house(schedules: dict[str, dict[str, Any]], **fields: Any) -> Schedules:
    """Several of them, by id; `fields` of the whole file: absences."""
    written = []
    for schedule_id, given in schedules.items():
        layers = [{"id": name, "shifts": value} for name, value in given.items() if isinstance(value, list)]
        own = {name: value for name, value in given.items() if not isinstance(value, list)}
        written.append({"id": schedule_id, "timezone": "Europe/Berlin", "layers": layers, **own})
    return Schedules.model_validate({"schedules": written, **fields})


def at(text: str) -> datetime:
    """`2026-01-05 20:00`, by the clock in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def override(start: datetime, end: datetime, person: str | None, **fields: Any) -> OnCallOverridden:
    """A swap in `s/first`, unless the fields say otherwise."""
    return OnCallOverridden.model_validate(
        {
            "override_id": "o",
            "schedule": "s",
            "layer": "first",
            "reason": "swap",
            "start": start,
            "end": end,
            "person_id": person,
            "actor": Actor(person_id="head", via=Via.TOKEN),
            **fields,
        }
    )


def away(person: str, start: datetime, end: datetime, **fields: Any) -> OnCallOverridden:
    """Ill, everywhere."""
    return override(
        start, end, None, **{"schedule": "*", "layer": "*", "reason": "illness", "replaces": person, **fields}
    )


def people(*ids: str, **zones: str) -> People:
    """People in Berlin, and others in their own zones."""
    contacts = [{"channel": "email", "address": "somebody@morgenrot.example"}]
    where = {**dict.fromkeys(ids, "Europe/Berlin"), **zones}
    return People.model_validate(
        {"people": [{"id": one, "name": one, "timezone": zone, "contacts": contacts} for one, zone in where.items()]}
    )
