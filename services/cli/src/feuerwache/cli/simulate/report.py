"""What a weekend came to, as one document: the same whether it was simulated or went through the running services.

All instants are in UTC; `timezone` says in which zone people read them. Steps and rounds count from 1. The document
holds no text of a post and nothing that depends on the machine, so the same weekend gives the same document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

from feuerwache.cli.simulate.forwards import Waiting
from feuerwache.cli.simulate.recording import BadLine
from feuerwache.cli.simulate.usual import Usual
from feuerwache.common.config.community import Communities
from feuerwache.common.config.department import Department
from feuerwache.common.events.alarm import CrisisKind, Figures
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.events.page import PageReceipt, PageRequested, ReceiptStatus
from feuerwache.common.events.pulse import CommunitiesPulsed
from feuerwache.escalation.rules.forwarding.deadline import Passed
from feuerwache.notifier.delivery.directory import Directory
from feuerwache.notifier.schedule.oncall import turns

Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
SLOT = timedelta(minutes=5)
#: Bad lines that are named; all are counted.
SHOWN = 50


class Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Called(Part):
    """One delivery of a page, or a target that meant nobody (`person` None; `reason` says which).

    `digest`: it told quietly of several incidents at once, of what is over or came late, and is no step of a ladder.
    """

    at: Instant
    step: int
    round: int
    urgency: str
    person: str | None
    name: str | None
    channel: str | None
    status: ReceiptStatus
    reason: str = ""
    digest: bool = False


class Burned(Part):
    """One incident. `delay_seconds` from its onset to the first alarm; `figures` are the last alarm's."""

    incident_id: UUID
    kind: CrisisKind
    about: str
    community: str
    community_title: str
    parts: tuple[str, ...]
    severity: Severity
    state: IncidentState
    onset: Instant
    first_alarm: Instant
    last_alarm: Instant
    delay_seconds: int
    alarms: int
    figures: Figures
    rule_title: dict[str, str]
    calls: tuple[Called, ...]
    acknowledged_at: Instant | None
    acknowledged_by: str | None
    late: bool


class Unmanned(Part):
    """A span in which a layer had nobody on call."""

    schedule: str
    layer: str
    start: Instant
    end: Instant

    @property
    def hours(self) -> float:
        return (self.end - self.start) / timedelta(hours=1)


class Unanswered(Part):
    """A post that nobody of the department it was passed on to has answered by its due time; it shows up again then.

    `came_up` is when that was; None: it had not at the end.
    """

    department: str
    department_title: dict[str, str]
    community: str
    community_title: str
    platform: str
    post_id: str
    passed_on: Instant
    due: Instant
    came_up: Instant | None


class Slot(Part):
    """Five minutes of one community's talk from `start` on. `usual`: the median of the same hour in earlier weeks."""

    start: Instant
    posts: int = 0
    negative: int = 0
    usual: float | None = None


class Talk(Part):
    community: str
    title: str
    slots: tuple[Slot, ...]


class Refused(Part):
    line: int
    field: str
    value: str | None
    reason: str


class Report(Part):
    """`by` says which way it went. `received` counts by kind, `decisions` by action, `dead_letters` by reason.

    `forwards`: department → what became of posts that were passed on to it (docs/rules/forwarding.md) → number. It and
    `unanswered` are told by a simulation only.
    """

    by: Literal["simulate", "replay"]
    file: str
    timezone: str
    begin: Instant
    end: Instant
    until: Instant
    lines: int
    reordered: bool
    bad_lines: int
    bad: tuple[Refused, ...]
    received: dict[str, int]
    repeats: int
    decisions: dict[str, int]
    withdrawn: int
    dead_letters: dict[str, int]
    incidents: tuple[Burned, ...]
    unmanned: tuple[Unmanned, ...]
    talk: tuple[Talk, ...]
    forwards: dict[str, dict[str, int]] = {}
    unanswered: tuple[Unanswered, ...] = ()

    @property
    def posts(self) -> int:
        return self.received.get("created", 0)

    @property
    def came_up(self) -> int:
        """Posts that showed up again because nobody had answered."""
        return sum(each.came_up is not None for each in self.unanswered)

    def forwarded(self, *outcomes: str) -> int:
        """Posts that were passed on and of which this became, over all departments."""
        return sum(counts.get(outcome, 0) for counts in self.forwards.values() for outcome in outcomes)

    @property
    def unmanned_hours(self) -> float:
        return sum(each.hours for each in self.unmanned)

    @property
    def nobody(self) -> Iterator[tuple[Burned, Called]]:
        """Targets of steps that meant nobody, or of which nobody was reached."""
        for incident in self.incidents:
            for call in incident.calls:
                if call.status not in REACHED:
                    yield incident, call


REACHED = frozenset({ReceiptStatus.SENT, ReceiptStatus.DELIVERED})
#: Receipts that say how a delivery ended.
ENDED = REACHED | {ReceiptStatus.FAILED, ReceiptStatus.UNREACHABLE, ReceiptStatus.OUTCOME_UNKNOWN}


@dataclass(frozen=True, slots=True)
class Names:
    """Who and what is meant by the ids."""

    directory: Directory
    communities: Communities

    def person(self, recipient: str | None) -> str | None:
        found = self.directory.recipient(recipient) if recipient is not None else None
        return found.name if found is not None else recipient

    def title(self, community: str) -> str:
        found = self.communities.get(community)
        return found.title if found is not None else community


def within(incident: Incident, end: datetime) -> bool:
    """Whether an incident is one of the recording: that this has an end is no silence."""
    return incident.onset <= end and not (incident.kind is CrisisKind.SILENCE and incident.opened_at > end)


def burned(
    incidents: Iterable[Incident],
    pages: Mapping[UUID, PageRequested],
    receipts: Sequence[PageReceipt],
    names: Names,
) -> tuple[Burned, ...]:
    """The incidents in the order in which they began; drills are none."""
    ordered = sorted(incidents, key=lambda each: (each.onset, each.opened_at, str(each.incident_id)))
    return tuple(_burned(each, pages, receipts, names) for each in ordered if not each.canary)


def _burned(
    incident: Incident, pages: Mapping[UUID, PageRequested], receipts: Sequence[PageReceipt], names: Names
) -> Burned:
    calls = [
        Called(
            at=receipt.at,
            step=receipt.step + 1,
            round=page.round + 1,
            urgency=page.urgency.value,
            digest=bool(page.digest),
            person=receipt.recipient,
            name=names.person(receipt.recipient),
            channel=receipt.channel,
            status=receipt.status,
            reason=receipt.reason,
        )
        for receipt in receipts
        if receipt.status in ENDED
        and (page := pages.get(receipt.page_id)) is not None
        and page.reason != "ask_again"
        and incident.incident_id in (receipt.incident_id, *(entry.incident_id for entry in page.digest))
    ]
    taken = next((entry for entry in incident.timeline if entry.what == "acknowledged"), None)
    return Burned(
        incident_id=incident.incident_id,
        kind=incident.kind,
        about=incident.about,
        community=incident.community,
        community_title=incident.community_title,
        parts=tuple(dict.fromkeys(part.community_title for part in incident.parts)),
        severity=incident.severity,
        state=incident.state,
        onset=incident.onset,
        first_alarm=incident.opened_at,
        last_alarm=incident.last_alarm_at,
        delay_seconds=round((incident.opened_at - incident.onset).total_seconds()),
        alarms=incident.alarms,
        figures=incident.figures,
        rule_title=incident.rule_title,
        calls=tuple(sorted(calls, key=lambda call: (call.digest, call.round, call.step, call.at, call.person or ""))),
        acknowledged_at=taken.at if taken is not None else None,
        acknowledged_by=taken.actor.person_id if taken is not None and taken.actor is not None else None,
        late=incident.late,
    )


def unmanned(
    directory: Directory, overrides: Sequence[OnCallOverridden], begin: datetime, end: datetime
) -> tuple[Unmanned, ...]:
    """Every span between the two instants in which a layer of a schedule has nobody."""
    return tuple(
        Unmanned(schedule=schedule.id, layer=layer.id, start=piece.start, end=piece.end)
        for schedule in directory.schedules.schedules
        for layer in schedule.layers
        for piece in turns(schedule, layer.id, begin, end, overrides)
        if not piece.people
    )


def forwarded(counts: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (department, outcome), count in sorted(counts.items()):
        found.setdefault(department, {})[outcome] = count
    return found


def unanswered(
    waiting: Mapping[Passed, Waiting], names: Names, departments: Mapping[str, Department]
) -> tuple[Unanswered, ...]:
    """In this order. `departments` by id."""
    return tuple(
        Unanswered(
            department=each.deadline.department,
            department_title=departments[each.deadline.department].title.model_dump(),
            community=passed.community,
            community_title=names.title(passed.community),
            platform=passed.platform,
            post_id=passed.post_id,
            passed_on=each.since,
            due=each.deadline.due,
            came_up=each.came_up,
        )
        for passed, each in waiting.items()
    )


def refused(bad: Iterable[BadLine]) -> tuple[Refused, ...]:
    """The first of them, in the order of the file."""
    ordered = sorted(bad, key=lambda each: (each.line, each.field))
    return tuple(
        Refused(line=each.line, field=each.field, value=each.value, reason=each.reason) for each in ordered[:SHOWN]
    )


def by_kind(types: Mapping[str, int]) -> dict[str, int]:
    """`feuerwache.post.created.v1` is `created`."""
    return {name.split(".")[-2]: count for name, count in sorted(types.items())}


def talk(
    pulses: Iterable[CommunitiesPulsed], usual: Usual, names: Names, begin: datetime, end: datetime
) -> tuple[Talk, ...]:
    """What was said, five minutes by five minutes; communities in which nothing was said are left out."""
    first = begin.replace(minute=begin.minute // 5 * 5, second=0, microsecond=0)
    count = int((end - first) / SLOT) + 1
    sums: dict[str, list[list[int]]] = {}
    for pulse in pulses:
        for increment in pulse.increments:
            number = int((increment.minute - first) / SLOT)
            if increment.historic or not 0 <= number < count:
                continue
            place = sums.setdefault(increment.community, [[0, 0] for _ in range(count)])[number]
            place[0] += increment.posts
            place[1] += increment.negative
    return tuple(
        Talk(
            community=community,
            title=names.title(community),
            slots=tuple(
                Slot(start=at, posts=posts, negative=negative, usual=usual.of(community, at))
                for number, (posts, negative) in enumerate(places)
                for at in [first + number * SLOT]
            ),
        )
        for community, places in sorted(sums.items())
    )
