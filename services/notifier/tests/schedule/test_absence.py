"""Whoever is away is called nowhere, and somebody else is; who says yes all the same stays."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.notifier.schedule.double import doubles
from feuerwache.notifier.schedule.fairness import shares
from feuerwache.notifier.schedule.model import Schedules
from feuerwache.notifier.schedule.oncall import turns, who
from support.oncall import always, at, away, house, layered, override, people, shift

NIGHT = at("2026-01-05 20:00")
SPAN = (NIGHT - timedelta(hours=1), NIGHT + timedelta(hours=1))
DAY = timedelta(days=1)


def test_one_absence_is_one_from_all_schedules_and_layers() -> None:
    two = house(
        {
            "s": {"first": [always("a", "b", "c")], "deputy": [always("d", "a", "b")]},
            "t": {"first": [always("a", "e")]},
        }
    ).schedules
    ill = [away("a", *SPAN)]
    assert who(two[0], "first", NIGHT, ill) == ("b",)
    assert who(two[1], "first", NIGHT, ill) == ("e",)
    assert who(two[0], "first", SPAN[1], ill) == ("a",)
    tomorrow = [away("a", NIGHT + DAY, NIGHT + 2 * DAY)]
    assert who(two[0], "deputy", NIGHT + DAY, tomorrow) == ("b",)


def test_when_a_whole_layer_is_away_the_next_one_that_has_somebody_stands_in() -> None:
    plan = layered(
        first=[always("a", "b")], deputy=[always("c", only=[{"from": "08:00", "to": "18:00"}])], head=[always("h")]
    )
    both = [away("a", *SPAN), away("b", *SPAN)]
    assert who(plan, "first", NIGHT, both) == ("h",)
    assert who(plan, "first", NIGHT, [*both, away("h", *SPAN)]) == ()
    assert who(plan, "deputy", NIGHT, both) == (), "a hole in the plan is no absence"
    (double,) = doubles([plan], NIGHT, 1, both)
    assert (double.person, double.places) == ("h", (("s", "first"), ("s", "head")))
    assert (double.start, double.end) == (NIGHT, SPAN[1])


def test_while_a_layer_is_away_its_calendar_changes_when_the_next_layer_does() -> None:
    week = shift(begins=["monday"], start="08:00", ends="monday", end="08:00", people=["a"])
    plan = layered(first=[week], deputy=[always("c", "d")])
    ill = [away("a", NIGHT, NIGHT + 2 * DAY)]
    said = [(piece.start, piece.people) for piece in turns(plan, "first", NIGHT, NIGHT + DAY, ill)]
    assert said == [(NIGHT, ("c",)), (at("2026-01-06 00:00"), ("d",))]


def test_who_has_a_layer_by_delegation_is_booked_once_and_counted_once() -> None:
    both = house({"team": {"first": [always("a", "b")]}, "sun": {"first": [always(delegate="team/first")]}}).schedules
    assert doubles(both, NIGHT, 7) == []
    swapped = [override(*SPAN, "b", schedule="sun")]
    assert [piece.people for piece in turns(both[1], "first", SPAN[0], SPAN[1], swapped)] == [("b",)]
    hours = {(one.schedule, one.person): one.hours for one in shares(both, *SPAN, swapped)}
    assert hours == {("team", "a"): 2, ("team", "b"): 0, ("sun", "b"): 2}


def test_a_stand_in_comes_wherever_the_one_who_is_away_has_the_turn() -> None:
    plan = layered(first=[always("a", "b")], deputy=[always("b", "a")])
    named = [away("a", NIGHT, NIGHT + 2 * DAY, person_id="x")]
    assert [who(plan, layer, NIGHT, named) for layer in ("first", "deputy")] == [("x",), ("b",)]
    assert [who(plan, layer, NIGHT + DAY, named) for layer in ("first", "deputy")] == [("b",), ("x",)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([away("a", *SPAN)], "b"),
        ([away("b", *SPAN)], "a"),
        ([away("a", *SPAN), away("b", *SPAN)], "c"),
        ([away("a", *SPAN), override(*SPAN, "a")], "a"),  # ill, and takes over all the same
        ([override(*SPAN, "x"), away("x", *SPAN)], "a"),  # took over, and fell ill
        ([override(*SPAN, "x", replaces="a"), away("x", *SPAN), override(*SPAN, "y", replaces="x")], "y"),
        ([away("a", *SPAN), override(*SPAN, "y", replaces="b")], "y"),  # b, who stands in, has swapped
        ([away("a", *SPAN), override(*SPAN, "y", replaces="a")], "y"),
        ([away("a", *SPAN, person_id="x"), away("x", *SPAN)], "b"),
        ([away("a", *SPAN, person_id="x"), away("b", *SPAN)], "x"),
        ([away("b", *SPAN, person_id="x"), away("a", *SPAN)], "c"),  # x stands in for b, whose turn it is not
        ([override(*SPAN, "b", replaces="a"), away("a", *SPAN)], "b"),
        ([override(*SPAN, "x"), override(*SPAN, None, reason="illness")], "a"),
        ([override(*SPAN, "x", reason="swap", replaces="a"), away("x", *SPAN), away("a", *SPAN)], "b"),
        ([away("a", *SPAN, cancelled=True)], "a"),
        ([away("a", *SPAN, schedule="t")], "a"),
        ([away("a", *SPAN, layer="deputy")], "a"),
    ],
)
def test_absences_and_take_overs_on_top_of_one_another(said: list[OnCallOverridden], expected: str) -> None:
    plan = layered(first=[always("a", "b", "c")])
    assert who(plan, "first", NIGHT, said) == (expected,)
    assert next(turns(plan, "first", NIGHT, SPAN[1], said)).people == (expected,)


def test_the_file_knows_absences_by_whole_days_of_the_persons_own_clock() -> None:
    absence = {"person": "a", "from": "2026-01-05", "through": "2026-01-06"}
    written = house({"s": {"first": [always("a", "b")]}}, absences=[absence])
    plan = written.bound(people("b", a="America/New_York")).schedules[0]
    new_york = ZoneInfo("America/New_York")
    begin, end = (at(f"2026-01-{day} 00:00").replace(tzinfo=new_york) for day in ("05", "07"))
    (one,) = plan.absences
    assert (one.start, one.end, one.replaces, one.schedule, one.layer) == (begin, end, "a", "*", "*")
    assert who(plan, "first", begin) == ("b",)
    assert who(plan, "first", begin - timedelta(minutes=1)) == ("a",)


def test_who_is_away_by_the_file_may_still_take_over_and_others_swap() -> None:
    plan = house(
        {"s": {"first": [always("a", "b", "c")]}},
        absences=[{"person": "a", "from": "2026-01-05", "through": "2026-01-05", "instead": "c"}],
    ).schedules[0]
    assert who(plan, "first", NIGHT) == ("c",)
    assert who(plan, "first", NIGHT, [override(*SPAN, "a")]) == ("a",)
    assert who(plan, "first", NIGHT, [override(*SPAN, "b", replaces="c")]) == ("b",)


def test_an_absence_is_seen_through_a_delegation_and_may_be_for_one_layer_alone() -> None:
    schedules: Schedules = house(
        {
            "team": {"first": [always("a", "b")]},
            "sun": {"first": [always(delegate="team/first")], "deputy": [always("d")]},
        }
    )
    team, sun = schedules.schedules
    assert who(sun, "first", NIGHT, [away("a", *SPAN)]) == ("b",)
    here_alone = [away("a", *SPAN, schedule="sun", layer="first")]
    assert who(sun, "first", NIGHT, here_alone) == ("d",), "nobody else of the team was asked for"
    assert who(team, "first", NIGHT, here_alone) == ("a",)
    assert who(sun, "first", NIGHT, [override(*SPAN, "x", schedule="team")]) == ("x",)


def test_layers_that_stand_in_for_one_another_do_not_go_round_for_ever() -> None:
    plan = layered(first=[always("a")], deputy=[always(delegate="s/first")], head=[always("h")])
    ill = [away("a", *SPAN)]
    assert who(plan, "first", NIGHT, ill) == ("h",)
    assert who(plan, "deputy", NIGHT, ill) == ("h",)
