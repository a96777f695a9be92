"""An owner of whom nothing is heard is asked, and then the ladder goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.events.page import PersonTarget, ReceiptStatus
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.escalation.incidents.change import Change
from support.incidents import (
    EMMA,
    JONAS,
    SHARD,
    SHARDS,
    acknowledge,
    alarm,
    comment,
    ended,
    hand_over,
    need_help,
    receipt,
    resolve,
    snooze,
    tick,
)
from support.policies import governed, names, step

AT = datetime(2026, 11, 16, 10, tzinfo=UTC)
POLICY = {
    "ask_again_after": "45m",
    "quiet_hours": {"from": "20:00", "to": "08:00"},
    "ladders": {"low": {"steps": [step("first", 10), step("deputy", 15), step("head", 30)]}},
}
ANNA = PersonTarget(person_id="anna.bergmann")


def after(minutes: float) -> datetime:
    return AT + timedelta(minutes=minutes)


def owned(severity: Severity = Severity.HIGH) -> tuple[IncidentBook, Incident]:
    """Begun, and taken over by Anna at once."""
    book = IncidentBook(SHARD, SHARDS, governed(POLICY))
    change = book.apply(alarm(AT, severity=severity), AT)
    assert change is not None
    book.apply(acknowledge(change.incident.incident_id, AT), AT)
    return book, now(book)


def now(book: IncidentBook) -> Incident:
    return next(iter(book))


def due(book: IncidentBook, minutes: float) -> Change | None:
    changes = book.due(after(minutes))
    return changes[0] if changes else None


def test_the_owner_is_asked_first_and_then_the_ladder_goes_on_where_it_stood() -> None:
    book, _ = owned()
    assert due(book, 44) is None
    asked = due(book, 45)
    assert asked is not None
    (page,) = asked.pages
    assert (page.data.reason, page.data.targets, page.data.deadline) == ("ask_again", (ANNA,), after(90))
    assert asked.incident.state is IncidentState.ACKNOWLEDGED
    assert due(book, 89) is None
    climbs = due(book, 90)
    assert climbs is not None
    assert (climbs.incident.state, climbs.incident.owner) == (IncidentState.TRIGGERED, None)
    assert [names(page) for page in climbs.pages] == ["deputy"]
    assert [entry.what for entry in climbs.incident.timeline][-3:] == ["asked_again", "no_progress", "paged"]


def test_every_word_of_a_person_puts_the_question_off_and_answers_it() -> None:
    words: tuple[Callable[[UUID, datetime], Event[Any]], ...] = (
        comment,
        lambda i, at: tick(i, at=at),
        need_help,
        acknowledge,
        lambda i, at: acknowledge(i, at, JONAS),
        lambda i, at: hand_over(i, "jonas.keller", at),
    )
    for word in words:
        book, incident = owned()
        book.apply(word(incident.incident_id, after(30)), after(30))
        assert due(book, 45) is None
        assert due(book, 75) is not None
        book.apply(word(incident.incident_id, after(80)), after(80))
        assert now(book).state is IncidentState.ACKNOWLEDGED
        assert due(book, 120) is None
        again = due(book, 125)
        assert again is not None
        assert [page.data.reason for page in again.pages] == ["ask_again"]


def test_what_was_refused_is_no_progress() -> None:
    book, incident = owned()
    book.apply(resolve(incident.incident_id, after(30), EMMA), after(30))
    assert due(book, 45) is not None


def test_nothing_is_asked_about_what_is_over_snoozed_or_done() -> None:
    ends: tuple[Callable[[UUID], Event[Any]], ...] = (
        lambda _: ended(after(30)),
        lambda i: snooze(i, after(500), after(30)),
        lambda i: resolve(i, after(30)),
    )
    for end in ends:
        book, incident = owned()
        book.apply(end(incident.incident_id), after(30))
        assert due(book, 46) is None
        assert due(book, 91) is None


def test_an_owner_whom_the_question_does_not_reach_is_not_waited_for() -> None:
    book, incident = owned()
    asked = due(book, 45)
    assert asked is not None
    nobody = receipt(incident.incident_id, asked.pages[0].id, after(46), ReceiptStatus.FAILED, exhausted=True)
    change = book.apply(nobody, after(46))
    assert change is not None
    assert [names(page) for page in change.pages] == ["deputy"]


def test_with_the_ladder_through_it_begins_anew() -> None:
    book = IncidentBook(SHARD, SHARDS, governed(POLICY))
    change = book.apply(alarm(AT), AT)
    assert change is not None
    for wait in (10, 25, 55):
        book.due(after(wait))
    book.apply(acknowledge(change.incident.incident_id, after(60)), after(60))
    book.due(after(105))
    (climbs,) = book.due(after(150))
    assert [names(page) for page in climbs.pages] == ["first"]


def test_nobody_is_asked_at_night_about_what_is_low() -> None:
    book, incident = owned(Severity.LOW)
    late = AT + timedelta(hours=8, minutes=45)
    book.apply(comment(incident.incident_id, late), late)
    assert [change.pages for change in book.due(late + timedelta(minutes=45))] == [()]
    morning = datetime(2026, 11, 17, 7, tzinfo=UTC)
    assert book.due(morning - timedelta(minutes=1)) == []
    (asked,) = book.due(morning)
    assert [page.data.reason for page in asked.pages] == ["ask_again"]


def test_the_same_command_again_is_no_new_word_and_a_restart_asks_once() -> None:
    book, incident = owned()
    said = comment(incident.incident_id, after(10))
    assert book.apply(said, after(10)) is not None
    assert book.apply(said, after(40)) is None
    assert now(book).due_at == after(55)
    restored = IncidentBook(SHARD, SHARDS, governed(POLICY))
    restored.restore(Incident.model_validate_json(now(book).model_dump_json()))
    one, other = due(book, 55), due(restored, 58)
    assert one is not None
    assert other is not None
    assert one.pages[0].id == other.pages[0].id
    assert due(restored, 60) is None
