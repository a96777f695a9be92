"""`config/policies.yaml`: the ladders an incident may climb, one per severity.

An incident takes its ladder along when it begins (`freeze`), so that a change of the file never moves an escalation
that is under way. A ladder names layers, teams and persons by id, never an address.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from feuerwache.common.config.duration import Duration
from feuerwache.common.config.source import ConfigError, ConfigModel, Document, read
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import FrozenPolicy, PolicyStep
from feuerwache.common.events.page import ChannelTarget, LayerTarget, PersonTarget, Target, TeamTarget, Urgency


class Reach(ConfigModel):
    """One target of a step; exactly one of the four. `layer` is written `schedule/layer`."""

    layer: Annotated[str | None, Field(pattern=r"^[^/\s]+/[^/\s]+$")] = None
    team: str | None = None
    person: str | None = None
    channel: str | None = None

    @model_validator(mode="after")
    def exactly_one(self) -> Reach:
        if sum(value is not None for value in (self.layer, self.team, self.person, self.channel)) != 1:
            raise ValueError("name one of: layer, team, person, channel")
        return self

    def target(self) -> Target:
        if self.layer is not None:
            schedule, layer = self.layer.split("/")
            return LayerTarget(schedule=schedule, layer=layer)
        if self.team is not None:
            return TeamTarget(team=self.team)
        if self.person is not None:
            return PersonTarget(person_id=self.person)
        return ChannelTarget(channel=self.channel or "")


class Step(ConfigModel):
    """Reach these, then wait so long (event time) for somebody to take over."""

    reach: Annotated[tuple[Reach, ...], Field(min_length=1)]
    wait: Duration
    urgency: Urgency = Urgency.URGENT

    def frozen(self) -> PolicyStep:
        return PolicyStep(
            targets=tuple(reach.target() for reach in self.reach),
            wait_seconds=self.wait.total_seconds(),
            urgency=self.urgency,
        )


class Ladder(ConfigModel):
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=20)]
    repeat: Annotated[int, Field(ge=0, le=10)] = 0


class Ladders(ConfigModel):
    """A ladder for each severity; a severity without its own takes the next lower one's."""

    low: Ladder
    high: Ladder | None = None
    critical: Ladder | None = None

    def of(self, severity: Severity) -> Ladder:
        if severity is Severity.CRITICAL and self.critical is not None:
            return self.critical
        if severity is not Severity.LOW and self.high is not None:
            return self.high
        return self.low


class Policy(ConfigModel):
    """`auto_resolve_after`: so long must detectors and people be quiet before what somebody has ends by itself."""

    id: str
    title: dict[str, str] = {}
    ladders: Ladders
    #: Half an hour at least: a fire flickers before it is out.
    auto_resolve_after: Annotated[Duration, Field(ge=timedelta(minutes=30), le=timedelta(days=7))] = timedelta(hours=2)

    def freeze(self, severity: Severity, config_hash: str) -> FrozenPolicy:
        """The ladder for this severity as an incident carries it."""
        ladder = self.ladders.of(severity)
        return FrozenPolicy(
            policy_id=self.id,
            config_hash=config_hash,
            steps=tuple(step.frozen() for step in ladder.steps),
            repeat=ladder.repeat,
            auto_resolve_seconds=self.auto_resolve_after.total_seconds(),
        )


class Policies(ConfigModel):
    policies: Annotated[tuple[Policy, ...], Field(min_length=1)]

    def get(self, policy_id: str) -> Policy | None:
        return next((policy for policy in self.policies if policy.id == policy_id), None)


def check(document: Document) -> Policies:
    """The policies of a parsed file; raises `ConfigError` naming file and line of everything that is wrong."""
    policies = document.parse(Policies)
    seen: set[str] = set()
    problems = []
    for index, policy in enumerate(policies.policies):
        if policy.id in seen:
            problems.append(document.problem(("policies", index, "id"), f"policy {policy.id!r} stands there twice"))
        seen.add(policy.id)
    if problems:
        raise ConfigError(problems)
    return policies


def load_policies(config_dir: Path) -> Policies:
    return check(read(config_dir / "policies.yaml"))
