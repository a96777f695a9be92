"""All that is wrong with a configuration directory, each file by its own rules and the files against each other.

Pure but for reading the files: the instant from which the on-call schedule is looked at is passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from feuerwache.cli.ladders import doubtful, unknown_targets
from feuerwache.common.config.community import Communities, load_communities
from feuerwache.common.config.people import People, load_people
from feuerwache.common.config.plan import Plans, load_plans, uncovered
from feuerwache.common.config.source import ConfigError, Problem, read
from feuerwache.escalation.crisis.watched import load_watched
from feuerwache.escalation.policy.house import load_house
from feuerwache.escalation.rules.author.discipline import load_ladders
from feuerwache.escalation.rules.judging.report import load_reports
from feuerwache.escalation.rules.language.doubt import doubts
from feuerwache.escalation.rules.sets.ruleset import read_rulesets
from feuerwache.ingest.integration import Integrations, load_integrations
from feuerwache.ingest.outbound.doubt import doubtful_outlets
from feuerwache.notifier.schedule.model import load_schedules
from feuerwache.notifier.schedule.outlook import outlook

OUTLOOK_DAYS = 90

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Findings:
    """`errors` keep services from using the configuration; `warnings` are usable and likely not meant."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def check(config_dir: Path, now: datetime, *, deadman: bool = True) -> Findings:
    """Reads everything below `config_dir`. Never raises for what stands in the files.

    `deadman`: whether somebody outside is told of the canaries.
    """
    errors: list[Problem] = []

    def attempt(load: Callable[[], T]) -> T | None:
        try:
            return load()
        except ConfigError as error:
            errors.extend(error.problems)
            return None

    communities = attempt(lambda: load_communities(config_dir))
    people = attempt(lambda: load_people(config_dir))
    house = attempt(lambda: load_house(config_dir)) if communities else None
    plans: Plans | None = None
    integrations: Integrations | None = None
    if communities:
        known: Communities = communities
        integrations = attempt(lambda: load_integrations(config_dir, known))
        attempt(lambda: load_ladders(config_dir, known))
        plans = attempt(lambda: load_plans(config_dir, known))
        attempt(lambda: load_watched(config_dir))
    attempt(lambda: load_reports(config_dir))
    rulesets, flawed = attempt(lambda: read_rulesets(config_dir)) or ({}, [])
    errors += flawed
    warnings: list[Problem] = [doubt for ruleset in rulesets.values() for doubt in doubts(ruleset)]
    if communities and plans is not None:
        warnings += without_plan(config_dir / "plans", plans, communities)
    if communities:
        warnings += unwatched(config_dir / "communities.yaml", communities, deadman=deadman)
    if communities and integrations:
        warnings += doubtful_outlets(read(config_dir / "integrations.yaml"), integrations)
    if people:
        those: People = people
        schedules = attempt(lambda: load_schedules(config_dir, those))
        if schedules and house:
            policies = read(config_dir / "policies.yaml")
            errors += unknown_targets(policies, house.policies, schedules, people)
            warnings += doubtful(policies, house.policies, schedules, now, OUTLOOK_DAYS)
        if schedules:
            ahead = outlook(read(config_dir / "schedules.yaml"), schedules, now, OUTLOOK_DAYS)
            errors += ahead.errors
            warnings += ahead.warnings
    return Findings(tuple(sorted(set(errors))), tuple(sorted(set(warnings))))


def without_plan(folder: Path, plans: Plans, communities: Communities) -> Iterator[Problem]:
    """Kinds of crisis for which nobody has written a plan."""
    for kind, default in uncovered(plans, communities):
        instead = "incidents of this kind carry none" if default is None else f"{default.id!r} stands in"
        yield Problem(str(folder), 1, 1, kind.value, f"there is no plan for this kind of crisis; {instead}")


def unwatched(file: Path, communities: Communities, *, deadman: bool) -> Iterator[Problem]:
    """Why nobody would notice that Feuerwache itself stands still."""
    if not any(community.canary for community in communities.communities):
        reason = "no community is marked `canary: true`; nobody notices when posts no longer come through"
        yield Problem(str(file), 1, 1, "communities", reason)
    if not deadman:
        reason = "FEUERWACHE_DEADMAN_URL is not set; nobody outside notices when canaries no longer come home"
        yield Problem(str(file), 1, 1, "canary", reason)
