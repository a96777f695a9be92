"""What is usual in a community, and how far it usually strays from that: one row of less than 8 kB.

The row's head holds what was learned (`season.py`) and the peaks of the last days (`peaks.py`), which is all that a
question needs; its tail holds the counts it was learned from (`archive.py`). Live quarters are learned one by one.
What is imported or comes late changes the counts, and the whole is learned again from them before the next question.
So it is, too, when the community got another time zone or other holidays.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timedelta
from math import sqrt

from feuerwache.escalation.crisis.archive import Archive, kept
from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.peaks import Peaks
from feuerwache.escalation.crisis.season import LEAST_USUAL, Season, Sums
from feuerwache.escalation.crisis.surge import Surge
from feuerwache.escalation.crisis.week import (
    HOURS_PER_WEEK,
    MINUTES_PER_QUARTER,
    QUARTER,
    Calendar,
    start_of_quarter,
)

#: Quarters needed before anything is said about volume: two hours.
LEAST_KNOWN = 8
#: With fewer known quarters of an hour on like days than this, its usual is not told apart from the last hour's.
FIRST_DAY = 1.0
#: After such a gap in the counts the slow sums begin anew.
MOST_SILENT_MINUTES = 1440
_FORMAT = 3
_HEAD = struct.Struct(f"<BBIiH{len(fields(Sums))}d{2 * HOURS_PER_WEEK}f")


@dataclass(frozen=True, slots=True)
class Usual:
    """What a window of 15 minutes usually holds. `posts` None: nobody knows yet.

    `posts` is never less than half a post, for nothing is to be made of the first one at night; what is missed when
    none comes is `unfloored`.
    """

    posts: float | None
    dispersion: float
    share: float
    correlation: float
    reports: float | None = None
    report_dispersion: float = 0.5
    unfloored: float | None = None

    @property
    def negative(self) -> float | None:
        return None if self.posts is None else max(self.posts * self.share, LEAST_USUAL * self.share)

    @property
    def negative_dispersion(self) -> float:
        """Negatives stray as posts do, and as their share does."""
        return self.dispersion + self.correlation * (1 - self.share) / self.share


class Baseline:
    """Learns, and is asked for any instant. Quarters are counted from 1970.

    `unwritten`: it has learned everything again since its row was made, which a reader of that row would do again.
    """

    def __init__(self, quarters: Iterable[Quarter], calendar: Calendar) -> None:
        self._calendar = calendar
        self._season, self.peaks = Season(), Peaks()
        self._packed = b""
        self._archive: Archive | None = Archive()
        self._last = -1
        self._stale = False
        self._waiting = False
        self.unwritten = False
        self.set(quarters)

    @classmethod
    def from_row(cls, row: bytes | None, calendar: Calendar) -> Baseline:
        baseline = cls((), calendar)
        if row is None:
            return baseline
        version, stale, fingerprint, last, peaks, *numbers = _HEAD.unpack_from(row)
        if version != _FORMAT:
            raise ValueError(f"a baseline of format {version}, known is {_FORMAT}")
        count = len(fields(Sums))
        baseline._season.sums = Sums(*numbers[:count])
        for place in range(HOURS_PER_WEEK):
            baseline._season.counts[place] = numbers[count + place]
            baseline._season.weights[place] = numbers[count + HOURS_PER_WEEK + place]
        baseline.peaks = Peaks.from_row(row[_HEAD.size : _HEAD.size + peaks])
        baseline._packed, baseline._archive = row[_HEAD.size + peaks :], None
        baseline._last = last
        baseline._stale = bool(stale) or fingerprint != _fingerprint(calendar, last)
        return baseline

    def to_row(self) -> bytes:
        season, peaks = self._season, self.peaks.to_row()
        self.unwritten = False
        if self._archive is not None:
            self._packed, self._archive = self._archive.to_bytes(), None
        packed = self._packed
        fingerprint = _fingerprint(self._calendar, self._last)
        numbers = (*astuple(season.sums), *season.counts, *season.weights)
        return (
            _HEAD.pack(_FORMAT, self._stale or self._waiting, fingerprint, self._last, len(peaks), *numbers)
            + peaks
            + packed
        )

    @property
    def known(self) -> int:
        """How many quarters it has learned."""
        self._settle()
        return int(self._season.sums.known)

    def quarters(self) -> Iterator[Quarter]:
        """The counts it learns from, in the order of time."""
        return iter(self._counts())

    def usual(self, at: datetime, recent: float | None = None) -> Usual:
        """What is usual in the 15 minutes around `at`.

        `recent`: the mean of the quarters just before. It counts only while the community is so new that its hours
        are not told apart: its first morning must not be measured by its first night, nor its first Monday by its
        first Sunday.
        """
        self._settle()
        season = self._season
        share, correlation = season.share, season.correlation
        if season.sums.known < LEAST_KNOWN:
            return Usual(None, season.dispersion, share, correlation)
        first, second, weight = self._calendar.between_hours(at)
        unfloored = season.mean(first, second, weight)
        mean = max(LEAST_USUAL, unfloored)
        nearer = second if weight > 0.5 else first
        if recent is not None and season.known_alike(nearer) < FIRST_DAY:
            mean = max(mean, recent)
        return Usual(
            mean,
            season.dispersion + season.uncertainty(nearer),
            share,
            correlation,
            mean * season.reports_per_post,
            season.report_dispersion,
            unfloored,
        )

    def stands_out(self, at: datetime) -> float:
        """How many times as much is usual around `at` as at those hours of most days: a weekly show, a match, a draw.

        The hours before and after count as well: a show that begins at a quarter past fills but a part of its first
        hour, and is talked about before it begins and when it is over.
        """
        self._settle()
        hours = {self._calendar.hour_of_week(at + timedelta(hours=away)) for away in (-1, 0, 1)}
        return max(map(self._season.stands_out, hours))

    def learn(self, quarters: Iterable[Quarter]) -> None:
        """Live quarters, in the order of time: learned at once, and what stragglers changed with them."""
        for quarter in quarters:
            self._stale, self._waiting = self._stale or self._waiting, False
            late = quarter.index <= self._last
            if self._counts().set((quarter,)) and late:
                self._stale = True
            if not late and not self._stale:
                self._learn(kept(quarter))
            self._last = max(self._last, quarter.index)
        self._settle()

    def set(self, quarters: Iterable[Quarter]) -> None:
        """Imported counts, in place of what was there."""
        quarters = list(quarters)
        if quarters and self._counts().set(quarters):
            self._stale = True
            self._last = max(self._last, *(quarter.index for quarter in quarters))

    def add(self, quarters: Iterable[Quarter]) -> None:
        """Stragglers, on top of what was there. They come one by one, so they wait for the next live quarter."""
        quarters = list(quarters)
        if quarters:
            self._counts().add(quarters)
            self._waiting = True
            self._last = max(self._last, *(quarter.index for quarter in quarters))

    def _counts(self) -> Archive:
        if self._archive is None:
            self._archive = Archive.from_bytes(self._packed)
        return self._archive

    def _learn(self, quarter: Quarter) -> float:
        start = start_of_quarter(quarter.index)
        hour = self._calendar.hour_of_week(start)
        return self._season.learn(quarter, self._calendar.between_hours(start + QUARTER / 2), hour)

    def _settle(self) -> None:
        """Learns everything again, from the counts, where they were changed; the peaks of days not seen live, too."""
        if not self._stale:
            return
        self._stale, self.unwritten = False, True
        self._season = Season()
        surge, needed = Surge(0), Sensitivity().threshold()
        for quarter in self._counts():
            usual = self._learn(quarter)
            end = (quarter.index + 1) * MINUTES_PER_QUARTER
            if end - surge.at > MOST_SILENT_MINUTES:
                surge = Surge(end - MINUTES_PER_QUARTER)
            ended = surge.step(end, usual / MINUTES_PER_QUARTER)
            if ended is not None:
                self.peaks.remember(*ended, live=False)
            surge.take(end, quarter.posts, MINUTES_PER_QUARTER)
            if self._season.sums.known > LEAST_KNOWN:
                surge.remember(surge.ratios(_fullest_third(quarter.posts), usual / 3), self.peaks, needed)


def _fullest_third(posts: int) -> float:
    """What the fullest five minutes of a quarter hold, about: its third, and 1.5 standard deviations of Poisson's."""
    return min(float(posts), posts / 3 + 1.5 * sqrt(posts / 3))


def _fingerprint(calendar: Calendar, last: int) -> int:
    """Changes with the time zone and with the holidays of the weeks that are kept."""
    today = start_of_quarter(max(0, last)).date()
    days = bytes(calendar.is_holiday(today - timedelta(days=back)) for back in range(56)) if last >= 0 else b""
    return zlib.crc32(days + calendar.zone.key.encode())
