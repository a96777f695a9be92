"""Communities that change while the crisis process runs."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from feuerwache.common.config.catalog import Catalog
from feuerwache.escalation.crisis.watched import load_watched
from support.pulses import COMMUNITY, EVENING, Shard, even_weeks

CONFIG = Path(__file__).parents[4] / "config"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONFIG, tmp_path / "config"))


def test_pulses_of_a_community_that_was_added_are_counted(config: Path) -> None:
    file = config / "communities.yaml"
    whole = file.read_text()
    file.write_text(whole.replace(f"id: {COMMUNITY}\n", "id: another\n"))
    catalog = Catalog(load_watched, config)
    shard = Shard(watched=lambda: catalog.current)
    shard.minute(EVENING, 2)
    assert shard.rows.keys() <= {b"2/shard"} and shard.dead == []
    file.write_text(whole)
    assert catalog.refresh()
    shard.minute(EVENING + MINUTE, 2)
    assert shard.hot_row()


def test_a_burning_community_keeps_burning_under_a_changed_calendar(config: Path) -> None:
    catalog = Catalog(load_watched, config)
    shard = Shard(watched=lambda: catalog.current)
    shard.learn(even_weeks(EVENING, 30, negative=1))
    for minute in range(10):
        shard.minute(EVENING + minute * MINUTE, 40)
    assert shard.alarms
    file = config / "communities.yaml"
    file.write_text(file.read_text().replace("region: DE-BY", "region: DE-BE"))
    assert catalog.refresh()
    before = len(shard.alarms)
    shard.minute(EVENING + 10 * MINUTE, 40)
    assert len(shard.alarms) == before


def test_a_region_nobody_knows_is_told_with_its_line(config: Path) -> None:
    catalog = Catalog(load_watched, config)
    file = config / "communities.yaml"
    file.write_text(file.read_text().replace("region: DE-BY", "region: XX", 1))
    assert catalog.refresh()
    line = file.read_text().splitlines().index("    region: XX") + 1
    assert str(catalog.problem).startswith(f"{file}:{line}:")
    assert COMMUNITY in catalog.current.places
