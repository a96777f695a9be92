"""Whatever comes, in whatever order and how often: the promises of an incident hold."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.events.alarm import CrisisKind, Figures
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import MAX_TIMELINE, Incident, IncidentState, TimelineEntry
from feuerwache.escalation.incidents.book import IncidentBook
from support.histories import PLACES, Happening, Watch, happenings
from support.incidents import (
    ANNA,
    NIGHT,
    SHARD,
    SHARDS,
    acknowledge,
    alarm,
    comment,
    hand_over,
    house,
    minutes,
    post,
    receipt,
    resolve,
    split,
    tick,
)


@given(happenings, st.integers(0, 2))
def test_promises_hold_in_any_order(moves: list[Happening], repeat: int) -> None:
    Watch(repeat).play([("alarm", 0.0, 0), *moves])


@given(happenings)
def test_a_book_restored_from_what_was_written_goes_on_as_if_nothing_had_happened(moves: list[Happening]) -> None:
    """Through JSON, as the state topic does it: the same state leads to the same next step."""
    watch = Watch(1)
    watch.play([("alarm", 0.0, 0), *moves])
    restored = IncidentBook(SHARD, SHARDS, house(1))
    for incident in watch.book:
        restored.restore(Incident.model_validate_json(incident.model_dump_json()))
    for wait in (16, 500, 3000):
        later = watch.now + minutes(wait)
        assert restored.due(later) == watch.book.due(later)


@settings(max_examples=40)
@given(st.randoms(use_true_random=False), st.integers(1, 3))
def test_the_same_commands_and_alarms_are_applied_once_each_in_any_order_and_repetition(
    random: Random, times: int
) -> None:
    book = IncidentBook(SHARD, SHARDS, house())
    first = book.apply(alarm(), NIGHT)
    assert first is not None
    incident_id = first.incident.incident_id
    events = [
        *(alarm(NIGHT + minutes(each), community=PLACES[each % 3]) for each in range(1, 9)),
        alarm(NIGHT + minutes(9), severity=Severity.CRITICAL),
        *(comment(incident_id, NIGHT + minutes(each)) for each in range(5)),
        acknowledge(incident_id, NIGHT),
        hand_over(incident_id, "selin.yildiz", NIGHT),
        tick(incident_id, at=NIGHT),
        split(incident_id, "p1", at=NIGHT),
        receipt(incident_id, first.pages[0].id, NIGHT),
    ]
    told = events * times
    random.shuffle(told)
    for count, event in enumerate(told):
        book.apply(event, NIGHT + minutes(10 + count / 100))
    incident = next(each for each in book if each.incident_id == incident_id)
    assert len(book) == 2, "the one, and what was split off"
    assert incident.revision == len(events)
    assert incident.alarms == 10 and sum(part.alarms for part in incident.parts) == 6
    assert (incident.severity, incident.state) == (Severity.CRITICAL, IncidentState.ACKNOWLEDGED)
    lines = [entry.what for entry in incident.timeline]
    assert lines.count("comment") == 5 and lines.count("plan_step_done") == 1 and lines.count("split") == 1
    assert sum(1 + int(e.detail.get("times") or 1) - 1 for e in incident.timeline if e.what == "alarm") == 7
    assert lines.count("part_joined") == 2 and lines.count("handed_over") == 1


def test_the_record_stays_below_256_kilobytes_whatever_comes() -> None:
    book = IncidentBook(SHARD, SHARDS, house(2))
    long = "ä€" * 1000
    words = tuple(long for _ in range(50))
    refs = tuple(post("p" * 195 + str(number)) for number in range(5))
    incident_id: UUID | None = None
    for number in range(10_000):
        at = NIGHT + minutes(number / 60)
        raised = alarm(
            at,
            kind=CrisisKind.TOPIC_SURGE,
            about=f"{number}-{long}",
            figures=Figures(posts=number, most_said=words),
            examples=refs,
            event_id=uuid5(UUID(int=0), str(number)),
        )
        change = book.apply(raised, at)
        assert change is not None
        incident_id = change.incident.incident_id
        if number % 50 == 0:
            book.apply(comment(incident_id, at, long), at)
            book.apply(resolve_note(incident_id, at, long), at)
    (incident,) = book
    assert incident.alarms == 10_000 and len(incident.timeline) == MAX_TIMELINE
    full = [
        TimelineEntry(at=NIGHT, what="comment", actor=ANNA, detail={"text": "€" * 280}) for _ in range(MAX_TIMELINE)
    ]
    worst = incident.model_copy(
        update={"timeline": tuple(full), "command_ids": incident.alarm_ids, "receipt_ids": incident.alarm_ids}
    )
    assert len(incident.parts) == 20 and len(incident.alarm_ids) == 200
    assert len(worst.model_dump_json().encode()) < 256_000


def resolve_note(incident_id: UUID, at: datetime, note: str) -> Event[Any]:
    command = resolve(incident_id, at)
    return Event(command.id, command.source, command.time, command.data.model_copy(update={"note": note}))
