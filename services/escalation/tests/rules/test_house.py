"""A changed configuration comes into force; a broken one leaves the last good one where it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from feuerwache.common.config.source import ConfigError
from feuerwache.escalation.rules.house import Catalog
from support.rules import CONFIG


def test_the_last_good_rules_stay_in_force(tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    catalog = Catalog(config)
    first = catalog.current
    assert not catalog.refresh()

    rules = config / "rules" / "brand-de" / "10-safety.yaml"
    good = rules.read_text()
    rules.write_text(good.replace("labels.threat >= 0.75", "labels.threat >= "))
    assert catalog.refresh()
    assert catalog.current is first
    assert catalog.problem is not None
    assert "is no CEL expression" in str(catalog.problem)
    assert not catalog.refresh(), "told once"

    rules.write_text(good.replace("labels.threat >= 0.75", "labels.threat >= 0.74"))
    assert catalog.refresh()
    assert catalog.current.config_hash != first.config_hash
    assert catalog.problem is None

    shutil.rmtree(config)
    assert catalog.refresh()
    assert catalog.problem is not None


def test_without_any_good_configuration_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        Catalog(tmp_path)
