"""A changed configuration comes into force; a broken one leaves the last good one where it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from feuerwache.common.config.catalog import Catalog
from feuerwache.common.config.source import ConfigError, directory_hash
from feuerwache.escalation.rules.house import load_house_rules
from feuerwache.escalation.rules.sets.ruleset import load_rulesets
from support.rules import CONFIG


def test_the_last_good_rules_stay_in_force(tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    catalog = Catalog(load_house_rules, config)
    first = catalog.current
    assert not catalog.refresh()

    rules = config / "rules" / "common" / "safety.yaml"
    good = rules.read_text()
    rules.write_text(good.replace("labels.threat >= 0.75", "labels.threat >= "))
    assert catalog.refresh()
    assert catalog.current is first
    assert catalog.problem is not None
    assert "is no CEL expression" in str(catalog.problem)
    assert not catalog.refresh(), "told once"

    rules.write_text(good.replace("labels.threat >= 0.75", "labels.threat >= 0.745"))
    assert catalog.refresh()
    assert catalog.current.config_hash != first.config_hash
    assert catalog.problem is None

    shutil.rmtree(config)
    assert catalog.refresh()
    assert catalog.problem is not None


def test_without_any_good_configuration_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        Catalog(load_house_rules, tmp_path)


def test_the_hash_is_that_of_the_rules_which_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Path(shutil.copytree(CONFIG, tmp_path / "config"))
    rules = config / "rules" / "common" / "safety.yaml"

    def changed_first(folder: Path) -> object:
        rules.write_text(rules.read_text().replace("labels.threat >= 0.75", "labels.threat >= 0.745"))
        return load_rulesets(folder)

    monkeypatch.setattr("feuerwache.escalation.rules.house.load_rulesets", changed_first)
    assert load_house_rules(config).config_hash == directory_hash(config)
