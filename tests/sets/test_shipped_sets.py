"""The rule sets that ship: tested rules, lists that hear what the tests say they hear, departments, documents."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

import pytest

from feuerwache.classifier.lists import load_watch
from feuerwache.classifier.model.phrases import FoldedText
from feuerwache.classifier.model.tokens import tokenise
from feuerwache.cli.check import check
from feuerwache.common.config.community import load_communities
from feuerwache.common.config.department import load_departments
from feuerwache.common.events.decision import Action, Mode
from feuerwache.escalation.rules.language.doubt import doubts
from feuerwache.escalation.rules.sets.compiled import CompiledRule
from feuerwache.escalation.rules.sets.ruleset import load_ruleset
from feuerwache.escalation.rules.sets.trial import try_rules

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
DOCUMENT = ROOT / "docs" / "rules" / "sets.md"
NAMES = ("brand-de", "forum-de", "internal-de", "children-de", "health-de")
SETS = {name: load_ruleset(CONFIG / "rules" / name) for name in NAMES}
WATCH = load_watch(CONFIG)
LISTS = {each.id for each in WATCH.lists}
NAMED_LIST = re.compile(r"'([a-z][a-z-]+)'")


def all_rules() -> list[CompiledRule]:
    """Every rule once, whatever sets it stands in."""
    return list({(each.file, each.rule.id): each for name in NAMES for each in SETS[name].rules}.values())


RULES = all_rules()


@pytest.mark.parametrize("name", NAMES)
def test_a_set_loads_passes_its_tests_and_leaves_no_doubt(name: str) -> None:
    assert [result.reason for result in try_rules(SETS[name]) if not result.passed] == []
    assert [str(doubt) for doubt in doubts(SETS[name])] == []
    assert all(each.rule.mode is Mode.LIVE for each in SETS[name].rules)


@pytest.mark.parametrize("compiled", RULES, ids=lambda each: f"{Path(each.file).parent.name}-{each.rule.id}")
def test_a_rule_is_held_against_three_posts_to_catch_and_three_near_misses(compiled: CompiledRule) -> None:
    hits = [test for test in compiled.rule.tests if test.expect]
    misses = [test for test in compiled.rule.tests if not test.expect]
    assert len(hits) >= 3
    assert len(misses) >= 3
    told = [str(test.model_dump(exclude={"name"})) for test in compiled.rule.tests]
    assert len(set(told)) == len(told), "the same test twice"


@pytest.mark.parametrize("compiled", RULES, ids=lambda each: f"{Path(each.file).parent.name}-{each.rule.id}")
def test_the_lists_that_a_test_names_hear_its_text(compiled: CompiledRule) -> None:
    """What a test gives as `matched.watchlists` is what the shipped lists find; no near miss finds its own."""
    asked = {name for name in NAMED_LIST.findall(compiled.rule.when) if name in LISTS}
    for test in compiled.rule.tests:
        text = str(test.post.get("text", ""))
        heard = {hit.watchlist for hit in WATCH.hits(FoldedText(text, tokenise(text)))}
        given = set(test.matched.get("watchlists", []))
        if test.expect:
            assert given & asked <= heard, text
        elif asked and not given & asked:
            assert not heard & asked or len(asked) > 1, text


def test_rules_name_lists_and_departments_that_there_are() -> None:
    departments = load_departments(CONFIG).by_id
    for compiled in RULES:
        if "matched.watchlists" in compiled.rule.when:
            assert {name for name in NAMED_LIST.findall(compiled.rule.when) if "-" in name} <= LISTS, compiled.rule.id
        if Action.FORWARD in compiled.rule.then:
            assert compiled.rule.forward_to in departments, compiled.rule.id


def test_every_list_is_used_by_a_set() -> None:
    used = {name for compiled in RULES for name in NAMED_LIST.findall(compiled.rule.when)}
    assert used >= LISTS


def test_no_label_of_low_precision_calls_people_up_by_itself() -> None:
    """Hate, profanity and offensive are right in three of four cases at best (model card): they page nobody alone."""
    weak = {"hate", "profanity", "offensive", "negative"}
    for compiled in RULES:
        if Action.ESCALATE in compiled.rule.then:
            labels = set(re.findall(r"labels\.(\w+)", compiled.rule.when))
            assert not labels & weak, compiled.rule.id


def test_the_example_communities_can_be_used() -> None:
    examples = CONFIG / "examples"
    findings = check(examples, datetime(2026, 11, 22, 12, tzinfo=UTC))
    assert [str(error) for error in findings.errors] == []
    communities = {each.rules: each for each in load_communities(examples).communities}
    assert set(communities) == {*NAMES, "canary"}
    for name in NAMES:
        assert communities[name].dry_run
    for name in ("internal-de", "children-de", "health-de"):
        assert communities[name].authors == "pseudonymous"


def rows(name: str) -> list[str]:
    """The table of a set's rules as the document has it."""
    lines = ["| rule | stands in | asks for | |", "|---|---|---|---|"]
    for compiled in SETS[name].rules:
        rule, file = compiled.rule, Path(compiled.file)
        target = rule.forward_to or rule.move_to
        asks = ", ".join(
            f"{action} ({rule.severity})"
            if action is Action.ESCALATE
            else f"{action} to {target}"
            if action in (Action.FORWARD, Action.MOVE)
            else str(action)
            for action in rule.then
        )
        place = f"{file.parent.name}/{file.name}" if file.parent.name == "common" else file.name
        lines.append(f"| `{rule.id}` | {place} | {asks} | {rule.title.en} |")
    return lines


@pytest.mark.parametrize("name", NAMES)
def test_the_document_has_the_table_of_the_set(name: str) -> None:
    """What the assertion shows as expected is what to put there."""
    text = DOCUMENT.read_text("utf-8")
    section = text.split(f"\n## `{name}`", 1)[1].split("\n## ", 1)[0]
    lines = section.splitlines()
    begun = lines.index("| rule | stands in | asks for | |")
    table = list(takewhile(lambda line: line.startswith("|"), lines[begun:]))
    assert table == rows(name)
