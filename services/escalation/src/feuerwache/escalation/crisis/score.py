"""The volume detector alone, over any series of counts: each row is judged by the rows before it and by itself.

Rows are spread over quarter hours, so the spacing may be anything regular. The hour-of-week baseline is learnt on the
way, as in a live community: nothing is said in the first two hours, and what burns is not learnt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

from feuerwache.escalation.crisis.baseline import Baseline, Usual
from feuerwache.escalation.crisis.episode import Episode, advance, severity_of
from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.history import WEEKS_KEPT, Quarter
from feuerwache.escalation.crisis.quarters import OpenQuarters
from feuerwache.escalation.crisis.volume import volume
from feuerwache.escalation.crisis.week import QUARTER, QUARTERS_PER_WEEK, Calendar, minute_of, quarter_of

#: The baseline changes slowly; building it at every quarter would only take time.
REBUILT_QUARTERS = 8


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


def score(rows: Sequence[Row], sensitivity: Sensitivity, calendar: Calendar | None = None) -> Iterator[Scored]:
    """Rows must be in time order. The spacing is the median distance of neighbours."""
    if not rows:
        return
    gaps = [(after.at - before.at).total_seconds() for before, after in pairwise(rows)]
    spacing = timedelta(seconds=median(gaps)) if gaps else QUARTER
    scorer = _Scorer(max(spacing, timedelta(minutes=1)), sensitivity, calendar or Calendar(ZoneInfo("UTC")), rows[0].at)
    for row in rows:
        yield scorer.next(row)


class _Scorer:
    def __init__(self, spacing: timedelta, sensitivity: Sensitivity, calendar: Calendar, begin: datetime) -> None:
        self._spacing = spacing
        self._span = max(spacing, QUARTER)
        self._sensitivity = sensitivity
        self._calendar = calendar
        self._open = OpenQuarters.beginning_with(quarter_of(begin))
        self._known: list[Quarter] = []
        self._baseline = Baseline((), calendar)
        self._built_at = 0
        self._window: list[Row] = []
        self._episode: Episode | None = None

    def next(self, row: Row) -> Scored:
        end = row.at + self._spacing
        self._window = [each for each in (*self._window, row) if each.at + self._spacing > end - self._span]
        for quarter, part in self._parts(row):
            self._open.count(quarter, part, 0)
        newest = minute_of(end) - 1
        self._learn(newest)
        recent = self._open.recent(newest)
        usual = self._scaled(self._baseline.usual((end - self._span / 2).astimezone(UTC), recent))
        count = round(sum(each.value for each in self._window))
        finding = volume(count, usual, self._sensitivity)
        self._episode, alarm = advance(
            self._episode, finding, newest, minute_of(row.at), severity_of(finding, others_burn=False)
        )
        if self._episode is not None and self._episode.keeps_out(newest):
            self._open.burn(self._episode.onset // 15, newest // 15)
        return Scored(row, round(finding.surprise, 3), alarm)

    def _parts(self, row: Row) -> Iterable[tuple[int, int]]:
        """The row's count by quarter hour, whole numbers that add up to it."""
        first, quarters = quarter_of(row.at), max(1, round(self._spacing / QUARTER))
        total, given = round(row.value), 0
        for place in range(quarters):
            until = round(total * (place + 1) / quarters)
            yield first + place, until - given
            given = until

    def _learn(self, newest: int) -> None:
        self._known += self._open.ripe(newest)
        if self._known and self._known[-1].index - self._built_at >= REBUILT_QUARTERS:
            oldest = self._known[-1].index - WEEKS_KEPT * QUARTERS_PER_WEEK
            self._known = [quarter for quarter in self._known if quarter.index >= oldest]
            self._baseline = Baseline(self._known, self._calendar)
            self._built_at = self._known[-1].index

    def _scaled(self, usual: Usual) -> Usual:
        if usual.posts is None:
            return usual
        return Usual(usual.posts * (self._span / QUARTER), usual.dispersion, usual.share, usual.correlation)
