"""Calendars of others: repeats, exceptions to them, zones of all kinds, whole days, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from feuerwache.notifier.ical.feed import uid, write
from feuerwache.notifier.ical.reading import Occurrence, read
from feuerwache.notifier.ical.recurrence import BadCalendar
from feuerwache.notifier.ical.subject import Subject, feed_of
from support.watchroom import BERLIN, berlin, house, ics, take_over

START, END = berlin(2026, 10, 1), berlin(2026, 12, 1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

VTIMEZONE = """BEGIN:VTIMEZONE
TZID:Our Office
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
"""


def found(*events: list[str], zone: ZoneInfo = BERLIN, extra: str = "") -> list[Occurrence]:
    return read(ics(*events, extra=extra), START, END, zone)


def begins(*events: list[str], zone: ZoneInfo = BERLIN, extra: str = "") -> list[datetime]:
    return [one.start for one in found(*events, zone=zone, extra=extra)]


def test_a_weekly_event_stays_at_its_wall_clock_time_when_the_clocks_change() -> None:
    starts = begins(
        [
            "SUMMARY:Rotation",
            "DTSTART;TZID=Europe/Berlin:20261016T180000",
            "DTEND;TZID=Europe/Berlin:20261016T200000",
            "RRULE:FREQ=WEEKLY;COUNT=4",
        ]
    )
    assert starts == [berlin(2026, 10, day, 18) for day in (16, 23, 30)] + [berlin(2026, 11, 6, 18)]
    assert [at.astimezone(UTC).hour for at in starts] == [16, 16, 17, 17]


def test_a_night_in_which_the_clocks_change_keeps_the_exact_length_of_the_first_one() -> None:
    """RFC 5545, 3.8.5.3: with DTEND the same exact duration applies to all members."""
    nights = found(
        [
            "DTSTART;TZID=Europe/Berlin:20261023T200000",
            "DTEND;TZID=Europe/Berlin:20261024T080000",
            "RRULE:FREQ=DAILY;COUNT=3",
        ]
    )
    assert [one.end - one.start for one in nights] == [12 * HOUR] * 3
    assert nights[1].end == datetime(2026, 10, 25, 6, tzinfo=UTC)


def test_whole_days_are_those_of_the_owners_clock_and_may_have_25_hours() -> None:
    event = ["SUMMARY:Urlaub", "DTSTART;VALUE=DATE:20261025", "DTEND;VALUE=DATE:20261026"]
    (one,) = found(event)
    assert (one.start, one.end - one.start) == (berlin(2026, 10, 25), 25 * HOUR)
    (tokyo,) = found(event, zone=ZoneInfo("Asia/Tokyo"))
    assert (tokyo.start, tokyo.end - tokyo.start) == (datetime(2026, 10, 24, 15, tzinfo=UTC), 24 * HOUR)
    (without_end,) = found(["DTSTART;VALUE=DATE:20261025"])
    assert (without_end.start, without_end.end) == (one.start, one.end)
    yearly = found(["DTSTART;VALUE=DATE:20201031", "RRULE:FREQ=YEARLY", "DURATION:P2D"])
    assert [(each.start, each.end) for each in yearly] == [(berlin(2026, 10, 31), berlin(2026, 11, 2))]


def test_floating_times_are_by_the_owners_clock_and_utc_is_utc() -> None:
    assert begins(["DTSTART:20261110T090000", "DURATION:PT1H"]) == [berlin(2026, 11, 10, 9)]
    assert begins(["DTSTART:20261110T090000Z", "DURATION:PT1H"]) == [datetime(2026, 11, 10, 9, tzinfo=UTC)]


def test_zones_of_windows_and_zones_that_the_calendar_describes_are_understood() -> None:
    windows = ["DTSTART;TZID=W. Europe Standard Time:20261110T090000", "DURATION:PT1H"]
    assert begins(windows) == [berlin(2026, 11, 10, 9)]
    own = ["DTSTART;TZID=Our Office:20261023T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=2"]
    assert begins(own, extra=VTIMEZONE) == [berlin(2026, 10, 23, 9), berlin(2026, 10, 30, 9)]


def test_single_instances_are_moved_taken_out_added_and_cancelled() -> None:
    series = [
        "UID:s",
        "DTSTART;TZID=Europe/Berlin:20261102T090000",
        "DTEND;TZID=Europe/Berlin:20261102T100000",
        "RRULE:FREQ=DAILY;UNTIL=20261106T080000Z",
        "EXDATE;TZID=Europe/Berlin:20261103T090000",
        "RDATE;TZID=Europe/Berlin:20261110T090000,20261111T090000",
    ]
    moved = [
        "UID:s",
        "RECURRENCE-ID;TZID=Europe/Berlin:20261104T090000",
        "DTSTART;TZID=Europe/Berlin:20261104T150000",
        "DTEND;TZID=Europe/Berlin:20261104T160000",
    ]
    gone = [
        "UID:s",
        "RECURRENCE-ID:20261105T080000Z",
        "STATUS:CANCELLED",
        "DTSTART:20261105T080000Z",
        "DTEND:20261105T090000Z",
    ]
    expected = [(2, 9), (4, 15), (6, 9), (10, 9), (11, 9)]
    assert begins(series, moved, gone) == [berlin(2026, 11, day, hour) for day, hour in expected]
    by_day = [*series[:4], "EXDATE;VALUE=DATE:20261103"]
    assert berlin(2026, 11, 3, 9) not in begins(by_day)
    assert begins([*series, "STATUS:CANCELLED"]) == []


def test_an_instance_in_the_skipped_or_doubled_hour_is_where_the_rfc_puts_it() -> None:
    event = ["DTSTART;TZID=Europe/Berlin:20261024T023000", "DURATION:PT15M", "RRULE:FREQ=DAILY;COUNT=2"]
    assert begins(event)[1] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    spring = ics(["DTSTART;TZID=Europe/Berlin:20270328T023000", "DURATION:PT15M"])
    (one,) = read(spring, berlin(2027, 3, 1), berlin(2027, 4, 1), BERLIN)
    assert one.start == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


def test_what_has_begun_before_the_span_or_ends_after_it_is_in_it_as_a_whole() -> None:
    (one,) = found(["DTSTART;VALUE=DATE:20260920", "DTEND;VALUE=DATE:20261220"])
    assert (one.start, one.end) == (berlin(2026, 9, 20), berlin(2026, 12, 20))
    assert found(["DTSTART;VALUE=DATE:20260920", "DTEND;VALUE=DATE:20261001"]) == []


def test_what_an_event_says_about_itself_is_read() -> None:
    (one,) = found(
        [
            "SUMMARY:Ada\\, weg",
            "CATEGORIES:Urlaub,Privat",
            "ATTENDEE;CN=Ada:mailto:Ada@Example.org",
            "DTSTART;VALUE=DATE:20261025",
        ]
    )
    assert (one.title, one.categories, one.mails) == ("Ada, weg", ("Urlaub", "Privat"), ("ada@example.org",))
    assert one.says("URLAUB") and one.says("weg") and not one.says("krank")


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (["DTSTART;TZID=Mars/Base:20261110T090000", "DURATION:PT1H"], "'Mars/Base' is not known"),
        (["SUMMARY:x", "DTSTART:someday"], "'x'.*no DTSTART"),
        (["DTEND:20261110T090000Z"], "no DTSTART"),
        (["DTSTART:20261110T090000Z", "RRULE:FREQ=SECONDLY", "DURATION:PT1S"], "FREQ=SECONDLY"),
        (["DTSTART:20261110T090000Z", "RRULE:FREQ=DAILY;INTERVAL=0", "DURATION:PT1H"], "INTERVAL"),
        (
            ["DTSTART:20261010T090000Z", "RRULE:FREQ=DAILY;BYMINUTE=0,1,2,3,4,5;BYSECOND=0,1,2,3,4", "DURATION:PT1S"],
            "instances a day",
        ),
        (["DTSTART:18000110T090000Z", "RRULE:FREQ=DAILY", "DURATION:PT1H"], "the year 1800"),
        (["UID:s", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261110T090000Z", "DTSTART:20261110T090000Z"], "THISANDFUTURE"),
    ],
)
def test_what_cannot_be_understood_is_refused_as_a_whole(event: list[str], reason: str) -> None:
    with pytest.raises(BadCalendar, match=reason):
        found(["DTSTART:20261110T090000Z", "DURATION:PT1H"], event)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>Sign in</html>",
        b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\n",
        b"\xff\xfe\x00",
        b"BEGIN:VEVENT\r\nEND:VEVENT\r\n",
    ],
)
def test_what_is_no_calendar_is_refused(raw: bytes) -> None:
    with pytest.raises(BadCalendar, match="no iCalendar"):
        read(raw, START, END, BERLIN)


def test_a_rule_that_never_matches_ends() -> None:
    for rule in (
        "DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3",
        "DAILY;INTERVAL=7;BYDAY=TU",
        "YEARLY;BYMONTH=2;BYMONTHDAY=30",
    ):
        event = ["DTSTART:20261010T090000Z", f"RRULE:FREQ={rule}", "DURATION:PT1H"]
        assert begins(event) == [datetime(2026, 10, 10, 9, tzinfo=UTC)], rule


def test_limits_of_daily_and_weekly_rules_hold() -> None:
    daily = "DTSTART;TZID=Europe/Berlin:20261101T090000"
    assert begins([daily, "DURATION:PT1H", "RRULE:FREQ=DAILY;BYDAY=MO,FR;COUNT=3"]) == [
        berlin(2026, 11, day, 9) for day in (1, 2, 6)
    ]
    assert begins([daily, "DURATION:PT1H", "RRULE:FREQ=DAILY;BYMONTHDAY=3,-1;BYMONTH=11"]) == [
        berlin(2026, 11, day, 9) for day in (1, 3, 30)
    ]
    assert begins([daily, "DURATION:PT1H", "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,WE;BYMONTH=11"]) == [
        berlin(2026, 11, day, 9) for day in (1, 11, 15, 25, 29)
    ]
    assert begins([daily, "DURATION:PT1H", "RRULE:FREQ=MONTHLY;BYDAY=-1MO"]) == [
        berlin(2026, 11, 1, 9),
        berlin(2026, 11, 30, 9),
    ]


def test_too_many_events_are_refused() -> None:
    dense = ["DTSTART:20260925T000000Z", "DURATION:PT1M", f"RRULE:FREQ=DAILY;BYHOUR={','.join(map(str, range(24)))}"]
    with pytest.raises(BadCalendar, match="more than 5000"):
        found(dense, dense, dense, dense)


@pytest.mark.parametrize("subject", [Subject("schedule", "wache"), Subject("person", "ada"), Subject("team", "night")])
def test_what_was_written_is_read_back_instant_for_instant(subject: Subject) -> None:
    half = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    overrides = (take_over(half, half + HOUR, "cy"), take_over(half + HOUR, half + 2 * HOUR, "bo"))
    feed = feed_of(subject, house(), overrides, START, END)
    back = read(write(feed, house().people, START), berlin(2026, 9, 1), berlin(2027, 1, 1), BERLIN)
    assert [(one.schedule, one.layer, one.start, one.end, (one.person,)) for one in back] == [
        (duty.schedule, duty.layer, duty.start, duty.end, duty.people)
        for duty in sorted(feed.duties, key=lambda duty: (duty.start, duty.end, uid(duty)))
    ]
