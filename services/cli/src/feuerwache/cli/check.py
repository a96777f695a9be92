"""All that is wrong with a configuration directory, each file by its own rules and the files against each other.

Pure but for reading the files: the instant from which the on-call schedule is looked at is passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from feuerwache.common.config.community import Communities, load_communities
from feuerwache.common.config.people import People, load_people
from feuerwache.common.config.plan import Plans, load_plans, uncovered
from feuerwache.common.config.source import ConfigError, Document, Problem, read
from feuerwache.escalation.crisis.watched import load_watched
from feuerwache.escalation.policy.house import load_house
from feuerwache.escalation.policy.policies import Policies, Reach
from feuerwache.escalation.rules.ruleset import load_rulesets
from feuerwache.escalation.rules.trial import try_rules
from feuerwache.ingest.integration import load_integrations
from feuerwache.notifier.schedule.model import Schedules, load_schedules
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
    if communities:
        known: Communities = communities
        attempt(lambda: load_integrations(config_dir, known))
        plans = attempt(lambda: load_plans(config_dir, known))
        attempt(lambda: load_watched(config_dir))
    rulesets = attempt(lambda: load_rulesets(config_dir)) or {}
    for ruleset in rulesets.values():
        errors += [
            Problem(trial.file, 1, 1, trial.rule_id, f"its test {trial.number} ({trial.name}) fails")
            for trial in try_rules(ruleset)
            if not trial.passed
        ]
    warnings: list[Problem] = []
    if communities and plans is not None:
        warnings += without_plan(config_dir / "plans", plans, communities)
    if communities:
        warnings += unwatched(config_dir / "communities.yaml", communities, deadman=deadman)
    if people:
        those: People = people
        schedules = attempt(lambda: load_schedules(config_dir, those))
        if schedules and house:
            errors += unknown_targets(read(config_dir / "policies.yaml"), house.policies, schedules, people)
        if schedules:
            ahead = outlook(read(config_dir / "schedules.yaml"), schedules, now, OUTLOOK_DAYS)
            errors += ahead.errors
            warnings += ahead.warnings
    return Findings(tuple(sorted(set(errors))), tuple(sorted(set(warnings))))


def unknown_targets(document: Document, policies: Policies, schedules: Schedules, people: People) -> Iterator[Problem]:
    """Steps that would reach nobody, because what they name does not exist."""
    for number, policy in enumerate(policies.policies):
        for severity, ladder in policy.ladders:
            for at, step in enumerate(ladder.steps if ladder else ()):
                for which, reach in enumerate(step.reach):
                    unknown = what_is_unknown(reach, schedules, people)
                    if unknown:
                        path = ("policies", number, "ladders", severity, "steps", at, "reach", which)
                        yield document.problem(path, unknown)


def what_is_unknown(reach: Reach, schedules: Schedules, people: People) -> str | None:
    """Why this target leads nowhere, or None."""
    if reach.layer is not None:
        schedule_id, layer_id = reach.layer.split("/")
        return unknown_layer(schedule_id, layer_id, schedules)
    if reach.person is not None and people.person(reach.person) is None:
        return f"person {reach.person!r} does not stand in people.yaml"
    if reach.team is not None and people.team(reach.team) is None:
        return f"team {reach.team!r} does not stand in people.yaml"
    if reach.channel is not None and people.room(reach.channel) is None:
        return f"channel {reach.channel!r} is no room of people.yaml"
    return None


def unknown_layer(schedule_id: str, layer_id: str, schedules: Schedules) -> str | None:
    schedule = schedules.get(schedule_id)
    if schedule is None:
        return f"schedule {schedule_id!r} does not stand in schedules.yaml"
    if schedule.layer(layer_id) is None:
        known = ", ".join(layer.id for layer in schedule.layers)
        return f"schedule {schedule_id!r} has no layer {layer_id!r}; it has: {known}"
    return None


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
