"""How incidents end by themselves, and what is told quietly: never unanswered without saying so, and in one digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from feuerwache.common.events.alarm import CrisisKind, Figures
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident, IncidentPart, IncidentState
from feuerwache.common.events.page import LayerTarget, PageRequested, Urgency
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.escalation.policy.house import House
from support.incidents import (
    FOREIGN,
    FOREIGN_BRAND,
    NIGHT,
    SHARD,
    SHARDS,
    acknowledge,
    alarm,
    comment,
    declare,
    ended,
    house,
    minutes,
    resolve,
    snooze,
)


class Evening:
    """A book and its clock; `wait` looks at the time every minute, as the task would, unless nothing runs."""

    def __init__(self) -> None:
        self.book = IncidentBook(SHARD, SHARDS, house())
        self.now = NIGHT
        self.pages: list[Event[PageRequested]] = []

    def tell(self, event: Event[Any]) -> Incident:
        change = self.book.apply(event, self.now)
        assert change is not None
        self.pages += change.pages
        return change.incident

    def wait(self, count: int) -> Evening:
        for _ in range(count):
            self.now += minutes(1)
            self.look()
        return self

    def outage(self, count: int) -> Evening:
        self.now += minutes(count)
        return self

    def look(self) -> None:
        self.pages += [page for change in self.book.due(self.now) for page in change.pages]

    @property
    def incident(self) -> Incident:
        (incident,) = self.book
        return incident

    @property
    def digests(self) -> list[Event[PageRequested]]:
        return [page for page in self.pages if page.data.digest]


def said(incident: Incident) -> list[str]:
    return [entry.what for entry in incident.timeline]


def test_what_somebody_has_is_resolved_after_two_quiet_hours_and_says_so() -> None:
    evening = Evening()
    evening.tell(alarm())
    evening.tell(acknowledge(evening.incident.incident_id))
    evening.tell(ended(evening.now))
    assert evening.wait(119).incident.state is IncidentState.ACKNOWLEDGED
    over = evening.wait(1).incident
    assert (over.state, over.resolved_reason, over.owner) == (IncidentState.RESOLVED, "calmed_down", "anna.bergmann")
    last = over.timeline[-1]
    assert (last.what, last.actor, last.detail["answered"]) == ("resolved", None, True)


@pytest.mark.parametrize("after", [30, 36 * 60])
def test_how_long_a_quiet_ends_it_is_said_by_the_policy_it_began_under(after: int) -> None:
    evening = Evening()
    usual = evening.book.house
    evening.book.house = lasting(usual, after)
    answered, ignored = evening.tell(alarm()), evening.tell(alarm(kind=CrisisKind.VOLUME_BURST))
    evening.book.house = usual  # what the files say meanwhile moves no incident
    evening.tell(acknowledge(answered.incident_id))
    evening.tell(ended(evening.now))
    evening.tell(ended(evening.now, CrisisKind.VOLUME_BURST))

    def states() -> dict[object, IncidentState]:
        return {each.incident_id: each.state for each in evening.wait(1).book}

    evening.wait(after - 2)
    assert states()[answered.incident_id] is IncidentState.ACKNOWLEDGED
    assert states()[answered.incident_id] is IncidentState.RESOLVED
    evening.wait(max(24 * 60, after) - after - 2)
    assert states()[ignored.incident_id] is IncidentState.TRIGGERED, "unanswered, it stays a day, or as long"
    evening.wait(60)
    assert states()[ignored.incident_id] is IncidentState.RESOLVED


def lasting(house: House, after: int) -> House:
    changed = [policy.model_copy(update={"auto_resolve_after": minutes(after)}) for policy in house.policies.policies]
    return replace(house, policies=house.policies.model_copy(update={"policies": tuple(changed)}))


def test_people_who_are_still_at_it_and_fires_that_burn_keep_it_open() -> None:
    evening = Evening()
    evening.tell(alarm())
    evening.tell(acknowledge(evening.incident.incident_id))
    assert evening.wait(600).incident.state is IncidentState.ACKNOWLEDGED, "nobody said that it is over"
    evening.tell(ended(evening.now))
    evening.wait(100).tell(comment(evening.incident.incident_id, evening.now))
    assert evening.wait(119).incident.state is IncidentState.ACKNOWLEDGED
    assert evening.wait(1).incident.state is IncidentState.RESOLVED


def test_what_nobody_has_is_paged_to_the_end_of_its_ladder_although_it_is_over() -> None:
    evening = Evening()
    evening.tell(alarm())
    evening.wait(1).tell(ended(evening.now))
    evening.wait(60)
    reached = [target for page in evening.pages for target in page.data.targets]
    assert reached == [LayerTarget(schedule="morgenrot", layer=layer) for layer in ("first", "deputy", "head")]
    assert said(evening.incident)[-1] == "nobody_answered"


def test_it_says_that_it_went_quiet_unanswered_and_ends_only_after_a_day() -> None:
    evening = Evening()
    evening.tell(alarm())
    evening.tell(ended(evening.now))
    evening.wait(60)
    before = len(evening.pages)
    evening.wait(60)
    assert said(evening.incident)[-1] == "went_quiet" and len(evening.pages) == before
    evening.wait(15)
    (digest,) = evening.pages[before:]
    assert (digest.data.urgency, digest.data.targets) == (
        Urgency.QUIET,
        (LayerTarget(schedule="morgenrot", layer="first"),),
    )
    assert [(entry.why, entry.quiet_since) for entry in digest.data.digest] == [("went_quiet", NIGHT)]
    evening.wait(23 * 60 + 59 - 135)
    assert evening.incident.state is IncidentState.TRIGGERED
    over = evening.wait(1).incident
    assert (over.state, over.resolved_reason, over.owner) == (IncidentState.RESOLVED, "calmed_down", None)
    assert over.timeline[-1].detail["answered"] is False
    assert len(evening.pages) == before + 1


def test_what_flares_up_after_it_went_quiet_pages_again_because_nobody_has_it() -> None:
    evening = Evening()
    evening.tell(alarm())
    evening.tell(ended(evening.now))
    evening.wait(140)
    before = len(evening.pages)
    flared = evening.tell(alarm(evening.now))
    assert said(flared)[-2:] == ["flared_up", "paged"] and len(evening.pages) == before + 1
    assert (flared.went_quiet_at, flared.quiet_since) == (None, None)


def test_a_snooze_ends_first_and_then_what_somebody_had_is_over() -> None:
    evening = Evening()
    evening.tell(alarm())
    evening.tell(acknowledge(evening.incident.incident_id))
    evening.tell(snooze(evening.incident.incident_id, NIGHT + minutes(300), evening.now))
    evening.tell(ended(evening.now))
    assert evening.wait(299).incident.state is IncidentState.SNOOZED
    over = evening.wait(1).incident
    assert (over.state, said(over)[-2:]) == (IncidentState.RESOLVED, ["snooze_ended", "resolved"])
    assert len(evening.pages) == 1


def test_a_snooze_of_what_nobody_had_ends_with_the_ladder() -> None:
    evening = Evening()
    evening.tell(alarm())
    evening.tell(snooze(evening.incident.incident_id, NIGHT + minutes(300), evening.now))
    evening.tell(ended(evening.now))
    assert evening.wait(300).incident.state is IncidentState.TRIGGERED
    assert len(evening.pages) == 2


def test_after_an_outage_what_is_over_comes_as_one_digest_and_what_burns_pages_at_once() -> None:
    evening = Evening()
    kinds = [CrisisKind.NEGATIVITY_BURST, CrisisKind.VOLUME_BURST, CrisisKind.REPORT_FLOOD, CrisisKind.TOPIC_SURGE]
    for kind in kinds:
        evening.tell(alarm(kind=kind))
    evening.outage(400)
    for kind in kinds[:3]:
        evening.tell(ended(NIGHT + minutes(40), kind))
    # These two began and ended while nothing ran: they stand in the same batch.
    for at, kind in ((100, CrisisKind.THREAD_ON_FIRE), (110, CrisisKind.COORDINATED_POSTING)):
        evening.tell(alarm(NIGHT + minutes(at), kind=kind))
        evening.tell(ended(NIGHT + minutes(at + 40), kind))
    before = len(evening.pages)
    evening.look()
    (urgent,) = evening.pages[before:]
    assert (urgent.data.subject.kind, urgent.data.step) == (CrisisKind.TOPIC_SURGE, 1)
    assert urgent.data.late_seconds == minutes(390).total_seconds()
    evening.wait(9)
    evening.wait(6)
    (digest,) = evening.digests
    assert {entry.subject.kind for entry in digest.data.digest} == {
        *kinds[:3],
        CrisisKind.THREAD_ON_FIRE,
        CrisisKind.COORDINATED_POSTING,
    }
    assert {entry.why for entry in digest.data.digest} == {"went_quiet"}
    evening.wait(200)
    assert len(evening.digests) == 1
    others = [page for page in evening.pages[before:] if not page.data.digest]
    assert {page.data.subject.kind for page in others} == {CrisisKind.TOPIC_SURGE}


def test_who_resolved_it_during_the_outage_gets_no_page_for_it() -> None:
    evening = Evening().outage(60)
    begun = evening.tell(alarm(NIGHT))
    evening.tell(resolve(begun.incident_id, NIGHT + minutes(20)))
    evening.wait(200)
    assert evening.pages == []


def test_late_incidents_come_as_one_digest_per_first_step() -> None:
    evening = Evening()
    late: dict[str, Any] = {"late": True, "kind": CrisisKind.SINGLE_POST}
    for number in range(5):
        evening.tell(alarm(rule_id=f"rule-{number}", **late))
        evening.wait(2)
    evening.tell(alarm(rule_id="rule-0", severity=Severity.CRITICAL, **late))
    evening.tell(alarm(rule_id="x", community=FOREIGN, brand=FOREIGN_BRAND, **late))
    assert evening.pages == []
    evening.wait(5)
    (digest,) = evening.pages
    assert len(digest.data.digest) == 6 and {entry.why for entry in digest.data.digest} == {"late"}
    assert digest.data.urgency is Urgency.QUIET and digest.data.subject == evening.pages[0].data.subject
    evening.wait(500)
    assert len(evening.pages) == 1, "nobody is told twice"
    assert {incident.state for incident in evening.book} == {IncidentState.TRIGGERED}


def test_a_late_incident_that_somebody_takes_over_in_time_is_in_no_digest() -> None:
    evening = Evening()
    begun = evening.tell(alarm(late=True))
    evening.tell(acknowledge(begun.incident_id))
    assert evening.wait(60).pages == []


def test_a_digest_of_very_many_comes_in_pages_that_fit_a_record() -> None:
    """Each entry with texts as long as they may be, in letters of three bytes."""
    evening = Evening()
    title, long = "€" * 200, {"de": "€" * 300, "en": "€" * 300}
    figures = Figures(posts=10**6, reach=10**9, most_said=("€" * 60,) * 20)
    for number in range(60):
        told = alarm(
            late=True,
            kind=CrisisKind.SINGLE_POST,
            rule_id=f"rule-{number}",
            figures=figures,
            about=title,
            rule_title=long,
        )
        incident = evening.tell(told)
        part = IncidentPart(
            community=FOREIGN,
            community_title=title,
            severity=Severity.HIGH,
            onset=NIGHT,
            last_alarm_at=NIGHT,
        )
        parts = tuple(part.model_copy(update={"community_title": title[:-2] + f"{each:02}"}) for each in range(20))
        evening.book.restore(incident.model_copy(update={"parts": parts, "community_title": title}))
    evening.wait(15)
    assert [len(page.data.digest) for page in evening.pages] == [25, 25, 10]
    assert max(len(page.data.model_dump_json().encode()) for page in evening.pages) < 256_000
    assert len({page.id for page in evening.pages}) == 3


@pytest.mark.parametrize("ends", [True, False])
def test_a_declared_incident_has_no_detector_that_could_end_it(ends: bool) -> None:
    evening = Evening()
    declared = evening.tell(declare())
    if ends:
        evening.tell(acknowledge(declared.incident_id))
    evening.now += timedelta(days=5)
    evening.look()
    assert evening.incident.state is not IncidentState.RESOLVED


def test_what_burns_in_a_community_that_is_only_watched_pages_nobody() -> None:
    evening = Evening()
    place = evening.book.house
    trial = place.communities.communities[0].model_copy(update={"dry_run": True})
    communities = place.communities.model_copy(update={"communities": (trial, *place.communities.communities[1:])})
    evening.book.house = replace(place, communities=communities)
    assert evening.book.apply(alarm(severity=Severity.CRITICAL), NIGHT) is None
    assert evening.book.apply(ended(), NIGHT) is None
    assert len(list(evening.book)) == 0
    evening.tell(alarm(community=communities.communities[1].id))
    assert evening.pages, "its brand's other communities are paged about as ever"
