"""`config/policies.yaml`: the ladders an incident may climb, one per severity, other ones at other times of the week.

An incident takes its ladder along when it begins (`freeze`), so that a change of the file never moves an escalation
that is under way. A ladder names layers, teams and persons by id, never an address.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from feuerwache.common.calendar.holiday import holidays_of
from feuerwache.common.calendar.timeclass import DEFAULT_HOURS, TimeClass, holds, moments
from feuerwache.common.config.community import Community
from feuerwache.common.config.duration import Duration
from feuerwache.common.config.source import ConfigError, ConfigModel, Document, read
from feuerwache.common.config.walltime import WallTime
from feuerwache.common.config.zone import Zone
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import FrozenLadder, FrozenPolicy, FrozenTimes, PolicyStep
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


When = tuple[TimeClass, ...]


class Step(ConfigModel):
    """Reach these, then wait so long (event time) for somebody to take over; and again, `repeat` times.

    With `when`, in these time classes only.
    """

    reach: Annotated[tuple[Reach, ...], Field(min_length=1)]
    wait: Duration
    urgency: Urgency = Urgency.URGENT
    repeat: Annotated[int, Field(ge=0, le=10)] = 0
    when: When = ()

    def frozen(self) -> PolicyStep:
        return PolicyStep(
            targets=tuple(reach.target() for reach in self.reach),
            wait_seconds=self.wait.total_seconds(),
            urgency=self.urgency,
            when=self.when,
            repeat=self.repeat,
        )


Steps = Annotated[tuple[Step, ...], Field(min_length=1, max_length=20)]


class Instead(ConfigModel):
    """The steps that stand in for the ladder's own in these time classes."""

    when: Annotated[When, Field(min_length=1)]
    steps: Steps

    @model_validator(mode="after")
    def one_when_is_enough(self) -> Instead:
        if any(step.when for step in self.steps):
            raise ValueError("`when` stands here already: its steps have none of their own")
        return self


class Ladder(ConfigModel):
    """`repeat`: the whole ladder so many times more. Of `instead`, the first that is for the time holds."""

    steps: Steps
    repeat: Annotated[int, Field(ge=0, le=10)] = 0
    instead: Annotated[tuple[Instead, ...], Field(max_length=5)] = ()

    def at(self, now: Collection[TimeClass]) -> tuple[Step, ...]:
        """The steps that are for an instant of these classes."""
        ladder = next((each.steps for each in self.instead if holds(each.when, now)), self.steps)
        return tuple(step for step in ladder if holds(step.when, now))


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


class LastResort(ConfigModel):
    """Who is paged when a ladder is through, with all its repeats, and nobody has answered."""

    reach: Annotated[tuple[Reach, ...], Field(min_length=1)]
    wait: Duration = timedelta(minutes=30)


class Span(ConfigModel):
    """From, until before, by the wall clock; past midnight if the end is the earlier one."""

    start: Annotated[WallTime, Field(alias="from")]
    end: Annotated[WallTime, Field(alias="to")]

    @model_validator(mode="after")
    def lasts(self) -> Span:
        if self.start == self.end:
            raise ValueError("it begins when it ends")
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            raise ValueError("the zone stands at `times`, once")
        return self


class Times(ConfigModel):
    """What is night, and where. Zone and region are the community's where none are given.

    `half_days_from`: from when on the 24th and 31st of December count as holidays; never, when left out.
    """

    timezone: Zone | None = None
    region: str | None = None
    office: Span = Span.model_validate({"from": DEFAULT_HOURS.office_from, "to": DEFAULT_HOURS.office_to})
    night: Span = Span.model_validate({"from": DEFAULT_HOURS.night_from, "to": DEFAULT_HOURS.night_to})
    half_days_from: WallTime | None = None

    @field_validator("region")
    @classmethod
    def is_known(cls, region: str | None) -> str | None:
        if region is not None:
            holidays_of(region)
        return region

    def frozen(self, community: Community | None) -> FrozenTimes:
        return FrozenTimes(
            timezone=self.timezone or (community.timezone if community else "Europe/Berlin"),
            region=self.region or (community.region if community else None),
            office_from=self.office.start,
            office_to=self.office.end,
            night_from=self.night.start,
            night_to=self.night.end,
            half_days_from=self.half_days_from,
        )


class Policy(ConfigModel):
    """`auto_resolve_after`: so long must detectors and people be quiet before what somebody has ends by itself.

    `quiet_hours`: what is low pages nobody then, and goes into the digest at their end. `ask_again_after`: when nothing
    has been heard of an owner for so long, they are asked; and after as long again, others. `minimum_rest`: who was
    paged at night and is called again before that is named at the change of shifts.
    """

    id: str
    title: dict[str, str] = {}
    ladders: Ladders
    #: Half an hour at least: a fire flickers before it is out.
    auto_resolve_after: Annotated[Duration, Field(ge=timedelta(minutes=30), le=timedelta(days=7))] = timedelta(hours=2)
    times: Times = Times()
    last_resort: LastResort | None = None
    quiet_hours: Span | None = None
    ask_again_after: Annotated[Duration, Field(ge=timedelta(minutes=5), le=timedelta(days=1))] | None = None
    minimum_rest: Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(days=1))] | None = timedelta(hours=11)

    def freeze(self, severity: Severity, config_hash: str, community: Community | None = None) -> FrozenPolicy:
        """The ladder for this severity as an incident of this community carries it."""
        ladder = self.ladders.of(severity)
        quiet = self.quiet_hours if severity is Severity.LOW else None
        resort = self.last_resort
        return FrozenPolicy(
            policy_id=self.id,
            config_hash=config_hash,
            steps=tuple(step.frozen() for step in ladder.steps),
            repeat=ladder.repeat,
            auto_resolve_seconds=self.auto_resolve_after.total_seconds(),
            instead=tuple(
                FrozenLadder(when=each.when, steps=tuple(step.frozen() for step in each.steps))
                for each in ladder.instead
            ),
            last_resort=tuple(reach.target() for reach in resort.reach) if resort else (),
            last_resort_wait_seconds=resort.wait.total_seconds() if resort else 1800,
            times=self.times.frozen(community),
            quiet_from=quiet.start if quiet else None,
            quiet_to=quiet.end if quiet else None,
            ask_again_seconds=self.ask_again_after.total_seconds() if self.ask_again_after else None,
            rest_seconds=self.minimum_rest.total_seconds() if self.minimum_rest else None,
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
        problems += [
            document.problem(("policies", index, "ladders", severity), f"no step is for: {', '.join(sorted(now))}")
            for severity, ladder in policy.ladders
            if ladder is not None
            for now in moments()
            if not ladder.at(now)
        ]
    if problems:
        raise ConfigError(problems)
    return policies


def load_policies(config_dir: Path) -> Policies:
    return check(read(config_dir / "policies.yaml"))
