"""A house rule as it is written in `config/rules/<set>/*.yaml`, and the tests that stand beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from feuerwache.common.config.source import ConfigModel
from feuerwache.common.events.decision import Action, Mode, Severity


class Words(ConfigModel):
    """The same in German and English; both are needed, because pages and statements go out in either."""

    de: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


class Schedule(StrEnum):
    """When a rule applies, in the community's local time; several mean "any of them", none means always."""

    NIGHTS = "nights"
    DAYS = "days"
    WEEKENDS = "weekends"
    WEEKDAYS = "weekdays"
    HOLIDAYS = "holidays"
    OFFICE_HOURS = "office_hours"


#: The field of `time` that each looks at, and what it must be.
_APPLIES: Mapping[Schedule, tuple[str, bool]] = {
    Schedule.NIGHTS: ("night", True),
    Schedule.DAYS: ("night", False),
    Schedule.WEEKENDS: ("weekend", True),
    Schedule.WEEKDAYS: ("weekend", False),
    Schedule.HOLIDAYS: ("holiday", True),
    Schedule.OFFICE_HOURS: ("office_hours", True),
}


def times_of(schedule: tuple[Schedule, ...]) -> tuple[tuple[str, bool], ...]:
    """The schedule as fields of `time` and what each must be; any of them is enough."""
    return tuple(_APPLIES[each] for each in schedule)


class RuleTest(ConfigModel):
    """One post and what *this* rule is to ask for: all its actions, or nothing. What is not given is unremarkable."""

    name: str = ""
    post: dict[str, Any] = {}
    labels: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}
    author: dict[str, Any] = {}
    thread: dict[str, Any] = {}
    community: dict[str, Any] = {}
    matched: dict[str, Any] = {}
    time: dict[str, Any] = {}
    expect: tuple[Action, ...]


_QUOTA = re.compile(r"^(\d+)/(hour|day)$")


class Rule(ConfigModel):
    """`when` is CEL over the names of `context.SCHEMA`; `then` lists what it asks for.

    `notice` is told to the author with the statement of reasons (a helpline, for instance). `law` is the legal ground
    where the content is held to be illegal; without it the ground is the house's own rules. `quota` is a circuit
    breaker: beyond it the rule asks for a review by a human and nothing else. `replaces` names a rule of an included
    file in whose place this one stands.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    replaces: str | None = None
    title: Words
    when: Annotated[str, Field(min_length=1)]
    then: Annotated[tuple[Action, ...], Field(min_length=1)]
    severity: Severity | None = None
    quota: Annotated[str, Field(pattern=_QUOTA.pattern)] | None = None
    schedule: tuple[Schedule, ...] = ()
    mode: Mode = Mode.LIVE
    forward_to: str | None = None
    move_to: str | None = None
    notice: Words | None = None
    law: Words | None = None
    tests: tuple[RuleTest, ...] = ()

    @model_validator(mode="after")
    def actions_have_their_details(self) -> Rule:
        needs: tuple[tuple[Action, str, object], ...] = (
            (Action.ESCALATE, "severity", self.severity),
            (Action.FORWARD, "forward_to", self.forward_to),
            (Action.MOVE, "move_to", self.move_to),
        )
        for action, field, value in needs:
            if action in self.then and value is None:
                raise ValueError(f"rule {self.id!r} asks for `{action}` and must say `{field}`")
        if len(set(self.then)) != len(self.then):
            raise ValueError(f"rule {self.id!r} names an action twice in `then`")
        if Action.APPROVE in self.then and len(self.then) > 1:
            raise ValueError(f"rule {self.id!r}: `approve` stands alone, it cannot be combined")
        return self

    @property
    def limit(self) -> tuple[int, Literal["hour", "day"]] | None:
        """The quota as count and span."""
        found = _QUOTA.match(self.quota or "")
        return None if found is None else (int(found[1]), "hour" if found[2] == "hour" else "day")

    def on_duty(self, time: dict[str, Any]) -> bool:
        """Whether the schedule includes a post of this local time (the context's `time`)."""
        return not self.schedule or any(time.get(field, False) is wanted for field, wanted in times_of(self.schedule))
