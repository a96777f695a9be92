"""Whatever comes, in whatever order and how often: the promises of an incident hold."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.config.plan import Plans
from feuerwache.common.config.plan import Step as PlanStep
from feuerwache.common.config.plan import Text as PlanText
from feuerwache.common.events.alarm import CrisisKind, Figures, Highlight, Role
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Action, Severity
from feuerwache.common.events.incident import MAX_TIMELINE, Incident, IncidentState
from feuerwache.common.kafka.record import Outgoing
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.escalation.incidents.task import as_event
from support.histories import PLACES, Happening, Watch, happenings
from support.incidents import (
    NIGHT,
    PLAN,
    SHARD,
    SHARDS,
    acknowledge,
    alarm,
    comment,
    declare,
    hand_over,
    house,
    merge,
    minutes,
    post,
    receipt,
    split,
    tick,
)
from support.policies import governed, step

EVERYTHING: dict[str, Any] = {
    "ladders": {
        "low": {"steps": [step("first", 60, urgency="quiet", repeat=1), step("deputy", 60, when=["office"])]},
        "high": {
            "repeat": 1,
            "steps": [step("first", 10), step("deputy", 15), step("head", 30)],
            "instead": [{"when": ["night"], "steps": [step("first", 5, repeat=2), step("head", 10)]}],
        },
    },
    "quiet_hours": {"from": "21:00", "to": "08:00"},
    "ask_again_after": "45m",
    "last_resort": {"reach": [{"person": "selin.yildiz"}], "wait": "30m"},
}
#: The longest line of a checklist, or title of a rule.
LINE = "€" * 200


@settings(deadline=None)  # the first example loads the holidays of the region
@given(happenings, st.integers(0, 2))
def test_promises_hold_in_any_order(moves: list[Happening], repeat: int) -> None:
    Watch(repeat).play([("alarm", 0.0, 0), *moves])


@settings(deadline=None)
@given(happenings)
def test_promises_hold_with_everything_a_policy_can_say(moves: list[Happening]) -> None:
    Watch(0, governed(EVERYTHING)).play([("alarm", 0.0, 0), *moves])


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


@settings(max_examples=40, deadline=None)
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
    """Every list and text of it as long as it may be, in letters of three bytes, as the record goes to the broker."""
    long = "€" * 2000
    plan = PLAN.model_copy(
        update={"steps": tuple(PlanStep(id=f"step-{number}", title=PlanText(de=LINE, en=LINE)) for number in range(20))}
    )
    book = IncidentBook(SHARD, SHARDS, replace(house(2), plans=Plans(plans=(plan,))))
    refs = tuple(post("€" * 199 + str(number)) for number in range(5))
    highlights = tuple(
        Highlight(role=role, ref=ref, reach=10**9) for role, ref in zip([*Role] * 2, refs * 2, strict=False)
    )
    figures = {name: 1234567 for name in Figures.model_fields if name not in ("most_said", "done")}
    said, done = tuple(long for _ in range(50)), {action.value: 10**6 for action in Action}
    incident_id: UUID | None = None
    for number in range(3_000):
        at = NIGHT + minutes(number / 60)
        raised = alarm(
            at,
            kind=CrisisKind.TOPIC_SURGE,
            about=f"{number}-{long}",
            figures=Figures.model_validate({**figures, "most_said": said, "done": done}),
            examples=refs,
            highlights=highlights,
            rule_title={"de": LINE, "en": LINE},
        )
        change = book.apply(raised, at)
        assert change is not None
        incident_id = change.incident.incident_id
        told: list[Event[Any]] = [comment(incident_id, at, long)] if number % 10 == 0 else []
        told += [tick(incident_id, f"step-{number}", at=at)] if number < 20 else []
        told += [receipt(incident_id, uuid4(), at)] if number % 10 == 1 else []
        for event in told:
            book.apply(event, at)
    assert incident_id is not None
    for _ in range(100):
        other = book.apply(declare(incident_id=uuid4()), NIGHT)
        assert other is not None
        book.apply(merge(other.incident.incident_id, incident_id), NIGHT)
    for _ in range(MAX_TIMELINE):
        book.apply(comment(incident_id, NIGHT, long), NIGHT)
    incident = next(each for each in book if each.incident_id == incident_id)
    assert (incident.alarms, len(incident.timeline), len(incident.parts)) == (3_000, MAX_TIMELINE, 20)
    assert {len(ids) for ids in (incident.alarm_ids, incident.command_ids, incident.receipt_ids)} == {200}
    assert (len(incident.examples), len(incident.highlights), len(incident.ticks), len(incident.merged_from)) == (
        5,
        6,
        20,
        50,
    )
    outgoing = Outgoing.of("incidents.changed.v1", SHARD, b"key", as_event(incident, NIGHT))
    assert len(outgoing.value or b"") < 256_000
