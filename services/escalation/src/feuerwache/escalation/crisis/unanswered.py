"""A team that answers nobody any more: answers that are missing, while there are complaints and it usually works.

Of the complaints of the last hours (up to an hour ago: an answer takes its time), such a share is usually answered at
these hours of the day. That only so few answers came is as probable as the lower tail of the negative binomial tells.
Only hours in which the team usually works are looked at, and only while it is one: who goes home is not missed. Nor is
a slow hour: more than a quarter of the expected answers is not silence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from feuerwache.escalation.crisis.finding import INDEPENDENT_LOOKS, Sensitivity
from feuerwache.escalation.crisis.flow import SLICE_MINUTES, SLICES, Flow
from feuerwache.escalation.crisis.replies import BACKLOG, HABIT_QUARTERS, HOURS, Hour, Replies, working
from feuerwache.escalation.crisis.tails import few_surprise
from feuerwache.escalation.crisis.week import HOURS_PER_WEEK, MINUTES_PER_QUARTER

#: Minutes in which answers are missed.
WINDOWS = (120, 240, 420)
#: How much later than complaints answers are counted.
LAG_MINUTES = 60
LEAST_EXPECTED = 10.0
#: Of what was expected, so much may have come.
MOST_PART = 0.25
#: Of a team's answers, given the complaints.
DISPERSION = 0.05
#: So many complaints answered as on the whole are believed of every window before its own hours tell.
BELIEVED = 8.0
#: Half hours after which nobody is at work any more who has not answered since.
LONGEST_SHIFT = 32


@dataclass(frozen=True, slots=True)
class Missing:
    """`answers` came where `expected` were. `habit`: whether the hours are known by five days.

    `since`: the minute (since 1970) from which on they are missing.
    """

    answers: int
    expected: float
    surprise: float
    since: int
    habit: bool


def threshold(sensitivity: Sensitivity) -> float:
    """Windows of hours are fewer than quarters of an hour: all of them in a week, looked at as often as others."""
    return sensitivity.threshold(sum(HOURS_PER_WEEK * 60 / minutes for minutes in WINDOWS) * INDEPENDENT_LOOKS)


def missing(
    flow: Flow, replies: Callable[[], Replies], at: int, slot: Callable[[int], int], bar: float = 1.0
) -> Missing | None:
    """The most surprising of the windows that end with the minute `at`. `slot` tells the hour of habits of a minute."""
    found: Missing | None = None
    days: dict[bool, _Day] = {}
    for minutes in WINDOWS:
        window = list(_slices(at, minutes))
        answers = sum(flow.answered(index) for index, _ in window)
        most = sum(flow.complaints(index - LAG_MINUTES // SLICE_MINUTES) * part for index, part in window) / bar
        if most < LEAST_EXPECTED or answers > MOST_PART * most:
            continue
        share, now = replies().share, slot(at + MINUTES_PER_QUARTER)
        if not share:
            return None
        there = _is_there(flow.last_answered, replies(), share, at, slot)
        if not _day(days, there, replies(), share, now).works(now):
            return None
        seen = _Seen()
        for index, part in window:
            complaints = flow.complaints(index - LAG_MINUTES // SLICE_MINUTES)
            for quarter in (0, 1):
                # Quarters are learnt when they are over: with the hour in which the next one begins.
                place = slot(index * SLICE_MINUTES + (quarter + 1) * MINUTES_PER_QUARTER)
                day = _day(days, there, replies(), share, place)
                if day.works(place):
                    seen.add(day, place, complaints * part / 2, part)
        if not seen.known:
            continue
        usual = (seen.usual_answers + BELIEVED * share) / (seen.usual_complaints + BELIEVED)
        expected = seen.complaints * min(share, usual) / bar
        if expected < LEAST_EXPECTED or answers > MOST_PART * expected:
            continue
        uncertain = 1 / (seen.usual_answers + BELIEVED * share)
        surprise = few_surprise(answers, expected, DISPERSION + uncertain)
        if found is None or surprise > found.surprise:
            last = flow.last_answered
            since = max(at - minutes, (last + 1) * SLICE_MINUTES) if last is not None else at - minutes
            found = Missing(answers, expected, surprise, min(at, since), seen.habit)
    return found


@dataclass(frozen=True, slots=True)
class _Day:
    hours: list[Hour | None]
    working: list[bool]

    def works(self, slot: int) -> bool:
        return self.working[slot % HOURS]


_NO_DAY = _Day([None] * HOURS, [False] * HOURS)


class _Seen:
    """What a window's working hours hold, and what was usual in the very same hours, a quarter at a time."""

    def __init__(self) -> None:
        self.complaints = self.usual_complaints = self.usual_answers = 0.0
        self.known, self.habit = False, True

    def add(self, day: _Day, slot: int, complaints: float, part: float) -> None:
        self.complaints += complaints
        hour = day.hours[slot % HOURS]
        if hour is None:
            return
        self.known = True
        self.habit = self.habit and hour.quarters >= HABIT_QUARTERS
        # One of the hour's quarters, of as many days as are known.
        self.usual_complaints += part * hour.complaints / 4
        self.usual_answers += part * min(hour.answers, BACKLOG * hour.complaints + 1) / 4


def _is_there(last: int | None, replies: Replies, share: float, at: int, slot: Callable[[int], int]) -> bool:
    """Whether the team has answered today: within the last eight hours, or since it last had an hour off.

    A team that answered at seven and is silent since is silent still at four, when that proves most.
    """
    now = at // SLICE_MINUTES
    if last is None or now - last >= LONGEST_SHIFT:
        return False
    if now - last < SLICES:
        return True
    hours = replies.day(slot(at) >= HOURS, at_work=True)
    if hours is None:
        return False
    works = working(hours, share)
    return all(works[slot(index * SLICE_MINUTES) % HOURS] for index in range(last, now + 1))


def _day(days: dict[bool, _Day], there: bool, replies: Replies, share: float, slot: int) -> _Day:
    weekend = slot >= HOURS
    if weekend not in days:
        hours = replies.day(weekend, at_work=there)
        days[weekend] = _NO_DAY if hours is None else _Day(hours, working(hours, share))
    return days[weekend]


def _slices(at: int, minutes: int) -> list[tuple[int, float]]:
    """The half hours of the last `minutes`, newest first, and which part of each lies in them."""
    now, past = divmod(at + 1, SLICE_MINUTES)
    whole = minutes // SLICE_MINUTES
    parts = [(now, past / SLICE_MINUTES), *((now - each, 1.0) for each in range(1, whole))]
    return [(index, part) for index, part in (*parts, (now - whole, 1 - past / SLICE_MINUTES)) if part > 0]
