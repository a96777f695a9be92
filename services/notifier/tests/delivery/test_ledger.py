from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from feuerwache.common.config.contact import EmailContact
from feuerwache.common.config.people import People, Person, Room, Team, load_people
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import (
    ChannelTarget,
    LayerTarget,
    PageReceipt,
    PageRequested,
    PageSubject,
    PersonTarget,
    ReceiptStatus,
    TeamTarget,
    Urgency,
)
from feuerwache.notifier.channels.channel import Outcome, Result
from feuerwache.notifier.delivery.answer import Answer
from feuerwache.notifier.delivery.directory import Directory, Recipient, slots
from feuerwache.notifier.delivery.entry import Entry
from feuerwache.notifier.delivery.job import patience
from feuerwache.notifier.delivery.ledger import KEPT, Ledger
from feuerwache.notifier.schedule.model import load_schedules

CONFIG = Path(__file__).parents[4] / "config"
NOW = datetime(2026, 11, 14, 20, 0, tzinfo=UTC)
PAGE_ID = UUID(int=1)
SENT = Outcome(Result.ACCEPTED)
DELIVERED = Outcome(Result.DELIVERED)
REFUSED = Outcome(Result.PERMANENT, "SMTP 550")
TIRED = Outcome(Result.TRANSIENT, "SMTP 450 (3 tries)")


def page(urgency: Urgency = Urgency.URGENT, **changes: object) -> PageRequested:
    about = PageSubject(community="c", community_title="C", kind=CrisisKind.DRILL, severity=Severity.HIGH, onset=NOW)
    base = PageRequested(incident_id=UUID(int=2), step=0, targets=(), subject=about, due_at=NOW, urgency=urgency)
    return base.model_copy(update=changes)


def recipient(name: str, contacts: int = 1) -> Recipient:
    addresses = [EmailContact(address=f"{name}{n}@x.example") for n in range(contacts)]
    return Recipient(name, name, "de", "Europe/Berlin", slots(addresses))


def said(receipts: list[PageReceipt]) -> list[tuple[str, str, bool]]:
    return [(str(receipt.channel), receipt.status.value, receipt.exhausted) for receipt in receipts]


def test_a_page_is_claimed_then_settled() -> None:
    ledger = Ledger()
    claim = ledger.request(PAGE_ID, page(), [recipient("a")], [], NOW)
    assert said(claim.receipts) == [("email", "claimed", False)]
    assert [change.revision for change in claim.claims] == [2]
    settled = ledger.settle(claim.claims[0].delivery_id, SENT, (), NOW)
    assert said(settled.receipts) == [("email", "sent", False)]
    assert settled.claims == []
    assert ledger.claimed() == []


def test_the_same_page_again_changes_nothing() -> None:
    ledger = Ledger()
    ledger.request(PAGE_ID, page(), [recipient("a")], [], NOW)
    again = ledger.request(PAGE_ID, page(), [recipient("a")], [], NOW)
    assert (again.receipts, again.changes) == ([], {})


def test_what_did_not_arrive_after_all_brings_the_next_contact_forward_once() -> None:
    ledger, anna = Ledger(), recipient("a", contacts=2)
    (first,) = ledger.request(PAGE_ID, page(), [anna], [], NOW).claims
    following = anna.following(first.channel, first.page, NOW)
    ledger.settle(first.delivery_id, SENT, following, NOW)
    assert said(ledger.failed_after_all(first.delivery_id, 2, REFUSED, following, NOW).receipts) == []  # another try
    late = ledger.failed_after_all(first.delivery_id, 1, REFUSED, following, NOW)
    assert said(late.receipts) == [("email", "failed", False), ("email:2", "claimed", False)]
    assert ledger.failed_after_all(first.delivery_id, 1, REFUSED, following, NOW).receipts == []
    (second,) = late.claims
    ledger.settle(second.delivery_id, SENT, (), NOW)
    last = ledger.failed_after_all(second.delivery_id, 1, REFUSED, following, NOW)
    assert said(last.receipts) == [("email:2", "failed", True)]


def test_a_failure_that_comes_after_an_answer_wakes_nobody() -> None:
    ledger, anna = Ledger(), recipient("a", contacts=2)
    (first,) = ledger.request(PAGE_ID, page(), [anna], [], NOW).claims
    ledger.settle(first.delivery_id, SENT, (), NOW)
    ledger.answered(Entry(), ledger.calls_of(UUID(int=2)), Answer("taken", "b", NOW), NOW)
    late = ledger.failed_after_all(first.delivery_id, 1, REFUSED, anna.following("email", first.page, NOW), NOW)
    assert said(late.receipts) == [("email", "failed", False)]


def test_a_failed_contact_claims_the_next_and_the_last_one_exhausts_the_page() -> None:
    ledger, anna = Ledger(), recipient("a", contacts=2)
    (first,) = ledger.request(PAGE_ID, page(), [anna], [], NOW).claims
    fallback = ledger.settle(first.delivery_id, REFUSED, anna.following(first.channel, first.page, NOW), NOW)
    assert said(fallback.receipts) == [("email", "failed", False), ("email:2", "claimed", False)]
    (second,) = fallback.claims
    end = ledger.settle(second.delivery_id, TIRED, (), NOW)
    assert said(end.receipts) == [("email:2", "failed", True)]
    assert end.receipts[0].reason == "SMTP 450 (3 tries)"


def test_a_page_that_reached_one_of_two_is_not_exhausted() -> None:
    ledger = Ledger()
    one, two = ledger.request(PAGE_ID, page(), [recipient("a"), recipient("b")], [], NOW).claims
    ledger.settle(one.delivery_id, DELIVERED, (), NOW)
    assert said(ledger.settle(two.delivery_id, REFUSED, (), NOW).receipts) == [("email", "failed", False)]


def test_nobody_behind_any_target_is_said_at_once() -> None:
    directory = Directory(load_people(CONFIG), load_schedules(CONFIG, load_people(CONFIG)))
    targets = (
        LayerTarget(schedule="morgenrot", layer="cellar"),
        TeamTarget(team="nobody"),
        PersonTarget(person_id="nobody"),
        ChannelTarget(channel="nowhere"),
        LayerTarget(schedule="elsewhere", layer="first"),
    )
    found, lost = directory.resolve(targets, NOW)
    entry = Ledger().request(PAGE_ID, page(), found, lost, NOW)
    assert [receipt.status for receipt in entry.receipts] == [ReceiptStatus.UNREACHABLE] * 5
    assert [receipt.exhausted for receipt in entry.receipts] == [False] * 4 + [True]
    assert len({receipt.delivery_id for receipt in entry.receipts}) == 5
    assert entry.receipts[0].reason == "layer morgenrot/cellar is not in schedules.yaml"


def test_an_empty_layer_beside_a_person_does_not_exhaust_the_page() -> None:
    directory = Directory(load_people(CONFIG), load_schedules(CONFIG, load_people(CONFIG)))
    before_anyone = datetime(2026, 1, 1, tzinfo=UTC)
    targets = (LayerTarget(schedule="morgenrot", layer="first"), PersonTarget(person_id="selin.yildiz"))
    found, lost = directory.resolve(targets, before_anyone)
    assert [one.reason for one in lost] == ["layer morgenrot/first has nobody on call"]
    entry = Ledger().request(PAGE_ID, page(), found, lost, before_anyone)
    assert said(entry.receipts) == [("None", "unreachable", False), ("email", "claimed", False)]


def test_targets_become_people_teams_and_rooms_each_once() -> None:
    contact = EmailContact(address="x@x.example")
    people = People(
        people=(Person(id="a", name="A", contacts=(contact, contact)), Person(id="b", name="B", contacts=(contact,))),
        teams=(Team(id="t", members=("b", "a")),),
        rooms=(Room(id="r", language="en", contact=contact),),
    )
    directory = Directory(people, load_schedules(CONFIG, load_people(CONFIG)))
    found, lost = directory.resolve(
        (PersonTarget(person_id="a"), TeamTarget(team="t"), ChannelTarget(channel="r")), NOW
    )
    assert [one.id for one in found] == ["a", "b", "room:r"]
    assert lost == []
    assert [one.personal for one in found] == [True, True, False]
    assert list(found[0].contacts) == ["email", "email:2"]
    assert directory.recipient("room:r") == found[2]


def test_an_unknown_outcome_is_sent_again_only_when_urgent() -> None:
    for urgency, expected in (
        (Urgency.URGENT, [("email", "outcome_unknown", False), ("email", "claimed", False)]),
        (Urgency.QUIET, [("email", "outcome_unknown", False)]),
    ):
        ledger = Ledger()
        (claim,) = ledger.request(PAGE_ID, page(urgency), [recipient("a")], [], NOW).claims
        reborn = Ledger()
        reborn.restore(claim)
        entry = reborn.outcome_unknown(claim.delivery_id, NOW)
        assert said(entry.receipts) == expected
        assert [receipt.attempt for receipt in entry.receipts] == [1, 2][: len(expected)]
        assert [(again.attempt, again.possible_repeat) for again in entry.claims] == [(2, True)][: len(expected) - 1]


def test_what_may_have_arrived_is_not_exhausted() -> None:
    ledger = Ledger()
    one, two = ledger.request(PAGE_ID, page(Urgency.QUIET), [recipient("a"), recipient("b")], [], NOW).claims
    ledger.outcome_unknown(one.delivery_id, NOW)
    assert said(ledger.settle(two.delivery_id, REFUSED, (), NOW).receipts) == [("email", "failed", False)]


def test_a_drill_ends_here_and_wakes_nobody() -> None:
    entry = Ledger().request(PAGE_ID, page(canary=True), [recipient("a")], [], NOW)
    assert said(entry.receipts) == [("drill", "delivered", False)]
    assert entry.claims == []


def test_settled_pages_leave_the_book_together_after_a_day() -> None:
    ledger = Ledger()
    one, two = ledger.request(PAGE_ID, page(), [recipient("a"), recipient("b")], [], NOW).claims
    ledger.settle(one.delivery_id, SENT, (), NOW)
    much_later = NOW + KEPT + timedelta(seconds=1)
    assert ledger.expire(much_later).removed == []
    ledger.settle(two.delivery_id, SENT, (), NOW)
    assert ledger.expire(NOW + KEPT).removed == []
    assert set(ledger.expire(much_later).removed) == {one.delivery_id, two.delivery_id}
    assert ledger.get(one.delivery_id) is None


def test_retries_get_a_fair_share_of_the_steps_real_time() -> None:
    step = page(deadline=NOW + timedelta(seconds=600))
    assert patience(step, NOW, 1, 2) == 300
    assert patience(step, NOW, 120, 1) == 5
    assert patience(step, NOW + timedelta(hours=1), 1, 1) == 1
    assert patience(page(), NOW, 1, 1) == 300


results = st.sampled_from([SENT, DELIVERED, REFUSED, TIRED])


@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.data())
def test_whatever_the_channels_say_every_page_ends_in_a_success_or_exhausted_once(
    contacts: list[int], data: st.DataObject
) -> None:
    people = {f"p{n}": recipient(f"p{n}", count) for n, count in enumerate(contacts)}
    ledger = Ledger()
    receipts = list(ledger.request(PAGE_ID, page(), people.values(), [], NOW).receipts)
    while open_claims := ledger.claimed():
        claim = data.draw(st.sampled_from(open_claims))
        if data.draw(st.integers(0, 9)) == 9:
            receipts += ledger.outcome_unknown(claim.delivery_id, NOW).receipts
            continue
        following = people[claim.recipient].following(claim.channel, claim.page, NOW)
        receipts += ledger.settle(claim.delivery_id, data.draw(results), following, NOW).receipts
    reached = any(receipt.status in {ReceiptStatus.SENT, ReceiptStatus.DELIVERED} for receipt in receipts)
    assert [receipt.exhausted for receipt in receipts[:-1]] == [False] * (len(receipts) - 1)
    assert receipts[-1].exhausted is not reached
    good = [receipt.recipient for receipt in receipts if receipt.status is ReceiptStatus.SENT]
    assert len(good) == len(set(good))
    ids = {(receipt.delivery_id, receipt.attempt, receipt.status) for receipt in receipts}
    assert len(ids) == len(receipts)
