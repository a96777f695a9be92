"""Where help is: by the plan for such a post, in the community's own country; on the shipped configuration."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import PageSubject
from feuerwache.notifier.bootstrap import load_house
from feuerwache.notifier.delivery.directory import Directory
from feuerwache.notifier.house import House

CONFIG = Path(__file__).parents[3] / "config"


def subject(**changes: object) -> PageSubject:
    base = PageSubject(
        community="morgenrot-forum",
        community_title="Morgenrot-Forum",
        kind=CrisisKind.SINGLE_POST,
        severity=Severity.CRITICAL,
        onset=datetime(2026, 11, 14, tzinfo=UTC),
        about="self_harm",
    )
    return base.model_copy(update=changes)


def test_a_post_of_somebody_in_distress_comes_with_numbers_of_its_country() -> None:
    lines = load_house(CONFIG).helplines(subject())
    assert "0800 111 0 111" in [number for line in lines for number in line.numbers]
    assert {line.country for line in lines} == {"DE"}


def test_nothing_else_does() -> None:
    house = load_house(CONFIG)
    assert house.helplines(subject(kind=CrisisKind.NEGATIVITY_BURST)) == ()
    assert house.helplines(subject(about="spam")) == ()
    assert house.helplines(subject(community="unknown")) == ()


def test_a_house_without_plans_has_people_all_the_same(tmp_path: Path) -> None:
    for name in ("people.yaml", "schedules.yaml"):
        (tmp_path / name).write_text((CONFIG / name).read_text())
    house = load_house(tmp_path)
    assert isinstance(house, House) and isinstance(house.directory, Directory)
    assert house.helplines(subject()) == ()
