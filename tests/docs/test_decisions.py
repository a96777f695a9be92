"""What docs/rules/decisions.md names and shows is what the code has and says."""

from __future__ import annotations

import re
from pathlib import Path

from feuerwache.common.events.decision import AppealState, DecisionMade, Standing
from feuerwache.escalation.rules import metrics
from feuerwache.escalation.rules.community.reporter import TOGETHER, WINDOW, Reporters, ReportRow
from feuerwache.escalation.rules.judging.human import MODERATIONS, STANDINGS
from feuerwache.escalation.rules.judging.report import load_reports
from feuerwache.escalation.rules.settings import RulesSettings

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/rules/decisions.md").read_text()


def section(title: str) -> str:
    return DOCUMENT.split(f"## {title}\n")[1].split("\n## ")[0]


def first_cells(text: str) -> set[str]:
    """Every name in the first column of its tables."""
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([\w.]+)", row)}


def test_every_field_of_a_decision_that_it_explains_is_one_and_none_of_weight_is_missing() -> None:
    named = {name.split(".")[0] for name in first_cells(section("What a decision says"))}
    assert named <= set(DecisionMade.model_fields)
    assert set(DecisionMade.model_fields) - named == {
        *("ref", "author_id", "revision", "cause", "cause_id", "supersedes", "decided_at", "forwarded"),
    }


def test_it_names_every_state_standing_and_word_of_platforms() -> None:
    assert first_cells(section("Appeals")) == {state.value for state in AppealState}
    assert first_cells(section("Humans win")) == {standing.value for standing in Standing}
    words = set(re.findall(r"`(\w+)", section("Humans win").split("What platforms call it:")[1]))
    participles = {word for word in MODERATIONS if word.endswith("ed")}
    assert participles <= words
    for word in ("ban", "suspend", "silence", "limit", "mute", "trust"):
        assert word in words
        assert {word, f"un{word}"} <= set(STANDINGS)
        assert any(said.startswith(word) and said.endswith("ed") for said in STANDINGS)


def test_its_figures_are_those_of_the_stage() -> None:
    names = set(re.findall(r"feuerwache_rules_\w+_total", section("Figures")))
    counters = (metrics.DECISIONS, metrics.WITHDRAWN, metrics.REPORTS, metrics.HUMAN_WORDS, metrics.APPEALS)
    assert names == {f"{next(iter(counter.describe())).name}_total" for counter in counters}


def test_its_numbers_about_reports_hold() -> None:
    text = section("Reports")
    threshold, table = RulesSettings.model_fields["rules_report_threshold"].default, load_reports(ROOT / "config")
    assert f"`FEUERWACHE_RULES_REPORT_THRESHOLD` ({threshold})" in text
    assert min(table.weight("threat"), table.weight("child_safety")) >= threshold
    assert threshold / table.weight(table.reason("I don't like it")) == 12
    assert "needs twelve" in text
    assert (TOGETHER, WINDOW) == (3, 30 * 86400)
    reporters = Reporters()
    reporters.fold(ReportRow(f"p{number}", "u", number, "refused") for number in range(3))
    assert reporters.credit("u", "another") == 0.5


def test_the_statement_it_quotes_is_one() -> None:
    quoted = " ".join(line.removeprefix("> ") for line in DOCUMENT.splitlines() if line.startswith("> "))
    assert quoted in (ROOT / "services/escalation/tests/rules/golden/statements.md").read_text()
