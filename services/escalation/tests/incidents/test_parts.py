"""What burns in several communities of a brand is one incident with parts, and each part has its own end."""

from __future__ import annotations

from typing import Any

import pytest

from feuerwache.common.events.alarm import CrisisKind, Figures, Highlight, Role
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.escalation.incidents.book import IncidentBook
from support.incidents import (
    APP,
    COMMUNITY,
    FACEBOOK,
    FOREIGN,
    FOREIGN_BRAND,
    NIGHT,
    SHARD,
    SHARDS,
    acknowledge,
    alarm,
    ended,
    house,
    minutes,
    post,
    resolve,
    told,
)


def make_book(*alarms: Any) -> IncidentBook:
    book = IncidentBook(SHARD, SHARDS, house())
    for each in alarms:
        told(book, each)
    return book


def only(book: IncidentBook) -> Incident:
    (incident,) = book
    return incident


def test_the_same_in_another_community_of_the_brand_is_a_part_and_pages_nobody_anew() -> None:
    book = make_book(alarm())
    figures = Figures(posts=90, usual_posts=4.0)
    joined = told(book, alarm(NIGHT + minutes(5), community=FACEBOOK, figures=figures))
    (part,) = joined.incident.parts
    assert joined.pages == ()
    assert (part.community, part.community_title, part.figures) == (FACEBOOK, "Morgenrot auf Facebook", figures)
    assert joined.incident.figures.posts == 214, "where it began keeps its own numbers"
    (change,) = book.due(NIGHT + minutes(10))
    assert change.pages[0].data.subject.parts == ("Morgenrot auf Facebook",)


@pytest.mark.parametrize(
    "other",
    [
        {"community": FOREIGN, "brand": FOREIGN_BRAND},
        {"community": FACEBOOK, "kind": CrisisKind.VOLUME_BURST},
        {"community": FACEBOOK, "at": NIGHT + minutes(361)},
    ],
)
def test_another_brand_kind_or_time_is_an_incident_of_its_own(other: dict[str, Any]) -> None:
    assert len(make_book(alarm(), alarm(**other))) == 2


@pytest.mark.parametrize("kind", [CrisisKind.SINGLE_POST, CrisisKind.FEUD])
def test_what_is_about_single_people_stays_in_its_community(kind: CrisisKind) -> None:
    rule = "threat" if kind is CrisisKind.SINGLE_POST else None
    book = make_book(alarm(kind=kind, rule_id=rule), alarm(kind=kind, rule_id=rule, community=FACEBOOK))
    assert len(book) == 2


def test_a_worse_part_makes_the_incident_worse_and_takes_the_higher_ladder() -> None:
    book = make_book(alarm(severity=Severity.LOW))
    change = told(book, alarm(NIGHT + minutes(1), severity=Severity.CRITICAL, community=FACEBOOK))
    assert change.incident.severity is Severity.CRITICAL
    assert [step.wait_seconds for step in change.incident.policy.steps] == [300, 600, 900]


def test_three_low_fires_are_not_critical_and_three_of_which_one_is_high_are() -> None:
    low = [alarm(severity=Severity.LOW, community=each) for each in (COMMUNITY, FACEBOOK, APP)]
    book = make_book(*low)
    assert only(book).severity is Severity.LOW
    assert told(book, alarm(NIGHT + minutes(1), community=APP)).incident.severity is Severity.CRITICAL


def test_what_is_over_does_not_count_for_the_spread() -> None:
    book = make_book(alarm(), alarm(community=FACEBOOK), ended(NIGHT + minutes(40), community=FACEBOOK))
    assert told(book, alarm(NIGHT + minutes(41), community=APP)).incident.severity is Severity.HIGH


def test_it_is_quiet_when_the_last_part_is_over_and_a_later_alarm_ends_the_quiet() -> None:
    book = make_book(alarm(), alarm(community=FACEBOOK))
    assert told(book, ended(NIGHT + minutes(40))).incident.quiet_since is None
    assert only(book).ended_at == NIGHT + minutes(40)
    over = told(book, ended(NIGHT + minutes(50), community=FACEBOOK)).incident
    assert over.quiet_since == NIGHT + minutes(50)
    late = told(book, alarm(NIGHT + minutes(30))).incident
    assert late.quiet_since == NIGHT + minutes(50), "an alarm from before the end is late, not news"
    again = told(book, alarm(NIGHT + minutes(60), community=FACEBOOK)).incident
    assert (again.quiet_since, again.ended_at) == (None, NIGHT + minutes(40))


def test_an_end_from_before_the_last_alarm_ends_nothing() -> None:
    book = make_book(alarm(), alarm(NIGHT + minutes(60)))
    assert told(book, ended(NIGHT + minutes(40))).incident.quiet_since is None


def test_two_threads_on_fire_end_one_by_one() -> None:
    kind = CrisisKind.THREAD_ON_FIRE
    book = make_book(alarm(kind=kind, about="t1"), alarm(kind=kind, about="t2"))
    assert [part.about for part in only(book).parts] == ["t2"]
    assert told(book, ended(NIGHT + minutes(40), kind, about="t1")).incident.quiet_since is None
    assert told(book, ended(NIGHT + minutes(45), kind, about="t2")).incident.quiet_since == NIGHT + minutes(45)


def test_an_end_that_nobody_remembers_an_alarm_of_changes_nothing() -> None:
    book = make_book(alarm())
    assert book.apply(ended(NIGHT, CrisisKind.REPORT_FLOOD), NIGHT) is None
    assert book.apply(ended(NIGHT, community=FACEBOOK), NIGHT) is None


def test_flapping_pages_once_and_leaves_one_line_of_each() -> None:
    book = make_book()
    pages = 0
    for round_ in range(0, 300, 20):
        pages += len(told(book, alarm(NIGHT + minutes(round_))).pages)
        told(book, ended(NIGHT + minutes(round_ + 10)))
    assert pages == 1
    assert [entry.what for entry in only(book).timeline] == ["triggered", "paged", "alarm", "alarm_ended"]
    assert only(book).timeline[-1].detail["times"] == 15


def test_a_false_alarm_in_one_community_silences_no_other() -> None:
    book = make_book(alarm(), alarm(community=FACEBOOK))
    told(book, resolve(only(book).incident_id, NIGHT + minutes(1), reason="false_alarm"))
    assert told(book, alarm(NIGHT + minutes(2), community=FACEBOOK)).pages == ()
    elsewhere = told(book, alarm(NIGHT + minutes(3), community=APP))
    assert len(elsewhere.pages) == 1 and len(book) == 2


def test_the_owner_is_not_paged_about_a_new_part() -> None:
    book = make_book(alarm())
    told(book, acknowledge(only(book).incident_id))
    change = told(book, alarm(NIGHT + minutes(1), community=FACEBOOK, severity=Severity.CRITICAL))
    assert (change.pages, change.incident.state) == ((), IncidentState.ACKNOWLEDGED)


def test_pages_carry_what_it_is_about_and_the_posts_with_their_roles() -> None:
    first = Highlight(role=Role.FIRST, ref=post("first"))
    old, new = Highlight(role=Role.NEWEST, ref=post("old")), Highlight(role=Role.NEWEST, ref=post("new"))
    begun = alarm(kind=CrisisKind.TOPIC_SURGE, about="Rückruf", highlights=(old, first))
    book = make_book(begun)
    later = Highlight(role=Role.FIRST, ref=post("later"))
    told(book, alarm(NIGHT + minutes(1), kind=CrisisKind.TOPIC_SURGE, about="Rückruf", highlights=(new, later)))
    (change,) = book.due(NIGHT + minutes(10))
    subject = change.pages[0].data.subject
    assert subject.about == "Rückruf"
    assert subject.highlights == (new, first), "the newest of each role; what started it stays what started it"


def test_a_single_post_keeps_its_label_and_another_label_of_its_rule_is_no_part() -> None:
    kind = CrisisKind.SINGLE_POST
    book = make_book(alarm(kind=kind, rule_id="r", about="threat"), alarm(kind=kind, rule_id="r", about="self_harm"))
    assert (only(book).about, only(book).parts, only(book).alarms) == ("threat", (), 2)
