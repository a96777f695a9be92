"""Contacts in their time, and what an answer ends: pure, over the book."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.incident import IncidentState, TimelineEntry
from feuerwache.common.events.page import DeliveryChanged, PageRequested
from feuerwache.notifier.channels.channel import Outcome, Result, permanent
from feuerwache.notifier.delivery.answer import answer_of, is_answered
from feuerwache.notifier.delivery.entry import Entry
from feuerwache.notifier.delivery.ledger import Ledger
from feuerwache.notifier.delivery.pace import Pace
from support.deliveries import INCIDENT, NOW, incident, mail, page, push, reader, said, seconds

SENT = Outcome(Result.ACCEPTED)
PAGE_ID = UUID(int=1)
ANNA = reader("anna")


def requested(of: PageRequested | None = None) -> tuple[Ledger, DeliveryChanged]:
    ledger = Ledger()
    (claim,) = ledger.request(PAGE_ID, of or page(), [ANNA], [], NOW).claims
    return ledger, claim


def due(ledger: Ledger, after: float) -> Entry:
    entry = Entry()
    ledger.due(entry, NOW + seconds(after))
    return entry


def test_contacts_follow_each_other_while_nobody_answers() -> None:
    ledger, push = requested()
    ledger.settle(push.delivery_id, SENT, (), NOW)
    assert due(ledger, 119).claims == []
    assert said(due(ledger, 120).receipts) == ["anna sms claimed"]
    assert said(due(ledger, 240).receipts) == ["anna voice claimed"]


def test_a_failed_contact_brings_the_next_forward_and_the_one_after_it_keeps_its_time() -> None:
    ledger, push = requested()
    failed = ledger.settle(push.delivery_id, permanent("no"), ANNA.following("ntfy", push.page, NOW), NOW)
    assert said(failed.receipts) == ["anna ntfy failed", "anna sms claimed"]
    assert due(ledger, 120).claims == []
    assert said(due(ledger, 240).receipts) == ["anna voice claimed"]


def test_what_came_due_while_nothing_ran_is_made_up_for_one_after_the_other() -> None:
    ledger, push = requested()
    entry = ledger.settle(push.delivery_id, SENT, (), NOW)
    reborn = Ledger()
    for delivery in {*entry.changes, *(one.delivery_id for one in ledger.calls_of(INCIDENT))}:
        known = ledger.get(delivery)
        assert known is not None
        reborn.restore(known)
    assert said(due(reborn, 1000).receipts) == ["anna sms claimed"]
    assert due(reborn, 1119).claims == [], "two minutes after the other one, as ever"
    assert said(due(reborn, 1120).receipts) == ["anna voice claimed"]


def test_a_page_is_not_exhausted_while_a_contact_waits() -> None:
    ledger, push = requested()
    receipts = ledger.settle(push.delivery_id, permanent("no"), (), NOW).receipts
    assert [receipt.exhausted for receipt in receipts] == [False]


def test_after_an_answer_nothing_more_goes_out_and_the_reader_is_known() -> None:
    ledger, push = requested()
    ledger.settle(push.delivery_id, SENT, (), NOW)
    taken = incident()
    answer = answer_of(taken)
    assert answer is not None and (answer.what, answer.by) == ("taken", "jonas")
    over = [one for one in ledger.calls_of(INCIDENT) if is_answered(one, taken, answer)]
    entry = Entry()
    assert ledger.answered(entry, over, answer, NOW + seconds(61)) == {"anna"}
    assert sorted(said(entry.receipts)) == ["anna sms withdrawn", "anna voice withdrawn"]
    assert {receipt.reason for receipt in entry.receipts} == {"jonas has taken it"}
    assert due(ledger, 10_000).claims == []
    assert list(ledger.unanswered()) == []


def test_a_running_send_is_called_off_and_its_failure_pages_nobody_else() -> None:
    ledger, push = requested()
    taken = incident()
    answer = answer_of(taken)
    assert answer is not None
    entry = Entry()
    ledger.answered(entry, ledger.calls_of(INCIDENT), answer, NOW + seconds(61))
    assert [one.delivery_id for one in entry.called_off] == [push.delivery_id]
    assert entry.claims == [], "what is under way is not sent again"
    after = ledger.settle(push.delivery_id, permanent("no"), ANNA.following("ntfy", push.page, NOW), NOW)
    assert said(after.receipts) == ["anna ntfy failed"]
    assert not after.receipts[0].exhausted


def test_a_send_that_fails_after_the_answer_brings_nothing_forward_and_goes_up_nowhere() -> None:
    anna, ledger = reader("anna", push(), mail()), Ledger()
    (claim,) = ledger.request(PAGE_ID, page(), [anna], [], NOW).claims
    answer = answer_of(incident())
    assert answer is not None
    ledger.answered(Entry(), ledger.calls_of(INCIDENT), answer, NOW)
    failed = ledger.settle(claim.delivery_id, permanent("no"), anna.following("ntfy", claim.page, NOW), NOW)
    assert [(one.status.value, one.exhausted) for one in failed.receipts] == [("failed", False)]


def test_what_was_answered_is_not_repeated_after_a_crash() -> None:
    ledger, push = requested()
    answer = answer_of(incident())
    assert answer is not None
    ledger.answered(Entry(), ledger.calls_of(INCIDENT), answer, NOW)
    assert said(ledger.outcome_unknown(push.delivery_id, NOW).receipts) == ["anna ntfy outcome_unknown"]


@pytest.mark.parametrize(
    ("state", "revision", "answered"),
    [
        (IncidentState.TRIGGERED, 5, False),
        (IncidentState.REOPENED, 5, False),
        (IncidentState.ACKNOWLEDGED, 2, True),
        (IncidentState.SNOOZED, 2, True),
        (IncidentState.RESOLVED, 2, True),
        (IncidentState.ACKNOWLEDGED, 1, False),
        (IncidentState.ACKNOWLEDGED, 0, False),
    ],
)
def test_only_a_state_that_is_newer_than_the_page_answers_it(
    state: IncidentState, revision: int, answered: bool
) -> None:
    """A projection that lags behind may still show the answer before the incident was reopened."""
    _, delivery = requested()
    seen = incident(state, revision=revision)
    assert is_answered(delivery, seen, answer_of(seen)) is answered


@pytest.mark.parametrize("reason", ["hand_over", "help", "ask_again"])
def test_a_page_from_a_colleague_is_answered_by_its_reader_alone(reason: str) -> None:
    _, delivery = requested(page(reason=reason, by="jonas"))
    owned = incident(revision=9)
    assert not is_answered(delivery, owned, answer_of(owned))
    hers = TimelineEntry(at=NOW + seconds(90), what="comment", actor=Actor(person_id="anna", via=Via.LINK))
    acted = incident(revision=9, timeline=(*owned.timeline, hers))
    assert is_answered(delivery, acted, answer_of(acted))
    over = incident(IncidentState.RESOLVED, revision=9)
    assert is_answered(delivery, over, answer_of(over))


def test_what_ended_by_itself_or_went_into_another_incident_tells_nobody() -> None:
    alone = answer_of(incident(IncidentState.RESOLVED, None))
    merged = answer_of(incident(IncidentState.RESOLVED, merged_into=uuid4()))
    assert alone is not None and merged is not None
    assert (alone.by, merged.by) == (None, None)


def test_an_answer_to_one_of_several_told_together_calls_off_nothing_and_only_the_other_goes_on() -> None:
    ledger, entry = Ledger(Pace()), Entry()
    for page_id, incident_id in ((PAGE_ID, INCIDENT), (UUID(int=5), UUID(int=7))):
        ledger.enter(entry, page_id, page(incident_id=incident_id), [ANNA], now=NOW)
    ledger.due(entry, NOW)
    (claim,) = entry.claims
    answer = answer_of(incident())
    assert answer is not None
    after = Entry()
    ledger.answered(after, ledger.calls_of(INCIDENT), answer, NOW + seconds(1))
    assert after.called_off == []
    failed = ledger.settle(claim.delivery_id, permanent("no"), ANNA.following("ntfy", claim.page, NOW), NOW)
    assert sorted(said(failed.receipts)) == ["anna ntfy failed", "anna ntfy failed", "anna sms claimed"]
    assert [one.page_id for one in failed.claims] == [UUID(int=5)]
