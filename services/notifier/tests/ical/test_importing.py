"""Calendars as absences and shifts: read again they are compared, and what was written comes back as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.notifier.exception import Place
from feuerwache.notifier.ical.feed import write
from feuerwache.notifier.ical.importing import absences, shifts
from feuerwache.notifier.ical.recurrence import BadCalendar
from feuerwache.notifier.ical.subject import Subject, feed_of
from feuerwache.notifier.schedule.oncall import turns, who
from support.watchroom import ACTOR, BERLIN, berlin, house, ics, take_over

START, END = berlin(2026, 10, 1), berlin(2026, 12, 1)
VACATION = ["UID:v", "SUMMARY:Urlaub", "DTSTART;VALUE=DATE:20261024", "DTEND;VALUE=DATE:20261029"]
DENTIST = ["UID:d", "SUMMARY:Zahnarzt", "DTSTART;TZID=Europe/Berlin:20261105T090000", "DURATION:PT2H"]
FIRST = Place("wache", "first")


def away(raw: bytes, known: list[OnCallOverridden] | None = None, **more: object) -> list[OnCallOverridden]:
    settings: dict[str, object] = {"person": "ada", "zone": BERLIN, "reason": "vacation", "actor": ACTOR, **more}
    return absences(raw, "ada.ics", START, END, known=known or [], **settings)  # type: ignore[arg-type]


def planned(
    raw: bytes, known: list[OnCallOverridden] | None = None, person: str | None = None
) -> list[OnCallOverridden]:
    people = house().people
    return shifts(
        raw, "x", START, END, place=FIRST, people=people, zone=BERLIN, actor=ACTOR, known=known or [], person=person
    )


def test_who_is_away_by_their_calendar_is_not_on_call_then() -> None:
    (schedule,) = house().schedules.schedules
    before = [piece for piece in turns(schedule, "first", START, END) if piece.people == ("ada",)]
    made = away(ics(VACATION, DENTIST))
    assert [(each.start, each.end, each.replaces, each.reason) for each in made] == [
        (berlin(2026, 10, 24), berlin(2026, 10, 29), "ada", "vacation"),
        (berlin(2026, 11, 5, 9), berlin(2026, 11, 5, 11), "ada", "vacation"),
    ]
    assert any(piece.start < made[0].end and piece.end > made[0].start for piece in before), "ada had a turn then"
    for piece in turns(schedule, "first", made[0].start, made[0].end, made):
        assert piece.people and piece.people != ("ada",)


def test_the_same_calendar_read_again_changes_nothing_and_a_changed_one_only_what_changed() -> None:
    first = away(ics(VACATION, DENTIST))
    assert away(ics(DENTIST, VACATION), first) == []
    longer = [*VACATION[:3], "DTEND;VALUE=DATE:20261031"]
    second = away(ics(longer, DENTIST), first)
    assert [(each.cancelled, each.end) for each in second] == [
        (True, berlin(2026, 10, 29)),
        (False, berlin(2026, 10, 31)),
    ]
    held = {each.override_id: each for each in (*first, *second)}
    gone = away(ics(DENTIST), list(held.values()))
    assert [(each.cancelled, each.end) for each in gone] == [(True, berlin(2026, 10, 31))]
    assert away(ics(), list({**held, **{each.override_id: each for each in gone}}.values()))[0].replaces == "ada"


def test_what_another_calendar_or_a_person_said_is_left_alone() -> None:
    by_hand = take_over(berlin(2026, 10, 24), berlin(2026, 10, 25), "cy")
    other = absences(
        ics(DENTIST), "bo.ics", START, END, person="bo", zone=BERLIN, reason="vacation", actor=ACTOR, known=[]
    )
    assert away(ics(), [by_hand, *other]) == []


def test_what_is_over_is_not_taken_back() -> None:
    first = away(ics(VACATION))
    later = absences(
        ics(),
        "ada.ics",
        berlin(2026, 10, 30),
        END,
        person="ada",
        zone=BERLIN,
        reason="vacation",
        actor=ACTOR,
        known=first,
    )
    assert later == []


def test_only_events_that_say_so_count_and_a_stand_in_may_be_named() -> None:
    (one,) = away(ics(VACATION, DENTIST), only="urlaub", stand_in="cy", place=FIRST)
    assert (one.person_id, one.schedule, one.layer) == ("cy", "wache", "first")


@pytest.mark.parametrize(
    ("event", "person"),
    [
        (["SUMMARY:Weekend: Cy Roth"], "cy"),
        (["SUMMARY:weekend", "ATTENDEE:mailto:bo@example.org"], "bo"),
        (["SUMMARY:Cy Roth", "ATTENDEE:mailto:bo@example.org", "ORGANIZER:mailto:boss@example.org"], "bo"),
    ],
)
def test_whose_shift_it_is_is_told_by_mail_address_or_name(event: list[str], person: str) -> None:
    (one,) = planned(ics([*event, "DTSTART;TZID=Europe/Berlin:20261105T180000", "DURATION:PT14H"]))
    assert (one.person_id, one.schedule, one.layer) == (person, "wache", "first")
    (schedule,) = house().schedules.schedules
    assert who(schedule, "first", berlin(2026, 11, 6, 7), [one]) == (person,)


def test_a_shift_of_nobody_we_know_is_refused_and_may_be_given_to_one() -> None:
    raw = ics(
        ["SUMMARY:Eve Doe", "DTSTART:20261105T180000Z", "DURATION:PT14H"],
        ["SUMMARY:Ada Özil and Cy Roth", "DTSTART:20261108T180000Z", "DURATION:PT1H"],
    )
    with pytest.raises(BadCalendar, match=r"'Eve Doe' \(2026-11-05\), 'Ada Özil and Cy Roth'"):
        planned(raw)
    assert [one.person_id for one in planned(raw, person="bo")] == ["bo", "bo"]


def test_a_schedule_that_was_exported_comes_back_as_the_same_hours_of_the_same_people() -> None:
    """Over both changeovers of the clocks, with an override in the hour that comes twice."""
    half = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    overrides = (take_over(half, half + timedelta(hours=1), "cy"),)
    directory = house()
    (schedule,) = directory.schedules.schedules
    feed = feed_of(Subject("schedule", "wache"), directory, overrides, START, END)
    made = planned(write(feed, directory.people, START))
    assert {each.layer for each in made} == {"first"}
    emptied = schedule.model_copy(
        update={"layers": tuple(layer.model_copy(update={"shifts": ()}) for layer in schedule.layers)}
    )
    expected = [(piece.start, piece.end, piece.people) for piece in turns(schedule, "first", START, END, overrides)]
    assert [(piece.start, piece.end, piece.people) for piece in turns(emptied, "first", START, END, made)] == expected
    assert planned(write(feed, directory.people, END), made) == []
