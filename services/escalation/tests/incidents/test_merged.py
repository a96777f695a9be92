"""Merging, splitting, and what becomes of alarms and commands for what was merged."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.escalation.incidents.book import IncidentBook
from support.incidents import (
    COMMUNITY,
    FACEBOOK,
    FOREIGN,
    FOREIGN_BRAND,
    JONAS,
    NIGHT,
    SHARD,
    SHARDS,
    acknowledge,
    alarm,
    comment,
    ended,
    house,
    merge,
    minutes,
    need_help,
    post,
    resolve,
    split,
    tick,
    told,
)

VOLUME = CrisisKind.VOLUME_BURST


def both(**second: Any) -> tuple[IncidentBook, Incident, Incident]:
    """A book with a wave of outrage, and a second incident."""
    book = IncidentBook(SHARD, SHARDS, house())
    first = told(book, alarm()).incident
    return book, first, told(book, alarm(**({"kind": VOLUME, "examples": (post("p2"),)} | second))).incident


def now(book: IncidentBook, incident: Incident) -> Incident:
    return next(each for each in book if each.incident_id == incident.incident_id)


def test_the_merged_one_ends_as_a_duplicate_and_the_target_takes_what_it_knew() -> None:
    book, first, second = both(community=FACEBOOK)
    change = told(book, merge(second.incident_id, first.incident_id))
    (gone,) = change.also
    assert (gone.state, gone.resolved_reason, gone.merged_into) == (
        IncidentState.RESOLVED,
        "duplicate",
        first.incident_id,
    )
    target = change.incident
    assert (target.merged_from, target.alarms, target.examples) == ((second.incident_id,), 2, (post("p1"), post("p2")))
    assert [(part.community, part.kind) for part in target.parts] == [(FACEBOOK, VOLUME)]
    assert change.pages == () and book.due(NIGHT + minutes(11))[0].incident.incident_id == first.incident_id


def test_a_worse_one_makes_its_target_worse_and_it_pages_as_that_does() -> None:
    book, first, second = both(severity=Severity.LOW, kind=CrisisKind.REPORT_FLOOD)
    change = told(book, merge(first.incident_id, second.incident_id))
    assert (change.incident.severity, len(change.incident.policy.steps)) == (Severity.HIGH, 3)
    assert [entry.what for entry in change.incident.timeline][-2:] == ["merged_from", "worsened"]


def test_its_alarms_and_its_end_go_to_the_target_from_then_on() -> None:
    book, first, second = both()
    told(book, merge(second.incident_id, first.incident_id))
    joined = told(book, alarm(NIGHT + minutes(5), kind=VOLUME)).incident
    assert (joined.incident_id, joined.alarms) == (first.incident_id, 3)
    told(book, ended(NIGHT + minutes(40)))
    assert now(book, first).quiet_since is None, "the other detector still burns"
    told(book, ended(NIGHT + minutes(45), VOLUME))
    assert now(book, first).quiet_since == NIGHT + minutes(45)
    assert len(book) == 2


def test_chains_lead_to_the_last_one_and_cycles_are_refused() -> None:
    book, first, second = both()
    third = told(book, alarm(kind=CrisisKind.REPORT_FLOOD)).incident
    told(book, merge(third.incident_id, second.incident_id))
    told(book, merge(second.incident_id, first.incident_id))
    assert told(book, alarm(NIGHT + minutes(5), kind=CrisisKind.REPORT_FLOOD)).incident.incident_id == first.incident_id
    told(book, merge(first.incident_id, third.incident_id))
    assert now(book, first).timeline[-1].detail == {"asked": "Merge", "reason": "same_incident"}
    assert now(book, first).state is IncidentState.TRIGGERED


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ({"community": FOREIGN, "brand": FOREIGN_BRAND}, "other_brand"),
        ({"late": True, "kind": VOLUME}, "other_nature"),
        ({"canary": True}, "other_nature"),
    ],
)
def test_what_does_not_belong_together_is_not_merged(second: dict[str, Any], reason: str) -> None:
    book, first, other = both(**second)
    change = told(book, merge(first.incident_id, other.incident_id))
    assert change.incident.timeline[-1].detail["reason"] == reason
    assert (change.incident.state, now(book, other)) == (first.state, other)


def test_what_burns_is_not_merged_into_what_is_resolved() -> None:
    book, first, second = both()
    told(book, resolve(second.incident_id))
    assert told(book, merge(first.incident_id, second.incident_id)).incident.timeline[-1].detail["reason"] == (
        "target_resolved"
    )


def test_the_old_link_acts_on_the_target_but_does_not_end_it() -> None:
    book, first, second = both()
    told(book, merge(second.incident_id, first.incident_id))
    taken = told(book, acknowledge(second.incident_id, NIGHT, JONAS))
    assert (taken.incident.incident_id, taken.incident.owner) == (first.incident_id, "jonas.keller")
    assert taken.also[0].timeline[-1].what == "forwarded"
    told(book, comment(second.incident_id))
    told(book, need_help(second.incident_id))
    told(book, tick(second.incident_id))
    assert now(book, first).ticks and now(book, first).timeline[-1].what == "plan_step_done"
    told(book, resolve(second.incident_id))
    assert now(book, second).timeline[-1].what == "already_resolved"
    assert now(book, first).state is IncidentState.ACKNOWLEDGED


def test_split_takes_posts_into_an_incident_of_who_split_it() -> None:
    book, first, _ = both()
    told(book, alarm(NIGHT + minutes(1), examples=(post("p3"), post("p4"))))
    new_id = uuid4()
    change = told(book, split(first.incident_id, "p3", new=new_id, at=NIGHT + minutes(2)))
    (new,) = change.also
    assert change.pages == ()
    assert change.incident.examples == (post("p4"), post("p1"))
    assert (new.incident_id, new.state, new.owner, new.examples) == (
        new_id,
        IncidentState.ACKNOWLEDGED,
        "anna.bergmann",
        (post("p3"),),
    )
    assert (new.split_from, new.due_at, new.revision) == (first.incident_id, None, 0)
    assert told(book, alarm(NIGHT + minutes(3))).incident.incident_id == first.incident_id, (
        "alarms stay where they were"
    )
    assert told(book, need_help(new_id)).pages[0].data.subject.examples == (post("p3"),)


@pytest.mark.parametrize(
    ("posts", "reason"),
    [((), "no_posts"), (tuple(f"p{number}" for number in range(6)), "too_many_posts")],
)
def test_a_split_of_nothing_or_of_everything_is_refused(posts: tuple[str, ...], reason: str) -> None:
    book, first, _ = both()
    change = told(book, split(first.incident_id, *posts))
    assert change.incident.timeline[-1].detail == {"asked": "Split", "reason": reason}
    assert len(book) == 2


def test_a_split_into_an_id_that_is_taken_or_of_foreign_posts_is_refused() -> None:
    book, first, second = both()
    taken = told(book, split(first.incident_id, "p1", new=second.incident_id))
    assert taken.incident.timeline[-1].detail["reason"] == "id_taken"
    there = alarm(community=FOREIGN, brand=FOREIGN_BRAND, examples=(post("x", FOREIGN),))
    elsewhere = told(book, there).incident
    foreign = told(book, split(elsewhere.incident_id, "p1"))
    assert foreign.incident.timeline[-1].detail["reason"] == "foreign_posts"
    assert now(book, first).community == COMMUNITY
