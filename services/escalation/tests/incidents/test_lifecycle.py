"""The life of an incident: its ladder, what belongs to it, what bounds it. All transitions: `test_transitions`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.events.page import LayerTarget, PageRequested, ReceiptStatus, Urgency
from feuerwache.common.kafka.keys import shard_of
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.escalation.incidents.change import Change
from feuerwache.escalation.incidents.ladder import page_id
from support.incidents import (
    ANNA,
    COMMUNITY,
    EMMA,
    JONAS,
    NIGHT,
    SHARD,
    SHARDS,
    acknowledge,
    alarm,
    comment,
    declare,
    ended,
    hand_over,
    house,
    minutes,
    mute,
    need_help,
    receipt,
    resolve,
    snooze,
)

T, A, S, R, O = (  # noqa: E741 - as their first letters
    IncidentState.TRIGGERED,
    IncidentState.ACKNOWLEDGED,
    IncidentState.SNOOZED,
    IncidentState.RESOLVED,
    IncidentState.REOPENED,
)


def make_book(repeat: int = 0) -> IncidentBook:
    return IncidentBook(SHARD, SHARDS, house(repeat))


def applied(book: IncidentBook, what: Event[Any], at: datetime | None = None) -> Change:
    change = book.apply(what, at or what.time)
    assert change is not None
    return change


def begun(book: IncidentBook, **fields: Any) -> Incident:
    return applied(book, alarm(**fields)).incident


def layers(pages: tuple[Event[PageRequested], ...]) -> list[str]:
    return [target.layer for page in pages for target in page.data.targets if isinstance(target, LayerTarget)]


def in_state(book: IncidentBook, state: IncidentState) -> Incident:
    """An incident in this state, its first step fired at NIGHT, at most three minutes old."""
    incident = begun(book)
    one, two = NIGHT + minutes(1), NIGHT + minutes(2)
    if state is IncidentState.ACKNOWLEDGED:
        return applied(book, acknowledge(incident.incident_id, one)).incident
    if state is IncidentState.SNOOZED:
        return applied(book, snooze(incident.incident_id, NIGHT + minutes(120), one)).incident
    if state in {IncidentState.RESOLVED, IncidentState.REOPENED}:
        incident = applied(book, resolve(incident.incident_id, one)).incident
    if state is IncidentState.REOPENED:
        incident = applied(book, alarm(two)).incident
    return incident


AT = NIGHT + minutes(3)


def test_step_by_step_until_nobody_answered() -> None:
    book = make_book()
    incident = begun(book)
    assert incident.due_at == NIGHT + minutes(10)
    assert book.due(NIGHT + minutes(9.9)) == []
    fired = [(after, layers(change.pages)) for after in range(0, 120) for change in book.due(NIGHT + minutes(after))]
    assert fired == [(10, ["deputy"]), (25, ["head"]), (55, [])]
    (ended,) = book
    assert (ended.state, ended.due_at, ended.timeline[-1].what) == (T, None, "nobody_answered")
    assert acknowledge(ended.incident_id) and applied(book, acknowledge(ended.incident_id, NIGHT)).incident.state is A


def test_a_ladder_is_climbed_again_as_often_as_it_says_and_each_page_has_its_own_id() -> None:
    book = make_book(repeat=1)
    begun(book)
    pages = [page for after in range(0, 200) for change in book.due(NIGHT + minutes(after)) for page in change.pages]
    assert layers(tuple(pages)) == ["deputy", "head", "first", "deputy", "head"]
    assert [page.data.round for page in pages] == [0, 0, 1, 1, 1]
    assert len({page.id for page in pages}) == 5
    assert [page.data.deadline is None for page in pages] == [False, False, False, False, True]


def test_after_an_outage_one_step_fires_late_and_the_next_keeps_its_distance() -> None:
    book = make_book()
    begun(book)
    back = NIGHT + minutes(180)
    (change,) = book.due(back)
    (page,) = change.pages
    assert layers(change.pages) == ["deputy"]
    assert page.data.late_seconds == minutes(170).total_seconds()
    assert book.due(back) == []
    assert change.incident.due_at == back + minutes(15)


def test_an_alarm_that_waited_in_the_topic_pages_at_once_and_says_how_late() -> None:
    book = make_book()
    assert applied(book, alarm(NIGHT), NIGHT + minutes(30)).pages == (), (
        "the batch may tell that somebody has it already"
    )
    (change,) = book.due(NIGHT + minutes(30))
    assert [page.data.late_seconds for page in change.pages] == [1800.0]
    assert change.incident.due_at == NIGHT + minutes(40)


def test_acknowledging_remembers_the_step_that_had_fired() -> None:
    book = make_book()
    incident = begun(book)
    book.due(NIGHT + minutes(10))
    taken = applied(book, acknowledge(incident.incident_id, NIGHT + minutes(12), JONAS)).incident
    assert (taken.owner, taken.acknowledged_after_step, taken.acknowledged_at) == (
        "jonas.keller",
        2,
        NIGHT + minutes(12),
    )
    late = applied(book, acknowledge(incident.incident_id, NIGHT + minutes(13), ANNA)).incident
    assert (late.owner, late.acknowledged_at) == ("jonas.keller", NIGHT + minutes(12))
    assert late.timeline[-1].detail == {"owner": "jonas.keller"}
    assert book.due(NIGHT + minutes(500)) == []


def test_a_snooze_ends_with_the_ladder_from_its_start() -> None:
    book = make_book()
    incident = in_state(book, S)
    assert book.due(NIGHT + minutes(119)) == []
    (change,) = book.due(NIGHT + minutes(120))
    assert (change.incident.state, layers(change.pages), change.incident.owner) == (T, ["first"], None)
    assert change.pages[0].id != page_id(incident.incident_id, 0, 0)


def test_a_hand_over_that_reaches_nobody_calls_the_ladder_again() -> None:
    book = make_book()
    incident = begun(book)
    handed = applied(book, hand_over(incident.incident_id, "selin.yildiz", AT))
    failed = receipt(incident.incident_id, handed.pages[0].id, AT, ReceiptStatus.UNREACHABLE, exhausted=True)
    change = applied(book, failed)
    assert (change.incident.state, change.incident.owner, layers(change.pages)) == (T, None, ["first"])


def test_help_at_the_end_of_the_ladder_calls_its_last_step_once_more() -> None:
    book = make_book()
    incident = begun(book)
    book.due(NIGHT + minutes(10))
    book.due(NIGHT + minutes(25))
    taken = applied(book, acknowledge(incident.incident_id, NIGHT + minutes(26))).incident
    change = applied(book, need_help(taken.incident_id, NIGHT + minutes(27)))
    assert (layers(change.pages), change.incident.owner) == (["head"], "anna.bergmann")


def test_help_that_reaches_nobody_calls_the_next_step_at_once_until_there_is_none() -> None:
    book = make_book()
    incident = begun(book)
    applied(book, acknowledge(incident.incident_id, AT))
    asked = applied(book, need_help(incident.incident_id, AT))
    (page,) = asked.pages
    assert (layers(asked.pages), page.data.reason, page.data.by) == (["deputy"], "help", "anna.bergmann")
    unheard = receipt(incident.incident_id, page.id, AT, ReceiptStatus.UNREACHABLE, exhausted=True)
    again = applied(book, unheard)
    assert (again.incident.state, again.incident.owner, layers(again.pages)) == (A, "anna.bergmann", ["head"])
    assert (again.pages[0].data.reason, again.pages[0].data.by) == ("help", "anna.bergmann")
    assert book.apply(unheard, AT) is None
    last = receipt(incident.incident_id, again.pages[0].id, AT, ReceiptStatus.FAILED, exhausted=True)
    assert applied(book, last).pages == ()


def test_help_that_came_to_nothing_wakes_nobody_once_the_incident_is_over() -> None:
    book = make_book()
    incident = begun(book)
    applied(book, acknowledge(incident.incident_id, AT))
    (page,) = applied(book, need_help(incident.incident_id, AT)).pages
    applied(book, resolve(incident.incident_id, AT))
    unheard = receipt(incident.incident_id, page.id, AT, ReceiptStatus.FAILED, exhausted=True)
    assert applied(book, unheard).pages == ()


def test_a_page_says_why_it_comes_the_ladder_or_a_colleague() -> None:
    book = make_book()
    change = applied(book, alarm())
    assert [(page.data.reason, page.data.by) for page in change.pages] == [("step", None)]
    handed = applied(book, hand_over(change.incident.incident_id, "selin.yildiz", AT))
    assert [(page.data.reason, page.data.by) for page in handed.pages] == [("hand_over", "anna.bergmann")]


def test_one_target_of_several_that_names_nobody_does_not_move_the_step() -> None:
    book = make_book()
    incident = begun(book)
    several = incident.policy.model_copy(
        update={
            "steps": (
                incident.policy.steps[0].model_copy(update={"targets": incident.policy.steps[0].targets * 2}),
                *incident.policy.steps[1:],
            )
        }
    )
    assert incident.fired is not None
    fired = incident.fired.model_copy(update={"targets": 2})
    book.restore(incident.model_copy(update={"policy": several, "fired": fired}))
    first = page_id(incident.incident_id, 0, 0)
    assert applied(book, receipt(incident.incident_id, first, AT, ReceiptStatus.UNREACHABLE)).pages == ()
    last = receipt(incident.incident_id, first, AT, ReceiptStatus.FAILED, exhausted=True)
    assert layers(applied(book, last).pages) == ["deputy"]


def test_the_last_step_of_a_round_that_reaches_nobody_does_not_hurry_the_next_round() -> None:
    """Everybody was just called: the ladder from its start keeps its distance."""
    book = IncidentBook(SHARD, SHARDS, house(repeat=1))
    opened = book.apply(alarm(), NIGHT)
    assert opened is not None
    incident_id = opened.incident.incident_id
    for wait in (10, 25):
        book.due(NIGHT + minutes(wait))
    at = NIGHT + minutes(26)
    nobody = receipt(incident_id, page_id(incident_id, 0, 2), at, ReceiptStatus.FAILED, exhausted=True)
    change = book.apply(nobody, at)
    assert change is not None and not change.pages
    assert (change.incident.step, change.incident.due_at) == (0, NIGHT + minutes(55))


def test_a_receipt_of_an_earlier_step_moves_nothing() -> None:
    book = make_book()
    incident = begun(book)
    book.due(NIGHT + minutes(10))
    old = receipt(incident.incident_id, page_id(incident.incident_id, 0, 0), AT, ReceiptStatus.FAILED, exhausted=True)
    assert applied(book, old, NIGHT + minutes(11)).pages == ()


def test_worse_shortens_the_wait_and_pages_nobody_twice() -> None:
    book = make_book()
    begun(book)
    change = applied(book, alarm(NIGHT + minutes(1), severity=Severity.CRITICAL))
    assert (change.pages, change.incident.due_at) == ((), NIGHT + minutes(6))
    assert change.incident.severity is Severity.CRITICAL
    lower = applied(book, alarm(NIGHT + minutes(2), severity=Severity.LOW)).incident
    assert lower.severity is Severity.CRITICAL, "severity never falls"


def test_worse_climbs_anew_where_the_ladder_had_ended() -> None:
    book = make_book()
    begun(book, severity=Severity.LOW)
    book.due(NIGHT + minutes(240))
    incident = next(iter(book))
    assert incident.timeline[-1].what == "nobody_answered"
    book.restore(incident.model_copy(update={"last_alarm_at": NIGHT + minutes(240)}))
    change = applied(book, alarm(NIGHT + minutes(241), severity=Severity.HIGH))
    assert layers(change.pages) == ["first"]
    assert change.incident.first_round == change.incident.round == 1


@pytest.mark.parametrize(("severity", "state"), [(Severity.HIGH, R), (Severity.CRITICAL, O)])
def test_a_false_alarm_stays_one_unless_it_gets_worse(severity: Severity, state: IncidentState) -> None:
    book = make_book()
    incident = begun(book)
    applied(book, resolve(incident.incident_id, NIGHT + minutes(1), reason="false_alarm"))
    assert applied(book, alarm(NIGHT + minutes(2), severity=severity)).incident.state is state


@pytest.mark.parametrize(
    ("later", "same"),
    [
        ({"at": NIGHT + minutes(359)}, True),
        ({"at": NIGHT + minutes(361)}, False),
        ({"at": NIGHT - minutes(120)}, False),
        ({"at": NIGHT, "kind": CrisisKind.VOLUME_BURST}, False),
        ({"at": NIGHT, "canary": True}, False),
    ],
)
def test_what_belongs_together_is_one_incident(later: dict[str, Any], same: bool) -> None:
    book = make_book()
    begun(book)
    applied(book, alarm(**later))
    assert len(book) == (1 if same else 2)


@pytest.mark.parametrize(("later", "count"), [(59, 1), (61, 2)])
def test_after_the_resolution_it_is_one_fire_for_an_hour(later: int, count: int) -> None:
    book = make_book()
    incident = begun(book)
    applied(book, resolve(incident.incident_id, NIGHT))
    applied(book, alarm(NIGHT + minutes(later)))
    assert len(book) == count


@pytest.mark.parametrize(("later", "count"), [(59, 1), (61, 2)])
def test_a_single_post_an_hour_later_pages_anew(later: int, count: int) -> None:
    book = make_book()
    incident = begun(book, kind=CrisisKind.SINGLE_POST, rule_id="threat")
    applied(book, acknowledge(incident.incident_id))
    applied(book, alarm(NIGHT + minutes(later), kind=CrisisKind.SINGLE_POST, rule_id="threat"))
    assert len(book) == count


def test_six_hours_count_from_the_acknowledgement_too() -> None:
    book = make_book()
    incident = begun(book)
    applied(book, acknowledge(incident.incident_id, NIGHT + minutes(120)))
    applied(book, alarm(NIGHT + minutes(479)))
    assert len(book) == 1


@pytest.mark.parametrize(("rule", "count"), [("threat", 1), ("self-harm", 2)])
def test_single_posts_belong_together_by_rule(rule: str, count: int) -> None:
    book = make_book()
    begun(book, kind=CrisisKind.SINGLE_POST, rule_id="threat")
    applied(book, alarm(NIGHT, kind=CrisisKind.SINGLE_POST, rule_id=rule))
    assert len(book) == count


def test_a_canary_pages_nobody() -> None:
    book = make_book()
    change = applied(book, alarm(canary=True))
    assert (change.pages, change.incident.due_at) == ((), None)
    assert book.due(NIGHT + minutes(600)) == []
    assert applied(book, acknowledge(change.incident.incident_id)).incident.acknowledged_after_step == 0


def test_late_alarms_wake_nobody_and_a_live_one_does() -> None:
    book = make_book()
    late = applied(book, alarm(late=True))
    assert late.pages == ()
    assert len(late.incident.policy.steps) == 1
    live = applied(book, alarm())
    assert live.incident.incident_id != late.incident.incident_id
    assert [page.data.urgency for page in live.pages] == [Urgency.URGENT]
    told = [page for change in book.due(NIGHT + minutes(15)) for page in change.pages if page.data.digest]
    assert [(page.data.urgency, page.data.incident_id) for page in told] == [(Urgency.QUIET, late.incident.incident_id)]


def test_a_storm_of_alarms_does_not_push_out_who_was_paged() -> None:
    book = make_book()
    begun(book)
    for second in range(500):
        applied(book, alarm(NIGHT + minutes(second / 60)))
    (incident,) = book
    assert [entry.what for entry in incident.timeline] == ["triggered", "paged", "alarm"]
    assert incident.timeline[-1].detail["times"] == incident.alarms - 1 == 500
    assert len(incident.alarm_ids) <= 200 and len(incident.examples) <= 5


def test_the_timeline_is_bounded_and_keeps_its_beginning() -> None:
    book = make_book()
    incident = begun(book)
    for _ in range(150):
        applied(book, comment(incident.incident_id))
    (incident,) = book
    assert len(incident.timeline) == 100 and incident.timeline[0].what == "triggered"


def test_declaring_by_hand_pages_and_is_done_once() -> None:
    book = make_book()
    declared = declare()
    change = applied(book, declared)
    assert (change.incident.kind, layers(change.pages)) == (CrisisKind.DECLARED, ["first"])
    assert change.incident.plan is not None
    assert change.pages[0].data.subject.about == declared.data.note != ""
    assert book.apply(declared, AT) is None


REFUSED: dict[str, tuple[Event[Any], str]] = {
    "an incident nobody knows": (acknowledge(uuid4()), "knows no incident"),
    "a receipt of such": (receipt(uuid4(), uuid4()), "knows no incident"),
    "an alarm of another shard": (alarm(brand="fremd"), "belongs on partition"),
    "an end on another shard": (ended(brand="fremd"), "belongs on partition"),
    "an alarm of no community": (alarm(community="fremd"), r"communities\.yaml"),
    "a declaration in no community": (declare(community="fremd"), r"communities\.yaml"),
    "a declaration of an agent": (declare(actor=EMMA), "may not declare"),
    "a mute, which is about no incident": (mute(), "no use for Mute"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_refused_with_a_reason_and_changes_nothing(name: str) -> None:
    what, reason = REFUSED[name]
    book = make_book()
    incident = begun(book)
    with pytest.raises(InvalidRecord, match=reason):
        book.apply(what, AT)
    assert list(book) == [incident]


def test_an_alarm_without_a_brand_is_heard_on_its_communitys_own_shard() -> None:
    book = IncidentBook(shard_of(COMMUNITY, SHARDS), SHARDS, house())
    assert layers(applied(book, alarm(brand="")).pages) == ["first"]


def test_resolved_incidents_are_forgotten_after_thirty_days_and_open_ones_never() -> None:
    book = make_book()
    incident = in_state(book, R)
    assert book.forget_ended(NIGHT + minutes(29 * 1440)) == []
    assert book.forget_ended(NIGHT + minutes(31 * 1440)) == [incident.incident_id]
    assert len(book) == 0
    begun(book)
    assert book.forget_ended(NIGHT + minutes(900 * 1440)) == []


def test_a_due_time_that_stands_in_the_state_by_mistake_pages_nobody_who_is_busy() -> None:
    book = make_book()
    book.restore(in_state(book, A).model_copy(update={"due_at": NIGHT}))
    assert book.due(AT) == []
