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
from feuerwache.common.events.page import ReceiptStatus, Urgency
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.escalation.incidents.change import Change
from support.incidents import (
    ANNA,
    APP,
    COMMUNITY,
    FACEBOOK,
    JONAS,
    NIGHT,
    SHARD,
    SHARDS,
    acknowledge,
    alarm,
    comment,
    ended,
    hand_over,
    house,
    merge,
    minutes,
    post,
    receipt,
    resolve,
    snooze,
    split,
    tick,
)

#: What happens: a kind of input, how many minutes later, and a number that picks among what came before.
MOVES = (
    "wait",
    "alarm",
    "old alarm",
    "worse alarm",
    "ended",
    "acknowledge",
    "resolve",
    "snooze",
    "hand over",
    "comment",
    "merge",
    "split",
    "receipt",
    "repeat",
)
PLACES = (COMMUNITY, FACEBOOK, APP)
KINDS = (CrisisKind.NEGATIVITY_BURST, CrisisKind.VOLUME_BURST)
Happening = tuple[str, float, int]
happenings = st.lists(
    st.tuples(st.sampled_from(MOVES), st.sampled_from([0.0, 0.1, 3.0, 12.0, 70.0, 600.0]), st.integers(0, 1000)),
    max_size=40,
)
OPEN = {IncidentState.TRIGGERED, IncidentState.REOPENED}


class Watch:
    """Plays happenings into a book and holds every single change against the promises."""

    def __init__(self, repeat: int) -> None:
        self.book = IncidentBook(SHARD, SHARDS, house(repeat))
        self.now = NIGHT
        self.seen: list[Event[Any]] = []
        #: An all-clear that came before its alarm found nothing; told again, it may find it.
        self.applied: set[UUID] = set()
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
            applied = self.book.apply(event, self.now)
            assert applied is None or event.id not in self.applied, "a repeat changed something"
            self.seen.append(event)
            if applied is not None:
                self.applied.add(event.id)
                self.check(applied, event)

    def event(self, what: str, pick: int) -> Event[Any] | None:
        incidents = sorted(self.book, key=lambda incident: (incident.opened_at, str(incident.incident_id)))
        if what == "repeat":
            return self.seen[pick % len(self.seen)] if self.seen else None
        place, kind = PLACES[pick % len(PLACES)], KINDS[pick % len(KINDS)]
        if what == "ended":
            return ended(self.now, kind, community=place)
        if "alarm" in what:
            at: datetime = self.now - minutes(90 if what == "old alarm" else 0)
            severity = Severity.CRITICAL if what == "worse alarm" else Severity.HIGH
            return alarm(at, severity=severity, community=place, kind=kind)
        if what == "wait" or not incidents:
            return None
        chosen, other = incidents[pick % len(incidents)].incident_id, incidents[pick // 7 % len(incidents)].incident_id
        return self.command(what, pick, chosen, other)

    def command(self, what: str, pick: int, chosen: UUID, other: UUID) -> Event[Any] | None:
        actor = (ANNA, JONAS)[pick % 2]
        if what == "receipt" and self.pages:
            owner, page = self.pages[pick % len(self.pages)]
            status = list(ReceiptStatus)[pick % len(ReceiptStatus)]
            return receipt(owner, page, self.now, status, exhausted=pick % 3 == 0)
        commands = {
            "comment": lambda: comment(chosen, self.now),
            "snooze": lambda: snooze(chosen, self.now + minutes(pick), self.now),
            "hand over": lambda: hand_over(chosen, "selin.yildiz", self.now),
            "merge": lambda: merge(chosen, other, self.now),
            "split": lambda: split(chosen, "p1", at=self.now),
            "acknowledge": lambda: acknowledge(chosen, self.now, actor),
            "resolve": lambda: resolve(chosen, self.now, actor, "false_alarm" if pick % 5 == 0 else "handled"),
        }
        return commands[what]() if what in commands else None

    def check(self, change: Change, event: Event[Any] | None = None) -> None:
        ids = [page.id for page in change.pages]
        assert not set(ids) & {page for _, page in self.pages}, "a step paged twice"
        self.pages.extend((change.incident.incident_id, page) for page in ids)
        assert len(ids) <= 1
        handed = event is not None and "hand-over" in event.data.TYPE
        assert change.incident.state in OPEN or not ids or handed, "paged after somebody had taken over"
        for page in change.pages:
            assert not page.data.digest or page.data.urgency is Urgency.QUIET
        for after in (change.incident, *change.also):
            self.check_one(after, event)

    def check_one(self, after: Incident, event: Event[Any] | None) -> None:
        before = self.before.get(after.incident_id)
        self.before[after.incident_id] = after
        assert after.due_at is None or after.state in OPEN or after.state is IncidentState.SNOOZED
        assert len(after.timeline) <= 100 and len(after.examples) <= 5 and len(after.parts) <= 20
        assert after.state is not IncidentState.ACKNOWLEDGED or after.owner is not None
        assert after.went_quiet_at is None or after.state in OPEN
        if after.state is IncidentState.RESOLVED:
            assert after.resolved_at is not None and after.resolved_reason is not None
        last = after.timeline[-1]
        if last.what == "resolved" and last.actor is None:
            assert after.quiet_since is not None and self.now - after.quiet_since >= minutes(120)
            assert last.detail["answered"] or self.now - after.quiet_since >= minutes(24 * 60)
        if before is None:
            assert after.revision == 0
            return
        assert after.revision == before.revision + 1
        assert list(Severity).index(after.severity) >= list(Severity).index(before.severity)
        assert after.merged_into == before.merged_into or before.merged_into is None
        if before.state is IncidentState.RESOLVED and after.state is not IncidentState.RESOLVED:
            assert after.state is IncidentState.REOPENED and event is not None and "alarm" in event.data.TYPE
            assert after.merged_into is None


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
