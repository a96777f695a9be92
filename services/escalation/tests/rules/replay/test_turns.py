"""The order of posts and commands is what the journals say, front to back, and nothing where they say nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feuerwache.escalation.rules.replay.turns import Turns

Order = list[tuple[str, int]]


def journal(order: Order, generation: int = 1) -> bytes:
    """As it is kept: `source` is left out where it is that of posts."""
    entries: list[dict[str, int | str]] = []
    for source, offset in order:
        place: dict[str, int | str] = {"generation": generation, "offset": offset}
        entries.append(place | ({"source": source} if source == "commands" else {}))
    return json.dumps({"entries": entries}, separators=(",", ":")).encode()


def known(*journals: Order) -> Turns:
    turns = Turns(1)
    for each in journals:
        turns.learn(journal(each))
    return turns


def test_a_command_waits_for_the_posts_before_it_and_comes_before_those_after_it() -> None:
    turns = known([("posts", 3), ("commands", 7), ("posts", 9)])
    assert turns.command_first(7, 3) is False
    assert turns.command_first(7, 5) is None
    assert turns.command_first(7, 9) is True
    assert turns.command_first(6, 9) is True, "it stands before one that comes first"
    assert turns.command_first(8, 9) is None


@pytest.mark.parametrize("other", [[("posts", 1), ("posts", 2)], []])
def test_nothing_is_known_of_who_was_told_nothing_and_of_another_generation(other: Order) -> None:
    turns = known(other)
    turns.learn(journal([("posts", 2), ("commands", 0), ("posts", 3)], generation=2))
    assert turns.command_first(0, 1) is None
    assert (turns.first_command(5, 4), turns.past_commands(5, 4)) == (4, 4)


@pytest.mark.parametrize(("said", "first"), [(0, 2), (2, 2), (3, 3), (9, 4)])
def test_the_cut_before_a_post_takes_what_was_judged_after_it_and_nothing_from_before(said: int, first: int) -> None:
    turns = known([("posts", 3), ("commands", 1), ("posts", 4)], [("posts", 6), ("commands", 4)])
    assert turns.first_command(5, said) == first


def test_the_end_goes_on_to_the_last_command_that_a_post_of_the_span_knew() -> None:
    turns = known([("commands", 8), ("posts", 4)], [("commands", 9), ("posts", 6)])
    assert [turns.past_commands(5, command) for command in (2, 12)] == [9, 12]


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, str, int]]:
    """What a stage took, in its order: author, source, offset."""
    taken, offsets = [], {"posts": 0, "commands": 0}
    for author, source in draw(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(("posts", "commands"))))):
        taken.append((author, source, offsets[source]))
        offsets[source] += 1
    return taken


def merged(turns: Turns, posts: list[int], commands: list[int], hint: Iterator[bool]) -> Order:
    """Both inputs as a replay takes them; `hint` is what the broker's time says."""
    order: Order = []
    while posts or commands:
        first = turns.command_first(commands[0], posts[0]) if posts and commands else bool(commands)
        first = next(hint) if first is None else first
        order.append(("commands", commands.pop(0)) if first else ("posts", posts.pop(0)))
    return order


@given(histories(), st.integers(0), st.data())
def test_whatever_the_broker_says_each_author_is_judged_in_the_order_of_the_stage(
    history: list[tuple[str, str, int]], begin: int, data: st.DataObject
) -> None:
    own = {name: [(source, offset) for author, source, offset in history if author == name] for name in "ab"}
    turns = known(*own.values())
    posts = [offset for _, source, offset in history if source == "posts"]
    commands = [offset for _, source, offset in history if source == "commands"]
    start = begin % (len(posts) + 1)
    first = turns.first_command(start, data.draw(st.integers(0, len(commands))))
    hint = iter(data.draw(st.lists(st.booleans(), min_size=len(history), max_size=len(history))))
    order = merged(turns, posts[start:], commands[first:], hint)
    place = {event: number for number, event in enumerate(order)}
    for events in own.values():
        for one, two in pairwise([event for event in events if event in place]):
            assert place[one] < place[two]
        there = [event in place for event in events]
        assert there == sorted(there), "what lies before the cut was judged before everything after it"
