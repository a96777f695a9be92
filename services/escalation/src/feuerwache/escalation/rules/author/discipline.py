"""Progressive discipline: what a repeated violation leads to, by points that fade. Pure, from the journal alone.

A ladder (`config/ladders.yaml`) says what a violation costs and from how many points in force which step follows: a
hint, a warning, a restriction for some hours, in the end the proposal of a ban. Rules ask for `warn` or `restrict`;
where the community has a ladder, it decides which step that is. A ban is only ever proposed: the post goes to review
with that mark, and a human decides. What the decision says is written into the journal, so that a replay, and a
ladder that has changed since, find the points as they were given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from feuerwache.common.config.community import Communities
from feuerwache.common.config.source import ConfigError, ConfigModel, load, read
from feuerwache.common.events.author import JournalEntry
from feuerwache.common.events.decision import Action, Discipline, Severity, Step
from feuerwache.escalation.rules.engine.engine import ordered
from feuerwache.escalation.rules.language.context import Fields
from feuerwache.escalation.rules.sets.rule import Words

FILE = "ladders.yaml"
#: What goes through the ladder.
DISCIPLINARY = frozenset({Action.WARN, Action.RESTRICT})
#: Points below this are gone: a half-life never ends by itself.
FADED = 0.05

_DONE = {
    Step.HINT: Action.WARN,
    Step.WARNING: Action.WARN,
    Step.RESTRICTION: Action.RESTRICT,
    Step.BAN_PROPOSAL: Action.REVIEW,
}
_RANKS = {step: rank for rank, step in enumerate(Step)}

Points = Annotated[float, Field(ge=0, le=1000)]


class Costs(ConfigModel):
    """Points of a violation: by what is done, and by the severity of the rules that ask for it; the larger counts."""

    actions: dict[Action, Points] = {}
    severities: dict[Severity, Points] = {}


class Decay(ConfigModel):
    """How points fade: by half in so many days, or all at once after so many; with both, whichever takes more."""

    half_life_days: Annotated[float, Field(gt=0, le=3650)] | None = None
    forgotten_after_days: Annotated[float, Field(gt=0, le=3650)] | None = None

    @model_validator(mode="after")
    def something_fades(self) -> Decay:
        if self.half_life_days is None and self.forgotten_after_days is None:
            raise ValueError("points must fade: say `half_life_days` or `forgotten_after_days`")
        return self

    def left(self, points: float, age: timedelta) -> float:
        """What is left of points of this age; nothing yet of those from the future."""
        days = age / timedelta(days=1)
        if days < 0 or (self.forgotten_after_days is not None and days >= self.forgotten_after_days):
            return 0.0
        if self.half_life_days is None:
            return points
        faded: float = points * 0.5 ** (days / self.half_life_days)
        return faded if faded >= FADED else 0.0


class Rung(ConfigModel):
    """A step and the points from which it follows; `hours` is how long a restriction lasts."""

    step: Step
    points: Points
    hours: Annotated[float, Field(gt=0, le=8760)] | None = None

    @model_validator(mode="after")
    def a_restriction_ends(self) -> Rung:
        if self.step is Step.RESTRICTION and self.hours is None:
            raise ValueError("a restriction says for how many `hours`")
        if self.step is not Step.RESTRICTION and self.hours is not None:
            raise ValueError(f"`hours` belongs to a restriction, not to `{self.step}`")
        return self


class Ladder(ConfigModel):
    """`steps` from mild to strict. Within `pause_minutes` after a step no stricter one follows: whoever has not had
    the time to read the first one gets no second."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: Words
    points: Costs
    decay: Decay
    pause_minutes: Annotated[float, Field(ge=0, le=10080)] = 0
    steps: Annotated[tuple[Rung, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def steps_rise(self) -> Ladder:
        if self.steps[0].points != 0:
            raise ValueError(f"ladder {self.id!r}: the first step must follow from 0 points, or nothing would happen")
        for lower, higher in zip(self.steps, self.steps[1:], strict=False):
            if higher.points <= lower.points:
                raise ValueError(f"ladder {self.id!r}: `{higher.step}` must need more points than the step before it")
            if _RANKS[higher.step] < _RANKS[lower.step]:
                raise ValueError(f"ladder {self.id!r}: `{higher.step}` is milder than the step before it")
        if not any(self.points.actions.values()) and not any(self.points.severities.values()):
            raise ValueError(f"ladder {self.id!r}: nothing costs any points")
        return self

    def cost(self, actions: Iterable[Action], severity: Severity | None = None) -> float:
        """Points of a violation for which these actions are taken, asked for by rules of this severity."""
        by_action = max((self.points.actions.get(action, 0.0) for action in actions), default=0.0)
        return max(by_action, self.points.severities.get(severity, 0.0) if severity is not None else 0.0)

    def in_force(self, offences: Iterable[JournalEntry], at: datetime) -> float:
        """The points of these violations that are left at `at`, to three places."""
        return round(sum(self.decay.left(entry.points, at - entry.at) for entry in offences), 3)

    def rung(self, points: float, last: Step | None) -> Rung:
        """The step that follows from so many points, no stricter than `last` where there is one."""
        reached = [each for each in self.steps if each.points <= points]
        if last is not None:
            reached = [each for each in reached if _RANKS[each.step] <= _RANKS[last]] or reached[:1]
        return reached[-1]


class Ladders(ConfigModel):
    ladders: tuple[Ladder, ...] = ()

    @model_validator(mode="after")
    def ids_are_unique(self) -> Ladders:
        seen: set[str] = set()
        for ladder in self.ladders:
            if ladder.id in seen:
                raise ValueError(f"ladder {ladder.id!r} stands there twice")
            seen.add(ladder.id)
        return self


def load_ladders(config_dir: Path, communities: Communities) -> dict[str, Ladder]:
    """Every ladder by its id. Without a file there are none. Raises `ConfigError`, also for a community that names one
    which does not exist."""
    path = config_dir / FILE
    ladders = {ladder.id: ladder for ladder in load(path, Ladders).ladders} if path.exists() else {}
    named = [(index, each) for index, each in enumerate(communities.communities) if each.ladder is not None]
    unknown = [(index, each.ladder) for index, each in named if each.ladder not in ladders]
    if unknown:
        document = read(config_dir / "communities.yaml")
        known = f"it has: {', '.join(ladders)}" if ladders else "there are none"
        raise ConfigError(
            [
                document.problem(("communities", index, "ladder"), f"ladder {name!r} does not stand in {FILE}; {known}")
                for index, name in unknown
            ]
        )
    return ladders


def instead(actions: Iterable[Action], step: Step) -> tuple[Action, ...]:
    """What is done where these were asked for and the ladder came to `step`: a ban is looked at by a human."""
    return ordered([*(set(actions) - DISCIPLINARY), _DONE[step]])


@dataclass(frozen=True, slots=True)
class Consequence:
    """What the ladder makes of a violation: `discipline` for the decision, `actions` instead of those asked for.

    `points` are what this post costs alone: they go into the journal, `discipline.points` are those in force with them.
    """

    discipline: Discipline
    points: float
    actions: tuple[Action, ...]


def consequence(
    ladder: Ladder,
    offences: Sequence[JournalEntry],
    actions: tuple[Action, ...],
    severity: Severity | None,
    at: datetime,
) -> Consequence | None:
    """The step for a post of the instant `at`, for which rules ask these actions; None if no `warn` or `restrict` is.

    `offences` are the author's other ones (`Journal.offences`), oldest first; those after `at` are not looked at.
    `severity` is the highest of the rules that ask. A restriction that is running is never shortened.
    """
    if DISCIPLINARY.isdisjoint(actions):
        return None
    cost = ladder.cost(actions, severity)
    points = round(ladder.in_force(offences, at) + cost, 3)
    pause = timedelta(minutes=ladder.pause_minutes)
    recent = [Step(each.step) for each in offences if each.step and timedelta(0) <= at - each.at < pause]
    rung = ladder.rung(points, max(recent, key=_RANKS.__getitem__, default=None))
    until: datetime | None = None
    if rung.hours is not None:
        running = [each.until for each in offences if each.until is not None and each.at <= at]
        until = max([at + timedelta(hours=rung.hours), *running])
    return Consequence(
        discipline=Discipline(ladder=ladder.id, step=rung.step, points=points, until=until),
        points=cost,
        actions=instead(actions, rung.step),
    )


def discipline_fields(ladder: Ladder | None, offences: Sequence[JournalEntry], at: datetime) -> Fields:
    """`author.points` and `author.step` of the rule context: where the author stands on the ladder at `at`."""
    if ladder is None or not offences:
        return {"points": 0.0, "step": ""}
    return {"points": ladder.in_force(offences, at), "step": last_step(ladder, offences, at)}


def last_step(ladder: Ladder, offences: Sequence[JournalEntry], at: datetime) -> str:
    """The step of the newest violation that has not faded by `at`; empty where there is none."""
    for entry in reversed(offences):
        if entry.step and ladder.decay.left(entry.points, at - entry.at) > 0:
            return entry.step
    return ""
