"""Mistakes in rules are told with file, line, column and a suggestion; the house's own rules keep their tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from feuerwache.common.config.source import ConfigError
from feuerwache.escalation.rules.commands import app
from feuerwache.escalation.rules.sets.ruleset import check_rules, load_ruleset
from feuerwache.escalation.rules.sets.trial import try_rules
from support.rules import CONFIG

GOOD = """\
- id: threat
  title: {de: Drohung, en: Threat}
  when: labels.threat >= 0.7
  then: [hold]
"""


def problems_of(tmp_path: Path, text: str, name: str = "a.yaml") -> list[str]:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError) as error:
        load_ruleset(tmp_path)
    return [str(problem).removeprefix(f"{tmp_path}/") for problem in error.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "place", "reason"),
    [
        ("labels.threat >= 0.7", "labels.thraet >= 0.7", "a.yaml:3:9", "did you mean 'labels.threat'?"),
        ("labels.threat >= 0.7", "autor.posts_1h > 3", "a.yaml:3:9", "did you mean 'author'?"),
        ("labels.threat >= 0.7", "true && author.warnings_9d > 0", "a.yaml:3:17", "'author.warnings_90d'"),
        ("labels.threat >= 0.7", "labels.threat >=", "a.yaml:3:25", "is no CEL expression"),
        ("labels.threat >= 0.7", "labels.threat", "a.yaml:3:9", "gives a double, not true or false; compare it"),
        ("labels.threat >= 0.7", "post.text.contain('x')", "a.yaml:3:19", "did you mean 'contains'?"),
        ("labels.threat >= 0.7", "post.length + 1.0 > 3.0", "a.yaml:3:21", "do not mix in '+'"),
        ("en: Threat", "en: Threat, fr: Menace", "a.yaml:2:36", "Extra inputs are not permitted"),
        ("then: [hold]", "then: [hold]\n  qouta: 1/day", "a.yaml:5:3", "not permitted; did you mean 'quota'?"),
        ("labels.threat >= 0.7", "!post.is_reply", "a.yaml:3:3", "YAML takes a text that begins with !"),
        (", en: Threat", "", "a.yaml:2:3", "Field required"),
        ("then: [hold]", "then: [holt]", "a.yaml:4:10", "Input should be 'remove'"),
        ("then: [hold]", "then: [escalate]", "a.yaml:1:3", "must say `severity`"),
        ("then: [hold]", "then: [forward]", "a.yaml:1:3", "must say `forward_to`"),
        ("then: [hold]", "then: [hold]\n  quota: viele", "a.yaml:5:3", "String should match pattern"),
        ("then: [hold]", "then: [hold]\n  tests: [{author: {warnings: 1}, expect: []}]", "a.yaml:5:21", "warnings_90d"),
        ("then: [hold]", "then: [hold]\n  tests: [{author: {posts_1h: x}, expect: []}]", "a.yaml:5:21", "must be int"),
        ("then: [hold]", "then: [hold]\n  tests: [{labels: {thread: 1}, expect: []}]", "a.yaml:5:21", "labels.threat"),
        ("then: [hold]", "then: [hold]\n  tests: [{expect: [hide]}]", "a.yaml:5:12", "never asks for `hide`"),
    ],
)
def test_a_mistake_is_told_where_it_stands(tmp_path: Path, old: str, new: str, place: str, reason: str) -> None:
    (problem,) = problems_of(tmp_path, GOOD.replace(old, new))
    assert problem.startswith(f"{place}:"), problem
    assert reason in problem


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("- id: [")
    found = problems_of(tmp_path, GOOD + GOOD.replace("labels.threat", "labels.x"))
    assert len(found) == 2
    assert "stands in a.yaml too" in found[0]
    assert found[1].startswith("b.yaml:")


@pytest.mark.parametrize(
    ("when", "place"),
    [
        (">-\n    labels.threat >= 0.7\n    && labels.x > 1", "a.yaml:5:8"),
        (">-  # two lines\n    labels.threat >= 0.7\n\n    && labels.x > 1", "a.yaml:6:8"),
        ("|\n    labels.threat >= 0.7  // enough\n      && labels.x > 1", "a.yaml:5:10"),
        ("|2-\n    labels.threat >= 0.7 &&\n    labels.x > 1", "a.yaml:5:5"),
        ("labels.threat >= 0.7\n    && labels.x > 1", "a.yaml:4:8"),
        ("'post.text == ''it'' && labels.x > 1'", "a.yaml:3:33"),
        ("\"post.text == '\\u00e4' && labels.x > 1\"", "a.yaml:3:35"),
        ("labels.threat >= 0.7 && (labels.x > 1)  # why", "a.yaml:3:34"),
    ],
)
def test_a_flaw_is_told_at_its_own_line_and_column(tmp_path: Path, when: str, place: str) -> None:
    (problem,) = problems_of(tmp_path, GOOD.replace("labels.threat >= 0.7", when))
    assert problem.startswith(f"{place}: 0.when: unknown field 'labels.x'"), problem


def test_names_in_texts_and_in_macros_are_no_fields(tmp_path: Path) -> None:
    when = "matched.watchlists.exists(w, w == 'autor.x') || 'foo.bar' in post.links || post.text.matches('a.b')"
    (tmp_path / "a.yaml").write_text(GOOD.replace("labels.threat >= 0.7", when))
    assert len(load_ruleset(tmp_path).rules) == 1


def test_a_folder_that_communities_name_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "communities.yaml").write_text(
        "communities:\n  - {id: a, title: A, brand: b, rules: nowhere, policy: p}\n"
    )
    (problem,) = check_rules(tmp_path)
    assert (problem.line, problem.field) == (2, "communities.0.rules")


def test_the_house_rules_hold_their_tests() -> None:
    assert check_rules(CONFIG) == []
    ruleset = load_ruleset(CONFIG / "rules" / "brand-de")
    failed = [result for result in try_rules(ruleset) if not result.passed]
    assert failed == []
    for compiled in ruleset.rules:
        hits = [test for test in compiled.rule.tests if test.expect]
        assert len(hits) >= 3, compiled.rule.id
        assert len(compiled.rule.tests) - len(hits) >= 3, compiled.rule.id


def test_the_command_fails_when_a_test_does(tmp_path: Path) -> None:
    tests = "  tests:\n    - {name: must fail, labels: {threat: 0.1}, expect: [hold]}\n"
    (tmp_path / "a.yaml").write_text(GOOD + tests)
    result = CliRunner().invoke(app, ["test", str(tmp_path)])
    assert result.exit_code == 1
    assert "a.yaml:6:48: threat: its test 1 (must fail) fails: expected [hold], got []" in result.output
    result = CliRunner().invoke(app, ["test", str(tmp_path), "--json"])
    assert result.exit_code == 1
    assert json.loads(result.output)["failed"][0]["rule_id"] == "threat"
    (tmp_path / "a.yaml").write_text(GOOD + tests.replace("0.1", "0.8"))
    assert CliRunner().invoke(app, ["test", str(tmp_path)]).exit_code == 0
    (tmp_path / "a.yaml").write_text(GOOD.replace("threat >=", "threaat >="))
    assert CliRunner().invoke(app, ["test", str(tmp_path)]).exit_code == 1
