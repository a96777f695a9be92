"""A small on-call team for tests: three people, one schedule with a layer for each number of people, two teams."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from feuerwache.common.config.people import People
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.notifier.delivery.directory import Directory
from feuerwache.notifier.schedule.model import Schedules

BERLIN = ZoneInfo("Europe/Berlin")
CONFIG = Path(__file__).parents[2] / "config"
SECRET = b"0123456789abcdef0123456789abcdef"
ACTOR = Actor(person_id="ada", via=Via.TOKEN)

PEOPLE: dict[str, Any] = {
    "people": [
        {"id": "ada", "name": "Ada Özil", "contacts": [{"channel": "email", "address": "ada@example.org"}]},
        {
            "id": "bo",
            "name": "Bo Lind",
            "language": "en",
            "timezone": "Europe/London",
            "contacts": [{"channel": "email", "address": "Bo@example.org"}],
        },
        {
            "id": "cy",
            "name": "Cy Roth",
            "role": "agent",
            "contacts": [{"channel": "email", "address": "cy@example.org"}],
        },
    ],
    "teams": [{"id": "night", "members": ["ada", "bo"]}],
}
#: `first` is handed over each day at 18:00, `deputy` is always Cy.
SCHEDULES: dict[str, Any] = {
    "schedules": [
        {
            "id": "wache",
            "layers": [
                {
                    "id": "first",
                    "shifts": [
                        {
                            "id": "day",
                            "from": "18:00",
                            "to": "18:00",
                            "rotate": "each_shift",
                            "since": "2026-01-05",
                            "people": ["ada", "bo", "cy"],
                        }
                    ],
                },
                {
                    "id": "deputy",
                    "shifts": [{"id": "all", "from": "00:00", "to": "00:00", "since": "2026-01-05", "people": ["cy"]}],
                },
            ],
        }
    ]
}


def house(schedules: dict[str, Any] = SCHEDULES, people: dict[str, Any] = PEOPLE) -> Directory:
    return Directory(People.model_validate(people), Schedules.model_validate(schedules))


def written(folder: Path) -> Path:
    """The same as configuration files (JSON is YAML)."""
    folder.mkdir(exist_ok=True)
    (folder / "people.yaml").write_text(json.dumps(PEOPLE))
    (folder / "schedules.yaml").write_text(json.dumps(SCHEDULES))
    return folder


def take_over(start: datetime, end: datetime, person: str, layer: str = "first") -> OnCallOverridden:
    return OnCallOverridden(
        override_id=f"{layer} {start.isoformat()}",
        schedule="wache",
        layer=layer,
        reason="take_over",
        start=start,
        end=end,
        person_id=person,
        actor=ACTOR,
    )


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)  # type: ignore[arg-type,misc]  # year, month, day, hour, minute


def ics(*events: Sequence[str], extra: str = "") -> bytes:
    """A calendar with these events, each its lines; `extra` are components before them."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *extra.split("\n")[:-1]]
    for number, event in enumerate(events):
        uid = [] if any(line.startswith("UID") for line in event) else [f"UID:event-{number}"]
        lines += ["BEGIN:VEVENT", *uid, "DTSTAMP:20260101T000000Z", *event, "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()
