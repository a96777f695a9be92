"""Every example of docs/rules/language.md is what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from feuerwache.escalation.rules.language.expression.parser import parse
from feuerwache.escalation.rules.language.inspection import MAX_COST, cost, inspect
from feuerwache.escalation.rules.language.possible import idle
from feuerwache.escalation.rules.sets.ruleset import load_ruleset

PAGE = Path(__file__).parents[4] / "docs" / "rules" / "language.md"
TEXT = PAGE.read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def rows(number: int) -> list[tuple[str, str]]:
    """The rows of the page's table of what is written and told with this number."""
    tables = re.findall(r"\| written \| told \|\n\|---\|---\|\n((?:\|.*\|\n)+)", TEXT)
    found = [re.fullmatch(r"\| `(.*?)` \| (.*) \|", line) for line in tables[number].splitlines()]
    return [(each[1].replace("\\|", "|"), each[2].replace("\\|", "|")) for each in found if each]


@pytest.mark.parametrize("source", [each.strip() for block in blocks("cel") for each in block.split("\n\n")])
def test_examples_of_conditions_can_be_used(source: str) -> None:
    assert inspect(source) == []
    assert list(idle(parse(source), source)) == []


def test_the_tables_are_read() -> None:
    assert (len(rows(0)), len(rows(1))) == (TEXT.split("and these:")[0].count("\n| `") - 3, 3)


@pytest.mark.parametrize(("source", "told"), rows(0))
def test_examples_of_mistakes_are_told_like_that(source: str, told: str) -> None:
    (flaw,) = inspect(source)
    assert told in flaw.reason


@pytest.mark.parametrize(("source", "told"), rows(1))
def test_examples_of_doubts_are_told_like_that(source: str, told: str) -> None:
    assert inspect(source) == []
    assert told in next(idle(parse(source), source)).reason


def test_the_example_of_an_include_loads(tmp_path: Path) -> None:
    for block in blocks("yaml"):
        name, text = block.split("\n", 1)
        path = tmp_path / name.removeprefix("# ")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    found = load_ruleset(tmp_path / "children").rules
    assert [(each.rule.id, Path(each.file).name) for each in found] == [
        ("threat", "10-safety.yaml"),
        ("self-harm", "safety.yaml"),
    ]


def test_the_numbers_about_cost_are_right() -> None:
    assert f"more than {MAX_COST:,} units" in TEXT
    hundred = " || ".join(["post.text.contains('xyz')"] * 100)
    pairs = "post.links.exists(a, post.links.exists(b, a == b))"
    assert [round(cost(parse(each)), -3) for each in (hundred, pairs)] == [40_000, 63_000]
    assert cost(parse("post.links.exists(c, " + pairs + ")")) > 1_000_000
