"""The book's index: whatever happened before, an alarm finds by it what it would find by asking every incident."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.alarm import AlarmEnded, AlarmRaised, CrisisKind
from feuerwache.common.events.base import Event
from feuerwache.common.events.incident import Incident
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.escalation.incidents.change import Change
from feuerwache.escalation.incidents.index import Index
from support.histories import MOVES, WAITS, Happening, Watch
from support.incidents import BRAND, COMMUNITY, NIGHT, SHARD, SHARDS, alarm, ended, house, merge, minutes

histories = st.lists(
    st.tuples(st.sampled_from([*MOVES, "alarm", "forget", "forget old", "restart"]), WAITS, st.integers(0, 1000)),
    max_size=40,
)


class Everyone(Index):
    """The index that asks all incidents."""

    def __init__(self) -> None:
        self.incidents: dict[UUID, Incident] = {}

    def replace(self, former: Incident | None, incident: Incident | None) -> None:
        if incident is not None:
            self.incidents[incident.incident_id] = incident
        elif former is not None:
            del self.incidents[former.incident_id]

    def heard(self, alarm_id: UUID) -> bool:
        return any(alarm_id in incident.alarm_ids for incident in self.incidents.values())

    def near(self, alarm: AlarmRaised | AlarmEnded) -> list[UUID]:  # noqa: ARG002 - whatever it is
        return list(self.incidents)


class Both(Watch):
    """Plays one history into two books, one with the index and one that asks everyone."""

    def __init__(self) -> None:
        super().__init__(repeat=1)
        self.asking = self.empty(Everyone())

    def empty(self, index: Index) -> IncidentBook:
        return IncidentBook(SHARD, SHARDS, house(1), index)

    def play(self, moves: list[Happening]) -> None:
        for what, wait, pick in moves:
            self.now += minutes(wait)
            assert self.book.due(self.now) == self.asking.due(self.now)
            incidents = list(self.book)
            if what == "forget" and incidents:
                for book in (self.book, self.asking):
                    book.forget(incidents[pick % len(incidents)].incident_id)
            elif what == "forget old":
                assert self.book.forget_ended(self.now) == self.asking.forget_ended(self.now)
            elif what == "restart":
                Random(pick).shuffle(incidents)
                self.book, self.asking = self.empty(Index()), self.empty(Everyone())
                for incident in incidents * 2:
                    self.book.restore(incident)
                    self.asking.restore(incident)
            else:
                self.tell(self.event(what, pick))

    def tell(self, event: Event[Any] | None) -> None:
        if event is None:
            return
        change = outcome(self.book, event, self)
        assert change == outcome(self.asking, event, self)
        self.seen.append(event)
        if isinstance(change, Change):
            self.pages.extend((change.incident.incident_id, page.id) for page in change.pages)


def outcome(book: IncidentBook, event: Event[Any], watch: Watch) -> Change | str | None:
    try:
        return book.apply(event, watch.now)
    except InvalidRecord as error:
        return str(error)


@given(histories)
def test_what_is_found_by_the_index_is_what_asking_every_incident_finds(moves: list[Happening]) -> None:
    Both().play([("alarm", 0.0, 0), ("alarm", 0.0, 1), *moves])


def test_what_left_the_book_is_not_found_and_leaves_nothing_behind() -> None:
    index = Index()
    book = IncidentBook(SHARD, SHARDS, house(), index)
    first, second = alarm(), alarm(kind=CrisisKind.VOLUME_BURST)
    one, other = (change.incident for event in (first, second) if (change := book.apply(event, NIGHT)) is not None)
    book.apply(merge(one.incident_id, other.incident_id), NIGHT)
    assert index.near(first.data) == [one.incident_id, other.incident_id]
    book.forget(one.incident_id)
    assert index.near(first.data) == [other.incident_id]
    assert index.heard(first.id), "the one it went into remembers its alarms"
    book.forget(other.incident_id)
    assert not index.near(first.data) and not index.heard(first.id) and not index.heard(second.id)


def test_an_alarm_is_asked_about_the_few_that_are_near_it_and_not_about_all() -> None:
    index = Index()
    communities = house().communities
    others = tuple(
        communities.communities[0].model_copy(update={"id": f"other-{number}", "brand": ""}) for number in range(200)
    )
    many = replace(
        house(), communities=communities.model_copy(update={"communities": (*communities.communities, *others)})
    )
    book = IncidentBook(SHARD, SHARDS, many, index)
    for community in others:
        try:
            book.apply(alarm(community=community.id, brand=""), NIGHT)
        except InvalidRecord:
            continue  # it belongs on another partition
    (here,) = [change.incident for change in [book.apply(alarm(), NIGHT)] if change is not None]
    assert len(book) > 10
    for what in (alarm(), ended()):
        assert (what.data.community, what.data.brand) == (COMMUNITY, BRAND)
        assert index.near(what.data) == [here.incident_id]
