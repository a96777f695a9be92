"""What the journal knows about one post: its decisions, the reports on it, and what these count for its author.

A record is made of the journal's entries on the post, in their order, and of nothing else: the same entries give the
same record. It is replaced as a whole when an entry is added or dropped, so whoever holds one keeps what it said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from feuerwache.common.events.author import JournalEntry
from feuerwache.common.events.decision import Action, Step

#: Actions that count as a violation of the house rules. A post that is held breaks none yet: somebody is to look at it.
VIOLATIONS = frozenset({Action.REMOVE.value, Action.HIDE.value, Action.RESTRICT.value})
#: Actions against the author of a post; reports on such a post were right.
AGAINST = VIOLATIONS | {Action.WARN.value}
#: Actions that an author may object to.
FELT = AGAINST | {Action.HOLD.value}

_WARN, _RESTRICT, _HOLD, _HINT = Action.WARN.value, Action.RESTRICT.value, Action.HOLD.value, Step.HINT.value

#: Kinds of entries whose decision is the one before and a review.
_ADDING = frozenset({"reported", "overdue"})

#: What is counted of an author. `reported` are posts with reports, by the time of the last one.
POSTS, VIOLATED, WARNED, RESTRICTED = "posts", "violations", "warnings", "restrictions"
REPORTS, UPHELD, REFUSED, REPORTED = "reports", "upheld", "refused", "reported"
#: One of these at a time (seconds since 1970).
Count = tuple[str, int]


@dataclass(slots=True)
class PostRecord:
    """`current` and `human` are the last decision, and the last by a human; `word` is when a human last spoke of it,
    `reported` the entries of its reports.

    `revision` is the highest revision heard of, `written` the highest that was written here (created or edited), -1
    where there is none. `appeals` are the decisions that were appealed against, in hex. `given` is the decision that
    counts: the current one, or the one before reports and appeals only added a review to it or found it right. A
    warning does not grow younger by being reported or looked at again.
    """

    entries: tuple[JournalEntry, ...] = ()
    current: JournalEntry | None = None
    human: JournalEntry | None = None
    deleted: bool = False
    revision: int = -1
    written: int = -1
    reported: tuple[JournalEntry, ...] = ()
    appeals: frozenset[str] = field(default_factory=frozenset)
    word: JournalEntry | None = None
    given: JournalEntry | None = None

    @property
    def last_revision(self) -> int:
        """The highest revision heard of; 0 where there is none."""
        return max(self.revision, 0)

    @property
    def reports(self) -> int:
        return len(self.reported)

    @classmethod
    def of(cls, entries: Iterable[JournalEntry]) -> PostRecord:
        record = cls()
        for entry in entries:
            record.take(entry)
        return record

    def take(self, entry: JournalEntry) -> None:
        self.entries = (*self.entries, entry)
        if entry.kind == "reported":
            self.reported = (*self.reported, entry)
        else:
            self.revision = max(self.revision, entry.revision)
        if entry.kind in ("created", "edited"):
            self.written = max(self.written, entry.revision)
        elif entry.kind == "deleted":
            self.deleted = True
        elif entry.kind == "appealed":
            self.appeals |= {entry.reason}
        elif entry.kind == "moderated":
            self.word = entry
        if entry.decision_id is not None:
            if not self._keeps(entry):
                self.given = entry
            self.current = entry
            if not entry.automated:
                self.human = entry

    def and_then(self, entry: JournalEntry) -> PostRecord:
        """The record with one more entry."""
        record = PostRecord(
            self.entries,
            self.current,
            self.human,
            self.deleted,
            self.revision,
            self.written,
            self.reported,
            self.appeals,
            self.word,
            self.given,
        )
        record.take(entry)
        return record

    def without_report(self, report: JournalEntry) -> PostRecord:
        """The record without one of its reports that led to nothing."""
        return PostRecord(
            tuple(each for each in self.entries if each is not report),
            self.current,
            self.human,
            self.deleted,
            self.revision,
            self.written,
            tuple(each for each in self.reported if each is not report),
            self.appeals,
            self.word,
            self.given,
        )

    @property
    def upheld(self) -> bool | None:
        """Whether reports on it were right: the decision in force is against it. False: a human let it stand."""
        current = self.current
        if current is None or current.dry_run:
            return None
        if not AGAINST.isdisjoint(current.actions):
            return True
        return False if not current.automated else None

    def _keeps(self, entry: JournalEntry) -> bool:
        """Whether a decision leaves the one in force as it is, but for a review."""
        current = self.current
        if current is None or self.given is None or entry.dry_run != self.given.dry_run:
            return False
        return entry.kind in _ADDING or (entry.decision_id == current.decision_id and entry.actions == current.actions)

    def counts(self) -> list[Count]:
        """What the post counts for its author: its decision in force at the time of that, reports at theirs."""
        counts = [(POSTS, int(entry.at.timestamp())) for entry in self.entries if entry.kind == "created"]
        given = self.given
        if given is not None and not given.dry_run and not AGAINST.isdisjoint(given.actions):
            at = int(given.at.timestamp())
            counts += [(thing, at) for thing in _marks(given)]
        if not self.reported:
            return counts
        for report in self.reported:
            counts += self.counts_of(report)
        return counts + self.counts_as_reported()

    def counts_of(self, report: JournalEntry) -> list[Count]:
        """What one of its reports counts."""
        at, upheld = int(report.at.timestamp()), self.upheld
        return [(REPORTS, at)] if upheld is None else [(REPORTS, at), (UPHELD if upheld else REFUSED, at)]

    def counts_as_reported(self) -> list[Count]:
        """A post with reports, at the time of the last one."""
        return [(REPORTED, int(self.reported[-1].at.timestamp()))] if self.reported else []

    def needs(self, entry: JournalEntry) -> bool:
        """Whether something would be forgotten without this entry: what a human said, or what counts against somebody.

        What is needed once is needed until a later entry on the post takes its place.
        """
        if entry.kind == "appealed" or entry is self.human or entry is self.word:
            return True
        return (entry is self.current or entry is self.given) and (
            self.human is not None or not FELT.isdisjoint(entry.actions) or entry.points > 0 or entry.due is not None
        )


def _marks(entry: JournalEntry) -> Iterable[str]:
    """A hint is no warning, nobody counts it. Who is warned for a post that is held has broken a rule."""
    if not VIOLATIONS.isdisjoint(entry.actions) or (_HOLD in entry.actions and _WARN in entry.actions):
        yield VIOLATED
    if _WARN in entry.actions and entry.step != _HINT:
        yield WARNED
    if _RESTRICT in entry.actions:
        yield RESTRICTED
