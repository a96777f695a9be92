"""An author's journal: what the rules know of a person in one community, and of each of their posts. No text.

Entries are ordered by (generation, offset) within their source. A journal that is opened at a position holds only what
lies below it, so a view is "as of this post", and whoever judges the same records again sees what the first run saw.
Adding an event twice is prevented by `knows`; folding moves old entries into daily sums and never one of the batch in
hand, so that a batch which is written twice leaves the same journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from feuerwache.common.events.author import AuthorJournalled, JournalEntry
from feuerwache.common.events.decision import Action
from feuerwache.escalation.rules.context import Fields

Source = Literal["posts", "commands"]
#: The next position (generation, offset) to be read of each source: everything below has been judged.
Positions = Mapping[Source, tuple[int, int]]

WINDOW = timedelta(days=90)
#: Entries kept in full per author; older ones are folded. What a human decided is folded only with its age.
MAX_ENTRIES = 200
#: Folded events that are still recognised when they come again.
MAX_SEEN = 2000
#: Days kept one by one; older sums are joined under this date.
EARLIER = "0001-01-01"
MAX_DAYS = 365

#: Actions that count as a violation of the house rules.
VIOLATIONS = frozenset({Action.REMOVE.value, Action.HIDE.value, Action.HOLD.value, Action.RESTRICT.value})


@dataclass(slots=True)
class PostRecord:
    """What the journal knows about one post. `current` and `human` are the last decision, and the last by a human."""

    current: JournalEntry | None = None
    human: JournalEntry | None = None
    deleted: bool = False
    reports: int = 0
    revision: int = -1

    @property
    def last_revision(self) -> int:
        """The highest revision heard of; 0 where there is none."""
        return max(self.revision, 0)

    def take(self, entry: JournalEntry) -> None:
        self.revision = max(self.revision, entry.revision)
        self.deleted = self.deleted or entry.kind == "deleted"
        self.reports += entry.kind == "reported"
        if entry.decision_id is not None:
            self.current = entry
            if not entry.automated:
                self.human = entry


class Journal:
    """One author's journal while a batch is judged; it is changed by `add` alone."""

    def __init__(self, community: str, author_id: str, first_seen: datetime) -> None:
        self.community = community
        self.author_id = author_id
        self.first_seen = first_seen
        self._entries: list[JournalEntry] = []
        self._days: dict[str, dict[str, int]] = {}
        self._seen: list[str] = []
        self._known: set[UUID] = set()
        self._posts: dict[tuple[str, str], PostRecord] = {}
        self._fresh = 0

    @classmethod
    def opened(cls, saved: AuthorJournalled, positions: Positions) -> Journal | None:
        """The journal as of these positions; None when nothing of it lies below them."""
        journal = cls(saved.community, saved.author_id, saved.first_seen)
        journal._days = {day: dict(sums) for day, sums in saved.days.items()}
        journal._seen = list(saved.seen)
        for entry in saved.entries:
            if (entry.generation, entry.offset) < positions[entry.source]:
                journal._take(entry)
        return journal if journal._entries or journal._days else None

    def add(self, entry: JournalEntry) -> None:
        self._take(entry)
        self._fresh += 1

    def _take(self, entry: JournalEntry) -> None:
        self._entries.append(entry)
        self._known.add(entry.event_id)
        self._posts.setdefault((entry.platform, entry.post_id), PostRecord()).take(entry)

    def knows(self, event_id: UUID) -> bool:
        """Whether this event has been judged at a lower offset."""
        return event_id in self._known or (bool(self._seen) and event_id.hex[:16] in self._seen)

    def post(self, platform: str, post_id: str) -> PostRecord:
        return self._posts.get((platform, post_id)) or PostRecord()

    @property
    def complete(self) -> bool:
        """Whether nothing has been folded yet: then a post that is not in here has never been judged."""
        return not self._days

    def view(self, at: datetime, account_created: datetime | None) -> Fields:
        """`author` of the rule context, as of an event at `at`. Counts are of earlier posts, this one not included."""
        fields: dict[str, Any] = {
            "age_days": max(0, (at - self.first_seen).days),
            "account_age_days": -1 if account_created is None else max(0, (at - account_created).days),
            "posts_5m": 0,
            "posts_1h": 0,
            "posts_24h": 0,
            "posts_total": sum(sums.get("posts", 0) for sums in self._days.values()),
            "reports_30d": 0,
        }
        for entry in self._entries:
            age = at - entry.at
            if entry.kind == "created":
                fields["posts_total"] += 1
                if timedelta(0) <= age < _DAY:
                    fields["posts_24h"] += 1
                    fields["posts_1h"] += age < _HOUR
                    fields["posts_5m"] += age < _FIVE_MINUTES
            elif entry.kind == "reported" and timedelta(0) <= age < _MONTH:
                fields["reports_30d"] += 1
        fields["reports_30d"] += self._folded("reports", at - _MONTH)
        warnings, violations = self._folded("warnings", at - WINDOW), self._folded("violations", at - WINDOW)
        for record in self._posts.values():
            if record.current is not None and timedelta(0) <= at - record.current.at < WINDOW:
                warnings += Action.WARN.value in record.current.actions
                violations += not VIOLATIONS.isdisjoint(record.current.actions)
        fields["warnings_90d"], fields["violations_90d"] = warnings, violations
        fields["first_post"] = fields["posts_total"] == 0
        fields["trust"] = trust(fields["posts_total"], violations)
        return fields

    def _folded(self, what: str, since: datetime) -> int:
        first = since.astimezone(UTC).date().isoformat()
        return sum(sums.get(what, 0) for day, sums in self._days.items() if day >= first)

    def saved(self) -> AuthorJournalled:
        """The journal as it is kept; what is too old or too much is folded first."""
        self._fold()
        return AuthorJournalled.model_construct(
            community=self.community,
            author_id=self.author_id,
            first_seen=self.first_seen,
            entries=tuple(self._entries),
            days=self._days,
            seen=tuple(self._seen),
        )

    def _fold(self) -> None:
        if not self._entries:
            return
        old = self._entries[: len(self._entries) - self._fresh]
        horizon = max(entry.at for entry in self._entries) - WINDOW
        surplus = len(old) - MAX_ENTRIES
        kept: list[JournalEntry] = []
        folded: list[JournalEntry] = []
        for entry in old:
            if entry.at < horizon or (len(folded) < surplus and entry.automated):
                folded.append(entry)
            else:
                kept.append(entry)
        if not folded:
            return
        for entry in folded:
            self._sum_up(entry)
        self._seen = [*self._seen, *(entry.event_id.hex[:16] for entry in folded)][-MAX_SEEN:]
        self._entries = [*kept, *self._entries[len(old) :]]
        self._join_days()

    def _sum_up(self, entry: JournalEntry) -> None:
        sums = self._days.setdefault(entry.at.astimezone(UTC).date().isoformat(), {})
        for what in _counted(entry, self.post(entry.platform, entry.post_id).current is entry):
            sums[what] = sums.get(what, 0) + 1

    def _join_days(self) -> None:
        for day in sorted(self._days)[: max(0, len(self._days) - MAX_DAYS)]:
            earlier = self._days.setdefault(EARLIER, {})
            if day != EARLIER:
                for what, count in self._days.pop(day).items():
                    earlier[what] = earlier.get(what, 0) + count


def _counted(entry: JournalEntry, in_force: bool) -> Iterable[str]:
    if entry.kind == "created":
        yield "posts"
    if entry.kind == "reported":
        yield "reports"
    if in_force and Action.WARN.value in entry.actions:
        yield "warnings"
    if in_force and not VIOLATIONS.isdisjoint(entry.actions):
        yield "violations"
    yield "events"


def trust(posts: int, violations: int) -> float:
    """0..1 from an author's own record: 0.5 for somebody unknown, rising with clean posts, falling by violations.

    The mean of a Beta(5, 5) prior after one success per clean post and three failures per violation; ten clean
    posts give 0.75.
    """
    clean = max(0, posts - violations)
    return (clean + 5) / (clean + 3 * violations + 10)


_FIVE_MINUTES, _HOUR, _DAY, _MONTH = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1), timedelta(days=30)
