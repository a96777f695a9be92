"""The handover mail: at a change of shifts, who goes and who comes on read what is open, and who had no rest.

Pure: from schedules, overrides and what is known of the incidents, those of all shards. A change of hands is found by
asking who is on call, so a swap or "take over now" is one too. Whoever is in several schedules or layers that change at
one instant gets one mail about all of them. The page's id follows from person and instant, and one partition alone asks
for a person's mails (that of their id): however often it is asked for, and by whatever process, its ledger sends it
once. With nothing open and nobody short of rest there is no mail.

Whoever comes on and had too little rest (`rest.py`) is named. It is a warning: the schedule stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from feuerwache.common.events.base import derived_id
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import FrozenPolicy, Incident, IncidentState
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.events.page import (
    DigestEntry,
    LayerTarget,
    PageRequested,
    PageSubject,
    PersonTarget,
    Urgency,
    Woken,
)
from feuerwache.common.kafka.keys import partition_of
from feuerwache.notifier.rest import short_of_rest
from feuerwache.notifier.schedule.oncall import turns
from feuerwache.notifier.schedule.plan import Schedules

#: A notifier that starts looks back so far: a handover during an outage is told late, an old one not at all.
LOOK_BACK = timedelta(hours=2)
#: How often changes are looked for, and how far each look reaches into the one before: an exception may arrive late.
LOOK_EVERY = timedelta(minutes=1)
OVERLAP = timedelta(minutes=3)
#: Entries of one mail, and the places each names; what is open beyond that goes into a second mail, not lost.
MAX_ENTRIES = 25
MAX_PLACES = 5
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Handover:
    """At `at` these layers of a schedule change hands: who `goes` in one of them, and who `comes` on, each once."""

    schedule: str
    at: datetime
    layers: tuple[str, ...]
    goes: tuple[str, ...]
    comes: tuple[str, ...]


def handovers(
    schedules: Schedules, since: datetime, until: datetime, overrides: Sequence[OnCallOverridden] = ()
) -> Iterator[Handover]:
    """Every change of hands after `since`, up to `until`; all layers of a schedule at one instant are one."""
    for schedule in schedules.schedules:
        changes: defaultdict[datetime, list[tuple[str, tuple[str, ...], tuple[str, ...]]]] = defaultdict(list)
        for layer in schedule.layers:
            for before, after in pairwise(turns(schedule, layer.id, since, until + SECOND, overrides)):
                if before.people != after.people and since < after.start <= until:
                    changes[after.start].append((layer.id, before.people, after.people))
        for at, found in sorted(changes.items()):
            yield Handover(
                schedule.id,
                at,
                tuple(layer for layer, _, _ in found),
                tuple(dict.fromkeys(person for _, goes, _ in found for person in goes)),
                tuple(dict.fromkeys(person for _, _, comes in found for person in comes)),
            )


def handover_pages(
    person: str, changes: Sequence[Handover], incidents: Iterable[Incident]
) -> Iterator[tuple[UUID, PageRequested]]:
    """The mail to this person about these changes of one instant, and its id; none when there is nothing to say.

    `incidents`: all that are known, ended ones too, because somebody may have been woken for them.
    """
    at = changes[0].at
    ours = [incident for incident in incidents if not incident.canary and incident.opened_at <= at]
    concerned = sorted(
        (one for one in ours if is_open(one) and any(climbs(one.policy, change) for change in changes)),
        key=lambda incident: (RANK[incident.severity], incident.opened_at, str(incident.incident_id)),
    )
    woken, about = short_of_rest({comes for change in changes for comes in change.comes}, at, ours)
    if not concerned and about is not None:
        yield derived_id("handover", person, at.isoformat()), _page(person, at, about, (), woken)
    for part in range(0, len(concerned), MAX_ENTRIES):
        told = concerned[part : part + MAX_ENTRIES]
        cause = (part,) if part else ()
        page = _page(person, at, told[0], told, () if part else woken)
        yield derived_id("handover", person, at.isoformat(), *cause), page


def _page(
    person: str, at: datetime, first: Incident, concerned: Sequence[Incident], woken: tuple[Woken, ...]
) -> PageRequested:
    return PageRequested(
        incident_id=first.incident_id,
        step=0,
        targets=(PersonTarget(person_id=person),),
        urgency=Urgency.QUIET,
        subject=subject_of(first),
        due_at=at,
        digest=tuple(
            DigestEntry(
                incident_id=incident.incident_id,
                subject=subject_of(incident),
                why="open",
                quiet_since=incident.quiet_since,
            )
            for incident in concerned
        ),
        reason="shift_change",
        woken=woken,
    )


#: What is worst stands first.
RANK = {Severity.CRITICAL: 0, Severity.HIGH: 1, Severity.LOW: 2}


def is_open(incident: Incident) -> bool:
    return incident.state is not IncidentState.RESOLVED


def climbs(policy: FrozenPolicy, change: Handover) -> bool:
    """Whether the policy calls one of these layers at any time."""
    steps = [*policy.steps, *(step for each in policy.instead for step in each.steps)]
    targets = [*(target for step in steps for target in step.targets), *policy.last_resort]
    return any(LayerTarget(schedule=change.schedule, layer=layer) in targets for layer in change.layers)


def subject_of(incident: Incident) -> PageSubject:
    """What the mail tells of an incident: no posts, the link leads to them."""
    places = dict.fromkeys(part.community_title for part in incident.parts if part.community != incident.community)
    return PageSubject(
        community=incident.community,
        community_title=incident.community_title,
        parts=tuple(places)[:MAX_PLACES],
        kind=incident.kind,
        severity=incident.severity,
        onset=incident.onset,
        figures=incident.figures,
        about=incident.about,
        rule_title=incident.rule_title,
    )


class Handovers:
    """The handover mails that one partition of `count` asks for and has not looked at yet; asked again and again."""

    def __init__(self, partition: int, count: int) -> None:
        self._partition = partition
        self._count = count
        self._looked: datetime | None = None

    def due(
        self,
        schedules: Schedules,
        overrides: Sequence[OnCallOverridden],
        incidents: Sequence[Incident],
        now: datetime,
    ) -> list[tuple[UUID, PageRequested]]:
        """Pages and their ids since the last look, some a second time; nothing until it is time to look again."""
        if self._looked is not None and now - self._looked < LOOK_EVERY:
            return []
        since = now - LOOK_BACK if self._looked is None else max(self._looked - OVERLAP, now - LOOK_BACK)
        self._looked = now
        if not incidents:
            return []
        hands: defaultdict[tuple[str, datetime], list[Handover]] = defaultdict(list)
        for change in handovers(schedules, since, now, overrides):
            for person in dict.fromkeys((*change.goes, *change.comes)):
                if partition_of(person.encode(), self._count) == self._partition:
                    hands[person, change.at].append(change)
        return [page for (person, _), changes in hands.items() for page in handover_pages(person, changes, incidents)]
