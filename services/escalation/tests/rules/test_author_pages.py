"""docs/rules/author-memory.md and discipline.md: the examples can be used, and the tables are what the code says."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from feuerwache.common.config.community import load_communities
from feuerwache.common.events.author import JournalEntry
from feuerwache.common.events.decision import Action, Severity, Step
from feuerwache.escalation.rules.author.discipline import Ladders, consequence, load_ladders
from feuerwache.escalation.rules.author.trust import trust
from feuerwache.escalation.rules.language.context import SCHEMA, SHARED_AUTHOR_FIELDS
from feuerwache.escalation.rules.sets.ruleset import load_ruleset
from feuerwache.escalation.rules.sets.trial import try_rules
from support.journals import entry
from support.rules import CONFIG

DOCS = Path(__file__).parents[4] / "docs"
MEMORY, DISCIPLINE = (DOCS / "rules" / name for name in ("author-memory.md", "discipline.md"))
NOW = datetime(2026, 11, 14, 20, 0, tzinfo=UTC)
LADDERS = load_ladders(CONFIG, load_communities(CONFIG))


def examples(page: Path) -> list[str]:
    return [block.split("```")[0] for block in page.read_text().split("```yaml\n")[1:]]


def table(page: Path, first: str) -> list[list[str]]:
    """The rows of the table whose head begins with this cell."""
    rows = page.read_text().split(f"| {first} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_the_rule_in_the_page_passes_its_tests(tmp_path: Path) -> None:
    (example,) = examples(MEMORY)
    (tmp_path / "10-example.yaml").write_text(example)
    trials = list(try_rules(load_ruleset(tmp_path)))
    assert len(trials) == 2
    assert all(trial.passed for trial in trials)


def test_every_field_of_authors_is_explained_in_both_pages() -> None:
    text = MEMORY.read_text()
    reference = (DOCS / "how-to-add-a-rule.md").read_text()
    for name in SCHEMA["author"]:
        family = re.sub(r"_(\d+[mhd]|total)$", "_…", name)
        assert f"`{name}`" in text or f"`{family}`" in text or f"`author.{name}`" in text, name
        assert f"`{name}`" in reference, name
    for name in {*SHARED_AUTHOR_FIELDS} - {"feuds_24h"}:
        assert name in text.split("## Next door")[1]


@pytest.mark.parametrize("row", table(MEMORY, "posts"), ids="-".join)
def test_trust_is_what_the_table_says(row: list[str]) -> None:
    posts, fresh, stale, expected = row
    assert trust(int(posts), int(fresh), int(stale)) == float(expected)


def test_the_ladder_in_the_page_is_the_shipped_one() -> None:
    ladders, community = examples(DISCIPLINE)
    shown = Ladders.model_validate(YAML(typ="safe").load(ladders)).ladders
    assert shown == (LADDERS["netiquette"],)
    assert YAML(typ="safe").load(community)[0]["ladder"] == "netiquette"


def offences(told: str) -> list[JournalEntry]:
    """What stands in the first column: `2 points, 1 day ago; …`, oldest first."""
    found = re.findall(r"(\d+) points?, (\d+) days? ago", told)
    marks = [
        entry(number, NOW - timedelta(days=int(days)), ("warn",), points=float(points), step="warning")
        for number, (points, days) in enumerate(found)
    ]
    return sorted(marks, key=lambda each: each.at)


@pytest.mark.parametrize("row", table(DISCIPLINE, "earlier, by `netiquette`"), ids=lambda row: f"{row[0]}, {row[1]}")
def test_the_step_is_what_the_table_says(row: list[str]) -> None:
    earlier, post, points, expected, done = row
    asked = tuple(Action(action) for action in re.findall(r"`(\w+)`", post))
    severity = Severity.HIGH if "high" in post else None
    given = consequence(LADDERS["netiquette"], offences(earlier), asked, severity, NOW)
    assert given is not None
    assert given.discipline.points == float(points)
    step, hours = re.fullmatch(r"`(\w+)`(?:, (\d+) h)?", expected).groups()  # type: ignore[union-attr]  # a bad cell fails
    assert given.discipline.step is Step(step)
    assert given.discipline.until == (NOW + timedelta(hours=int(hours)) if hours else None)
    assert [action.value for action in given.actions] == re.findall(r"`(\w+)`", done)


def test_every_shipped_ladder_is_in_the_table() -> None:
    assert [cell[0].strip("`") for cell in table(DISCIPLINE, "id")] == list(LADDERS)
