"""Everything that stands in a configuration directory, as the services would load it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from feuerwache.classifier.lists import load_watch
from feuerwache.classifier.model.classifier import Classifier
from feuerwache.classifier.model.weights import SHIPPED, load
from feuerwache.common.config.community import Communities, load_communities
from feuerwache.common.config.people import load_people
from feuerwache.common.config.source import ConfigError, Problem
from feuerwache.escalation.crisis.watched import Watched, load_watched
from feuerwache.escalation.policy.house import House, load_house
from feuerwache.escalation.rules.house import HouseRules, load_house_rules
from feuerwache.ingest.integration import Integrations, load_integrations
from feuerwache.notifier.delivery.directory import Directory
from feuerwache.notifier.schedule.model import load_schedules

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Station:
    config_dir: Path
    communities: Communities
    integrations: Integrations
    classifier: Classifier
    rules: HouseRules
    watched: Watched
    house: House
    directory: Directory

    @property
    def timezone(self) -> str:
        """In which times are told: the first community's."""
        return self.communities.communities[0].timezone


def load_station(config_dir: Path) -> Station:
    """Reads all of it; raises `ConfigError` with every problem of every file."""
    problems: list[Problem] = []

    def attempt(read: Callable[[], T]) -> T | None:
        try:
            return read()
        except ConfigError as error:
            problems.extend(problem for problem in error.problems if problem not in problems)
            return None

    communities = attempt(lambda: load_communities(config_dir))
    people = attempt(lambda: load_people(config_dir))
    watch = attempt(lambda: load_watch(config_dir))
    rules = attempt(lambda: load_house_rules(config_dir))
    watched = attempt(lambda: load_watched(config_dir))
    house = attempt(lambda: load_house(config_dir))
    integrations = attempt(lambda: load_integrations(config_dir, communities)) if communities else None
    schedules = attempt(lambda: load_schedules(config_dir, people)) if people else None
    if not (communities and people and watch and rules and watched and house and integrations and schedules):
        raise ConfigError(problems)
    return Station(
        config_dir,
        communities,
        integrations,
        Classifier(load(SHIPPED), watch),
        rules,
        watched,
        house,
        Directory(people, schedules),
    )


def load_bench(config_dir: Path) -> tuple[HouseRules, Classifier]:
    """What judging needs of it; raises `ConfigError`."""
    return load_house_rules(config_dir), Classifier(load(SHIPPED), load_watch(config_dir))
