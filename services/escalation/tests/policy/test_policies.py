"""`policies.yaml`: what it may say, and how precisely it is told when it says something wrong."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from feuerwache.common.config.duration import parse
from feuerwache.common.config.source import ConfigError
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import LayerTarget, Urgency
from feuerwache.escalation.policy.house import load_house
from feuerwache.escalation.policy.policies import load_policies

CONFIG = Path(__file__).parents[4] / "config"

GOOD = """\
policies:
  - id: brand
    ladders:
      low:
        steps:
          - reach: [person: anna]
            wait: 4h
"""


def written(folder: Path, text: str, name: str = "policies.yaml") -> Path:
    (folder / name).write_text(text)
    return folder


def test_the_shipped_policies_are_good_and_climb_from_first_to_head() -> None:
    house = load_house(CONFIG)
    frozen = house.freeze("morgenrot-facebook", Severity.HIGH)
    assert [step.targets for step in frozen.steps] == [
        (LayerTarget(schedule="morgenrot", layer=layer),) for layer in ("first", "deputy", "head")
    ]
    assert frozen.config_hash == house.config_hash


def test_a_severity_without_a_ladder_takes_the_next_lower_one(tmp_path: Path) -> None:
    (policy,) = load_policies(written(tmp_path, GOOD)).policies
    assert policy.freeze(Severity.CRITICAL, "x") == policy.freeze(Severity.LOW, "x")


def test_a_kind_of_crisis_may_have_a_policy_of_its_own(tmp_path: Path) -> None:
    config = shutil.copytree(CONFIG, tmp_path / "config")
    policies, communities = config / "policies.yaml", config / "communities.yaml"
    policies.write_text(policies.read_text() + GOOD.removeprefix("policies:\n").replace("id: brand", "id: alone"))
    communities.write_text(
        "communities:\n  - {id: forum, title: Forum, brand: b, rules: brand-de, policy: brand, "
        "policies: {single_post: alone}}\n"
    )
    (config / "integrations.yaml").unlink()
    house = load_house(config)
    assert house.freeze("forum", Severity.HIGH, CrisisKind.SINGLE_POST).policy_id == "alone"
    assert house.freeze("forum", Severity.HIGH, CrisisKind.FEUD).policy_id == "brand"
    assert house.freeze("forum", Severity.HIGH).policy_id == "brand"
    communities.write_text(communities.read_text().replace("single_post: alone", "single_post: nowhere"))
    with pytest.raises(ConfigError, match=r"communities.yaml:2:.*'nowhere' does not stand in policies.yaml"):
        load_house(config)


@pytest.mark.parametrize(("line", "seconds"), [("", 7200), ("    auto_resolve_after: 45m\n", 2700)])
def test_the_quiet_that_ends_an_incident_is_taken_along(tmp_path: Path, line: str, seconds: float) -> None:
    text = GOOD.replace("    ladders:\n", line + "    ladders:\n")
    (policy,) = load_policies(written(tmp_path, text)).policies
    assert policy.freeze(Severity.LOW, "x").auto_resolve_seconds == seconds


def test_late_is_quiet_and_one_step() -> None:
    frozen = load_house(CONFIG).freeze("morgenrot-forum", Severity.CRITICAL, late=True)
    assert [step.urgency for step in frozen.steps] == [Urgency.QUIET] and frozen.repeat == 0


@pytest.mark.parametrize(
    ("old", "new", "place", "reason"),
    [
        ("wait: 4h", "wait: 4", ":7:", "write a duration"),
        ("wait: 4h", "wait: 4h3", ":7:", "is no duration"),
        ("wait: 4h", "wait: 0m", ":7:", "is no duration above zero"),
        ("[person: anna]", "[person: anna, team: x, {}]", ":6:", "name one of"),
        ("[person: anna]", "[layer: first]", ":6:", "layer"),
        ("[person: anna]", "[]", ":6:", "reach"),
        ("wait: 4h", "wait: 4h\n            waits: 3h", ":8:", "waits"),
        ("policies:\n", GOOD, ":8:", "stands there twice"),
        ("    ladders:\n", "    auto_resolve_after: 20m\n    ladders:\n", ":3:", "auto_resolve_after"),
        ("    ladders:\n", "    auto_resolve_after: 169h\n    ladders:\n", ":3:", "auto_resolve_after"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, old: str, new: str, place: str, reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_policies(written(tmp_path, GOOD.replace(old, new, 1)))
    assert place in str(caught.value) and reason in str(caught.value)


def test_a_community_whose_policy_is_missing_is_said_with_its_line(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    written(
        tmp_path,
        "communities:\n  - id: forum\n    title: Forum\n    brand: b\n    rules: r\n    policy: other\n",
        "communities.yaml",
    )
    with pytest.raises(ConfigError, match=r"communities.yaml:6:.*'other' does not stand in policies.yaml"):
        load_house(tmp_path)


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("5m", 300), ("1h30m", 5400), ("2 h 5 s", 7205)])
def test_durations(text: str, seconds: int) -> None:
    assert parse(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "m", "5", "5m1h", "5m5m", "-5m", "5d", "99999999999999h", "٥m", 300, None])
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse(text)
