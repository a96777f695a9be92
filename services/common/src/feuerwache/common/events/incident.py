"""Incidents: one fire, one owner, a frozen policy, a timeline. And the commands people give about them."""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from feuerwache.common.calendar.timeclass import TimeClass
from feuerwache.common.events.actor import Actor
from feuerwache.common.events.alarm import CrisisKind, Figures, Highlight
from feuerwache.common.events.base import AwareDatetime, Model, Payload
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import Target, Urgency
from feuerwache.common.events.post import PostRef

#: An incident keeps this many timeline entries and examples; the rest is in the console's SQL.
MAX_TIMELINE = 100
MAX_EXAMPLES = 5


class IncidentState(StrEnum):
    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    REOPENED = "reopened"


class PolicyStep(Model):
    """One step of the ladder: whom to reach, and how many seconds of event time to wait before the next one.

    It fires in the time classes of `when` alone (always, when that is empty) and `repeat` times more than once.
    """

    targets: tuple[Target, ...]
    wait_seconds: float
    urgency: Urgency = Urgency.URGENT
    when: tuple[TimeClass, ...] = ()
    repeat: int = 0


class FrozenLadder(Model):
    """The steps that stand in for the policy's own in these time classes."""

    when: tuple[TimeClass, ...]
    steps: tuple[PolicyStep, ...]


class FrozenTimes(Model):
    """By which clock and whose holidays the time class of an instant is decided; see `common/calendar`."""

    timezone: str
    region: str | None = None
    office_from: time
    office_to: time
    night_from: time
    night_to: time
    half_days_from: time | None = None


class FrozenPolicy(Model):
    """The policy as it stood when the incident began; `repeat` says how often the whole ladder is climbed again.

    It names people by id and layers by name, never an address or a phone number. After `auto_resolve_seconds` of quiet
    what somebody has taken over ends by itself.

    Which steps hold is decided when a step fires: of `instead` the first whose `when` is now, else `steps`; `times` is
    the clock for it (None: one of before there were time classes). From `quiet_from` until `quiet_to` on that clock
    nobody is paged: it waits for the digest at the end. When the ladder is through, `last_resort` is paged. With
    `ask_again_seconds` an owner of whom nothing is heard for so long is asked, and after as long again the ladder goes
    on. Who was paged at night should rest for `rest_seconds`.
    """

    policy_id: str
    config_hash: str
    steps: tuple[PolicyStep, ...]
    repeat: int = 0
    auto_resolve_seconds: float = 7200
    instead: tuple[FrozenLadder, ...] = ()
    last_resort: tuple[Target, ...] = ()
    last_resort_wait_seconds: float = 1800
    times: FrozenTimes | None = None
    quiet_from: time | None = None
    quiet_to: time | None = None
    ask_again_seconds: float | None = None
    rest_seconds: float | None = None


class FiredStep(Model):
    """The step of the present ladder that fired last: its page, and how many targets that named."""

    page: UUID
    round: int
    step: int
    targets: int


class TimelineEntry(Model):
    """`what` is a short machine word (triggered, alarm, paged, acknowledged …); `detail` its values for the texts."""

    at: AwareDatetime
    what: str
    actor: Actor | None = None
    detail: dict[str, str | int | float | bool | None] = {}


class FrozenPlanStep(Model):
    """One line of the checklist, in the house's languages (`de`, `en`)."""

    id: str
    title: dict[str, str]


class FrozenPlan(Model):
    """The crisis plan the incident carries: its checklist as it stood at the start; texts stay in `config/plans`."""

    plan_id: str
    steps: tuple[FrozenPlanStep, ...]


class Tick(Model):
    """A step of the plan that was done, when and by whom. Taking it back removes the tick."""

    step: str
    at: AwareDatetime
    actor: Actor


class IncidentPart(Model):
    """What else burns in this incident, as its own detector says: one per community of the brand, kind and `about`.

    `kind` is set when it is another one than the incident's, after two incidents were merged.
    """

    community: str
    community_title: str
    severity: Severity
    onset: AwareDatetime
    last_alarm_at: AwareDatetime
    about: str = ""
    figures: Figures = Figures()
    alarms: int = 1
    ended_at: AwareDatetime | None = None
    kind: CrisisKind | None = None


class Incident(Model):
    """The whole state of an incident. `revision` rises by one with each change.

    `step` is the index of the next step to fire (None once there is none left), `round` how often the ladder was
    climbed, `due_at` when that step fires: state, so that an outage delays it and cannot lose it.
    `alarm_ids`, `command_ids` and `receipt_ids` remember what was applied, newest last and bounded, so that repeats
    change nothing. `first_round` is the round in which the present ladder began: a reopening or a rise in severity
    begins a new one. `rule_id` is set when a rule escalated single posts. `late` incidents came from late events only.
    `community` is where it began, `parts` is what else burns: in other communities of the brand, or about
    something else.
    `quiet_since` is when the last of its detectors said that it is over; None while one of them burns, or nobody knows.
    `went_quiet_at` is set while nobody has taken over what is over: when its people were left to a digest.
    `again` counts how often the present step has been repeated, `fired` is the step before it, `pages` the newest of
    the present ladder. `reached` says whether any of those got through (None: nothing is known). `held` waits for the
    end of quiet hours. `resorted`: the last resort has been paged. `asked_at`: since when the owner has been asked
    again; while somebody has it, `due_at` is when that is due.
    """

    incident_id: UUID
    revision: int
    shard: int
    community: str
    community_title: str
    kind: CrisisKind
    severity: Severity
    state: IncidentState
    onset: AwareDatetime
    opened_at: AwareDatetime
    last_alarm_at: AwareDatetime
    policy: FrozenPolicy
    step: int | None
    round: int = 0
    due_at: AwareDatetime | None = None
    figures: Figures = Figures()
    examples: tuple[PostRef, ...] = ()
    rule_title: dict[str, str] = {}
    owner: str | None = None
    acknowledged_at: AwareDatetime | None = None
    acknowledged_after_step: int | None = None
    resolved_at: AwareDatetime | None = None
    resolved_reason: str | None = None
    snoozed_until: AwareDatetime | None = None
    merged_into: UUID | None = None
    alarms: int = 1
    timeline: tuple[TimelineEntry, ...] = ()
    alarm_ids: tuple[UUID, ...] = ()
    command_ids: tuple[UUID, ...] = ()
    receipt_ids: tuple[UUID, ...] = ()
    first_round: int = 0
    rule_id: str | None = None
    late: bool = False
    canary: bool = False
    brand: str = ""
    about: str = ""
    highlights: tuple[Highlight, ...] = ()
    parts: tuple[IncidentPart, ...] = ()
    ended_at: AwareDatetime | None = None
    quiet_since: AwareDatetime | None = None
    went_quiet_at: AwareDatetime | None = None
    plan: FrozenPlan | None = None
    ticks: tuple[Tick, ...] = ()
    merged_from: tuple[UUID, ...] = ()
    split_from: UUID | None = None
    again: int = 0
    fired: FiredStep | None = None
    pages: tuple[UUID, ...] = ()
    reached: bool | None = None
    held: bool = False
    resorted: bool = False
    asked_at: AwareDatetime | None = None


class IncidentChanged(Payload):
    TYPE: ClassVar[str] = "feuerwache.incident.changed.v1"
    incident: Incident


class Command(Payload):
    """A command about one incident. The event's id makes it take effect once."""

    incident_id: UUID
    actor: Actor


class Acknowledge(Command):
    TYPE: ClassVar[str] = "feuerwache.incident.acknowledge.v1"
    command: Literal["acknowledge"] = "acknowledge"


class Resolve(Command):
    TYPE: ClassVar[str] = "feuerwache.incident.resolve.v1"
    command: Literal["resolve"] = "resolve"
    reason: Literal["handled", "calmed_down", "false_alarm", "duplicate", "drill"] = "handled"
    note: str = ""


class Snooze(Command):
    TYPE: ClassVar[str] = "feuerwache.incident.snooze.v1"
    command: Literal["snooze"] = "snooze"
    until: AwareDatetime


class Declare(Payload):
    """Somebody declares an incident by hand; `incident_id` is chosen by the one who declares."""

    TYPE: ClassVar[str] = "feuerwache.incident.declare.v1"
    command: Literal["declare"] = "declare"
    incident_id: UUID
    community: str
    severity: Severity
    note: str
    actor: Actor


class HandOver(Command):
    TYPE: ClassVar[str] = "feuerwache.incident.hand-over.v1"
    command: Literal["hand_over"] = "hand_over"
    to: str


class NeedHelp(Command):
    """The owner wants the next layer too; the incident stays theirs."""

    TYPE: ClassVar[str] = "feuerwache.incident.need-help.v1"
    command: Literal["need_help"] = "need_help"


class Merge(Command):
    TYPE: ClassVar[str] = "feuerwache.incident.merge.v1"
    command: Literal["merge"] = "merge"
    into: UUID


class Split(Command):
    """Takes the named examples out into an incident of their own, `new_incident_id`."""

    TYPE: ClassVar[str] = "feuerwache.incident.split.v1"
    command: Literal["split"] = "split"
    new_incident_id: UUID
    examples: tuple[PostRef, ...]


class Mute(Payload):
    """An announced campaign: detectors of this community raise their bar until then, to `factor` times the measure."""

    TYPE: ClassVar[str] = "feuerwache.incident.mute.v1"
    command: Literal["mute"] = "mute"
    community: str
    kinds: tuple[CrisisKind, ...]
    start: AwareDatetime
    until: AwareDatetime
    factor: float = 3.0
    note: str = ""
    actor: Actor


class Comment(Command):
    TYPE: ClassVar[str] = "feuerwache.incident.comment.v1"
    command: Literal["comment"] = "comment"
    text: Annotated[str, Field(max_length=2000)]


class TickPlanStep(Command):
    TYPE: ClassVar[str] = "feuerwache.incident.tick-plan-step.v1"
    command: Literal["tick_plan_step"] = "tick_plan_step"
    plan: str
    plan_step: str
    done: bool = True


IncidentCommand = Annotated[
    Acknowledge | Resolve | Snooze | Declare | HandOver | NeedHelp | Merge | Split | Mute | Comment | TickPlanStep,
    Field(discriminator="command"),
]
