"""Humans win, on posts and on authors, in every order and batching of what can happen to a post."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.events.base import Event, Payload, derived_id
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import Action, DecisionMade, DecisionWithdrawn, Standing
from feuerwache.escalation.rules.engine.engine import PRECEDENCE
from feuerwache.escalation.rules.house import load_house_rules
from feuerwache.escalation.rules.judging.conclusion import AGAINST
from support.rules import (
    CONFIG,
    NOW,
    PLATFORM,
    Judge,
    answered,
    appealed,
    deleted,
    minutes,
    moderated,
    reported,
    reviewed,
    stood,
    written,
)

RULES = load_house_rules(CONFIG)
LABELS: tuple[dict[str, float], ...] = (
    {},
    {"threat": 0.95},
    {"hate": 0.9},
    {"complaint": 0.9, "negative": 0.8},
    {"self_harm": 0.9},
)
POSTS = ("p1", "p2")
HUMANS = (Action.APPROVE, Action.HIDE, Action.REMOVE, Action.REVIEW, Action.MOVE)

Post = st.sampled_from(POSTS)
Written = st.tuples(st.just("written"), Post, st.integers(0, 3), st.sampled_from(LABELS))
#: Posts and words on their author come more often: their interplay is what this is about.
Happening = st.one_of(
    *(Written, Written, Written),
    st.tuples(st.just("author"), st.sampled_from(Standing)),
    st.tuples(st.just("reported"), Post, st.sampled_from(("threat", "spam", "I don't like it"))),
    st.tuples(st.just("reviewed"), Post, st.sampled_from(HUMANS), st.integers(0, 3)),
    st.tuples(st.just("platform"), Post, st.sampled_from(("hidden", "approved", "removed"))),
    st.tuples(st.just("author"), st.sampled_from(Standing)),
    st.tuples(st.just("banned there"), Post, st.sampled_from(("ban", "silence", "unsuspend"))),
    st.tuples(st.just("appealed"), Post, st.integers(0, 3)),
    st.tuples(st.just("answered"), Post, st.none() | st.sampled_from(HUMANS)),
    st.tuples(st.just("deleted"), Post),
    st.tuples(st.just("again"), st.integers(0, 30)),
)
STOOD_THERE = {"ban": Standing.BANNED, "silence": Standing.RESTRICTED, "unsuspend": Standing.NORMAL}
SAID_THERE = {"hidden": Action.HIDE, "approved": Action.APPROVE, "removed": Action.REMOVE}


@dataclass
class Expected:
    """What a human has said so far, kept beside the judge by rules of its own."""

    words: dict[str, Action] = field(default_factory=dict)
    standing: Standing = Standing.NORMAL
    deleted: set[str] = field(default_factory=set)
    newest: dict[str, int] = field(default_factory=dict)
    in_force: dict[str, tuple[DecisionMade, object]] = field(default_factory=dict)

    def check(self, post: str, decision: DecisionMade, decision_id: object) -> None:
        assert post not in self.deleted, "what was deleted gets no decision"
        assert decision.supersedes == (self.in_force[post][1] if post in self.in_force else None)
        word = self.words.get(post)
        if word is not None:
            assert decision.action is word
            assert not decision.automated
            assert set(decision.actions[1:]) <= {Action.REVIEW, Action.FORWARD, Action.ESCALATE}
        else:
            assert decision.automated
            if self.standing is Standing.TRUSTED:
                assert AGAINST.isdisjoint(decision.actions)
            if self.standing in (Standing.BANNED, Standing.RESTRICTED):
                assert PRECEDENCE[decision.action] <= PRECEDENCE[Action.HOLD]
        if decision.cause == "post":
            assert decision.revision > self.newest.get(post, -1), "an older revision opens nothing again"
            self.newest[post] = decision.revision
        assert sum(hit.decisive for hit in decision.rules) <= 1
        decisive = [hit for hit in decision.rules if hit.decisive]
        assert decision.discipline or all(decision.action in hit.actions for hit in decisive)
        self.in_force[post] = (decision, decision_id)


def events_of(happenings: list[tuple[object, ...]]) -> list[tuple[tuple[object, ...], Event[Payload]]]:
    """Each event with what happened; a repeat carries what it repeats."""
    events: list[tuple[tuple[object, ...], Event[Payload]]] = []
    for number, each in enumerate(happenings):
        at, happening = NOW + minutes(number), each
        match happening:
            case ("written", str(post), int(revision), dict(labels)):
                event = written(post, revision=revision, labels=labels, at=at)
            case ("reported", str(post), str(reason)):
                event = reported(post, f"r{number}", reporter=f"u{number}", reason=reason, at=at)
            case ("reviewed", str(post), Action() as action, int(revision)):
                event = reviewed(post, action, revision=revision, at=at)
            case ("platform", str(post), str(action)) | ("banned there", str(post), str(action)):
                event = moderated(post, action, at=at)
            case ("author", Standing() as standing):
                event = stood(standing, at=at)
            case ("appealed", str(post), int(revision)):
                event = appealed(first_decision(post, revision), post, at=at)
            case ("answered", str(post), answer) if answer is None or isinstance(answer, Action):
                event = answered(first_decision(post, 0), answer, post, at=at)
            case ("deleted", str(post)):
                event = deleted(post, at=at)
            case ("again", int(earlier)) if events:
                happening, event = ("again",), events[earlier % len(events)][1]
            case _:
                continue
        events.append((happening, event))
    return events


def first_decision(post: str, revision: int):  # type: ignore[no-untyped-def] # a UUID
    return derived_id("rules", "post", derived_id("post", PLATFORM, post, revision))


@settings(max_examples=250, deadline=None)
@given(st.lists(Happening, min_size=6, max_size=25), st.lists(st.booleans(), min_size=25, max_size=25))
def test_humans_win_in_every_order_and_batching(happenings: list[tuple[object, ...]], cuts: list[bool]) -> None:
    events = events_of(happenings)
    judge, expected, seen = Judge(RULES), Expected(), set[object]()
    batches: list[list[tuple[tuple[object, ...], Event[Payload]]]] = [[]]
    for each, cut in zip(events, cuts, strict=False):
        batches[-1].append(each)
        if cut:
            batches.append([])
    for batch in batches:
        judge.take(*(event for _, event in batch))
        by_cause = {event.data.cause_id: event for event in judge.last.decisions}
        assert len(by_cause) == len(judge.last.decisions), "one event, one decision"
        for happening, event in batch:
            cause = event.data.cause_id if isinstance(event.data, PostClassified) else event.id
            if cause in seen:
                continue  # a repeat; its decision was looked at when it came first
            seen.add(cause)
            said(happening, expected)
            made = by_cause.get(cause)
            if made is not None and isinstance(made.data, DecisionMade):
                expected.check(made.data.ref.post_id, made.data, made.id)
            elif made is not None:
                assert isinstance(made.data, DecisionWithdrawn)
                if made.data.reason == "outdated":
                    assert made.data.withdraws is None
            gone(happening, expected)


def said(happening: tuple[object, ...], expected: Expected) -> None:
    """What a human said by this event, which holds for its own decision too."""
    match happening:
        case ("reviewed", str(post), Action() as action, _) | ("answered", str(post), Action() as action):
            expected.words[post] = action
        case ("platform", str(post), str(action)):
            expected.words[post] = SAID_THERE[action]
        case ("answered", str(post), None) if post in expected.in_force:
            decision, decision_id = expected.in_force[post]
            if decision_id == first_decision(post, 0):
                expected.words.setdefault(post, decision.action)
        case ("author", Standing() as standing):
            expected.standing = standing
        case ("banned there", _, str(action)):
            expected.standing = STOOD_THERE[action]


def gone(happening: tuple[object, ...], expected: Expected) -> None:
    match happening:
        case ("deleted", str(post)):
            expected.deleted.add(post)


@settings(deadline=None)
@given(st.permutations(range(4)))
def test_the_revisions_of_a_post_end_with_the_newest_whatever_order_they_come_in(order: list[int]) -> None:
    judge = Judge(RULES)
    decided: list[int] = []
    for revision in order:
        (result,) = judge.take(written(revision=revision, labels=LABELS[revision % 2]))
        if isinstance(result, DecisionMade):
            decided.append(result.revision)
        else:
            assert (result.reason, result.revision, result.withdraws) == ("outdated", revision, None)
    assert decided[-1] == 3
    assert all(earlier < later for earlier, later in pairwise(decided))
