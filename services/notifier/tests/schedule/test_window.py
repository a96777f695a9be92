"""What cuts a shift, and what the nights do in which the clocks change."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from feuerwache.notifier.schedule.model import Schedule
from feuerwache.notifier.schedule.oncall import OnCall, turns, who
from support.oncall import always, at, house, schedule, shift

DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)


def pieces(plan: Schedule, start: datetime, end: datetime) -> list[OnCall]:
    return [piece for piece in turns(plan, "first", start, end) if piece.people]


def spans(plan: Schedule, start: datetime, end: datetime) -> list[str]:
    """Every stay of somebody, by the clock in Berlin."""
    zone = plan.zone
    return [
        f"{one.start.astimezone(zone):%d %H:%M} {one.end.astimezone(zone):%d %H:%M}" for one in pieces(plan, start, end)
    ]


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        ({"only": [{"from": "20:00", "to": "08:00"}]}, ["24 00:00 24 08:00", "24 20:00 25 00:00"]),
        ({"never": [{"from": "12:00", "to": "13:00"}]}, ["24 00:00 24 12:00", "24 13:00 25 00:00"]),
        ({"only": [{"days": ["thursday"], "from": "20:00", "to": "08:00"}]}, ["24 20:00 25 00:00"]),
        ({"only": [{"days": ["wednesday"], "from": "20:00", "to": "08:00"}]}, ["24 00:00 24 08:00"]),
        ({"only": [{"days": ["holidays"]}]}, ["24 12:00 25 00:00"]),
        ({"only": [{"days": ["business_days"]}]}, ["24 00:00 24 12:00"]),
        ({"only": [{"days": ["holidays"], "from": "08:00", "to": "18:00"}]}, ["24 12:00 24 18:00"]),
        ({"only": [{"days": ["business_days"], "from": "08:00", "to": "18:00"}]}, ["24 08:00 24 12:00"]),
        ({"only": [{"days": ["wednesday"], "from": "18:00", "ends": "friday", "to": "06:00"}]}, ["24 00:00 25 00:00"]),
        ({"only": [{"days": ["thursday"]}], "never": [{"days": ["thursday"]}]}, []),
        ({"only": [{"from": "08:00", "to": "10:00"}, {"from": "09:00", "to": "12:00"}]}, ["24 08:00 24 12:00"]),
    ],
)
def test_hours_are_cut_out(cut: dict[str, object], expected: list[str]) -> None:
    """Christmas Eve 2026, a Thursday, a holiday from noon on."""
    plan = schedule(always("a", **cut), region="DE", half_days="12:00")
    assert spans(plan, at("2026-12-24 00:00"), at("2026-12-25 00:00")) == expected


def test_a_cut_changes_nobodys_turn() -> None:
    plain, nights = (
        schedule(shift(begins=["monday"], start="08:00", ends="monday", end="08:00", people=["a", "b", "c"], **cut))
        for cut in ({}, {"only": [{"from": "20:00", "to": "08:00"}]})
    )
    for piece in pieces(nights, at("2026-03-02 00:00"), at("2026-04-13 00:00")):
        assert who(plain, "first", piece.start) == piece.people


def test_what_one_shift_leaves_out_the_one_below_it_has() -> None:
    both = schedule(
        always("a", id="night", only=[{"from": "20:00", "to": "06:00"}]),
        always("b", id="rest"),
    )
    edges = [piece.start for piece in turns(both, "first", at("2026-06-01 00:00"), at("2026-06-03 00:00"))]
    assert edges == [at(f"2026-06-{day}") for day in ("01 00:00", "01 06:00", "01 20:00", "02 06:00", "02 20:00")]


AUTUMN, SPRING = ("2026-10-24", "2026-10-25"), ("2027-03-27", "2027-03-28")


@pytest.mark.parametrize(("night", "hours", "handover"), [(AUTUMN, 15, "01:00"), (SPRING, 13, "01:00")])
def test_the_night_in_which_the_clocks_change_is_one_shift(night: tuple[str, str], hours: int, handover: str) -> None:
    """18:00 on Saturday to 08:00 on Sunday by the wall, an hour more or fewer in truth."""
    plan = schedule(shift(rotate="each_shift", people=["a", "b", "c"]))
    before, after = at(f"{night[0]} 18:00"), at(f"{night[1]} 08:00")
    (piece,) = pieces(plan, before - timedelta(hours=2), after + timedelta(hours=2))
    assert (piece.start, piece.end) == (before, after)
    assert piece.end - piece.start == timedelta(hours=hours)
    for hour in range(hours):
        assert who(plan, "first", piece.start + timedelta(hours=hour)) == piece.people
    assert who(plan, "first", piece.start - MOMENT) == who(plan, "first", piece.end) == ()
    (following,) = pieces(plan, after + timedelta(hours=2), after + DAY)
    assert following.people != piece.people, "the turn goes on by one, not by hours"


@pytest.mark.parametrize(
    ("handover", "autumn", "spring"),
    [
        ("01:59", "23:59", "00:59"),
        ("02:00", "00:00", "01:00"),
        ("02:30", "00:30", "01:00"),
        ("03:00", "02:00", "01:00"),
        ("03:01", "02:01", "01:01"),
    ],
)
def test_a_handover_in_the_changed_hour_happens_once(handover: str, autumn: str, spring: str) -> None:
    """In UTC: 02:30 is the first of the two in autumn, and in spring the moment in which the skipped hour ends."""
    plan = schedule(always("a", "b") | {"from": handover, "to": handover})
    for night, expected in ((AUTUMN, autumn), (SPRING, spring)):
        day = at(f"{night[1]} 00:00") - timedelta(hours=1 if expected == "23:59" else 0)
        edges = [piece.start for piece in turns(plan, "first", day, at(f"{night[1]} 12:00"))][1:]
        assert [f"{edge:%H:%M}" for edge in edges] == [expected]
        assert all(edge.utcoffset() == timedelta() for edge in edges)


def test_the_day_of_twenty_five_hours_and_the_one_of_twenty_three_are_one_turn_each() -> None:
    plan = schedule(always("a", "b", "c"))
    for night, hours in ((AUTUMN, 25), (SPRING, 23)):
        (piece,) = pieces(plan, at(f"{night[1]} 00:00"), at(f"{night[1]} 00:00") + DAY)
        assert piece.end - piece.start == timedelta(hours=hours)


def test_a_window_in_the_skipped_hour_is_not_there_and_the_doubled_one_is_kept_from_the_first_on() -> None:
    plan = schedule(always("a", only=[{"from": "02:00", "to": "03:00"}]))
    autumn, spring = (pieces(plan, at(f"{night[1]} 00:00"), at(f"{night[1]} 12:00")) for night in (AUTUMN, SPRING))
    assert [(one.end - one.start) for one in autumn] == [timedelta(hours=2)]
    assert spring == []


def test_follow_the_sun_hands_on_by_each_teams_own_clock() -> None:
    """Berlin hands over to New York at 17:00 its own time; for three weeks in March they are an hour nearer."""
    york = shift(id="york", start="08:00", end="20:00", timezone="America/New_York", delegate="americas/first")
    schedules = house(
        {
            "emea": {"first": [always("eva")]},
            "americas": {"timezone": "America/New_York", "first": [always("amy", "ann")]},
            "sun": {
                "first": [
                    shift(id="berlin", start="08:00", end="17:00", delegate="emea/first"),
                    york,
                    always("night"),
                ]
            },
        }
    )
    sun = schedules.schedules[2]
    for day, back in (("2026-02-02", "02:00"), ("2026-03-16", "01:00"), ("2026-04-06", "02:00")):
        said = [
            (f"{piece.start.astimezone(sun.zone):%H:%M}", piece.people[0])
            for piece in turns(sun, "first", at(f"{day} 03:00"), at(f"{day} 03:00") + DAY)
        ]
        assert [time for time, _ in said] == ["03:00", "08:00", "17:00", back]
        assert {person for _, person in said} >= {"night", "eva"}
    with_a_clock = at("2026-03-16 18:00")
    assert who(sun, "first", with_a_clock) == who(schedules.schedules[1], "first", with_a_clock)
