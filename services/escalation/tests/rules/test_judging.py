"""The pure judge: precedence, shadow, quotas, repeats, reports, deletions; humans win in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.clock import ManualClock
from feuerwache.common.config.community import load_communities
from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import Action, DecisionMade, DecisionWithdrawn, Mode, Severity
from feuerwache.escalation.rules.author.entry import Position
from feuerwache.escalation.rules.author.journal import Source
from feuerwache.escalation.rules.engine.engine import Engine, ordered, under_human
from feuerwache.escalation.rules.engine.fuse import Change, Limits
from feuerwache.escalation.rules.house import House, HouseRules, load_house_rules
from feuerwache.escalation.rules.sets.rule import Rule
from feuerwache.escalation.rules.sets.ruleset import load_ruleset
from support.rules import COMMUNITY, CONFIG, NOW, Judge, deleted, minutes, moderated, reported, reviewed, written

THREAT = {"threat": 0.95}
COMPLAINT = {"complaint": 0.9, "negative": 0.8}


def house_of(tmp_path: Path, rules: str) -> HouseRules:
    """The demo's communities under these rules alone."""
    (tmp_path / "rules.yaml").write_text(rules)
    engine = Engine(load_ruleset(tmp_path))
    houses = load_house_rules(CONFIG).houses
    return HouseRules({name: replace(house, engine=engine) for name, house in houses.items()}, "test")


def rule_text(name: str, then: str, when: str = "post.length > 0", **more: str) -> str:
    lines = [f"- id: {name}", f"  title: {{de: {name}, en: {name}}}", f"  when: {when}", f"  then: [{then}]"]
    return "\n".join([*lines, *(f"  {key}: {value}" for key, value in more.items()), ""])


def made(decisions: list[DecisionMade | DecisionWithdrawn]) -> DecisionMade:
    (decision,) = decisions
    assert isinstance(decision, DecisionMade)
    return decision


def test_a_post_no_rule_speaks_of_is_approved() -> None:
    judge = Judge()
    judge.take(written("p0"))
    decision = made(judge.take(written("p1")))
    assert (decision.action, decision.actions, decision.rules) == (Action.APPROVE, (Action.APPROVE,), ())
    assert decision.statement is None
    assert decision.decided_at == NOW
    assert decision.config_hash == judge.rules.config_hash
    assert decision.ruleset == "brand-de"
    assert decision.ruleset_version == load_ruleset(CONFIG / "rules" / "brand-de").version != ""


def test_the_strictest_action_decides_and_nothing_that_was_asked_for_is_dropped(tmp_path: Path) -> None:
    rules = (
        rule_text("soft", "welcome, forward", forward_to="team")
        + rule_text("hard", "hide, warn")
        + rule_text("silent", "remove", mode="shadow")
    )
    decision = made(Judge(house_of(tmp_path, rules)).take(written()))
    assert decision.actions == (Action.HIDE, Action.WARN, Action.FORWARD, Action.WELCOME)
    assert [(hit.rule_id, hit.decisive, hit.mode) for hit in decision.rules] == [
        ("soft", False, Mode.LIVE),
        ("hard", True, Mode.LIVE),
        ("silent", False, Mode.SHADOW),
    ]


@given(st.lists(st.sampled_from(Action), max_size=12))
def test_precedence_is_an_order_of_each_action_once(actions: list[Action]) -> None:
    result = ordered(actions)
    assert list(result) == [action for action in Action if action in set(result)]
    assert set(result) == (set(actions) - {Action.APPROVE} or {Action.APPROVE})


def test_a_threat_is_held_and_raises_one_alarm_with_a_statement_that_says_why() -> None:
    judge = Judge()
    decision = made(judge.take(written(labels=THREAT)))
    assert decision.actions[:2] == (Action.HOLD, Action.ESCALATE)
    (alarm,) = judge.last.alarms
    assert (alarm.data.rule_id, alarm.data.severity, alarm.data.late) == ("threat", Severity.CRITICAL, False)
    assert alarm.data.examples[0].post_id == "p1"
    assert decision.statement is not None
    assert decision.statement.facts.startswith(
        "Dein Beitrag vom 14.11.2026, 21:00 Uhr in »Morgenrot auf Facebook« wird"
    )
    assert "»Drohung«" in decision.statement.ground
    assert decision.statement.automated
    assert "Guten Abend" not in decision.model_dump_json()


def test_the_warned_author_is_judged_by_their_history() -> None:
    judge = Judge()
    judge.take(written("p1", labels={"hate": 0.9}))
    decision = made(judge.take(written("p2", labels=THREAT, at=NOW + minutes(1))))
    assert decision.evidence.author["warnings_90d"] == 1
    assert decision.action is Action.HIDE
    assert {hit.rule_id for hit in decision.rules} == {"threat", "threat-after-warning"}


def test_a_warning_that_a_human_took_back_is_no_warning() -> None:
    judge = Judge()
    judge.take(written("p1", labels={"hate": 0.9}), reviewed("p1", Action.APPROVE))
    decision = made(judge.take(written("p2", at=NOW + minutes(1))))
    assert decision.evidence.author["warnings_90d"] == 0


def test_historic_posts_never_raise_an_alarm_and_late_ones_say_so() -> None:
    judge = Judge()
    past = made(judge.take(written("p1", labels=THREAT, historic=True)))
    assert (past.historic, past.statement) == (True, None), "nobody is told of it either"
    assert judge.last.alarms == []
    judge.take(written("p2", labels=THREAT), now=NOW + timedelta(hours=3))
    assert [alarm.data.late for alarm in judge.last.alarms] == [True]


def test_the_same_post_is_judged_once_whatever_carries_it() -> None:
    judge = Judge()
    assert len(judge.take(written(), written())) == 1
    assert judge.take(written(at=NOW + minutes(5))) == []
    assert judge.last.repeats == 1
    assert len(judge.take(written(revision=1, text="geändert"))) == 1
    assert judge.take(written(revision=1), written()) == []


def test_a_deleted_post_is_withdrawn_once_and_never_judged_again() -> None:
    judge = Judge()
    first = judge.take(written())
    assert len(first) == 1
    (withdrawn,) = judge.take(deleted(), deleted())
    assert isinstance(withdrawn, DecisionWithdrawn)
    assert withdrawn.withdraws is not None
    (again,) = judge.take(written(revision=1))
    assert isinstance(again, DecisionWithdrawn)
    assert (again.revision, again.withdraws) == (1, None)


def test_a_post_that_was_deleted_before_it_came_is_withdrawn_without_a_decision() -> None:
    judge = Judge()
    assert judge.take(deleted()) == []
    (withdrawn,) = judge.take(written())
    assert isinstance(withdrawn, DecisionWithdrawn)
    assert withdrawn.revision == 0
    assert withdrawn.config_hash == judge.rules.config_hash != ""


def test_reports_put_a_post_on_review_once() -> None:
    judge = Judge()
    judge.take(written(labels=COMPLAINT))
    first = judge.last.decisions[0].id
    assert judge.take(reported(report="r1"), reported(report="r1"), reported(report="r2")) == []
    decision = made(judge.take(reported(report="r3")))
    assert (decision.cause, decision.action, decision.supersedes) == ("report", Action.REVIEW, first)
    assert Action.FORWARD in decision.actions
    assert judge.take(reported(report="r4")) == []


def test_reports_do_not_soften_what_is_stricter_and_do_not_override_a_human() -> None:
    judge = Judge()
    judge.take(written("p1", labels=THREAT), written("p2"), reviewed("p2"))
    reports = [reported(post, f"r{number}") for post in ("p1", "p2") for number in range(5)]
    assert judge.take(*reports) == []


def test_an_edit_after_a_humans_word_keeps_it_and_asks_for_another_look() -> None:
    judge = Judge()
    judge.take(written(), reviewed(action=Action.APPROVE))
    decision = made(judge.take(written(revision=1, labels=THREAT)))
    assert decision.actions[0] is Action.APPROVE
    assert Action.REVIEW in decision.actions
    assert Action.ESCALATE in decision.actions
    assert not decision.automated


Step = st.sampled_from(["post", "edit", "threat", "report", "approve", "remove", "platform"])


@settings(deadline=None)
@given(st.lists(Step, min_size=1, max_size=12), st.booleans())
def test_humans_win_in_any_order(steps: list[str], one_batch: bool) -> None:
    """After a human's word, the last decision is theirs until a human says something else."""
    clock = ManualClock(NOW)
    word: Action | None = None
    events: list[tuple[Event[Payload], Action | None]] = []
    revision = 0
    for number, step in enumerate(steps):
        clock.advance(minutes(1))
        match step:
            case "post":
                event = written(labels=THREAT)
            case "edit" | "threat":
                revision += 1
                event = written(revision=revision, labels=THREAT if step == "threat" else {}, at=clock.now())
            case "report":
                event = reported(report=f"r{number}", at=clock.now())
            case "platform":
                event, word = moderated(action="hidden", at=clock.now()), Action.HIDE
            case _:
                event, word = reviewed(action=Action(step), at=clock.now()), Action(step)
        events.append((event, word))
    judge = Judge(RULES)
    decisions: list[tuple[DecisionMade, Action | None]] = []
    for number, (event, expected) in enumerate(events):
        if one_batch:
            before = len(judge.last.decisions)
            source: Source = "posts" if isinstance(event.data, PostClassified) else "commands"
            judge.last.take(event, Position(source, 0, number))
            made_now = [each.data for each in judge.last.decisions[before:]]
        else:
            made_now = judge.take(event)
        decisions += [(each, expected) for each in made_now if isinstance(each, DecisionMade)]
    for decision, expected in decisions:
        if expected is not None:
            assert decision.action is expected
            assert not decision.automated
    posts = [decision.revision for decision, _ in decisions if decision.cause == "post"]
    assert len(posts) == len(set(posts))
    late = "post" in steps and any(step in ("edit", "threat") for step in steps[: steps.index("post")])
    assert len(posts) == ("post" in steps and not late) + revision, "each revision once, unless a newer one was faster"


@given(st.sampled_from(Action), st.lists(st.sampled_from(Action), min_size=1), st.booleans())
def test_what_rules_add_to_a_humans_word_never_comes_before_it(
    human: Action, asked: list[Action], changed: bool
) -> None:
    actions = under_human(human, ordered(asked), changed)
    assert actions[0] is human
    assert len(actions) == len(set(actions))
    assert set(actions[1:]) <= {Action.FORWARD, Action.ESCALATE, Action.REVIEW}


def test_beyond_its_quota_a_rule_only_asks_for_a_review(tmp_path: Path) -> None:
    judge = Judge(house_of(tmp_path, rule_text("breaker", "remove", quota="2/day")))
    actions = [made(judge.take(written(f"p{number}", at=NOW + minutes(number)))).action for number in range(4)]
    assert actions == [Action.REMOVE, Action.REMOVE, Action.REVIEW, Action.REVIEW]
    assert made(judge.take(written("p9", at=NOW + timedelta(days=1)), now=NOW + timedelta(days=1))).action == "remove"


def test_a_rule_on_nights_is_silent_by_day(tmp_path: Path) -> None:
    judge = Judge(house_of(tmp_path, rule_text("night", "hold", schedule="[nights]")))
    assert made(judge.take(written("p1"))).action is Action.APPROVE  # 21:00 in Munich
    assert made(judge.take(written("p2", at=NOW + timedelta(hours=2)))).action is Action.HOLD


def test_a_rule_that_fails_is_skipped_named_and_in_the_end_not_asked(tmp_path: Path) -> None:
    failures: list[tuple[str, Change]] = []

    def count(rule: Rule, change: Change) -> None:
        failures.append((rule.id, change))

    (tmp_path / "a.yaml").write_text(
        rule_text("broken", "remove", "100 / (post.reach - 7) > 0") + rule_text("sound", "review")
    )
    engine = Engine(load_ruleset(tmp_path), count, Limits(failures=20))
    house = load_house_rules(CONFIG).houses[COMMUNITY]
    judge = Judge(HouseRules({COMMUNITY: House(house.community, house.zone, engine)}, "test"))
    decision = made(judge.take(written("p0", reach=7)))
    assert decision.action is Action.REVIEW
    assert decision.evidence.matched["skipped_rules"] == ["broken"]
    for number in range(1, 20):
        judge.take(written(f"p{number}", reach=7))
    assert failures == [("broken", Change.FAILED)] * 19 + [("broken", Change.OUT)]
    out = made(judge.take(written("px", reach=100)))
    assert out.action is Action.REVIEW, "it would remove, but is out"
    assert out.evidence.matched["skipped_rules"] == ["broken"]
    assert len(failures) == 20


def test_somebody_in_danger_is_told_where_help_is_and_nothing_is_taken_away() -> None:
    decision = made(Judge().take(written(labels={"self_harm": 0.9})))
    assert Action.ESCALATE in decision.actions
    assert decision.action is Action.REVIEW
    assert decision.statement is not None
    assert "0800 111 0 111" in decision.statement.facts


def test_copies_by_several_authors_are_noticed_within_the_batch() -> None:
    text = "Nie wieder Morgenrot, kauft diese Maschine bloß nicht, sie ist nach drei Wochen kaputt!"
    judge = Judge()
    batch = [written(f"p{n}", author=f"a{n}", text=f"{text} {'!' * n}", at=NOW + minutes(n)) for n in range(3)]
    decisions = judge.take(*batch)
    found = [each.evidence.matched["near_duplicate_authors"] for each in decisions if isinstance(each, DecisionMade)]
    assert found == [0, 2, 3]
    assert isinstance(decisions[2], DecisionMade)
    assert "near-duplicate" in {hit.rule_id for hit in decisions[2].rules}


def test_what_cannot_be_judged_is_refused_and_changes_nothing() -> None:
    judge = Judge()
    with pytest.raises(InvalidRecord, match=r"communities\.yaml"):
        judge.take(written(community="nobody-knows"))
    with pytest.raises(InvalidRecord, match="unknown moderation action"):
        judge.take(moderated(action="pinned"))
    assert judge.last.journals == {}
    assert len(load_communities(CONFIG).communities) == len(judge.rules.houses)


RULES = load_house_rules(CONFIG)
