"""A set that protects criticism: what is refused at load, and that no post without a ground is ever touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.config.source import ConfigError, Problem
from feuerwache.common.events.classification import Label
from feuerwache.escalation.rules.engine.engine import Engine
from feuerwache.escalation.rules.language.condition import ConditionFailed, Prepared
from feuerwache.escalation.rules.language.context import SCHEMA, Context
from feuerwache.escalation.rules.sets.protection import GROUND_FROM, GROUNDS, RESTRICTING
from feuerwache.escalation.rules.sets.ruleset import load_ruleset

RULES = Path(__file__).parents[4] / "config" / "rules"
INTERNAL = load_ruleset(RULES / "internal-de")
ENGINE = Engine(INTERNAL)

RULE = """\
protects: [criticism]
rules:
  - id: rule
    title: {{de: Regel, en: Rule}}
    when: "{when}"
    then: [{then}]
    severity: low
"""


def problems(folder: Path, when: str, then: str = "hold") -> list[Problem]:
    """What is wrong with a set of this one rule."""
    folder.mkdir(exist_ok=True)
    (folder / "a.yaml").write_text(RULE.format(when=when, then=then), "utf-8")
    try:
        load_ruleset(folder)
    except ConfigError as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize(
    "when",
    (
        "labels.complaint >= 0.8",
        "labels.negative >= 0.9 && author.posts_1h >= 20",
        "labels.profanity >= 0.9",
        "labels.offensive >= 0.95",
        "labels.insult >= 0.4",
        "labels.insult >= 0.8 || author.warnings_90d >= 1",
        "!(labels.insult < 0.8) || thread.hostile_1h >= 50",
        "'wrongdoing' in matched.watchlists",
        "matched.near_duplicate_authors >= 10",
        "post.text.contains('Betriebsrat')",
        "author.reports_24h >= 10",
        "author.restricted",
        "labels.insult + labels.complaint >= 1.0",
        "labels.insult >= 0.8 ? true : labels.negative >= 0.8",
        "[labels.insult, labels.complaint].exists(score, score >= 0.8)",
        "true",
    ),
)
def test_what_could_fall_on_criticism_alone_is_refused(tmp_path: Path, when: str) -> None:
    (problem,) = problems(tmp_path / "set", when)
    assert problem.line == 5
    assert "`hold` could fall on criticism alone, which this set protects (a.yaml)" in problem.reason


@pytest.mark.parametrize("then", sorted(RESTRICTING))
def test_each_restricting_action_is_refused(tmp_path: Path, then: str) -> None:
    text = RULE.format(when="labels.complaint >= 0.8", then=f"review, {then}") + "    move_to: elsewhere\n"
    (tmp_path / "a.yaml").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=f"`{then}` could fall on criticism alone"):
        load_ruleset(tmp_path)


@pytest.mark.parametrize(
    "when",
    (
        "labels.insult >= 0.5",
        "labels.insult > 0.7 && labels.complaint >= 0.9",
        "labels.threat >= 0.6 || (labels.hate >= 0.7 && thread.hostile_1h >= 5)",
        "!(labels.spam < 0.6)",
        "0.5 <= labels.sexual",
        "(labels.personal_data >= 0.9 || labels.self_harm >= 0.5) && !time.night",
        "labels.insult >= 0.8 ? labels.negative >= 0.5 : labels.threat >= 0.9",
    ),
)
def test_a_rule_that_needs_a_ground_may_stand(tmp_path: Path, when: str) -> None:
    assert problems(tmp_path / "set", when) == []


@pytest.mark.parametrize("then", ("review", "welcome", "approve"))
def test_a_look_and_a_welcome_are_no_restriction(tmp_path: Path, then: str) -> None:
    assert problems(tmp_path / "set", "labels.complaint >= 0.8", then) == []


def test_the_alternative_without_a_ground_is_pointed_at(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path / "set", "labels.insult >= 0.8 || author.warnings_90d >= 1")
    assert problem.column == len('    when: "labels.insult >= 0.8 || ') + 1
    assert "nothing in `author.warnings_90d >= 1` needs a label of insult, hate" in problem.reason


def test_a_shadow_rule_and_an_included_one_are_held_to_the_same(tmp_path: Path) -> None:
    (tmp_path / "common").mkdir()
    (tmp_path / "set").mkdir()
    rule = "- {id: r, title: {de: R, en: R}, when: labels.complaint >= 0.8, then: [hide], mode: shadow}\n"
    (tmp_path / "common" / "r.yaml").write_text(rule)
    (tmp_path / "set" / "0.yaml").write_text("protects: [criticism]\n")
    (tmp_path / "set" / "1.yaml").write_text("include: [../common/r.yaml]\n")
    with pytest.raises(ConfigError, match=r"common/r\.yaml:1:\d+.*protects \(0\.yaml\)"):
        load_ruleset(tmp_path / "set")
    (tmp_path / "set" / "0.yaml").unlink()
    assert load_ruleset(tmp_path / "set").protects == frozenset()


def test_nothing_else_can_be_protected(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("protects: [praise]\n")
    with pytest.raises(ConfigError, match="criticism"):
        load_ruleset(tmp_path)


def test_the_set_for_companies_protects_criticism_and_the_others_judge_it() -> None:
    assert INTERNAL.protects == {"criticism"}
    for name in ("brand-de", "forum-de", "children-de", "health-de"):
        assert load_ruleset(RULES / name).protects == frozenset()


def test_every_label_is_a_ground_or_stands_for_an_opinion() -> None:
    """A new label has to be put on one side or the other here."""
    opinions = {
        Label.COMPLAINT,
        Label.NEGATIVE,
        Label.OFFENSIVE,
        Label.PRAISE,
        Label.PROFANITY,
        Label.QUESTION,
        Label.SUGGESTION,
    }
    assert set(Label) == opinions | set(GROUNDS)


LISTS = sorted({"contact-secrecy", "press", "legal", "wrongdoing", "work-safety", "employee-health", "trade-secrets"})
#: Texts that a value of the context may be; whatever stands in a post.
WORDS = st.one_of(
    st.text(max_size=40), st.sampled_from(("Streik!", "Diese Leitung ist unfähig.", "#push", "BITTE " * 9))
)


def values(section: str, name: str, default: object) -> st.SearchStrategy[Any]:
    if section == "labels":
        below = name in {label.value for label in GROUNDS}
        return st.floats(0, GROUND_FROM, exclude_max=True) if below else st.floats(0, 1)
    if isinstance(default, bool):
        return st.booleans()
    if isinstance(default, int):
        return st.one_of(st.integers(-1, 40), st.integers(0, 100_000))
    if isinstance(default, float):
        return st.floats(0, 100)
    if isinstance(default, list):
        items = st.sampled_from(LISTS) if name == "watchlists" else st.sampled_from(("https://a.example", "b"))
        return st.lists(items, max_size=5)
    return WORDS


CRITICISM: st.SearchStrategy[Context] = st.fixed_dictionaries(
    {
        section: st.fixed_dictionaries({name: values(section, name, default) for name, default in known.items()})
        for section, known in SCHEMA.items()
    }
)


@settings(max_examples=200, deadline=None)
@given(CRITICISM)
def test_nothing_is_done_against_criticism_whoever_wrote_it_and_wherever(context: Context) -> None:
    """With every ground below its score no rule restricts or escalates, whatever else is known of the post."""
    verdict = ENGINE.judge(context)
    asked = {action for hit in verdict.hits for action in hit.actions}
    assert not asked & RESTRICTING
    assert verdict.action not in RESTRICTING


@settings(max_examples=60, deadline=None)
@given(CRITICISM)
def test_nor_does_any_condition_hold_by_itself(context: Context) -> None:
    """The same without the engine: no prefilter, no fuse, no schedule, no quota in between."""
    for compiled in INTERNAL.rules:
        if set(compiled.rule.then) & RESTRICTING:
            try:
                assert not compiled.condition.holds(Prepared.of(context)), compiled.rule.id
            except ConditionFailed:
                continue  # a rule that fails does nothing


def test_the_property_can_fail() -> None:
    """Brought to its score, a ground is one: the generated contexts are no idle ones."""
    context: Context = {name: dict(fields) for name, fields in SCHEMA.items()}
    context["labels"]["insult"] = 0.85
    assert ENGINE.judge(context).action in RESTRICTING
