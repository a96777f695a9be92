"""The circuit breaker of a rule in one community: beyond its quota it asks for a review, and for nothing else.

    closed ─ as many posts within its span as the quota says → tripped: every post it hits goes to review
    tripped ─ after a pause → half open: the first and every tenth post after it gets its actions, the others a review
    half open (or tripped) ─ fewer posts within the span than the quota → closed

It counts the posts a rule hits, not those on which it acted, by the time at which they were written, over the span that
ends with the post. It follows from these times alone: who counts the same posts comes to the same, in any order.
Nothing is ever dropped: a post gets the rule's actions, or a review. Pure.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from enum import StrEnum

HOUR, DAY = 3600, 86400
#: Seconds of each span, and of the pause after the quota has tripped.
SPANS = {"hour": HOUR, "day": DAY}
PAUSES = {HOUR: 600, DAY: 3600}
#: While half open, one of so many acts.
SHARE = 10


class State(StrEnum):
    CLOSED = "closed"
    TRIPPED = "tripped"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a quota stands for one post. `acts`: the rule may do what it asks for.

    `fired` counts earlier posts within the span. `since` is when it tripped, `trips` whether this post tripped it;
    `ended` is when what is over now had tripped, 0 where nothing ends with this post. Seconds since 1970.
    """

    state: State
    acts: bool
    fired: int = 0
    since: int = 0
    trips: bool = False
    ended: int = 0


OPEN_HANDED = Standing(State.CLOSED, acts=True)


class Firings:
    """When one rule hit posts of one community: each post once, in any order."""

    __slots__ = ("_for", "_posts", "_settled", "_since", "_times")

    def __init__(self) -> None:
        self._posts: dict[str, int] = {}
        self._times: list[int] = []
        #: Of each of them, when the quota tripped that was tripped then, or 0. Known up to `_settled`.
        self._since: list[int] = []
        self._settled = 0
        self._for = (0, 0)

    def __len__(self) -> int:
        return len(self._posts)

    def add(self, post: str, at: int) -> None:
        if post in self._posts:
            return
        self._posts[post] = at
        place = bisect_right(self._times, at)
        self._times.insert(place, at)
        self._since.insert(place, 0)
        self._settled = min(self._settled, place)

    def forget(self, post: str) -> None:
        """It is too old to count; what followed from it stays."""
        at = self._posts.pop(post, None)
        if at is None:
            return
        place = bisect_left(self._times, at)
        del self._times[place], self._since[place]
        self._settled -= place < self._settled

    def standing(self, limit: int, seconds: int, post: str, at: int) -> Standing:
        """How the quota of `limit` posts in `seconds` stands for a post written at `at`, itself not counted."""
        self._settle(limit, seconds)
        earlier = bisect_right(self._times, at)
        own = self._posts.get(post)
        if own is not None and own <= at:
            earlier -= 1
        fired = earlier - bisect_right(self._times, at - seconds)
        before = self._since[earlier - 1] if earlier > 0 else 0
        if fired < limit:
            return Standing(State.CLOSED, acts=True, fired=fired, ended=before) if before or fired else OPEN_HANDED
        since = before or at
        if at < since + PAUSES[seconds]:
            return Standing(State.TRIPPED, acts=False, fired=fired, since=since, trips=before == 0)
        tried = earlier - bisect_left(self._times, since + PAUSES[seconds])
        return Standing(State.HALF_OPEN, acts=tried % SHARE == 0, fired=fired, since=since)

    def _settle(self, limit: int, seconds: int) -> None:
        if self._for != (limit, seconds):
            self._for, self._settled = (limit, seconds), 0
        for number in range(self._settled, len(self._times)):
            at = self._times[number]
            tripped = number - bisect_right(self._times, at - seconds) >= limit
            before = self._since[number - 1] if number > 0 else 0
            self._since[number] = (before or at) if tripped else 0
        self._settled = len(self._times)
