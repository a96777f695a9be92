"""An author's journal: what the rules know of a person in one community, and of each of their posts. No text.

The journal is a fold: its state follows from the entries below a position, in the order in which they were judged, and
from nothing else. Where batches end, when it was saved, and what came later make no difference, so a view is "as of
this post", and whoever judges the same records again sees what the first run saw. What is saved is the state at the
batch's beginning and the batch's own entries; a batch that is written twice leaves the same journal.

It is bounded by the number of entries, never by a clock: the newest `RECENT` are held in full, and of older ones those
that something hangs on (what a human said, what counts against the author). The rest is folded into sums by day, and
remembered by id. Adding an event twice is prevented by `knows`.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from feuerwache.common.events.author import AuthorJournalled, JournalEntry
from feuerwache.common.events.decision import Standing
from feuerwache.escalation.rules.author.postrecord import POSTS, Count, PostRecord
from feuerwache.escalation.rules.author.tally import DAY, EARLIER, HOUR, Tally
from feuerwache.escalation.rules.author.trust import trust
from feuerwache.escalation.rules.language.context import Fields

__all__ = ["MAX_SEEN", "PINNED", "RECENT", "Journal", "Positions", "PostRecord", "Source"]

Source = Literal["posts", "commands"]
#: The next position (generation, offset) to be read of each source: everything below has been judged.
Positions = Mapping[Source, tuple[int, int]]

#: Entries held in full whatever they say, and of reports by others, which must not push out what the author did.
RECENT, RECENT_REPORTS = 100, 100
#: Older entries that are held because something hangs on them; beyond, the oldest automatic one is folded.
PINNED = 300
#: Folded events that are still recognised when they come again.
MAX_SEEN = 2000
#: Days with folded entries that are kept one by one: more than a year of them. The oldest are joined.
MAX_DAYS = 400
#: Days, the newest with folded posts and those before it, whose folded posts are counted hour by hour.
HOUR_DAYS = 3
#: Marks against an author that are looked at, the newest; with so many the ladder's last step is passed long since.
MAX_OFFENCES = 50

_EPOCH = date(1970, 1, 1).toordinal()

PostKey = tuple[str, str]
#: Day (since 1970) → thing → number; folded posts of an hour stand under `posts@HH` of their day as well.
_Days = dict[int, dict[str, int]]
_State = tuple[datetime, tuple[JournalEntry, ...], _Days, dict[str, None]]


class Journal:
    """One author's journal while a batch is judged; it is changed by `add` alone."""

    def __init__(self, community: str, author_id: str, first_seen: datetime) -> None:
        self.community = community
        self.author_id = author_id
        self.first_seen = first_seen
        self._held: dict[UUID, JournalEntry] = {}
        self._recent: deque[JournalEntry] = deque()
        self._reports: deque[JournalEntry] = deque()
        self._pinned: dict[UUID, JournalEntry] = {}
        self._posts: dict[PostKey, PostRecord] = {}
        self._offences: dict[PostKey, JournalEntry] = {}
        self._restrictions: dict[PostKey, JournalEntry] = {}
        self._standing: JournalEntry | None = None
        self._tally = Tally()
        self._days: _Days = {}
        self._newest_day = EARLIER
        self._seen: dict[str, None] = {}
        self._base = self._state()
        self._fresh: list[JournalEntry] = []

    @classmethod
    def opened(cls, saved: AuthorJournalled, positions: Positions) -> Journal | None:
        """The journal as of these positions; None when nothing of it lies below them.

        They must not lie below the beginning of the batch that saved it: what was folded then cannot be taken out.
        """
        journal = cls(saved.community, saved.author_id, saved.first_seen)
        journal._unfold(saved.days)
        journal._seen = dict.fromkeys(saved.seen)
        for entry in saved.entries:
            if (entry.generation, entry.offset) < positions[entry.source]:
                journal._take(entry)
        if not journal._held and not journal._days:
            return None
        journal.settle()
        return journal

    def add(self, entry: JournalEntry) -> None:
        self._take(entry)
        self._fresh.append(entry)

    def settle(self) -> None:
        """Makes everything so far the past, for whoever keeps a journal in memory from batch to batch."""
        self._base = self._state()
        self._fresh = []

    def saved(self) -> AuthorJournalled:
        """The journal as it is kept: as of the beginning of the batch, and what the batch added."""
        first_seen, held, days, seen = self._base
        return AuthorJournalled(
            community=self.community,
            author_id=self.author_id,
            first_seen=first_seen,
            entries=(*held, *self._fresh),
            days={_iso(day): sums for day, sums in days.items()},
            seen=tuple(seen),
        )

    def knows(self, event_id: UUID) -> bool:
        """Whether this event has been judged at a lower offset."""
        return event_id in self._held or event_id.hex[:16] in self._seen

    def post(self, platform: str, post_id: str) -> PostRecord:
        """What is known of a post of this author; an empty record where there is nothing. Not to be changed."""
        return self._posts.get((platform, post_id)) or PostRecord()

    def decision(self, decision_id: UUID) -> JournalEntry | None:
        """The entry of a decision about this author, if it is still held. Looks through all that is."""
        return next((entry for entry in self._held.values() if entry.decision_id == decision_id), None)

    @property
    def held(self) -> int:
        """How many entries are held in full."""
        return len(self._held)

    @property
    def complete(self) -> bool:
        """Whether nothing has been folded yet: then a post that is not in here has never been judged."""
        return not self._days

    def standing(self, at: datetime) -> tuple[Standing, datetime | None]:
        """A human's last word on the author, and until when it holds (UTC, None: until taken back), as of `at`."""
        word = self._standing
        if word is None or (word.until is not None and word.until <= at):
            return Standing.NORMAL, None
        return Standing(word.standing), word.until

    def restricted(self, at: datetime) -> bool:
        """Whether the author may not post at `at`: a human said so, or a restriction by the ladder is running."""
        if self.standing(at)[0] in (Standing.RESTRICTED, Standing.BANNED):
            return True
        return any(each.until is not None and each.at <= at < each.until for each in self._restrictions.values())

    def offences(self, but: PostKey | None = None) -> tuple[JournalEntry, ...]:
        """Decisions in force that cost points, since a human last spoke about the author; the newest, oldest first.

        `but` leaves out a post (platform, id): the one that is judged anew.
        """
        newest = [entry for key, entry in self._offences.items() if key != but]
        return tuple(newest[-MAX_OFFENCES:])

    def view(self, at: datetime, account_created: datetime | None) -> Fields:
        """`author` of the rule context, as of an event at `at`. Counts are of earlier posts, this one not included.

        What other communities of the brand and the community's memory know of the author is not in it.
        """
        second = int(at.timestamp())
        posts = self._tally.total.get(POSTS, 0)
        standing, _ = self.standing(at)
        fields: dict[str, Any] = {
            "age_days": max(0, (at - self.first_seen).days),
            "account_age_days": -1 if account_created is None else max(0, (at - account_created).days),
            "posts_total": posts,
            "first_post": posts == 0,
            "standing": standing.value,
            "restricted": self.restricted(at),
        }
        fields |= self._tally.fine(second)
        fields |= self._tally.long(second // DAY)
        fresh = fields["violations_90d"]
        fields["trust"] = trust(posts, fresh, fields["violations_365d"] - fresh)
        return fields

    def marks(self) -> dict[int, tuple[int, int, int]]:
        """Day (since 1970) → violations, warnings and restrictions of it, for the days that have any."""
        return self._tally.marks()

    def _take(self, entry: JournalEntry) -> None:
        self._held[entry.event_id] = entry
        kind = entry.kind
        if kind == "created" and entry.at < self.first_seen:
            self.first_seen = entry.at
        if kind == "standing":
            self._heed(entry)
        else:
            key = (entry.platform, entry.post_id)
            record = self._posts.get(key)
            if record is None:
                self._begin(key, entry)
            elif _mere_report(entry):
                self._reported(key, record, record.and_then(entry), entry)
            else:
                self._replace(key, record.and_then(entry))
                self._release(record.current, record.given, record.human, record.word)
        queue, limit = (self._reports, RECENT_REPORTS) if kind == "reported" else (self._recent, RECENT)
        queue.append(entry)
        if len(queue) > limit:
            self._retire(queue.popleft())

    def _begin(self, key: PostKey, entry: JournalEntry) -> None:
        """The first entry on a post: what `_replace` comes to then, for most entries are that."""
        record = self._posts[key] = PostRecord()
        record.take(entry)
        for count in record.counts():
            self._tally.add(count)
        if (entry.points or entry.until is not None) and record.current is not None and not entry.dry_run:
            if entry.points > 0:
                self._offences[key] = entry
            if entry.until is not None:
                self._restrictions[key] = entry

    def _heed(self, word: JournalEntry) -> None:
        """A human spoke about the author: that settles what was before."""
        former, self._standing = self._standing, word
        self._offences.clear()
        self._restrictions.clear()
        self._release(former)

    def _replace(self, key: PostKey, record: PostRecord | None, *, folded: bool = False) -> None:
        """Puts a record in the place of the one before, and keeps the sums right.

        `folded`: what no longer counts has not been taken back; its entry is merely gone.
        """
        former = self._posts.get(key)
        if record is None:
            self._posts.pop(key, None)
        else:
            self._posts[key] = record
        self._recount(former, record, folded=folded)
        before = former.given if former is not None else None
        given = record.given if record is not None else None
        if given is before:
            return
        for kept, marks in (
            (self._offences, given is not None and given.points > 0),
            (self._restrictions, given is not None and given.until is not None),
        ):
            kept.pop(key, None)
            if marks and given is not None and not given.dry_run:
                kept[key] = given

    def _reported(self, key: PostKey, former: PostRecord, record: PostRecord, report: JournalEntry) -> None:
        """One report more, or folded: a post that hundreds report must not be counted anew with each of them."""
        was, now = former.counts_as_reported(), record.counts_as_reported()
        if len(record.entries) > len(former.entries):
            for count in (*record.counts_of(report), *now):
                self._tally.add(count)
            for count in was:
                self._tally.take_back(count)
        else:
            for count in (*former.counts_of(report), *(was if not now else ())):
                self._fold(count)
        self._posts[key] = record

    def _recount(self, former: PostRecord | None, record: PostRecord | None, *, folded: bool) -> None:
        after = record.counts() if record is not None else []
        if former is None:
            for count in after:
                self._tally.add(count)
            return
        was, now = Counter(former.counts()), Counter(after)
        for count in (now - was).elements():
            self._tally.add(count)
        for count in (was - now).elements():
            if folded:
                self._fold(count)
            else:
                self._tally.take_back(count)

    def _retire(self, entry: JournalEntry) -> None:
        """An entry is no longer among the newest: it stays if something hangs on it, else it is folded."""
        if not self._needed(entry):
            self._drop(entry)
            return
        self._pinned[entry.event_id] = entry
        if len(self._pinned) > PINNED:
            automatic = next((each for each in self._pinned.values() if each.automated), None)
            self._drop(automatic or next(each for each in self._pinned.values() if each is not self._standing))

    def _release(self, *entries: JournalEntry | None) -> None:
        """Drops those of them that only stayed because something hung on them, if it does no longer."""
        for entry in entries:
            if entry is not None and entry.event_id in self._pinned and not self._needed(entry):
                self._drop(entry)

    def _needed(self, entry: JournalEntry) -> bool:
        if entry.kind == "standing":
            return entry is self._standing
        return not _mere_report(entry) and self._posts[entry.platform, entry.post_id].needs(entry)

    def _drop(self, entry: JournalEntry) -> None:
        del self._held[entry.event_id]
        self._pinned.pop(entry.event_id, None)
        if self._days is self._base[2]:  # what is saved goes on saying how it was at the beginning of the batch
            self._days = {day: dict(sums) for day, sums in self._days.items()}
            self._seen = dict(self._seen)
        self._seen[entry.event_id.hex[:16]] = None
        if len(self._seen) > MAX_SEEN:
            del self._seen[next(iter(self._seen))]
        self._days.setdefault(int(entry.at.timestamp()) // DAY, {})
        if entry.kind != "standing":
            key = (entry.platform, entry.post_id)
            record = self._posts[key]
            if len(record.entries) > 1 and _mere_report(entry):
                self._reported(key, record, record.without_report(entry), entry)
            else:
                left = [each for each in record.entries if each is not entry]
                self._replace(key, PostRecord.of(left) if left else None, folded=True)
        self._join_days()

    def _fold(self, count: Count) -> None:
        """Something counted is no longer held: its day goes on counting it, and of a new post its hour."""
        thing, second = count
        day, hour = second // DAY, second // HOUR
        sums = self._days.setdefault(day, {})
        sums[thing] = sums.get(thing, 0) + 1
        self._tally.fold(count)
        if thing != POSTS:
            return
        if day > self._newest_day:
            self._newest_day = day
            self._forget_hours()
        if day > self._newest_day - HOUR_DAYS:
            name = f"{POSTS}@{hour % 24:02d}"
            sums[name] = sums.get(name, 0) + 1
            self._tally.hour(hour, 1)

    def _forget_hours(self) -> None:
        last = self._newest_day - HOUR_DAYS
        for day, sums in self._days.items():
            if day <= last:
                for name in [name for name in sums if "@" in name]:
                    del sums[name]
        self._tally.forget_hours((last + 1) * 24)

    def _join_days(self) -> None:
        if len(self._days) <= MAX_DAYS:
            return
        oldest = min(day for day in self._days if day != EARLIER)
        joined = self._days.setdefault(EARLIER, {})
        for name, count in self._days.pop(oldest).items():
            thing, _, hour = name.partition("@")
            if hour:
                self._tally.hour(oldest * 24 + int(hour), -count)  # not kept, so not counted any longer
            else:
                joined[thing] = joined.get(thing, 0) + count
                self._tally.days(thing, oldest, -count)
                self._tally.days(thing, EARLIER, count)

    def _unfold(self, saved: Mapping[str, Mapping[str, int]]) -> None:
        for name, sums in saved.items():
            day = date.fromisoformat(name).toordinal() - _EPOCH
            self._days[day] = dict(sums)
            for thing, count in sums.items():
                what, _, hour = thing.partition("@")
                if hour:
                    self._tally.hour(day * 24 + int(hour), count)
                else:
                    self._tally.days(what, day, count)
            if POSTS in sums:
                self._newest_day = max(self._newest_day, day)

    def _state(self) -> _State:
        return self.first_seen, tuple(self._held.values()), self._days, self._seen


def _mere_report(entry: JournalEntry) -> bool:
    return entry.kind == "reported" and entry.decision_id is None


def _iso(day: int) -> str:
    return date.fromordinal(day + _EPOCH).isoformat()
