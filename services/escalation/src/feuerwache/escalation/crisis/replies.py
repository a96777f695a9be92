"""What is usual of a team's answers: by the hour of the day, how many complaints there were and how many it answered.

Working days and weekends apart; while one of them is not known by five days, both together tell, if the team is at work
today. Quarter hours without an answer are learnt with the next answer only: so a team that falls silent does not teach
that it is usual, and its nights are learnt in the morning.

An hour with hardly an answer is one in which the team does not work, if two answers at least would have been due in it
and the hours around it that are like it; of an hour in which nobody complained, nothing says that it is off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

HOURS = 24
#: How fast an hour's counts fade, per quarter that is learnt: about five days of four quarters each.
FOLLOWED = 0.95
#: Fewer (faded) quarters of an hour are not known at all (one day), or not yet a habit (five days).
LEAST_QUARTERS, HABIT_QUARTERS = 3.5, 12.5
LEAST_ANSWERS = 12
#: One in so many complaints is answered at least, where a team answers.
LEAST_PART = 3
#: In an hour in which the team works, it answers at least this part of what it does on the whole.
WORKING_PART = 0.25
#: Answers that must be due before their absence says that an hour is off.
OFF_ANSWERS = 2.0
#: More answers than this many to a complaint are those of the night, which the morning brings.
BACKLOG = 1.5
#: Without an answer for three days, nobody is waited for any more: it is learnt.
MOST_PENDING = 3 * 96


class Hour(NamedTuple):
    """Faded counts of one hour of the day, and of its quarters that were learnt."""

    complaints: float = 0.0
    answers: float = 0.0
    quarters: float = 0.0


@dataclass(slots=True)
class Replies:
    """`hours` by slot, as `habit.slot_of` counts them; `pending`: (slot, complaints) of quarters without an answer."""

    hours: list[Hour] = field(default_factory=lambda: [Hour()] * (2 * HOURS))
    pending: list[tuple[int, int]] = field(default_factory=list)

    def learn(self, slot: int, complaints: int, answers: int) -> None:
        self.pending.append((slot, complaints))
        if not answers and len(self.pending) <= MOST_PENDING:
            return
        for place, count in self.pending:
            hour = self.hours[place]
            self.hours[place] = Hour(
                round(hour.complaints * FOLLOWED + count, 2),
                round(hour.answers * FOLLOWED, 2),
                round(hour.quarters * FOLLOWED + 1, 2),
            )
        self.pending.clear()
        hour = self.hours[slot]
        self.hours[slot] = hour._replace(answers=round(hour.answers + answers, 2))

    @property
    def share(self) -> float:
        """Answers per complaint on the whole, 1 at most; 0 while the team is not known to answer."""
        complaints, answers = sum(hour.complaints for hour in self.hours), sum(hour.answers for hour in self.hours)
        if answers < LEAST_ANSWERS or answers * LEAST_PART < complaints:
            return 0.0
        return min(1.0, answers / complaints) if complaints else 1.0

    def day(self, weekend: bool, at_work: bool) -> list[Hour | None] | None:
        """The hours of such a day as far as they are known; None where nothing can be said of the team today.

        In hours of working days that are a habit a team is expected; in others, and on weekends, it has to be there.
        """
        own, other = self.hours[:HOURS], self.hours[HOURS:]
        if weekend:
            own, other = other, own
        if weekend and not at_work:
            return None
        return [_known(one, two, at_work) for one, two in zip(own, other, strict=True)]

    def to_row(self) -> list[Any]:
        return [[list(hour) for hour in self.hours], self.pending]

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Replies:
        hours, pending = row
        return cls([Hour(*hour) for hour in hours], [(slot, complaints) for slot, complaints in pending])


def _known(own: Hour, other: Hour, at_work: bool) -> Hour | None:
    if own.quarters >= HABIT_QUARTERS:
        return own
    both = Hour(*(one + two for one, two in zip(own, other, strict=True)))
    return both if at_work and both.quarters >= LEAST_QUARTERS else None


def working(day: Sequence[Hour | None], share: float) -> list[bool]:
    """In which hours of that day the team works. Runs of hours with hardly an answer reach over midnight."""
    idle = [hour is None or hour.answers <= WORKING_PART * share * hour.complaints for hour in day]
    if all(idle):
        return [False] * HOURS
    works = [not each for each in idle]
    begin = idle.index(False)
    run: list[int] = []
    for place in (*range(begin + 1, HOURS), *range(begin + 1)):
        if idle[place]:
            run.append(place)
            continue
        known = [hour for each in run if (hour := day[each]) is not None]
        due = sum(share * hour.complaints - hour.answers for hour in known)
        for each in run:
            works[each] = len(known) == len(run) and due < OFF_ANSWERS
        run = []
    return works
