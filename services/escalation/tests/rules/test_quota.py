"""Quotas of rules: closed, tripped, half open, closed again; nothing is dropped, and the manager hears of it once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.events.alarm import AlarmEnded, AlarmRaised, CrisisKind
from feuerwache.common.events.decision import Action, DecisionMade, Severity
from feuerwache.common.kafka.keys import alarm_shard
from feuerwache.common.wording.sentence import title
from feuerwache.common.wording.tongue import TONGUES
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.escalation.policy.house import load_house
from feuerwache.escalation.rules.engine.quota import DAY, HOUR, PAUSES, SHARE, Firings, State
from feuerwache.escalation.rules.house import HouseRules, load_house_rules
from support.incidents import told
from support.rules import COMMUNITY, CONFIG, NOW, Judge, minutes, written

FORUM = "morgenrot-forum"


def fire(firings: Firings, times: list[int], limit: int = 3, span: int = HOUR) -> list[tuple[State, bool]]:
    found = []
    for number, at in enumerate(times):
        standing = firings.standing(limit, span, f"p{number}-{at}", at)
        firings.add(f"p{number}-{at}", at)
        found.append((standing.state, standing.acts))
    return found


def test_it_trips_pauses_tries_and_closes_when_it_is_quiet_again() -> None:
    pause = PAUSES[HOUR]
    firings = Firings()
    assert fire(firings, [0, 10, 20]) == [(State.CLOSED, True)] * 3
    assert fire(firings, [30, 40, 30 + pause - 1]) == [(State.TRIPPED, False)] * 3
    tried = fire(firings, [30 + pause + n for n in range(SHARE + 1)])
    assert [state for state, _ in tried] == [State.HALF_OPEN] * (SHARE + 1)
    assert [acts for _, acts in tried] == [True, *[False] * (SHARE - 1), True]
    later = firings.standing(3, HOUR, "later", 30 + pause + SHARE + HOUR)
    assert (later.state, later.acts, later.ended) == (State.CLOSED, True, 30)
    firings.add("later", 30 + pause + SHARE + HOUR)
    assert firings.standing(3, HOUR, "much later", 5 * HOUR).ended == 0, "its end is told once"


@pytest.mark.parametrize(("span", "pause"), [(HOUR, 600), (DAY, 3600)], ids=["hour", "day"])
def test_after_the_promised_pause_the_first_and_every_tenth_post_act(span: int, pause: int) -> None:
    """The figures stand here as docs/rules/quotas.md promises them, not as the constants have them."""
    firings = Firings()
    fire(firings, [10, 20, 30, 40], span=span)
    [(early, acts)] = fire(firings, [40 + pause - 1], span=span)
    assert (early, acts) == (State.TRIPPED, False)
    tried = fire(firings, [40 + pause + number for number in range(41)], span=span)
    assert {state for state, _ in tried} == {State.HALF_OPEN}
    assert [number for number, (_, acts) in enumerate(tried) if acts] == [0, 10, 20, 30, 40]


def test_only_the_post_that_trips_it_says_so() -> None:
    firings = Firings()
    trips = []
    for at in range(20):
        standing = firings.standing(5, DAY, f"p{at}", at)
        trips.append(standing.trips)
        firings.add(f"p{at}", at)
    assert trips == [number == 5 for number in range(20)]


def test_a_post_that_is_judged_again_does_not_count_itself() -> None:
    firings = Firings()
    firings.add("p1", 100)
    firings.add("p1", 100)
    assert firings.standing(1, HOUR, "p1", 100).acts
    assert not firings.standing(1, HOUR, "p2", 100).acts


def test_what_is_forgotten_does_not_count_and_what_followed_from_it_stays() -> None:
    firings = Firings()
    fire(firings, list(range(0, 100, 10)))
    assert firings.standing(3, HOUR, "x", 100).since == 30
    firings.forget("p0-0")
    firings.forget("unheard of")
    assert firings.standing(3, HOUR, "x", 100).since == 30
    assert len(firings) == 9


@settings(deadline=None)
@given(st.lists(st.integers(0, 3 * HOUR), max_size=60), st.integers(0, 10), st.integers(0, 2**32))
def test_who_counts_the_same_posts_comes_to_the_same_in_any_order(times: list[int], limit: int, seed: int) -> None:
    posts = [(f"p{number}", at) for number, at in enumerate(times)]
    straight, jumbled = Firings(), Firings()
    for post, at in sorted(posts, key=lambda each: each[1]):
        straight.add(post, at)
    Random(seed).shuffle(posts)
    for number, (post, at) in enumerate(posts):
        jumbled.add(post, at)
        if number % 3 == 0:
            jumbled.standing(limit, HOUR, "asked in between", at)
    for at in (0, HOUR, 2 * HOUR, 4 * HOUR, *times):
        assert straight.standing(limit, HOUR, "x", at) == jumbled.standing(limit, HOUR, "x", at)


def house_with(tmp_path: Path, rules: str) -> HouseRules:
    for file in CONFIG.glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text())
    communities = (CONFIG / "communities.yaml").read_text()
    sets = {line.split("rules:")[1].strip() for line in communities.splitlines() if line.strip().startswith("rules:")}
    for name in sets:
        (tmp_path / "rules" / name).mkdir(parents=True)
        (tmp_path / "rules" / name / "a.yaml").write_text(rules)
    return load_house_rules(tmp_path)


RULES = """
- {id: spam, title: {de: Spam, en: Spam}, when: labels.spam >= 0.5, then: [remove, warn], quota: 3/hour}
- {id: odd, title: {de: Seltsam, en: Odd}, when: labels.question >= 0.5, then: [warn], quota: 2/day}
"""


def spam(number: int, after: float = 0, community: str = COMMUNITY) -> Any:
    return written(
        f"{community}-{number}",
        author=f"a{number}",
        labels={"spam": 0.9},
        at=NOW + minutes(number * 0.1 + after),
        community=community,
        text=f"Beitrag {number}",
    )


def test_a_trip_is_told_once_to_the_community_where_it_happened_and_its_end_too(tmp_path: Path) -> None:
    judge = Judge(house_with(tmp_path, RULES))
    heard: list[Any] = []
    for number in range(30):
        judge.take(spam(number))
        heard += [event.data for event in judge.last.pauses]
    (alarm,) = heard
    assert isinstance(alarm, AlarmRaised)
    assert (alarm.kind, alarm.community, alarm.about) == (CrisisKind.RULE_PAUSED, COMMUNITY, "spam")
    assert (alarm.severity, alarm.figures.posts, alarm.figures.window_minutes) == (Severity.HIGH, 3, 60)
    (other,) = judge.take(spam(0, community=FORUM))
    assert isinstance(other, DecisionMade)
    assert other.actions[0] is Action.REMOVE, "the same set in another community"
    judge.take(spam(31, after=180))
    (over,) = (event.data for event in judge.last.pauses)
    assert isinstance(over, AlarmEnded)
    assert (over.about, over.onset) == ("spam", alarm.onset)


def test_a_rule_that_protects_nobody_is_told_quietly(tmp_path: Path) -> None:
    judge = Judge(house_with(tmp_path, RULES))
    heard: list[Any] = []
    for number in range(4):
        judge.take(written(f"p{number}", author=f"a{number}", labels={"question": 0.9}, at=NOW + minutes(number)))
        heard += [event.data for event in judge.last.pauses]
    assert [(alarm.about, alarm.severity) for alarm in heard] == [("odd", Severity.LOW)]


@pytest.mark.parametrize("kind", ["historic", "dry_run"])
def test_what_is_past_or_only_watched_tells_nobody(tmp_path: Path, kind: str) -> None:
    rules = house_with(tmp_path, RULES)
    house = rules.houses[COMMUNITY]
    dry = replace(house, community=house.community.model_copy(update={"dry_run": kind == "dry_run"}))
    judge = Judge(replace(rules, houses={**rules.houses, COMMUNITY: dry}))
    for number in range(10):
        judge.take(
            written(
                f"p{number}",
                author=f"a{number}",
                labels={"spam": 0.9},
                at=NOW + minutes(number),
                historic=kind == "historic",
            )
        )
        assert judge.last.pauses == []


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> HouseRules:
    return house_with(tmp_path_factory.mktemp("quota"), RULES)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.booleans(), st.sampled_from([COMMUNITY, FORUM]), st.integers(0, 1)),
        max_size=40,
    )
)
def test_quotas_never_drop_a_post(shared: HouseRules, posts: list[tuple[int, bool, str, int]]) -> None:
    """Whatever the order: what a rule hits gets the rule's actions, or a review; and the evidence says which."""
    judge = Judge(shared)
    for number, (minute, hit, community, revision) in enumerate(posts):
        event = written(
            f"p{number}",
            author=f"a{number % 7}",
            labels={"spam": 0.9} if hit else {},
            at=NOW + minutes(minute),
            community=community,
            revision=revision,
            text=f"Text {number}",
        )
        (decision,) = judge.take(event)
        assert isinstance(decision, DecisionMade)
        over = "spam" in decision.evidence.matched.get("over_quota", ())
        hits = [each for each in decision.rules if each.rule_id == "spam"]
        assert len(hits) == hit
        if hit:
            assert hits[0].actions == ((Action.REVIEW,) if over else (Action.REMOVE, Action.WARN))
            assert (Action.REVIEW if over else Action.REMOVE) in decision.actions


def test_the_incidents_take_a_paused_rule_in_and_let_it_go(tmp_path: Path) -> None:
    judge = Judge(house_with(tmp_path, RULES))
    alarms: list[Any] = []
    for number in range(6):
        judge.take(spam(number))
        alarms += judge.last.pauses
    judge.take(spam(31, after=180))
    alarms += judge.last.pauses
    alarm, over = alarms
    shard = alarm_shard(alarm.data.community, alarm.data.brand, 8)
    book = IncidentBook(shard, 8, load_house(CONFIG))
    opened = told(book, alarm).incident
    assert (opened.kind, opened.about) == (CrisisKind.RULE_PAUSED, "spam")
    assert title(opened.kind, opened.about, opened.rule_title, TONGUES["de"]) == "Regel pausiert: Spam"
    assert opened.policy.policy_id == "brand"
    quiet = told(book, over).incident
    assert quiet.incident_id == opened.incident_id
    assert quiet.quiet_since is not None
