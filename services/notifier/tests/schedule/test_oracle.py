"""Ten years of schedules at random, held against an oracle that walks minute by minute (tests/support).

`SCHEDULE_EXAMPLES=2000` looks at more of them than an ordinary run does.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations, pairwise

import holidays
import pytest
from hypothesis import HealthCheck, given, settings

from feuerwache.notifier.schedule.double import doubles
from feuerwache.notifier.schedule.fairness import shares
from feuerwache.notifier.schedule.model import Schedule, Schedules
from feuerwache.notifier.schedule.oncall import OnCall, gaps, turns, who
from support.schedule_oracle import HOLIDAYS, Oracle, Place, public_holidays
from support.schedule_plans import WHERE, Case, cases, people

DAY, MINUTE, MOMENT = timedelta(days=1), timedelta(minutes=1), timedelta(microseconds=1)
#: Before the three days that are judged: no shift is longer, and no fair tally begins earlier.
BEFORE, AFTER = 17 * DAY, 3 * DAY


@settings(
    max_examples=int(os.environ.get("SCHEDULE_EXAMPLES", "20")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(cases())
def test_what_is_said_about_every_minute_is_what_the_clocks_on_the_walls_show(case: Case) -> None:
    oracle = Oracle(case.config, WHERE, case.overrides, case.start - BEFORE, case.end + AFTER)
    schedules = Schedules.model_validate(case.config).bound(people())
    layers = [(schedule, layer.id) for schedule in schedules.schedules for layer in schedule.layers]
    for schedule, layer in layers:
        pieces = list(turns(schedule, layer, case.start, case.end, case.overrides))
        calendar_is_right(case, oracle, (schedule.id, layer), pieces)
        who_says_the_same_at_every_edge(case, schedule, layer, pieces)
        holes = [one for one in gaps(schedule, case.start, 3, case.overrides) if one.layer == layer]
        assert holes == [piece for piece in pieces if not piece.people]
    assert doubles_of(case, oracle, schedules) == doubles_seen(case, oracle)
    shares_are_right(case, oracle, schedules)


def judged(case: Case, oracle: Oracle) -> range:
    first = oracle.minutes.index(case.start)
    return range(first, first + int((case.end - case.start) / MINUTE))


def calendar_is_right(case: Case, oracle: Oracle, place: Place, pieces: list[OnCall]) -> None:
    assert (pieces[0].start, pieces[-1].end) == (case.start, case.end)
    assert all(left.end == right.start and left.people != right.people for left, right in pairwise(pieces))
    said = [people for one in pieces for people in [one.people] * int((one.end - one.start) / MINUTE)]
    seen = [oracle.held(place, n)[0] for n in judged(case, oracle)]
    assert said == [() if person is None else (person,) for person in seen], place


def who_says_the_same_at_every_edge(case: Case, schedule: Schedule, layer: str, pieces: list[OnCall]) -> None:
    for piece in pieces:
        middle = piece.start + (piece.end - piece.start) / 2
        for instant in (piece.start, piece.start + MOMENT, middle, piece.end - MOMENT):
            assert who(schedule, layer, instant, case.overrides) == piece.people, instant


def doubles_seen(case: Case, oracle: Oracle) -> set[tuple[int, str, Place, Place]]:
    seen = set()
    for n in judged(case, oracle):
        held = [(place, *oracle.held(place, n)) for place in oracle.planned]
        seen |= {
            (n, person, one, other)
            for (one, person, duty), (other, same, others) in combinations(held, 2)
            if person is not None and person == same and duty != others
        }
    return seen


def doubles_of(case: Case, oracle: Oracle, schedules: Schedules) -> set[tuple[int, str, Place, Place]]:
    first = judged(case, oracle).start
    return {
        (first + n, double.person, *double.places)
        for double in doubles(schedules.schedules, case.start, 3, case.overrides)
        for n in range(int((double.start - case.start) / MINUTE), int((double.end - case.start) / MINUTE))
    }


def shares_are_right(case: Case, oracle: Oracle, schedules: Schedules) -> None:
    said = {
        (one.schedule, one.layer, one.person): [one.hours, one.nights, one.weekend, one.holiday, one.free]
        for one in shares(schedules.schedules, case.start, case.end, case.overrides)
        if one.hours
    }
    counted: dict[tuple[str, str, str], list[int]] = {}
    for place in oracle.planned:
        schedule = oracle.schedules[place[0]]
        wall = oracle.wall(schedule["timezone"])
        for n in judged(case, oracle):
            person, duty = oracle.held(place, n)
            if person is None or duty != place:
                continue
            shown = wall.shown[n]
            free_from = oracle.free_from(shown.date(), schedule, {})
            holiday = free_from is not None and shown.time() >= free_from
            weekend = shown.weekday() > 4
            tally = counted.setdefault((*place, person), [0] * 5)
            for number, yes in enumerate((True, not 6 <= shown.hour < 22, weekend, holiday, weekend or holiday)):
                tally[number] += yes
    assert said == {key: [pytest.approx(each / 60) for each in minutes] for key, minutes in counted.items()}


@pytest.mark.parametrize("region", HOLIDAYS)
def test_the_holidays_of_the_oracle_are_those_of_the_package(region: str) -> None:
    country, _, subdivision = region.partition("-")
    for year in range(2019, 2034):
        known = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
        assert {day for day in known if day.year == year} == public_holidays(region, year)


def test_the_oracle_sees_the_hour_that_is_skipped_and_the_one_that_comes_twice() -> None:
    start = datetime(2026, 3, 28, tzinfo=UTC)
    wall = Oracle({"schedules": []}, {}, (), start, start + 2 * DAY).wall("Europe/Berlin")
    day = date(2026, 3, 29)
    assert wall.reaches(day, time(2)) == wall.reaches(day, time(3)) == 25 * 60
