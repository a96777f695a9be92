from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from feuerwache.common.config.contact import Contact
from feuerwache.common.config.people import Quiet
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import PageRequested, Urgency
from feuerwache.notifier.delivery.timetable import end_of, within
from support.deliveries import NOW, mail, page, push, reader, seconds, sms, voice

NIGHT = datetime(2026, 11, 14, 23, 30, tzinfo=UTC)  # half past midnight in Berlin
HOURS = Quiet.model_validate({"from": "22:00", "to": "07:00", "channels": ["email"]})
MORNING = datetime(2026, 11, 15, 6, 0, tzinfo=UTC)
HIGH = page(Severity.HIGH)
QUIET = page(Severity.HIGH, urgency=Urgency.QUIET)


def turns(
    *contacts: Contact, of: PageRequested = HIGH, quiet: Quiet | None = None, now: datetime = NOW
) -> list[tuple[str, float | None]]:
    """Slots with the seconds until their turn."""
    found = reader("anna", *contacts, quiet=quiet).turns(of, now)
    return [(turn.slot, None if turn.at is None else (turn.at - now).total_seconds()) for turn in found]


def test_push_at_once_then_sms_then_a_call() -> None:
    assert turns(push(), sms(120), voice(240)) == [("ntfy", 0), ("sms", 120), ("voice", 240)]


def test_the_delay_decides_not_the_order_in_the_file() -> None:
    assert turns(voice(240), sms(120), push()) == [("ntfy", 0), ("sms", 120), ("voice", 240)]


def test_a_second_contact_without_a_delay_waits_for_a_failure() -> None:
    assert turns(push(), mail(), sms(120)) == [("ntfy", 0), ("email", None), ("sms", 120)]


def test_somebody_who_wants_nothing_at_once_gets_nothing_at_once() -> None:
    assert turns(sms(60), voice(120)) == [("sms", 60), ("voice", 120)]


def test_a_quiet_page_tries_one_contact_and_calls_nobody() -> None:
    assert turns(push(), sms(120), voice(240), of=QUIET) == [("ntfy", 0), ("sms", None)]
    assert turns(voice(), of=QUIET) == [("voice", 0)], "rather a call than nothing"


def test_a_notice_neither_calls_nor_alarms_again() -> None:
    notice = page(urgency=Urgency.QUIET, reason="taken", by="jonas")
    assert turns(voice(), sms(), of=notice) == [("sms", 0)]
    assert turns(voice(), of=notice) == []


def test_the_drill_of_a_contact_goes_by_it_alone_and_at_once() -> None:
    drill = page(Severity.LOW, kind=CrisisKind.DRILL, channel="voice")
    assert turns(push(), voice(240), of=drill, quiet=HOURS, now=NIGHT) == [("voice", 0)]
    assert turns(push(), of=drill) == []


def test_in_quiet_hours_only_what_is_allowed_and_the_rest_when_that_fails() -> None:
    assert turns(push(), mail(), sms(120), quiet=HOURS, now=NIGHT) == [("email", 0), ("ntfy", None), ("sms", None)]


def test_what_is_allowed_later_comes_at_once_when_nothing_else_may() -> None:
    assert turns(push(), mail(300), quiet=HOURS, now=NIGHT)[0] == ("email", 0)


def test_with_nothing_allowed_an_urgent_page_tries_the_first_all_the_same() -> None:
    assert turns(push(), sms(120), quiet=HOURS, now=NIGHT) == [("ntfy", 0), ("sms", None)]


def test_with_nothing_allowed_a_quiet_page_waits_for_the_morning() -> None:
    ((slot, wait), _) = turns(push(), sms(120), of=QUIET, quiet=HOURS, now=NIGHT)
    assert (slot, wait) == ("ntfy", (MORNING - NIGHT).total_seconds())


def test_quiet_hours_never_hold_for_what_is_critical() -> None:
    assert turns(push(), sms(120), of=page(), quiet=HOURS, now=NIGHT) == [("ntfy", 0), ("sms", 120)]


def test_a_contact_whose_time_falls_into_quiet_hours_is_not_tried_then() -> None:
    evening = datetime(2026, 11, 14, 20, 59, tzinfo=UTC)
    assert turns(push(), sms(120), quiet=HOURS, now=evening) == [("ntfy", 0), ("sms", None)]


@pytest.mark.parametrize(
    ("start", "end", "wall", "inside"),
    [
        ("22:00", "07:00", "22:00", True),
        ("22:00", "07:00", "06:59", True),
        ("22:00", "07:00", "07:00", False),
        ("13:00", "14:00", "13:30", True),
        ("13:00", "14:00", "14:00", False),
        ("00:00", "00:00", "15:00", True),
    ],
)
def test_quiet_hours_go_by_the_wall(start: str, end: str, wall: str, inside: bool) -> None:
    quiet = Quiet.model_validate({"from": start, "to": end})
    hour, minute = map(int, wall.split(":"))
    at = datetime(2026, 7, 1, hour - 2 if hour >= 2 else hour + 22, minute, tzinfo=UTC)
    assert at.astimezone().tzinfo is not None
    assert within(quiet, "Europe/Berlin", at) is inside


def test_the_end_of_the_night_is_by_the_wall_also_when_the_clock_is_changed() -> None:
    before = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)  # midnight, three hours before it is set back
    end = end_of(HOURS, "Europe/Berlin", before)
    assert end - before == timedelta(hours=8)
    assert end.astimezone(UTC).time() == time(6, 0)
    assert end_of(HOURS, "Europe/Berlin", NOW + seconds(0)) == MORNING
