"""Histories of incidents as they may happen: whatever comes, in any order, however often, held against the promises.

For tests that let hypothesis write the history; `Watch` plays it into a book.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.events.page import ReceiptStatus, Urgency
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.escalation.incidents.change import Change
from feuerwache.escalation.policy.house import House
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
    declare,
    ended,
    hand_over,
    house,
    merge,
    minutes,
    need_help,
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
    "need help",
    "comment",
    "tick",
    "declare",
    "merge",
    "split",
    "receipt",
    "repeat",
)
PLACES = (COMMUNITY, FACEBOOK, APP)
KINDS = (CrisisKind.NEGATIVITY_BURST, CrisisKind.VOLUME_BURST)
Happening = tuple[str, float, int]
#: Minutes until the next thing happens.
WAITS = st.sampled_from([0.0, 0.1, 3.0, 12.0, 70.0, 600.0])
happenings = st.lists(
    st.tuples(st.sampled_from(MOVES), WAITS, st.integers(0, 1000)),
    max_size=40,
)
OPEN = {IncidentState.TRIGGERED, IncidentState.REOPENED}


class Watch:
    """Plays happenings into a book and holds every single change against the promises."""

    def __init__(self, repeat: int, governed: House | None = None) -> None:
        self.book = IncidentBook(SHARD, SHARDS, governed or house(repeat))
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
            ordinary = Severity.LOW if pick % 4 == 3 else Severity.HIGH
            severity = Severity.CRITICAL if what == "worse alarm" else ordinary
            return alarm(at, severity=severity, community=place, kind=kind)
        if what == "declare":
            return declare(self.now, community=place)
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
            "need help": lambda: need_help(chosen, self.now),
            "tick": lambda: tick(chosen, done=pick % 2 == 0, at=self.now),
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
        asked_for = all(page.data.reason != "step" for page in change.pages)
        assert change.incident.state in OPEN or asked_for, "paged after somebody had taken over"
        self.seen.extend(change.alarms)  # told when a "repeat" picks it, or never
        for page in change.pages:
            assert page.data.reason != "ask_again" or change.incident.state is IncidentState.ACKNOWLEDGED
            assert not page.data.digest or page.data.urgency is Urgency.QUIET
        for after in (change.incident, *change.also):
            self.check_one(after, event)

    def check_one(self, after: Incident, event: Event[Any] | None) -> None:
        before = self.before.get(after.incident_id)
        self.before[after.incident_id] = after
        asked = after.state is IncidentState.ACKNOWLEDGED and after.policy.ask_again_seconds is not None
        assert after.due_at is None or after.state in OPEN or after.state is IncidentState.SNOOZED or asked
        assert after.asked_at is None or asked
        assert not after.held or (after.state in OPEN and after.due_at is not None)
        if after.state in OPEN and after.due_at is None and after.policy.steps:
            said = {entry.what for entry in after.timeline}
            assert said & {"nobody_answered", "digested"}, "a ladder ended without a word"
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
