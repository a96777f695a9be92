"""What the console reads from the configuration: people, communities, and the crisis plans with their texts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from feuerwache.common.config.catalog import unmoved
from feuerwache.common.config.community import Communities, load_communities
from feuerwache.common.config.people import People, load_people
from feuerwache.common.config.plan import Plans, load_plans


@dataclass(frozen=True, slots=True)
class Handbook:
    people: People
    plans: Plans
    communities: Communities


def load_handbook(config_dir: Path) -> Handbook:
    """Raises `ConfigError` with file and line of each problem."""

    def both(_: str) -> Handbook:
        people = load_people(config_dir)
        communities = load_communities(config_dir)
        has_plans = (config_dir / "plans").is_dir()
        return Handbook(people, load_plans(config_dir, communities) if has_plans else Plans(), communities)

    return unmoved(config_dir, both)
