"""Counting two sides: joined parts are the whole, examples are the first whoever came first, people are bounded."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from feuerwache.escalation.incidents.alarmed import NEAR
from feuerwache.escalation.rules.replay import tally as module
from feuerwache.escalation.rules.replay.change import Example
from feuerwache.escalation.rules.replay.incidents import NEAR_SECONDS, incidents
from feuerwache.escalation.rules.replay.outcome import Hit, Outcome
from feuerwache.escalation.rules.replay.tally import EXAMPLES, Tally

APPROVE = Outcome(("approve",))
HELD = Outcome(("hold", "escalate"), (Hit("threat", ("hold", "escalate")),))
CAPPED = Outcome(("review",), (Hit("links", ("review",), capped=True),))
FAILED = Outcome(("approve",), (), ("broken",))


@dataclass
class Post:
    number: int
    community: str = "c"
    asked: int = 0

    @property
    def at(self) -> int:
        return 1_800_000_000 + 60 * self.number

    def person(self) -> str:
        return f"a{self.number % 9}"

    def example(self, before: Outcome, after: Outcome) -> Example:
        self.asked += 1
        return Example(
            community="c",
            platform="p",
            post_id=f"{self.number:05}",
            revision=0,
            at=datetime.fromtimestamp(self.at, UTC),
            url=None,
            author=self.person(),
            before=before.actions,
            after=after.actions,
            rules_before=(),
            rules_after=(),
            scores={},
        )


def test_every_kind_of_change_is_counted() -> None:
    tally = Tally()
    for number, (before, after) in enumerate(
        (
            (APPROVE, HELD),
            (HELD, APPROVE),
            (HELD, HELD),
            (None, HELD),
            (APPROVE, CAPPED),
            (APPROVE, FAILED),
            (HELD, Outcome(("hold",), HELD.hits)),
        )
    ):
        tally.take(before, after, Post(number))
    assert (tally.posts, tally.compared, tally.undecided) == (7, 6, 1)
    assert (tally.changed, tally.stricter, tally.milder, tally.beside) == (4, 2, 1, 1)
    assert (tally.before.actions["hold"], tally.after.actions["hold"]) == (3, 3)
    assert (tally.more["escalate"], tally.fewer["escalate"]) == (1, 2)
    assert (tally.new["threat"], tally.gone["threat"], tally.new["links"]) == (1, 1, 1)
    assert tally.after.rules["links"].capped == 1
    assert tally.after.rules["broken"].failed == 1
    assert tally.moves == {("approve", "hold"): 1, ("hold", "approve"): 1, ("approve", "review"): 1}


def test_joined_parts_are_the_whole_in_any_order() -> None:
    draw = random.Random(5)
    outcomes = (APPROVE, HELD, CAPPED, FAILED)
    pairs = [(draw.choice(outcomes), draw.choice(outcomes), Post(number)) for number in range(400)]
    whole = Tally()
    for pair in pairs:
        whole.take(*pair)
    draw.shuffle(pairs)
    parts = [Tally(), Tally(), Tally()]
    for number, pair in enumerate(pairs):
        parts[number % 3].take(*pair)
    first, *others = parts
    for other in others:
        first.add(other)
    for side in (first.before, first.after, whole.before, whole.after):
        for instants in side.alarms.values():
            instants.sort()
    assert first == whole


def test_examples_are_the_first_in_time_and_few_are_asked_for() -> None:
    tally = Tally()
    posts = [Post(number) for number in range(1000)]
    for post in posts:
        tally.take(APPROVE, HELD, post)
    for kind in (("new", "threat"), ("move", "approve", "hold")):
        assert [ranked[-1].post_id for ranked in tally.examples[kind]] == [f"{n:05}" for n in range(EXAMPLES)]
    assert sum(post.asked for post in posts) == EXAMPLES


def test_the_most_affected_are_kept_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_AUTHORS", 10)
    tally = Tally()

    @dataclass
    class By(Post):
        who: str = ""

        def person(self) -> str:
            return self.who

    for number in range(300):
        tally.take(APPROVE, HELD, By(number, who="often" if number % 3 else f"once{number}"))
    assert len(tally.authors) <= 20
    assert tally.authors["c", "often"] == [200, 200, 0]
    assert tally.authors_forgotten


def test_alarms_that_are_near_in_time_are_one_incident() -> None:
    assert NEAR.total_seconds() == NEAR_SECONDS
    assert incidents([]) == 0
    assert incidents([0, 3600, 7200]) == 1  # each within an hour of the last
    assert incidents([7300, 0, 3600]) == 2
