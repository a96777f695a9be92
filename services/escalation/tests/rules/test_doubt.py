"""Rules that can never fire are refused; what says nothing, or what another rule covers, is doubtful."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feuerwache.common.config.source import ConfigError
from feuerwache.escalation.rules.engine.engine import Engine
from feuerwache.escalation.rules.language.condition import Condition
from feuerwache.escalation.rules.language.context import Context
from feuerwache.escalation.rules.language.cover import covered_by
from feuerwache.escalation.rules.language.doubt import doubts
from feuerwache.escalation.rules.sets.compiled import CompiledRule, RuleSet
from feuerwache.escalation.rules.sets.rule import Rule
from feuerwache.escalation.rules.sets.ruleset import load_ruleset
from support.expressions import CALMLY, contexts, tight_expressions

RULE = '- {{id: {id}, title: {{de: x, en: x}}, when: "{when}", then: [{then}]{more}}}\n'
TEST = ", tests: [{expect: []}]"


def rule(rule_id: str = "a", when: str = "labels.threat >= 0.7", then: str = "hold", more: str = "") -> str:
    return RULE.format(id=rule_id, when=when, then=then, more=more)


def doubts_of(tmp_path: Path, *rules: str) -> list[str]:
    (tmp_path / "a.yaml").write_text("".join(rules))
    return [str(each).removeprefix(f"{tmp_path}/") for each in sorted(doubts(load_ruleset(tmp_path)))]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (rule(when="labels.threat > 1.0"), "a.yaml:1:41: 0.when: can never be true: `labels.threat > 1.0` (labels.thr"),
        (
            rule(when="time.hour >= 22 && time.hour < 6"),
            "a.yaml:1:60: 0.when: can never be true: `time.hour < 6` contradicts `time.hour >= 22`; did you mean `||`?",
        ),
        (
            rule(when="author.posts_5m >= 10 && author.posts_1h < 10"),
            "a.yaml:1:66: 0.when: can never be true: `author.posts_1h < 10` contradicts `author.posts_5m >= 10` "
            "(author.posts_5m is never more than author.posts_1h)",
        ),
        (
            rule(when="post.is_reply && post.words > post.length"),
            "can never be true: `post.words > post.length` (post.words is never more than post.length)",
        ),
        (
            rule(when="!time.night", more=", schedule: [nights]"),
            "0.schedule: never applies: at the times of its schedule (nights) `when` is never true",
        ),
    ],
)
def test_a_rule_that_can_never_fire_is_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_ruleset(tmp_path)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("when", "told"),
    [
        (
            "labels.threat >= 0.0 && post.is_reply",
            "`labels.threat >= 0.0` is always true (labels.threat is 0.0 to 1.0)",
        ),
        ("post.is_reply || time.hour > 23", "`time.hour > 23` can never be true (time.hour is 0 to 23)"),
        (
            "post.is_reply && author.posts_1m <= author.posts_1h",
            "is always true (author.posts_1m is never more than author.posts_1h)",
        ),
        ("post.length >= 0", "is always true (post.length is 0 or more); if every post is meant, write `true`"),
    ],
)
def test_a_part_that_says_nothing_is_doubtful(tmp_path: Path, when: str, told: str) -> None:
    (problem,) = doubts_of(
        tmp_path, rule(when=when, more=TEST.replace("[]", "[hold]") if when.endswith(">= 0") else TEST)
    )
    assert told in problem


def test_a_rule_without_tests_is_doubtful(tmp_path: Path) -> None:
    (problem,) = doubts_of(tmp_path, rule(when="true"))
    assert problem.startswith("a.yaml:1:4: 0.id: rule 'a' has no tests")


COVERED = "rule 'b' changes nothing: wherever it holds, rule 'a' (a.yaml) holds too and asks for as much"


@pytest.mark.parametrize(
    ("first", "second", "covered"),
    [
        ({}, {"when": "labels.threat >= 0.8"}, True),
        ({"when": "author.posts_1h >= 40"}, {"when": "author.posts_5m >= 40 && post.is_reply"}, True),
        ({"when": "author.posts_5m >= 40"}, {"when": "author.posts_1h >= 40"}, False),
        ({"then": "hide, warn"}, {"when": "labels.threat >= 0.8", "then": "warn"}, True),
        ({}, {"when": "labels.threat >= 0.8", "more": ", mode: shadow"}, False),
        ({"more": ", mode: shadow"}, {"when": "labels.threat >= 0.8"}, False),
        ({"more": ", quota: 5/day"}, {"when": "labels.threat >= 0.8"}, False),
        ({}, {"when": "labels.threat >= 0.8", "more": ", quota: 5/day"}, False),
        ({"then": "hold, review"}, {"when": "labels.threat >= 0.8", "more": ", quota: 5/day"}, True),
        ({}, {"when": "labels.threat >= 0.6"}, False),
        ({}, {"when": "labels.threat >= 0.8", "then": "hide"}, False),
        ({"more": ", schedule: [nights]"}, {"when": "labels.threat >= 0.8"}, False),
        (
            {"more": ", schedule: [nights, weekends]"},
            {"when": "labels.threat >= 0.8", "more": ", schedule: [weekends]"},
            True,
        ),
        (
            {"then": "escalate", "more": ", severity: high"},
            {"then": "escalate", "more": ", severity: critical"},
            False,
        ),
        (
            {"then": "escalate", "more": ", severity: critical"},
            {"then": "escalate", "more": ", severity: high"},
            True,
        ),
        ({"then": "forward", "more": ", forward_to: a"}, {"then": "forward", "more": ", forward_to: b"}, False),
    ],
)
def test_a_rule_that_another_covers_is_doubtful(
    tmp_path: Path, first: dict[str, str], second: dict[str, str], covered: bool
) -> None:
    found = doubts_of(tmp_path, rule("a", **first), rule("b", **second))
    assert any(COVERED in each for each in found) is covered


def compiled(rule_id: str, when: str) -> CompiledRule:
    written = Rule.model_validate({"id": rule_id, "title": {"de": "x", "en": "x"}, "when": when, "then": ["hold"]})
    return CompiledRule(written, Condition(when), spot=None)  # type: ignore[arg-type]  # not looked at


@CALMLY
@given(tight_expressions(), tight_expressions(), st.lists(contexts(), min_size=4, max_size=4))
def test_leaving_out_a_covered_rule_changes_no_verdict(one: str, other: str, posts: list[Context]) -> None:
    rules = (compiled("a", one), compiled("b", f"({one}) && ({other})"), compiled("c", other))
    without = {rule.rule.id for rule, _ in covered_by(rules)}
    whole = Engine(RuleSet("whole", rules))
    less = Engine(RuleSet("less", tuple(each for each in rules if each.rule.id not in without)))
    for post in posts:
        long, short = whole.judge(post), less.judge(post)
        assert (long.action, long.decisive) == (short.action, short.decisive)
