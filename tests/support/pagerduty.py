"""Schedules as PagerDuty's REST API v2 documents them, written by hand, and a peer that speaks its paging.

Source: developer.pagerduty.com/api-reference, "Get a schedule" (the shape of `schedule`, its layers, users,
restrictions and rendered entries), "List schedules" (`limit`, `offset`, `more`), "Get a user".
"""

from __future__ import annotations

import json
from typing import Any

USERS = {"PADA001": "Ada Özil", "PBO0002": "Bo Lind", "PCY0003": "Cy Roth"}


def user(user_id: str) -> dict[str, Any]:
    return {
        "user": {
            "id": user_id,
            "type": "user_reference",
            "summary": USERS.get(user_id, user_id),
            "self": f"https://api.pagerduty.com/users/{user_id}",
            "html_url": f"https://subdomain.pagerduty.com/users/{user_id}",
        }
    }


def layer(**fields: Any) -> dict[str, Any]:
    """A weekly rotation handed over on Thursdays at 09:00 in Berlin."""
    return {
        "name": "Layer 1",
        "id": "PG68P1M",
        "start": "2026-01-01T09:00:00+01:00",
        "end": None,
        "rotation_virtual_start": "2026-01-01T09:00:00+01:00",
        "rotation_turn_length_seconds": 604800,
        "users": [user(each) for each in USERS],
        "restrictions": [],
        "rendered_schedule_entries": [],
        "rendered_coverage_percentage": None,
        **fields,
    }


def document(*layers: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The answer of `GET /schedules/{id}`; layers topmost first, as the API has them."""
    schedule = {
        "id": "PI7DH85",
        "type": "schedule",
        "summary": "Bereitschaft Köln",
        "self": "https://api.pagerduty.com/schedules/PI7DH85",
        "html_url": "https://subdomain.pagerduty.com/schedules/PI7DH85",
        "name": "Bereitschaft Köln",
        "description": "Rotation",
        "time_zone": "Europe/Berlin",
        "escalation_policies": [],
        "users": [],
        "schedule_layers": list(layers),
        "overrides_subschedule": {"name": "Overrides", "rendered_schedule_entries": []},
        "final_schedule": {"name": "Final Schedule", "rendered_schedule_entries": []},
        **fields,
    }
    return {"schedule": schedule}


def entry(start: str, end: str, user_id: str) -> dict[str, Any]:
    return {"start": start, "end": end, **user(user_id)}


def daily(start: str, hours: float) -> dict[str, Any]:
    return {"type": "daily_restriction", "start_time_of_day": start, "duration_seconds": int(hours * 3600)}


def weekly(day: int, start: str, hours: float) -> dict[str, Any]:
    return {**daily(start, hours), "type": "weekly_restriction", "start_day_of_week": day}


def dumped(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()
