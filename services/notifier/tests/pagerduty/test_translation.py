"""PagerDuty's schedules as ours. The oracle walks their documented meaning hour by hour, without our schedules.

Source of the shapes: developer.pagerduty.com/api-reference, "Get a schedule"; see `support/pagerduty.py`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from feuerwache.common.config.people import People
from feuerwache.common.config.source import load
from feuerwache.notifier.pagerduty.document import Answer, PagerDutySchedule, ScheduleLayer
from feuerwache.notifier.pagerduty.people import match, users_of
from feuerwache.notifier.pagerduty.translation import Translation, slug, translate
from feuerwache.notifier.pagerduty.verification import differences
from feuerwache.notifier.pagerduty.yaml import dump
from feuerwache.notifier.schedule.model import Schedule, Schedules
from feuerwache.notifier.schedule.oncall import who
from support.pagerduty import daily, document, dumped, entry, layer, user, weekly
from support.watchroom import PEOPLE, berlin

NOW = berlin(2026, 3, 1)
PERSONS = {"PADA001": "ada", "PBO0002": "bo", "PCY0003": "cy"}
DAY = timedelta(days=1)


def read(value: dict[str, Any]) -> PagerDutySchedule:
    return Answer.model_validate_json(dumped(value)).schedule


def translated(value: dict[str, Any]) -> Translation:
    return translate(read(value), PERSONS, NOW)


def made(value: dict[str, Any]) -> Schedule:
    done = translated(value)
    assert done.schedule is not None
    assert not done.untold, done.untold
    return Schedule.model_validate(done.schedule)


def by_pagerduty(source: PagerDutySchedule, at: datetime) -> tuple[str, ...]:
    """Who has it by the documentation: the topmost layer that is not restricted then; turns by the wall clock."""
    wall = at.astimezone(ZoneInfo(source.time_zone)).replace(tzinfo=None)
    for one in source.schedule_layers:
        begin = one.rotation_virtual_start.astimezone(ZoneInfo(source.time_zone)).replace(tzinfo=None)
        if at >= one.start and not (one.end and at >= one.end) and open_at(one, wall):
            turn = (wall - begin) // timedelta(seconds=one.rotation_turn_length_seconds)
            return (PERSONS[one.users[turn % len(one.users)].user.id],)
    return ()


def open_at(one: ScheduleLayer, wall: datetime) -> bool:
    if not one.restrictions:
        return True
    for restriction in one.restrictions:
        for back in range(8):
            day = wall.date() - back * DAY
            if restriction.start_day_of_week in (None, day.isoweekday()):
                start = datetime.combine(day, time.fromisoformat(str(restriction.start_time_of_day)))
                if start <= wall < start + timedelta(seconds=restriction.duration_seconds):
                    return True
    return False


@pytest.mark.parametrize(
    "layers",
    [
        [layer()],
        [layer(rotation_turn_length_seconds=86_400)],
        [layer(rotation_turn_length_seconds=14 * 86_400, users=[user("PBO0002"), user("PADA001")])],
        [layer(rotation_turn_length_seconds=3 * 86_400)],
        [layer(rotation_turn_length_seconds=12 * 3600)],
        [layer(rotation_turn_length_seconds=8 * 3600, users=[user("PADA001"), user("PBO0002")])],
        [layer(rotation_turn_length_seconds=6 * 3600)],
        [layer(start="2026-02-20T15:30:00+01:00")],
        [layer(start="2026-02-20T15:30:00+01:00", rotation_turn_length_seconds=2 * 86_400)],
        [layer(start="2026-02-20T15:30:00+01:00", rotation_turn_length_seconds=12 * 3600)],
        [layer(rotation_virtual_start="2025-06-05T07:00:00Z")],
        [layer(restrictions=[daily("18:00:00", 14)])],
        [layer(restrictions=[daily("08:30:00", 3), daily("20:00:00", 2)], rotation_turn_length_seconds=86_400)],
        [layer(restrictions=[weekly(5, "18:00:00", 62)])],
        [layer(restrictions=[weekly(1, "08:00:00", 9), weekly(3, "22:00:00", 8), weekly(7, "12:00:00", 160)])],
        [layer(restrictions=[weekly(2, "09:00:00", 168)])],
        [layer(restrictions=[daily("00:00:00", 24)])],
        [
            layer(name="Weekend", restrictions=[weekly(6, "00:00:00", 48)], rotation_turn_length_seconds=86_400),
            layer(name="Base", users=[user("PCY0003")]),
        ],
    ],
)
def test_every_hour_has_the_person_pagerduty_would_call(layers: list[dict[str, Any]]) -> None:
    """Every half hour of 25 days over the changeover of 29 March."""
    source = read(document(*layers))
    schedule = made(document(*layers))
    at = datetime(2026, 3, 26, 0, 15, tzinfo=UTC)
    while at < datetime(2026, 4, 20, tzinfo=UTC):
        assert who(schedule, "first", at) == by_pagerduty(source, at), at
        at += timedelta(minutes=30)


def test_a_weekly_rotation_reads_as_one() -> None:
    done = translated(document(layer())).schedule
    assert done is not None
    assert done == {
        "id": "bereitschaft-koeln",
        "timezone": "Europe/Berlin",
        "layers": [
            {
                "id": "first",
                "shifts": [
                    {
                        "id": "layer-1",
                        "begins": ["thursday"],
                        "from": "09:00",
                        "ends": "thursday",
                        "to": "09:00",
                        "rotate": "each_shift",
                        "since": berlin(2026, 1, 1).date(),
                        "people": ["ada", "bo", "cy"],
                    }
                ],
            }
        ],
    }


def test_what_is_written_can_be_loaded_again(tmp_path: Path) -> None:
    value = document(layer(restrictions=[weekly(5, "18:00:30", 62)]), layer(name="Layer 1", users=[user("PCY0003")]))
    done = translated(value).schedule
    assert done is not None
    (tmp_path / "schedules.yaml").write_text(dump([done]))
    again = load(tmp_path / "schedules.yaml", Schedules)
    assert [shift.id for shift in again.schedules[0].layers[0].shifts] == ["layer-1", "layer-1-2"]
    at = berlin(2026, 4, 10, 12)
    assert who(again.schedules[0], "first", at) == who(made(value), "first", at)


@pytest.mark.parametrize(
    ("value", "untold"),
    [
        (document(layer(rotation_turn_length_seconds=36 * 3600)), "1 day, 12:00:00 are neither whole days"),
        (document(layer(users=[])), "has nobody in it"),
        (document(layer(), time_zone="Eastern Time (US & Canada)"), "no IANA name"),
        (document(layer(end="2027-01-01T00:00:00Z")), "ends on 2027-01-01"),
        (document(), "no layer is left"),
        (
            document(
                layer(),
                overrides_subschedule={
                    "rendered_schedule_entries": [entry("2026-03-05T09:00:00Z", "2026-03-06T09:00:00Z", "PBO0002")]
                },
            ),
            r"1 override\(s\) of single days, the first from 2026-03-05",
        ),
    ],
)
def test_what_has_no_place_here_is_said(value: dict[str, Any], untold: str) -> None:
    done = translated(value)
    assert any(re.search(untold, text) for text in done.untold), done.untold


def test_a_layer_that_is_over_is_left_out_and_one_that_comes_is_noted() -> None:
    done = translated(
        document(layer(name="old", end="2026-02-01T00:00:00Z"), layer(name="new", start="2026-06-03T12:00:00Z"))
    )
    assert done.schedule is not None
    assert [shift["id"] for shift in done.schedule["layers"][0]["shifts"]] == ["new"]
    assert done.notes == (
        "'old' ended on 2026-02-01 and was left out",
        "'new' begins on 2026-06-03 14:00; here it does with the turn that holds that day",
    )


def test_nobody_has_a_layer_before_the_turn_in_which_it_begins() -> None:
    for days in (1, 2, 7):
        schedule = made(document(layer(start="2026-02-20T15:30:00+01:00", rotation_turn_length_seconds=days * 86_400)))
        assert who(schedule, "first", berlin(2026, 2, 20, 16)) != ()
        assert who(schedule, "first", berlin(2026, 2, 20, 16) - days * DAY) == ()


def test_pagerdutys_own_entries_are_compared_with_what_was_made() -> None:
    right = [entry("2026-03-05T09:00:00+01:00", "2026-03-12T09:00:00+01:00", "PADA001")]
    schedule = made(document(layer()))
    source = read(document(layer(), final_schedule={"rendered_schedule_entries": right}))
    assert differences(source, schedule, PERSONS) == []
    wrong = [entry("2026-03-12T06:00:00+01:00", "2026-03-12T12:00:00+01:00", "PADA001")]
    source = read(document(layer(), final_schedule={"rendered_schedule_entries": wrong}))
    assert differences(source, schedule, PERSONS) == [
        "2026-03-12 09:00 – 2026-03-12 12:00: PagerDuty has ada, here it is bo"
    ]


def test_users_are_found_by_what_is_said_by_mail_or_by_name() -> None:
    people = People.model_validate(PEOPLE)
    users = users_of([read(document(layer(users=[user("PADA001"), user("PX"), user("PY")])))])
    users["PX"] = users["PX"].model_copy(update={"email": "BO@example.org"})
    persons, strangers = match(users, people, {})
    assert persons == {"PADA001": "ada", "PX": "bo", "PY": "py"}
    assert strangers == ["PY (PY) is not in people.yaml; here: py"]
    assert match(users, people, {"PY": "cy"})[0]["PY"] == "cy"
    assert slug("Straße: Ölwache 1 ") == "strasse-oelwache-1"
