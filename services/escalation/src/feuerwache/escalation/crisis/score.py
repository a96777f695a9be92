"""The volume detector alone, over any series of counts: each row is judged by the rows before it and by itself.

Rows are spread over quarter hours, so the spacing may be anything regular. The hour-of-week baseline is learnt on the
way, as in a live community: nothing is said in the first two hours, and what burns is not learnt.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.baseline import Baseline
from feuerwache.escalation.crisis.episode import Episode, advance
from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.quarters import OpenQuarters
from feuerwache.escalation.crisis.surge import Surge
from feuerwache.escalation.crisis.volume import Count, surging
from feuerwache.escalation.crisis.week import MINUTES_PER_QUARTER, QUARTER, Calendar, minute_of, quarter_of

MINUTE = timedelta(minutes=1)
#: The quick window, where the rows are not longer themselves.
QUICK = timedelta(minutes=5)
#: The spacing is taken from so many distances of neighbours.
GAPS_MEASURED = 25


@dataclass(frozen=True, slots=True)
class Row:
    """`value` posts in the interval that begins at `at`. `text` is the time as it was written."""

    at: datetime
    value: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """`score` is the surprise in nats; `alarm` is set where an alarm would be raised, not for as long as it burns."""

    row: Row
    score: float
    alarm: bool


def score(rows: Iterable[Row], sensitivity: Sensitivity, calendar: Calendar | None = None) -> Iterator[Scored]:
    """Rows must be in time order. The spacing is the median distance of the first rows, as far as they have come."""
    scorer: _Scorer | None = None
    before: Row | None = None
    gaps: list[float] = []
    for row in rows:
        if scorer is None or before is None:
            scorer = _Scorer(sensitivity, calendar or Calendar(ZoneInfo("UTC")), row.at)
        elif len(gaps) < GAPS_MEASURED:
            gaps.append((row.at - before.at).total_seconds())
            scorer.pace(timedelta(seconds=median(gaps)))
        before = row
        yield scorer.next(row)


class _Scorer:
    def __init__(self, sensitivity: Sensitivity, calendar: Calendar, begin: datetime) -> None:
        self.pace(MINUTE)
        self._sensitivity = sensitivity
        self._open = OpenQuarters.beginning_with(quarter_of(begin))
        self._baseline = Baseline((), calendar)
        self._surge = Surge(minute_of(begin))
        self._rows: deque[Row] = deque()
        self._episode: Episode | None = None

    def pace(self, spacing: timedelta) -> None:
        """How long the interval of a row is; what is less than a minute is taken as one."""
        self._spacing = max(spacing, MINUTE)
        self._minutes = max(1, round(self._spacing / MINUTE))
        self._quick = max(self._spacing, QUICK)
        self._span = max(self._spacing, QUARTER)

    def next(self, row: Row) -> Scored:
        end = row.at + self._spacing
        self._rows.append(row)
        while self._rows[0].at + self._spacing <= end - self._span:
            self._rows.popleft()
        for quarter, part in self._parts(row):
            self._open.count(quarter, part, 0)
        newest = minute_of(end) - 1
        ripe = list(self._open.ripe(newest))
        if ripe:
            self._baseline.learn(ripe)
        usual = self._baseline.usual((end - self._quick / 2).astimezone(UTC), self._open.recent(newest)).posts
        if usual is None:
            self._surge.at = newest
            return Scored(row, 0.0, False)
        ended = self._surge.step(newest, usual / MINUTES_PER_QUARTER)
        if ended is not None:
            self._baseline.peaks.remember(*ended)
        self._surge.take(newest, row.value, self._minutes)
        return self._judged(row, end, newest, usual)

    def _judged(self, row: Row, end: datetime, newest: int, usual: float) -> Scored:
        ordinary = Count(sum(each.value for each in self._rows), usual * (self._span / QUARTER))
        within = (each.value for each in self._rows if each.at + self._spacing > end - self._quick)
        quick = Count(sum(within), usual * (self._quick / QUARTER))
        peaks, before = self._baseline.peaks, self._episode
        finding = surging(ordinary, quick, self._surge, peaks, self._sensitivity)
        ratios = self._surge.ratios(quick.posts, quick.usual)
        self._surge.remember(ratios, peaks, self._sensitivity.threshold())
        self._episode, _ = advance(before, finding, newest, minute_of(row.at), Severity.HIGH)
        if self._episode is not None and self._episode.keeps_out(newest):
            self._open.burn(self._episode.onset // MINUTES_PER_QUARTER, newest // MINUTES_PER_QUARTER)
        if before is not None and self._episode is None:
            self._surge.settle(peaks)
        return Scored(row, round(finding.surprise, 3), before is None and self._episode is not None)

    def _parts(self, row: Row) -> Iterable[tuple[int, int]]:
        """The row's count by quarter hour, whole numbers that add up to it."""
        first, quarters = quarter_of(row.at), max(1, round(self._spacing / QUARTER))
        total, given = round(row.value), 0
        for place in range(quarters):
            until = round(total * (place + 1) / quarters)
            yield first + place, until - given
            given = until
