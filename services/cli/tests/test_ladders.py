"""What `feuerwache check` says of policies: unknown targets wherever they stand, and what is likely not meant."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from feuerwache.cli.check import Findings, check
from support.shipped import copied, edit

NOW = datetime(2026, 11, 14, 18, 30, tzinfo=UTC)
BY_NIGHT = """
      - id: night
        partial: true
        shifts:
          - id: night
            from: "22:00"
            to: "06:00"
            since: 2026-11-02
            people: [jonas.keller]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return copied(tmp_path)


def of_policies(findings: Findings) -> list[tuple[int, str]]:
    found = (*findings.errors, *findings.warnings)
    return [(one.line, one.reason) for one in found if Path(one.file).name == "policies.yaml"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("person: kaethe.gross", "person: kathe.gross", "person 'kathe.gross' does not stand in people.yaml"),
        (
            "layer: morgenrot/head]\n                wait",
            "team: heads]\n                wait",
            "team 'heads' does not stand",
        ),
        ("reach: [layer: morgenrot/first]", "reach: [channel: lobby]", "channel 'lobby' is no room"),
        ("reach: [layer: morgenrot/first]", "reach: [layer: abendrot/first]", "schedule 'abendrot' does not stand"),
    ],
)
def test_what_nobody_knows_is_told_wherever_it_stands(config: Path, old: str, new: str, reason: str) -> None:
    line = edit(config / "policies.yaml", old, new)
    ((found, said),) = of_policies(check(config, NOW))
    assert reason in said
    assert found == line


def test_a_time_class_without_a_step_is_told_with_severity_and_place(config: Path) -> None:
    line = edit(
        config / "policies.yaml",
        "            wait: 4h\n",
        "            wait: 4h\n            when: [office, weekend]\n",
    )
    found = of_policies(check(config, NOW))
    assert [said for _, said in found] == [
        f"no step is for: {time}" for time in ("evening", "evening, holiday", "holiday", "holiday, night", "night")
    ]
    assert {at for at, _ in found} == {line - 3}


def test_a_policy_without_a_last_resort_is_a_warning(config: Path) -> None:
    edit(
        config / "policies.yaml",
        "    last_resort: {reach: [person: kaethe.gross, person: selin.yildiz], wait: 30m}\n",
        "",
    )
    findings = check(config, NOW)
    assert findings.errors == ()
    ((_, said),) = of_policies(findings)
    assert "no `last_resort`" in said


def test_a_ladder_that_takes_too_long_is_a_warning(config: Path) -> None:
    edit(config / "policies.yaml", "wait: 15m", "wait: 4h")
    ((_, said),) = of_policies(check(config, NOW))
    assert said == "it takes 4 h 10 min until the last step is paged; high allows 4 h"


def test_a_partial_layer_is_told_where_a_step_calls_it_outside_its_hours(config: Path) -> None:
    schedules = config / "schedules.yaml"
    edit(schedules, "      # The head of community", BY_NIGHT.lstrip("\n") + "\n      # The head of community")
    plain = "          - reach: [layer: morgenrot/first]\n            wait: 4h\n"
    edit(config / "policies.yaml", plain, plain.replace("first", "night"))
    ((_, said),) = of_policies(check(config, NOW))
    assert "nobody is on call in 'morgenrot/night' at some time at which this step may fire: 2026-11-14 19:30" in said
    edit(
        config / "policies.yaml",
        "morgenrot/night]\n            wait: 4h\n",
        "morgenrot/night]\n            wait: 4h\n            when: [night]\n" + plain,
    )
    assert of_policies(check(config, NOW)) == []
