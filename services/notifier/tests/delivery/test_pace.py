"""What comes together is one message, what is too much is held back and told in one; nothing is dropped."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import DeliveryChanged, PageRequested, Urgency
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.settings import CommonSettings
from feuerwache.notifier.channels.channel import Outcome, Result, permanent
from feuerwache.notifier.delivery.entry import Entry
from feuerwache.notifier.delivery.ledger import Ledger
from feuerwache.notifier.delivery.pace import Limits, Pace
from feuerwache.notifier.delivery.sent import Sent
from feuerwache.notifier.delivery.together import told
from support.deliveries import NOW, mail, new_page, page, reader, said, seconds, sms
from support.incidents import event

SENT = Outcome(Result.ACCEPTED)
ANNA = reader("anna", mail(), sms())


def entered(ledger: Ledger, *pages: tuple[UUID, PageRequested], at: datetime = NOW) -> Entry:
    """All of them in one batch."""
    entry = Entry()
    for page_id, one in pages:
        ledger.enter(entry, page_id, one, [ANNA], now=at)
    ledger.due(entry, at)
    return entry


def due(ledger: Ledger, at: datetime) -> Entry:
    entry = Entry()
    ledger.due(entry, at)
    return entry


def told_of(ledger: Ledger, claim: DeliveryChanged) -> int:
    return len(ledger.told_in(claim.delivery_id))


def test_many_at_once_are_one_message_with_a_receipt_for_each() -> None:
    ledger = Ledger(Pace())
    entry = entered(ledger, *(new_page() for _ in range(7)))
    (claim,) = entry.claims
    assert said(entry.receipts) == ["anna email claimed"] * 7
    assert ledger.claimed() == [claim]
    page = told(ledger.told_in(claim.delivery_id))
    assert [one.why for one in page.digest] == ["together"] * 7
    assert page.urgency is Urgency.URGENT
    settled = ledger.settle(claim.delivery_id, SENT, (), NOW)
    assert said(settled.receipts) == ["anna email sent"] * 7
    assert len({receipt.page_id for receipt in settled.receipts}) == 7


def test_the_worst_one_stands_first_and_is_what_the_link_opens() -> None:
    ledger = Ledger(Pace())
    bad, worst = new_page(), new_page()
    bad = (bad[0], page(Severity.HIGH, incident_id=bad[1].incident_id))
    (claim,) = entered(ledger, bad, worst).claims
    together = told(ledger.told_in(claim.delivery_id))
    assert [one.incident_id for one in together.digest] == [worst[1].incident_id, bad[1].incident_id]
    assert (together.incident_id, together.subject.severity) == (worst[1].incident_id, Severity.CRITICAL)


def test_the_first_goes_at_once_and_those_after_it_together_a_moment_later() -> None:
    ledger = Ledger(Pace())
    assert len(entered(ledger, new_page()).claims) == 1
    for later in (1, 2, 4):
        assert entered(ledger, new_page(), at=NOW + seconds(later)).claims == []
    assert due(ledger, NOW + seconds(4.9)).claims == []
    (claim,) = due(ledger, NOW + seconds(5)).claims
    assert told_of(ledger, claim) == 3


def test_when_the_one_message_fails_all_of_them_fall_back_and_all_go_up() -> None:
    ledger = Ledger(Pace())
    (claim,) = entered(ledger, *(new_page() for _ in range(3))).claims
    failed = ledger.settle(claim.delivery_id, permanent("no"), ANNA.following("email", claim.page, NOW), NOW)
    (again,) = failed.claims
    assert (again.channel, told_of(ledger, again)) == ("sms", 3)
    end = ledger.settle(again.delivery_id, permanent("no"), (), NOW)
    assert [receipt.exhausted for receipt in end.receipts] == [True] * 3


def test_after_a_crash_the_one_message_is_repeated_as_a_whole() -> None:
    ledger = Ledger(Pace())
    entry = entered(ledger, *(new_page() for _ in range(3)))
    reborn = Ledger(Pace())
    for change in entry.changes.values():
        reborn.restore(change)
    (claimed,) = reborn.claimed()
    unknown = reborn.outcome_unknown(claimed.delivery_id, NOW)
    (again,) = unknown.claims
    assert again.delivery_id == claimed.delivery_id, "the same id, by which a mail program knows it"
    assert (again.attempt, told_of(reborn, again)) == (2, 3)
    assert all(receipt.possible_repeat for receipt in unknown.receipts[3:])


def test_too_many_are_held_back_and_come_in_one_digest_that_says_so() -> None:
    limits = Limits(gather=seconds(0), cap=3, window=seconds(600), hold=seconds(120))
    ledger = Ledger(Pace(limits))
    for number in range(3):
        assert len(entered(ledger, new_page(), at=NOW + seconds(number)).claims) == 1
    held = [entered(ledger, new_page(), at=NOW + seconds(10 + number)) for number in range(4)]
    assert [said(entry.receipts) for entry in held] == [["anna email held"]] * 4
    assert not any(entry.claims for entry in held)
    assert due(ledger, NOW + seconds(129)).claims == []
    (digest,) = due(ledger, NOW + seconds(130)).claims
    page = told(ledger.told_in(digest.delivery_id))
    assert [one.why for one in page.digest] == ["held"] * 4
    assert said(entered(ledger, new_page(), at=NOW + seconds(140)).receipts) == ["anna email held"], "still too many"
    later = NOW + timedelta(hours=1)
    assert len(due(ledger, later).claims) == 1, "the last one that was held"
    assert len(entered(ledger, new_page(), at=later + timedelta(hours=1)).claims) == 1, "the window has moved on"


def test_who_wants_every_page_by_itself_gets_it_so() -> None:
    ledger = Ledger(Pace(Limits(gather=seconds(0), cap=0)))
    assert len(entered(ledger, *(new_page() for _ in range(12))).claims) == 12


def test_the_cap_is_known_again_after_a_restart() -> None:
    limits = Limits(gather=seconds(0), cap=2)
    ledger, reborn = Ledger(Pace(limits)), Ledger(Pace(limits))
    for number in range(2):
        (claim,) = entered(ledger, new_page(), at=NOW + seconds(number)).claims
        for change in ledger.settle(claim.delivery_id, SENT, (), NOW + seconds(number)).changes.values():
            reborn.restore(change)
    assert said(entered(reborn, new_page(), at=NOW + seconds(5)).receipts) == ["anna email held"]


def test_one_message_counts_once_however_often_it_is_written_down() -> None:
    ledger = Ledger(Pace(Limits(gather=seconds(0), cap=2)))
    (claim,) = entered(ledger, new_page()).claims
    ledger.settle(claim.delivery_id, SENT, (), NOW + seconds(1))
    assert said(entered(ledger, new_page(), at=NOW + seconds(5)).receipts) == ["anna email claimed"]


def test_another_channel_and_another_person_have_a_measure_of_their_own() -> None:
    ledger = Ledger(Pace(Limits(cap=1)))
    entered(ledger, new_page())
    page_id, page = new_page()
    entry = ledger.request(page_id, page, [reader("anna", sms()), reader("jonas", mail())], [], NOW)
    assert sorted(said(entry.receipts)) == ["anna sms claimed", "jonas email claimed"]


def test_quiet_ones_drills_and_what_a_colleague_wants_go_by_themselves() -> None:
    ledger = Ledger(Pace(Limits(cap=1)))
    entered(ledger, new_page())
    others = [new_page(urgency=Urgency.QUIET), new_page(reason="help", by="jonas"), new_page(channel="email")]
    assert len(entered(ledger, *others).claims) == 3


limits_of = st.builds(
    Limits,
    gather=st.integers(0, 20).map(seconds),
    cap=st.integers(0, 4),
    window=st.integers(1, 600).map(seconds),
    hold=st.integers(1, 120).map(seconds),
)


@settings(deadline=None)
@given(limits_of, st.lists(st.integers(0, 60), min_size=1, max_size=25), st.data())
def test_whatever_the_limits_every_page_gets_its_message(limits: Limits, gaps: list[int], data: st.DataObject) -> None:
    ledger, at = Ledger(Pace(limits)), NOW
    pages = [new_page() for _ in gaps]
    messages: list[tuple[datetime, list[UUID]]] = []

    def took(entry: Entry, when: datetime) -> None:
        for claim in entry.claims:
            messages.append((when, [one.page_id for one in ledger.told_in(claim.delivery_id)]))
            ledger.settle(claim.delivery_id, SENT, (), when)

    for one, gap in zip(pages, gaps, strict=True):
        at += seconds(gap)
        took(due(ledger, at), at)
        took(entered(ledger, one, at=at), at)
    stride = data.draw(st.integers(5, 60))
    for _ in range(40):
        at += seconds(stride)
        took(due(ledger, at), at)
    reached = [page_id for _, ids in messages for page_id in ids]
    assert sorted(reached) == sorted(page_id for page_id, _ in pages), "each once, none dropped"
    assert messages[0][0] == NOW + seconds(gaps[0]), "the first one goes at once"
    assert ledger.claimed() == []


def test_what_another_notifier_has_sent_counts_as_well_and_once() -> None:
    pace = Pace(Limits(gather=timedelta(0), cap=2))
    sent = Sent(CommonSettings(), pace)
    theirs = Ledger(Pace(Limits(gather=timedelta(0))))
    for _ in range(2):
        for change in entered(theirs, new_page()).changes.values():
            out = Outgoing.of("t", 5, b"k", event(change, NOW))
            for _ in range(2):
                sent.take(Record("t", 5, 0, 0, out.key, out.value, tuple(out.headers)))
    assert said(entered(Ledger(Pace(Limits(gather=timedelta(0), cap=2))), new_page()).receipts) == [
        "anna email claimed"
    ]
    assert said(entered(Ledger(pace), new_page()).receipts) == ["anna email held"]
    sent.take(Record("t", 5, 0, 0, b"k", None, ()))
    sent.take(Record("t", 5, 0, 0, b"k", b"nonsense", ()))
