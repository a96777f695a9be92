"""What systems that keep an alarm are told: by key, once, and never so that a later page dies there in silence."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from feuerwache.common.events.incident import Incident, IncidentState, TimelineEntry
from feuerwache.common.events.page import DeliveryChanged, PageRequested, ReceiptStatus
from feuerwache.notifier.delivery.alarm import keeps_alarm, key_of, words
from feuerwache.notifier.delivery.ledger import KEPT, Ledger
from support.deliveries import INCIDENT, NOW, incident, page

MINUTE = timedelta(minutes=1)


def opened(number: int = 1, channel: str = "pagerduty", **changes: object) -> DeliveryChanged:
    return DeliveryChanged(
        delivery_id=UUID(int=number),
        page_id=UUID(int=100 + number),
        revision=3,
        recipient="anna",
        channel=channel,
        status=ReceiptStatus.SENT,
        attempt=1,
        at=NOW,
        page=page().model_copy(update=changes),
    )


def taken(state: IncidentState = IncidentState.ACKNOWLEDGED, revision: int = 9) -> Incident:
    return incident(state, "jonas", at=NOW + MINUTE).model_copy(update={"revision": revision})


def told(one: Incident, *alarms: DeliveryChanged) -> list[PageRequested]:
    return [notice for _, _, notice in words(one, alarms)]


def test_pagerduty_hears_of_both_and_alertmanager_of_the_end() -> None:
    both = (opened(1), opened(2, "alertmanager"))
    assert [(said.reason, said.channel) for said in told(taken(), *both)] == [("taken", "pagerduty")]
    over = told(taken(IncidentState.RESOLVED), *both)
    assert [(said.reason, said.channel) for said in over] == [("ended", "pagerduty"), ("ended", "alertmanager")]


def test_the_same_state_is_the_same_word_for_all_pages_of_an_alarm() -> None:
    first, again = (list(words(taken(revision=one), [opened(1), opened(2)])) for one in (9, 10))
    assert len(first) == 1 and first[0][0] == again[0][0]


def test_an_answer_the_page_is_newer_than_is_no_answer_to_it() -> None:
    assert told(taken(revision=9), opened(revision=9)) == []


def test_who_was_called_by_a_colleague_has_to_act_for_themselves() -> None:
    help_wanted = opened(reason="help", by="jonas")
    assert told(taken(), help_wanted) == []
    assert [said.reason for said in told(taken(IncidentState.RESOLVED), help_wanted)] == ["ended"]


def test_what_calls_after_somebody_had_it_is_another_alarm_and_ends_as_well() -> None:
    before, after = opened(1), opened(2, due_at=NOW + 5 * MINUTE, revision=7)
    lines = (TimelineEntry(at=NOW + MINUTE, what="acknowledged"), TimelineEntry(at=NOW + 9 * MINUTE, what="resolved"))
    over = taken(IncidentState.RESOLVED).model_copy(update={"timeline": lines})
    keys = [key_of(one.page, over) for one in (before, after)]
    assert keys[0] == str(INCIDENT) and keys[1].startswith(f"{INCIDENT}-")
    assert {key_of(said, over) for said in told(over, before, after)} == set(keys)


def test_only_what_calls_opens_an_alarm() -> None:
    assert keeps_alarm(opened())
    assert not keeps_alarm(opened(channel="email"))
    for reason in ("taken", "shift_change"):
        assert not keeps_alarm(opened(reason=reason))
    assert not keeps_alarm(opened().model_copy(update={"page": page(channel="pagerduty")}))


def test_what_opened_an_alarm_stays_in_the_book_while_the_incident_lasts() -> None:
    ledger, later = Ledger(), NOW + 2 * KEPT
    ledger.restore(opened(1))
    ledger.restore(opened(2, "email"))
    assert ledger.expire(later, lambda _: True).removed == [UUID(int=2)]
    assert ledger.alarms_of(INCIDENT)
    assert ledger.expire(later, lambda _: False).removed == [UUID(int=1)]
    assert not ledger.alarmed()
