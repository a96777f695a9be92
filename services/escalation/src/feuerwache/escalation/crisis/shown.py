"""The posts that are worth showing beside an alarm: the strongest, the most seen, the newest, and the first ones.

Kept are ids, times, reach and at most five words of each, never a text. All lists are short, whatever comes; what is
kept depends on what was seen, not on the order in which it came.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from feuerwache.common.events.alarm import Highlight, Role
from feuerwache.common.events.post import PostRef
from feuerwache.common.events.pulse import Example

MINUTES_SHOWN = 15
STRONGEST_KEPT = 5
#: The beginning of a fire is looked for among the earliest post of each six minutes.
FIRST_PANE_MINUTES, FIRST_PANES = 6, 3
FIRSTS_SAID = 3
TERMS_KEPT = 4


@dataclass(frozen=True, slots=True)
class Post:
    """One post; `at` in minutes since 1970."""

    at: int
    platform: str
    post_id: str
    weight: float
    reach: int
    terms: tuple[str, ...]

    @classmethod
    def of(cls, minute: int, example: Example) -> Post:
        terms = example.terms[:TERMS_KEPT]
        return cls(minute, example.platform, example.post_id, round(example.weight, 2), example.reach, tuple(terms))

    @property
    def key(self) -> tuple[str, str]:
        return self.platform, self.post_id

    def ref(self, community: str) -> PostRef:
        return PostRef(community=community, platform=self.platform, post_id=self.post_id)

    def to_row(self, since: int) -> list[Any]:
        """Its minute as the distance from `since`: a small number."""
        return [self.at - since, self.platform, self.post_id, self.weight, self.reach, list(self.terms)]

    @classmethod
    def from_row(cls, row: Sequence[Any], since: int) -> Post:
        at, platform, post_id, weight, reach, terms = row
        return cls(at + since, platform, post_id, weight, reach, tuple(terms))


@dataclass(slots=True)
class Shown:
    """`posts` are those of the last quarter of an hour, `firsts` the earliest of each five minutes."""

    posts: list[Post] = field(default_factory=list)
    firsts: list[Post] = field(default_factory=list)

    def take(self, minute: int, newest: int, examples: Sequence[Example]) -> None:
        """Takes in examples of `minute`; `newest` is the newest minute of the window, from which old ones are gone."""
        for example in examples:
            post = Post.of(minute, example)
            if minute > newest - MINUTES_SHOWN:
                self.posts.append(post)
            if minute // FIRST_PANE_MINUTES > newest // FIRST_PANE_MINUTES - FIRST_PANES:
                self._first(post)
        if examples or (self.posts and min(post.at for post in self.posts) <= newest - MINUTES_SHOWN):
            self._tidy(newest)

    def _tidy(self, newest: int) -> None:
        fresh = {post.key: post for post in self.posts if post.at > newest - MINUTES_SHOWN}.values()
        kept = sorted(fresh, key=_by_weight)[:STRONGEST_KEPT]
        for order in (_by_reach, _by_age):
            best = min(fresh, key=order, default=None)
            if best is not None and best not in kept:
                kept.append(best)
        self.posts = kept
        begin = (newest // FIRST_PANE_MINUTES - FIRST_PANES + 1) * FIRST_PANE_MINUTES
        if self.firsts and self.firsts[0].at < begin:
            self.firsts = [post for post in self.firsts if post.at >= begin]

    def _first(self, post: Post) -> None:
        """Keeps the earlier one of its pane, without its words; in order of time."""
        pane = post.at // FIRST_PANE_MINUTES
        for place, known in enumerate(self.firsts):
            if known.at // FIRST_PANE_MINUTES == pane:
                if _by_start(post) < _by_start(known):
                    self.firsts[place] = replace(post, terms=())
                return
        self.firsts = sorted([*self.firsts, replace(post, terms=())], key=_by_start)

    def examples(self, community: str, first: Sequence[str] | None = None) -> tuple[PostRef, ...]:
        """At most five: `first` (platform, post id) if there is one, then the strongest."""
        keys = [post.key for post in sorted(self.posts, key=_by_weight)]
        if first is not None:
            one = (first[0], first[1])
            keys = [one, *(key for key in keys if key != one)]
        refs = (PostRef(community=community, platform=key[0], post_id=key[1]) for key in keys)
        return tuple(islice(refs, STRONGEST_KEPT))

    def began_with(self, onset: int) -> tuple[tuple[str, str], ...]:
        """(platform, post id) of at most three of the first posts since shortly before `onset`."""
        seen = {post.key: post for post in (*self.firsts, *self.posts) if post.at >= onset - 1}
        return tuple(post.key for post in sorted(seen.values(), key=_by_start)[:FIRSTS_SAID])

    def highlights(
        self, community: str, words: Collection[str], firsts: Iterable[tuple[str, str]]
    ) -> tuple[Highlight, ...]:
        """Which post is shown for what; `words` are the burst's, `firsts` what `began_with` said at its beginning."""
        said: list[Highlight] = []

        def say(role: Role, post: Post | None) -> None:
            if post is not None:
                said.append(Highlight(role=role, ref=post.ref(community), reach=post.reach))

        say(Role.MOST_SEEN, min((post for post in self.posts if post.reach), key=_by_reach, default=None))
        typical = [post for post in self.posts if _common(post, words)]
        say(Role.MOST_TYPICAL, min(typical, key=lambda post: (-_common(post, words), _by_weight(post)), default=None))
        say(Role.NEWEST, min(self.posts, key=_by_age, default=None))
        reach = {post.key: post.reach for post in (*self.firsts, *self.posts)}
        for key in firsts:
            ref = PostRef(community=community, platform=key[0], post_id=key[1])
            said.append(Highlight(role=Role.FIRST, ref=ref, reach=reach.get(key, 0)))
        return tuple(said)

    def to_row(self) -> list[Any]:
        since = min((post.at for post in (*self.posts, *self.firsts)), default=0)
        return [*([post.to_row(since) for post in posts] for posts in (self.posts, self.firsts)), since]

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Shown:
        """Older rows have whole minutes and nothing to add to them."""
        posts, firsts, *since = row
        return cls(*([Post.from_row(each, sum(since)) for each in kept] for kept in (posts, firsts)))


def _by_weight(post: Post) -> tuple[Any, ...]:
    return -post.weight, post.key


def _by_reach(post: Post) -> tuple[Any, ...]:
    return -post.reach, post.key


def _by_age(post: Post) -> tuple[Any, ...]:
    return -post.at, -post.weight, post.key


def _by_start(post: Post) -> tuple[Any, ...]:
    return post.at, -post.weight, post.key


def _common(post: Post, words: Collection[str]) -> int:
    return sum(term in words for term in post.terms)
