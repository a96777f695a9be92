"""`feuerwache check` says every error with its file and line, and nothing about a configuration that is right."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from feuerwache.cli.check import check
from feuerwache.cli.main import assemble
from support.shipped import SHIPPED, copied, edit

NOW = datetime(2026, 11, 14, 18, 30, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The shipped configuration, to be broken."""
    return copied(tmp_path)


def test_the_shipped_configuration_is_right() -> None:
    findings = check(SHIPPED, NOW)
    assert findings.errors == ()
    assert findings.warnings == ()


def test_a_watch_that_nobody_watches_is_a_warning(config: Path) -> None:
    (found,) = check(config, NOW, deadman=False).warnings
    assert "FEUERWACHE_DEADMAN_URL" in found.reason
    edit(config / "communities.yaml", "canary: true", "canary: false")
    reasons = [warning.reason for warning in check(config, NOW).warnings]
    assert any("no community is marked `canary: true`" in reason for reason in reasons)


def test_a_step_to_a_layer_that_is_not_there(config: Path) -> None:
    line = edit(config / "policies.yaml", "morgenrot/deputy", "morgenrot/stellvertretung")
    (error,) = check(config, NOW).errors
    assert (Path(error.file).name, error.line) == ("policies.yaml", line)
    assert "no layer 'stellvertretung'; it has: first, deputy, head" in error.reason


def test_a_person_nobody_knows(config: Path) -> None:
    line = edit(config / "schedules.yaml", "people: [jonas.keller", "people: [jonas.kelller")
    (error,) = check(config, NOW).errors
    assert (Path(error.file).name, error.line) == ("schedules.yaml", line)
    assert "jonas.kelller" in error.reason


def test_a_weekend_without_anybody(config: Path) -> None:
    edit(config / "schedules.yaml", "ends: monday", "ends: sunday")
    findings = check(config, NOW)
    assert findings.errors == ()
    assert any("from 2026-11-15 08:00 to 2026-11-16 08:00" in warning.reason for warning in findings.warnings)


def test_a_person_in_two_layers_at_once(config: Path) -> None:
    """Selin stands in for Murat while it is Käthe's week; a week earlier it would be her own."""
    edit(config / "schedules.yaml", "from: 2026-12-29, through: 2026-12-30", "from: 2026-12-22, through: 2026-12-23")
    path = config / "schedules.yaml"
    line = path.read_text("utf-8").splitlines().index("      - id: head") + 1
    findings = check(config, NOW)
    assert findings.errors == ()
    assert [(warning.line, warning.reason) for warning in findings.warnings if "schedules" in warning.file] == [
        (
            line,
            "selin.yildiz is on call in morgenrot/first and morgenrot/head at once "
            "from 2026-12-22 00:00 to 2026-12-24 00:00",
        )
    ]


def test_a_schedule_with_nobody_now(config: Path) -> None:
    path = config / "schedules.yaml"
    path.write_text(path.read_text("utf-8").replace("since: 2026-11-02", "since: 2026-11-30"), "utf-8")
    line = path.read_text("utf-8").splitlines().index("  - id: morgenrot") + 1
    (error,) = check(config, NOW).errors
    assert (Path(error.file).name, error.line) == ("schedules.yaml", line)
    assert error.reason == "nobody at all is on call in 'morgenrot' now; the next one comes at 2026-11-30 08:00"


def test_a_rule_that_does_what_its_test_does_not_expect(config: Path) -> None:
    edit(config / "rules" / "common" / "safety.yaml", "labels.threat >= 0.6", "labels.threat >= 0.95")
    assert any("fails" in error.reason for error in check(config, NOW).errors)


def test_a_report_that_weighs_less_than_nothing(config: Path) -> None:
    line = edit(config / "reports.yaml", "off_topic: {weight: 0.5", "off_topic: {weight: -0.5")
    (error,) = check(config, NOW).errors
    assert (Path(error.file).name, error.line) == ("reports.yaml", line)


def test_a_campaign_of_a_brand_nobody_has(config: Path) -> None:
    line = edit(config / "campaigns.yaml", "brand: morgenrot", "brand: abendrot")
    (error,) = check(config, NOW).errors
    assert (Path(error.file).name, error.line) == ("campaigns.yaml", line)
    assert "has the brand 'abendrot'" in error.reason


def test_a_region_without_known_holidays(config: Path) -> None:
    line = edit(config / "communities.yaml", "region: DE-", "region: DE-X")
    (error,) = check(config, NOW).errors
    assert (Path(error.file).name, error.line) == ("communities.yaml", line)
    assert "DE-X" in error.reason


def test_everything_that_is_wrong_is_said_at_once(config: Path) -> None:
    edit(config / "communities.yaml", "timezone: Europe/Berlin", "timezone: Europe/Bärlin")
    (config / "people.yaml").write_text("people: [", "utf-8")
    files = {Path(error.file).name for error in check(config, NOW).errors}
    assert {"communities.yaml", "people.yaml"} <= files


def test_the_command_ends_with_1_and_tells_a_script_what_is_wrong(config: Path) -> None:
    edit(config / "policies.yaml", "wait: 10m", "wait: bald")
    app, _ = assemble()
    result = CliRunner().invoke(app, ["check", str(config), "--json"])
    assert result.exit_code == 1
    assert any(error["file"].endswith("policies.yaml") for error in json.loads(result.stdout)["errors"])


def test_rules_are_told_with_errors_and_warnings_of_all_sets(config: Path) -> None:
    rules = config / "rules" / "canary" / "10-canary.yaml"
    rules.write_text(rules.read_text() + "- {id: late, title: {de: x, en: x}, when: time.hour > 23, then: [hold]}\n")
    (config / "rules" / "brand-de" / "99-mine.yaml").write_text(
        "- {id: mine, title: {de: x, en: x}, when: labels.threat >= 0.9 && post.is_reply, then: [hold]}\n"
    )
    findings = check(config, NOW)
    assert ["can never be true: `time.hour > 23`" in each.reason for each in findings.errors] == [True]
    places = [(Path(each.file).name, each.line, each.column) for each in findings.warnings]
    assert places == sorted(places)
    assert ("99-mine.yaml", 1, 4) in places
    assert any("rule 'mine' has no tests" in each.reason for each in findings.warnings)
