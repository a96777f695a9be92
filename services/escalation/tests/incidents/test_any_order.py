"""Whatever comes, in whatever order and how often: the promises of an incident hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.events.page import ReceiptStatus
from feuerwache.common.kafka.keys import shard_of
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.escalation.incidents.change import Change
from support.incidents import (
    ANNA,
    COMMUNITY,
    JONAS,
    NIGHT,
    acknowledge,
    alarm,
    comment,
    house,
    minutes,
    receipt,
    resolve,
)

#: What happens: a kind of input, how many minutes later, and a number that picks among what came before.
MOVES = ("wait", "alarm", "old alarm", "worse alarm", "acknowledge", "resolve", "comment", "receipt", "repeat")
Happening = tuple[str, float, int]
happenings = st.lists(
    st.tuples(st.sampled_from(MOVES), st.sampled_from([0.0, 0.1, 3.0, 12.0, 70.0]), st.integers(0, 1000)),
    max_size=40,
)


class Watch:
    """Plays happenings into a book and holds every single change against the promises."""

    def __init__(self, repeat: int) -> None:
        shard = shard_of(COMMUNITY, 8)
        self.book = IncidentBook(shard, 8, house(repeat))
        self.now = NIGHT
        self.seen: list[Event[Any]] = []
        self.pages: list[tuple[UUID, UUID]] = []
        self.before: dict[UUID, Incident] = {}

    def play(self, moves: list[Happening]) -> None:
        for what, wait, pick in moves:
            self.now += minutes(wait)
            for change in self.book.due(self.now):
                self.check(change)
            event = self.event(what, pick)
            if event is None:
                continue
            repeated = event in self.seen
            applied = self.book.apply(event, self.now)
            assert not (repeated and applied is not None), "a repeat changed something"
            self.seen.append(event)
            if applied is not None:
                self.check(applied, event)

    def event(self, what: str, pick: int) -> Event[Any] | None:
        actor = (ANNA, JONAS)[pick % 2]
        incidents = sorted(self.book, key=lambda incident: incident.opened_at)
        if what == "repeat":
            return self.seen[pick % len(self.seen)] if self.seen else None
        if "alarm" in what:
            at: datetime = self.now - minutes(90 if what == "old alarm" else 0)
            return alarm(at, severity=Severity.CRITICAL if what == "worse alarm" else Severity.HIGH)
        if what == "wait" or not self.pages:
            return None
        incident_id = incidents[pick % len(incidents)].incident_id
        if what == "receipt":
            owner, page = self.pages[pick % len(self.pages)]
            status = list(ReceiptStatus)[pick % len(ReceiptStatus)]
            return receipt(owner, page, self.now, status, exhausted=pick % 3 == 0)
        if what == "comment":
            return comment(incident_id, self.now)
        give = acknowledge if what == "acknowledge" else resolve
        return give(incident_id, self.now, actor)

    def check(self, change: Change, event: Event[Any] | None = None) -> None:
        after = change.incident
        before = self.before.get(after.incident_id)
        self.before[after.incident_id] = after
        ids = [page.id for page in change.pages]
        assert not set(ids) & {page for _, page in self.pages}, "a step paged twice"
        self.pages.extend((after.incident_id, page) for page in ids)
        assert len(ids) <= 1
        paging = after.state in {IncidentState.TRIGGERED, IncidentState.REOPENED}
        assert paging or not ids, "paged after somebody had taken over"
        assert after.due_at is None or paging
        assert len(after.timeline) <= 100 and len(after.examples) <= 5
        assert (after.owner is None) == paging
        if before is None:
            assert after.revision == 0 and len(ids) == 1
            return
        assert after.revision == before.revision + 1
        assert list(Severity).index(after.severity) >= list(Severity).index(before.severity)
        if before.state is IncidentState.ACKNOWLEDGED:
            assert after.state in {IncidentState.ACKNOWLEDGED, IncidentState.RESOLVED}
            assert after.acknowledged_at == before.acknowledged_at and after.owner == before.owner
        if before.state is IncidentState.RESOLVED and after.state is not IncidentState.RESOLVED:
            assert after.state is IncidentState.REOPENED and event is not None and "alarm" in event.data.TYPE


@given(happenings, st.integers(0, 2))
def test_promises_hold_in_any_order(moves: list[Happening], repeat: int) -> None:
    Watch(repeat).play([("alarm", 0.0, 0), *moves])


@given(happenings)
def test_a_book_restored_from_what_was_written_goes_on_as_if_nothing_had_happened(moves: list[Happening]) -> None:
    """Through JSON, as the state topic does it: the same state leads to the same next step."""
    watch = Watch(1)
    watch.play([("alarm", 0.0, 0), *moves])
    restored = IncidentBook(shard_of(COMMUNITY, 8), 8, house(1))
    for incident in watch.book:
        restored.restore(Incident.model_validate_json(incident.model_dump_json()))
    later = watch.now + minutes(500)
    assert restored.due(later) == watch.book.due(later)
