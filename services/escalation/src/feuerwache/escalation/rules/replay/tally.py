"""Counts and a few examples of two sides that are compared post by post. Its size does not grow with the posts.

Tallies of several processes are joined; neither the order of posts nor how they were shared changes what comes out, as
long as no more than `MAX_AUTHORS` people are affected (then the least affected are forgotten, and it says so).
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from feuerwache.common.events.decision import Action
from feuerwache.escalation.rules.engine.engine import PRECEDENCE
from feuerwache.escalation.rules.replay.change import Example
from feuerwache.escalation.rules.replay.outcome import Hit, Outcome

#: Examples of each kind of change.
EXAMPLES = 5
MAX_AUTHORS = 50_000
#: Instants of alarms kept per community and rule, to say how many incidents they come to.
MAX_INSTANTS = 20_000

#: Who and in which community.
Person = tuple[str, str]


class Judged(Protocol):
    """A post that was judged. `at` is in seconds since 1970; the rest is asked for only where something changes."""

    @property
    def community(self) -> str: ...

    @property
    def at(self) -> int: ...

    def person(self) -> str:
        """Who wrote it, as it may be told."""

    def example(self, before: Outcome, after: Outcome) -> Example:
        """The post as it is shown."""


@dataclass(slots=True)
class HitCount:
    """Hits of one rule on one side."""

    live: int = 0
    shadow: int = 0
    capped: int = 0
    failed: int = 0

    def add(self, other: HitCount) -> None:
        self.live += other.live
        self.shadow += other.shadow
        self.capped += other.capped
        self.failed += other.failed


@dataclass(slots=True)
class Side:
    """One side's figures."""

    actions: Counter[str] = field(default_factory=Counter)
    rules: dict[str, HitCount] = field(default_factory=dict)
    alarms: dict[tuple[str, str], list[int]] = field(default_factory=dict)  # (community, rule) → seconds since 1970
    reports: int = 0

    def take(self, outcome: Outcome, community: str, at: int) -> None:
        self.actions.update(outcome.actions)
        for hit in outcome.hits:
            count = self._count(hit.rule)
            if hit.shadow:
                count.shadow += 1
            else:
                count.live += 1
                count.capped += hit.capped
                if Action.ESCALATE.value in hit.actions:
                    instants = self.alarms.setdefault((community, hit.rule), [])
                    if len(instants) < MAX_INSTANTS:
                        instants.append(at)
        for rule in outcome.skipped:
            self._count(rule).failed += 1

    def _count(self, rule: str) -> HitCount:
        count = self.rules.get(rule)
        if count is None:
            count = self.rules[rule] = HitCount()
        return count

    def add(self, other: Side) -> None:
        self.actions.update(other.actions)
        self.reports += other.reports
        for rule, count in other.rules.items():
            self._count(rule).add(count)
        for key, instants in other.alarms.items():
            self.alarms.setdefault(key, []).extend(instants)


#: ("new" | "gone", rule) or ("move", from, to).
Kind = tuple[str, ...]
#: Ordered by time, then by the post: the same examples whoever came first.
Ranked = tuple[int, str, str, int, Example]


@dataclass(slots=True)
class Tally:
    """`take` every pair. `before` None: it had not been decided then, and is only counted."""

    posts: int = 0
    compared: int = 0
    undecided: int = 0
    stricter: int = 0
    milder: int = 0
    beside: int = 0
    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)
    more: Counter[str] = field(default_factory=Counter)
    fewer: Counter[str] = field(default_factory=Counter)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    new: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)
    examples: dict[Kind, list[Ranked]] = field(default_factory=dict)
    authors: dict[Person, list[int]] = field(default_factory=dict)  # changed, stricter, milder
    authors_forgotten: bool = False
    refused: Counter[str] = field(default_factory=Counter)
    aside: Counter[str] = field(default_factory=Counter)  # judged, never compared: historic posts, canaries
    configs: Counter[str] = field(default_factory=Counter)  # hash → recorded decisions made under it

    @property
    def changed(self) -> int:
        """Posts for which something else would be done: another deciding action, or others beside it."""
        return self.stricter + self.milder + self.beside

    def take(self, before: Outcome | None, after: Outcome, post: Judged) -> None:
        self.posts += 1
        if before is None:
            self.undecided += 1
            return
        self.compared += 1
        self.before.take(before, post.community, post.at)
        self.after.take(after, post.community, post.at)
        if before == after:
            return
        kinds = list(self._hits(before.hits, after.hits))
        if before.actions != after.actions:
            kinds += self._acted(before, after, (post.community, post.person()))
        if not kinds:
            return
        shown: Example | None = None
        for kind in kinds:
            best = self.examples.setdefault(kind, [])
            if len(best) < EXAMPLES or post.at <= best[-1][0]:
                shown = shown or post.example(before, after)
                _keep(best, (post.at, shown.platform, shown.post_id, shown.revision, shown))

    def _hits(self, before: tuple[Hit, ...], after: tuple[Hit, ...]) -> Iterable[Kind]:
        if before == after:
            return
        had, has = {hit.rule for hit in before}, {hit.rule for hit in after}
        for rule in sorted(has - had):
            self.new[rule] += 1
            yield "new", rule
        for rule in sorted(had - has):
            self.gone[rule] += 1
            yield "gone", rule

    def _acted(self, before: Outcome, after: Outcome, person: Person) -> Iterable[Kind]:
        had, has = set(before.actions), set(after.actions)
        self.more.update(has - had)
        self.fewer.update(had - has)
        step = _rank(after.action) - _rank(before.action)
        counts = self._author(person)
        counts[0] += 1
        if step < 0:
            self.stricter += 1
            counts[1] += 1
        elif step > 0:
            self.milder += 1
            counts[2] += 1
        else:
            self.beside += 1
        if step:
            self.moves[before.action, after.action] += 1
            yield "move", before.action, after.action
        else:
            changed = "+".join(sorted(f"+{each}" for each in has - had) + sorted(f"-{each}" for each in had - has))
            yield "beside", changed

    def _author(self, person: Person) -> list[int]:
        counts = self.authors.get(person)
        if counts is None:
            if len(self.authors) >= 2 * MAX_AUTHORS:
                self._forget_authors()
            counts = self.authors[person] = [0, 0, 0]
        return counts

    def _forget_authors(self) -> None:
        """The half with the fewest changes goes: who comes to the top is among the others, or comes back."""
        self.authors = dict(heapq.nsmallest(MAX_AUTHORS, self.authors.items(), key=lambda each: (-each[1][0], each[0])))
        self.authors_forgotten = True

    def add(self, other: Tally) -> None:
        """What another process found."""
        for name in ("posts", "compared", "undecided", "stricter", "milder", "beside"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.before.add(other.before)
        self.after.add(other.after)
        self.more.update(other.more)
        self.fewer.update(other.fewer)
        self.moves.update(other.moves)
        self.new.update(other.new)
        self.gone.update(other.gone)
        self.refused.update(other.refused)
        self.aside.update(other.aside)
        self.configs.update(other.configs)
        for kind, ranked in other.examples.items():
            best = self.examples.setdefault(kind, [])
            for each in ranked:
                _keep(best, each)
        for person, counts in other.authors.items():
            own = self._author(person)
            own[:] = [a + b for a, b in zip(own, counts, strict=True)]
        self.authors_forgotten |= other.authors_forgotten


def _keep(best: list[Ranked], ranked: Ranked) -> None:
    best.append(ranked)
    best.sort(key=lambda each: each[:4])
    del best[EXAMPLES:]


def _rank(action: str) -> int:
    return PRECEDENCE[Action(action)]
