"""Quiet hours: what is low waits for the morning digest, and only that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.events.page import ReceiptStatus, Urgency
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.escalation.incidents.change import Change
from support.incidents import SHARD, SHARDS, acknowledge, alarm, ended, need_help, receipt, snooze
from support.policies import BERLIN, governed, step

LOW, HIGH = Severity.LOW, Severity.HIGH
POLICY = {
    "quiet_hours": {"from": "20:00", "to": "08:00"},
    "ladders": {
        "low": {"steps": [step("first", 240, urgency="quiet"), step("deputy", 600, urgency="quiet")]},
        "high": {"steps": [step("first", 10), step("head", 30)]},
    },
    "last_resort": {"reach": [{"person": "selin.yildiz"}]},
}
#: A Monday, 22:00 in Berlin; its morning digest is due at 08:00.
NIGHT = datetime(2026, 11, 16, 21, tzinfo=UTC)
MORNING = datetime(2026, 11, 17, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def make_book() -> IncidentBook:
    return IncidentBook(SHARD, SHARDS, governed(POLICY))


def begun(book: IncidentBook, at: datetime = NIGHT, severity: Severity = LOW, **more: object) -> Change:
    change = book.apply(alarm(at, severity=severity, **more), at)  # type: ignore[arg-type]  # the fields of an alarm
    assert change is not None
    return change


def held_until(incident: Incident) -> datetime | None:
    return incident.due_at if incident.held else None


@pytest.mark.parametrize("evening", [datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2027, 3, 27, 21, tzinfo=UTC)])
def test_the_digest_is_at_eight_on_the_wall_after_both_changeover_nights(evening: datetime) -> None:
    until = held_until(begun(make_book(), evening).incident)
    assert until is not None
    local = until.astimezone(BERLIN)
    assert (local.day, local.hour, local.minute) == (evening.day + 1, 8, 0)


def test_what_is_low_waits_for_one_digest_in_the_morning_and_climbs_on_from_there() -> None:
    book = make_book()
    first = begun(book)
    second = begun(book, NIGHT + timedelta(hours=3), kind=CrisisKind.VOLUME_BURST)
    assert first.pages == second.pages == ()
    assert held_until(first.incident) == held_until(second.incident) == MORNING
    assert book.due(MORNING - MINUTE) == []
    changes = book.due(MORNING)
    (page,) = [page for change in changes for page in change.pages]
    assert page.data.urgency is Urgency.QUIET
    assert [(entry.incident_id, entry.why) for entry in page.data.digest] == [
        (first.incident.incident_id, "quiet_hours"),
        (second.incident.incident_id, "quiet_hours"),
    ]
    assert {change.incident.due_at for change in changes} == {MORNING + timedelta(hours=4)}
    assert not any(change.incident.held for change in changes)
    assert book.due(MORNING + MINUTE) == []
    following = [page for change in book.due(MORNING + timedelta(hours=4)) for page in change.pages]
    assert [page.data.step for page in following] == [1, 1]


def test_a_later_step_that_comes_due_at_night_waits_too_and_is_a_digest_of_its_own() -> None:
    book = make_book()
    afternoon = NIGHT - timedelta(hours=3)
    assert len(begun(book, afternoon).pages) == 1
    (waits,) = book.due(afternoon + timedelta(hours=4))
    assert (waits.pages, held_until(waits.incident)) == ((), MORNING)
    (told,) = book.due(MORNING)
    assert told.pages[0].data.targets == book.house.freeze("morgenrot-forum", LOW).steps[1].targets
    assert told.incident.step is None


def test_what_gets_worse_leaves_the_quiet_at_once() -> None:
    book = make_book()
    begun(book)
    worse = begun(book, NIGHT + timedelta(hours=2), HIGH)
    assert [page.data.urgency for page in worse.pages] == [Urgency.URGENT]
    assert not worse.incident.held
    assert [page.data.step for change in book.due(NIGHT + timedelta(hours=2, minutes=10)) for page in change.pages] == [
        1
    ]


def test_what_is_high_pages_at_night() -> None:
    assert len(begun(make_book(), severity=HIGH).pages) == 1


def test_a_digest_of_the_night_takes_nothing_along_that_waits_for_the_morning() -> None:
    book = make_book()
    begun(book)
    late = begun(book, NIGHT + MINUTE, HIGH, kind=CrisisKind.VOLUME_BURST, late=True)
    (digest,) = [page for change in book.due(NIGHT + timedelta(minutes=20)) for page in change.pages]
    assert [entry.incident_id for entry in digest.data.digest] == [late.incident.incident_id]


def test_who_takes_it_over_or_asks_for_help_at_night_does_not_wait_for_the_morning() -> None:
    book = make_book()
    one = begun(book).incident.incident_id
    taken = book.apply(acknowledge(one, NIGHT + MINUTE), NIGHT + MINUTE)
    assert taken is not None
    assert taken.incident.state is IncidentState.ACKNOWLEDGED
    assert book.due(MORNING) == []
    other = begun(book, NIGHT, kind=CrisisKind.VOLUME_BURST).incident.incident_id
    helped = book.apply(need_help(other, NIGHT + MINUTE), NIGHT + MINUTE)
    assert helped is not None
    assert len(helped.pages) == 1
    assert not helped.incident.held


def test_a_snooze_that_ends_at_night_waits_for_the_morning() -> None:
    book = make_book()
    afternoon = NIGHT - timedelta(hours=5)
    incident = begun(book, afternoon).incident
    book.apply(snooze(incident.incident_id, NIGHT, afternoon), afternoon)
    (back,) = book.due(NIGHT)
    assert (back.pages, held_until(back.incident)) == ((), MORNING)


def test_what_is_over_by_the_morning_is_told_all_the_same() -> None:
    book = make_book()
    begun(book)
    book.apply(ended(NIGHT + timedelta(hours=1)), NIGHT + timedelta(hours=1))
    (digest,) = [page for change in book.due(MORNING) for page in change.pages]
    (entry,) = digest.data.digest
    assert (entry.why, entry.quiet_since) == ("quiet_hours", NIGHT + timedelta(hours=1))


def test_a_digest_that_reaches_nobody_goes_up_at_once() -> None:
    book = make_book()
    incident = begun(book).incident
    (told,) = book.due(MORNING)
    nobody = receipt(incident.incident_id, told.pages[0].id, MORNING, ReceiptStatus.FAILED, exhausted=True)
    change = book.apply(nobody, MORNING)
    assert change is not None
    assert [page.data.step for page in change.pages] == [1]


def test_the_last_resort_of_what_is_low_is_asked_quietly_and_by_day() -> None:
    book = make_book()
    incident = begun(book, datetime(2026, 11, 17, 6, 59, tzinfo=UTC)).incident
    pages: list[tuple[datetime, UUID, Urgency]] = []
    while incident.due_at is not None:
        at = incident.due_at
        for change in book.due(at):
            incident = change.incident
            pages += [(at.astimezone(BERLIN), page.id, page.data.urgency) for page in change.pages]
    assert [(at.day, at.hour) for at, _, _ in pages] == [(17, 8), (17, 12), (18, 8)]
    assert {urgency for _, _, urgency in pages} == {Urgency.QUIET}
    assert incident.timeline[-1].what == "nobody_answered"


@pytest.mark.parametrize("restarts", [False, True])
def test_a_restart_in_the_night_loses_no_digest_and_sends_none_twice(restarts: bool) -> None:
    book = make_book()
    incident = begun(book).incident
    if restarts:
        written, book = incident.model_dump_json(), make_book()
        book.restore(Incident.model_validate_json(written))
    (told,) = book.due(MORNING + timedelta(hours=1))
    again = make_book()
    again.restore(incident)
    (repeated,) = again.due(MORNING + timedelta(hours=2))
    assert told.pages[0].id == repeated.pages[0].id
    assert book.due(MORNING + timedelta(hours=3)) == []


def test_the_digest_of_the_next_morning_is_another_page() -> None:
    steps = {"steps": [step("first", 60 * 14, urgency="quiet"), step("first", 60, urgency="quiet")]}
    book = IncidentBook(SHARD, SHARDS, governed({**POLICY, "ladders": {"low": steps}}))
    begun(book)
    (one,) = book.due(MORNING)
    (waits,) = book.due(MORNING + timedelta(hours=14))
    assert waits.pages == ()
    (other,) = book.due(MORNING + timedelta(hours=24))
    assert one.pages[0].data.targets == other.pages[0].data.targets
    assert one.pages[0].id != other.pages[0].id
