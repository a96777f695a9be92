"""What is usual in a community besides the number of its posts: reports, hostility, new people, complaints, answers.

Sums over quarter hours that did not burn, each weighing a little less than the one after it. Before much is known,
a guess worth a few hundred posts stands for it. Open complaints are remembered by the hour of the day, working days
and weekends apart, for at night nobody answers anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from feuerwache.common.events.pulse import Increment
from feuerwache.escalation.crisis.replies import Replies

#: Labels that make a post hostile, as `ThreadGain.hostile` counts them.
HOSTILE = ("insult", "hate", "profanity", "threat")
#: Each quarter that is learned weighs this much less than the one after it: a month is a factor of 17.
FADING = 0.999
#: What is taken for usual before anything is known, per post, and how many posts that is worth.
PRIOR_POSTS = 200.0
PRIOR_REPORTS, PRIOR_HOSTILE = 0.02, 0.05
PRIOR_NEW, PRIOR_AUTHORS = 0.1, 100.0
#: How fast the number of open complaints at an hour follows, once known: about five days of four quarters each.
OPEN_WEIGHT = 0.05
SLOTS = 48
#: Quarters (of five days) after which it is known how many complaints are usually open at an hour.
HOUR_KNOWN = 20


@dataclass(slots=True)
class Heard:
    """Counts since the last quarter that was learned."""

    posts: int = 0
    reports: int = 0
    hostile: int = 0
    authors: int = 0
    new_authors: int = 0
    complaints: int = 0
    answered: int = 0

    def add(self, increment: Increment) -> None:
        self.posts += increment.posts
        self.reports += increment.reports
        # A post with two of these labels counts twice; the posts are its limit.
        self.hostile += min(increment.posts, sum(increment.labels.get(label, 0) for label in HOSTILE))
        self.authors += len(increment.authors)
        self.new_authors += len(increment.new_authors)
        self.complaints += len(increment.complaints)
        self.answered += len(increment.answered)

    def to_row(self) -> list[int]:
        return [getattr(self, name) for name in _COUNTED]


@dataclass(slots=True)
class Habit:
    """Faded sums; `quarters` is how many are known, faded like them.

    `open`: (usual open complaints, quarters known) by slot.
    """

    quarters: float = 0.0
    posts: float = 0.0
    reports: float = 0.0
    hostile: float = 0.0
    authors: float = 0.0
    new_authors: float = 0.0
    complaints: float = 0.0
    answered: float = 0.0
    open: list[list[float]] = field(default_factory=lambda: [[0.0, 0] for _ in range(SLOTS)])
    replies: Replies = field(default_factory=Replies)

    @property
    def reports_per_post(self) -> float:
        return (self.reports + PRIOR_REPORTS * PRIOR_POSTS) / (self.posts + PRIOR_POSTS)

    @property
    def hostile_share(self) -> float:
        return (self.hostile + PRIOR_HOSTILE * PRIOR_POSTS) / (self.posts + PRIOR_POSTS)

    @property
    def new_share(self) -> float:
        """The usual share of new people among those who write."""
        return (self.new_authors + PRIOR_NEW * PRIOR_AUTHORS) / (self.authors + PRIOR_AUTHORS)

    @property
    def answers(self) -> bool:
        """Whether the team is known to answer complaints: one in three, and twenty at least."""
        return self.answered >= 20 and self.answered * 3 >= self.complaints

    def learn(self, heard: Heard, slot: int, open_complaints: int) -> None:
        """Takes in what was heard in a quarter that did not burn."""
        for name in _COUNTED:
            setattr(self, name, round(getattr(self, name) * FADING + getattr(heard, name), 3))
        self.quarters = round(self.quarters * FADING + 1, 3)
        mean, known = self.open[slot]
        weight = max(OPEN_WEIGHT, 1 / (known + 1))
        self.open[slot] = [round(mean + weight * (open_complaints - mean), 2), known + 1]
        self.replies.learn(slot, heard.complaints, heard.answered)

    def usually_open(self, slot: int) -> tuple[float, float] | None:
        """How many complaints usually wait then, and from how many quarters that is known. None before five days."""
        mean, known = self.open[slot]
        return (mean, known) if known >= HOUR_KNOWN else None

    def to_row(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _NAMES} | {"replies": self.replies.to_row()}

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Habit:
        """Rows of older versions have no replies."""
        replies = Replies.from_row(row["replies"]) if "replies" in row else Replies()
        return cls(**{**row, "replies": replies})


_NAMES = tuple(each.name for each in fields(Habit))
_COUNTED = tuple(each.name for each in fields(Heard))


def slot_of(hour_of_week: int) -> int:
    """The place of an hour: hour of the day, and 24 more from Saturday on."""
    return hour_of_week % 24 + (24 if hour_of_week >= 5 * 24 else 0)
