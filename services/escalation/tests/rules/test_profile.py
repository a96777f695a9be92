"""`feuerwache rules profile`: what rules cost, and for how many posts CEL need not be asked."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from typer.testing import CliRunner

from feuerwache.escalation.rules.engine.profile import profile
from feuerwache.escalation.rules.engine.profile_commands import add_to
from feuerwache.escalation.rules.language.context import defaults
from feuerwache.escalation.rules.sets.ruleset import load_ruleset

RULES = """
- {id: exact, title: {de: x, en: x}, when: labels.hate >= 0.7, then: [hide]}
- {id: partly, title: {de: x, en: x}, when: labels.hate >= 0.7 && 10 / (author.posts_1h - 1) > 2, then: [hide]}
- {id: never-said, title: {de: x, en: x}, when: size(post.text) > 3, then: [review]}
"""


def app() -> typer.Typer:
    made = typer.Typer()
    made.callback()(lambda: None)
    add_to(made)
    return made


def test_what_cel_is_asked_what_holds_and_what_fails(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(RULES)
    hateful = [defaults() | {"labels": defaults()["labels"] | {"hate": 0.8}} for _ in range(2)]
    hateful[1]["author"] = hateful[1]["author"] | {"posts_1h": 1}
    found = profile(load_ruleset(tmp_path), [*hateful, defaults(), defaults()])
    costs = {rule.rule_id: (rule.decided, rule.held, rule.failed) for rule in found.rules}
    assert costs == {"exact": (1.0, 0.5, 0.0), "partly": (0.5, 0.0, 0.25), "never-said": (0.0, 0.0, 0.0)}
    assert found.posts == 4
    assert found.us > 0
    assert all(rule.in_cel > 0 for rule in found.rules)


def test_the_command_tells_each_set_of_a_configuration_as_a_table_or_as_json(tmp_path: Path) -> None:
    for name in ("one", "common", "two"):
        (tmp_path / "rules" / name).mkdir(parents=True)
        (tmp_path / "rules" / name / "a.yaml").write_text(RULES)
    posts = tmp_path / "posts.jsonl"
    posts.write_text('{"labels": {"hate": 0.9}}\n\n{"post": {"text": "Guten Abend"}}\n')
    told = CliRunner().invoke(app(), ["profile", str(tmp_path), "--posts", str(posts), "--json"])
    assert told.exit_code == 0, told.output
    assert [json.loads(line)["name"] for line in told.output.splitlines()] == ["one", "two"]
    assert json.loads(told.output.splitlines()[0])["posts"] == 2
    table = CliRunner().invoke(app(), ["profile", str(tmp_path / "rules" / "one")])
    assert "never-said" in table.output
    assert "3 rules" in table.output


def test_posts_that_cannot_be_read_are_told_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(RULES)
    posts = tmp_path / "posts.jsonl"
    for text, reason in (
        ('{"labels": {"hate": 0.9}}\n{"labels": {"hate": 7}}\n', ":2: labels.hate"),
        ("nonsense\n", ":1: is no JSON object"),
        ("\n", "holds no posts"),
    ):
        posts.write_text(text)
        told = CliRunner().invoke(app(), ["profile", str(tmp_path), "--posts", str(posts)])
        assert told.exit_code == 1
        assert reason in told.output
