"""Duties as iCalendar: parsed again, they are the same instants; ids stay; both changeover nights are right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.notifier.duty import Duty, duties, until, whole
from feuerwache.notifier.ical.feed import write
from feuerwache.notifier.ical.subject import Subject, UnknownSubject, feed_of
from support.watchroom import SCHEDULES, berlin, house, take_over

STAMP = datetime(2026, 10, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def events(
    subject: Subject, start: datetime, end: datetime, overrides: tuple[OnCallOverridden, ...] = ()
) -> list[dict[str, Any]]:
    written = write(feed_of(subject, house(), overrides, start, end), house().people, STAMP)
    assert all(len(line) <= 75 for line in written.split(b"\r\n")), "RFC 5545, 3.1: lines are folded at 75 octets"
    calendar = Calendar.from_ical(written)
    walked: list[Any] = calendar.walk("VEVENT")
    assert [calendar["version"], calendar["prodid"]] == ["2.0", "-//Feuerwache//On call//DE"]
    return [
        {
            "uid": str(event["uid"]),
            "start": event["dtstart"].dt,
            "end": event["dtend"].dt,
            "title": str(event["summary"]),
            "person": str(event.get("x-feuerwache-person", "")),
        }
        for event in walked
    ]


@pytest.mark.parametrize(
    ("day", "hours"), [(berlin(2026, 10, 24), 25), (berlin(2027, 3, 27), 23), (berlin(2026, 6, 1), 24)]
)
def test_the_night_in_which_the_clocks_change_is_one_event_of_as_many_hours(day: datetime, hours: int) -> None:
    found = events(Subject("schedule", "wache"), day, day + 3 * DAY)
    night = [each for each in found if each["start"] == day.replace(hour=18) and each["person"] != ""]
    assert len(night) == 1
    assert night[0]["end"] - night[0]["start"] == timedelta(hours=hours)
    assert night[0]["start"].utcoffset() == timedelta(0)


def test_both_of_the_hours_that_come_twice_can_be_said() -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    found = events(Subject("person", "cy"), first, second, (take_over(first, second, "cy"),))
    mine = [(each["start"], each["end"]) for each in found if each["start"] == first]
    assert mine == [(first, second)]


def test_an_id_stays_whenever_the_feed_is_asked_for_and_changes_with_the_person() -> None:
    asked = [berlin(2026, 5, 20), berlin(2026, 5, 20, 7, 31), berlin(2026, 6, 1, 12)]
    feeds = [{each["start"]: each for each in events(Subject("schedule", "wache"), at, at + 30 * DAY)} for at in asked]
    shared = set(feeds[0]) & set(feeds[1]) & set(feeds[2])
    assert len(shared) >= 17
    assert berlin(2026, 5, 31, 18) in shared, "the turn that has begun in another month is whole"
    for start in shared:
        assert feeds[0][start] == feeds[1][start] == feeds[2][start]
    every = events(Subject("schedule", "wache"), asked[0], asked[0] + 30 * DAY)
    assert len({each["uid"] for each in every}) == len(every)
    turn = next(each for each in every if each["person"] == "ada")
    taken = events(
        Subject("schedule", "wache"), asked[0], asked[0] + 30 * DAY, (take_over(turn["start"], turn["end"], "cy"),)
    )
    assert turn["uid"] not in {each["uid"] for each in taken}
    assert len({each["uid"] for each in every} & {each["uid"] for each in taken}) == len(every) - 1


def test_a_layer_of_one_person_is_cut_where_months_begin_by_the_schedules_clock() -> None:
    found = [
        each
        for each in whole(house().schedules.schedules, berlin(2026, 5, 20), berlin(2026, 7, 2))
        if each.layer == "deputy"
    ]
    assert [duty.start for duty in found] == [berlin(2026, 5, 1), berlin(2026, 6, 1), berlin(2026, 7, 1)]
    assert found[-1].end == berlin(2026, 8, 1)


def test_whole_turns_are_those_of_the_span_with_their_own_edges() -> None:
    start, end = berlin(2026, 5, 20, 12), berlin(2026, 5, 21, 12)
    found = [duty for duty in whole(house().schedules.schedules, start, end) if duty.layer == "first"]
    assert [(duty.start, duty.end) for duty in found] == [
        (berlin(2026, 5, 19, 18), berlin(2026, 5, 20, 18)),
        (berlin(2026, 5, 20, 18), berlin(2026, 5, 21, 18)),
    ]
    cut = [duty for duty in duties(house().schedules.schedules, start, end) if duty.layer == "first"]
    assert [cut[0].start, cut[-1].end] == [start, end]
    assert [duty.people for duty in cut] == [duty.people for duty in found]


def test_a_person_a_team_and_a_schedule_have_their_own_duties() -> None:
    start, end = berlin(2026, 5, 20), berlin(2026, 5, 26)
    mine = events(Subject("person", "ada"), start, end)
    assert {each["title"] for each in mine} == {"Bereitschaft: wache/first"}
    team = events(Subject("team", "night"), start, end)
    assert {each["person"] for each in team} == {"ada", "bo"}
    assert {each["title"] for each in team} == {"Ada Özil: wache/first", "Bo Lind: wache/first"}
    assert {each["person"] for each in events(Subject("schedule", "wache"), start, end)} == {"ada", "bo", "cy"}
    assert [each["start"] for each in team] == sorted(each["start"] for each in team)
    for subject, known in (
        (Subject("person", "eve"), "ada, bo, cy"),
        (Subject("team", "x"), "night"),
        (Subject("schedule", "x"), "wache"),
    ):
        with pytest.raises(UnknownSubject, match=known):
            feed_of(subject, house(), (), start, end)


def test_hours_that_nobody_has_stand_in_the_schedules_calendar_and_in_no_other() -> None:
    office = {**SCHEDULES["schedules"][0]["layers"][0]["shifts"][0], "from": "09:00", "to": "17:00"}
    directory = house({"schedules": [{"id": "wache", "layers": [{"id": "first", "shifts": [office]}]}]})
    start = berlin(2026, 5, 20)
    feed = feed_of(Subject("schedule", "wache"), directory, (), start, start + DAY, language="en")
    text = write(feed, directory.people, STAMP).decode()
    assert "SUMMARY:Nobody on call: wache/first" in text
    assert "For these 16 hours nobody is reached." in text
    personal = feed_of(Subject("person", "ada"), directory, (), start, start + 9 * DAY)
    assert all(duty.people == ("ada",) for duty in personal.duties)


def test_the_next_change_is_said_if_there_is_one() -> None:
    (schedule,) = house().schedules.schedules
    assert until(schedule, "first", berlin(2026, 5, 20, 12)) == berlin(2026, 5, 20, 18)
    assert until(schedule, "deputy", berlin(2026, 5, 20, 12)) is None


def test_titles_cannot_break_out_of_their_line() -> None:
    duty = Duty("wa;che,\nDTSTART:1", "first", berlin(2026, 5, 20), berlin(2026, 5, 21), ("ada",))
    feed = feed_of(Subject("person", "ada"), house(), (), berlin(2026, 5, 20), berlin(2026, 5, 21))
    text = write(type(feed)("x\r\nATTENDEE:y", (duty,), "de", "Europe/Berlin"), house().people, STAMP)
    events_in: list[Any] = Calendar.from_ical(text).walk("VEVENT")
    (event,) = events_in
    assert "ATTENDEE" not in Calendar.from_ical(text)
    assert event["dtstart"].dt == berlin(2026, 5, 20)
    assert "wa;che,\nDTSTART:1/first" in str(event["summary"])
