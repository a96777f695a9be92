"""The handover mail: at a change of shifts, who goes and who comes on read what is open, and who had no rest.

Pure: from schedules, overrides and what is known of the incidents of one shard. A change of hands is found by asking
who is on call, so a swap or "take over now" is one too. The page's id follows from schedule, instant and shard: however
often it is asked for, and by whatever process, the ledger sends it once. With nothing open and nobody short of rest
there is no mail.

**Rest.** Whoever comes on and was reached at night (the incident's policy says when that is, and how long one should
rest) less than that long ago is named. It is a warning: the schedule stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from operator import itemgetter
from uuid import UUID
from zoneinfo import ZoneInfo

from feuerwache.common.calendar.timeclass import between
from feuerwache.common.events.base import derived_id
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import FrozenPolicy, FrozenTimes, Incident, IncidentState
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
from feuerwache.notifier.schedule.oncall import turns
from feuerwache.notifier.schedule.plan import Schedules

#: A notifier that starts looks back so far: a handover during an outage is told late, an old one not at all.
LOOK_BACK = timedelta(hours=2)
#: How often changes are looked for, and how far each look reaches into the one before: an exception may arrive late.
LOOK_EVERY = timedelta(minutes=1)
OVERLAP = timedelta(minutes=3)
#: Entries of one mail, and the places each names.
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


def handover_page(change: Handover, incidents: Iterable[Incident], shard: int) -> tuple[UUID, PageRequested] | None:
    """The mail of this handover about the incidents of this shard, and its id; None when there is nothing to say.

    `incidents`: all that are known, ended ones too, because somebody may have been woken for them.
    """
    ours = [
        incident
        for incident in incidents
        if incident.shard == shard and not incident.canary and incident.opened_at <= change.at
    ]
    concerned = sorted(
        (incident for incident in ours if is_open(incident) and climbs(incident.policy, change)),
        key=lambda incident: (RANK[incident.severity], incident.opened_at, str(incident.incident_id)),
    )[:MAX_ENTRIES]
    woken, about = short_of_rest(change, ours)
    first = concerned[0] if concerned else about
    people = tuple(dict.fromkeys((*change.goes, *change.comes)))
    if first is None or not people:
        return None
    page = PageRequested(
        incident_id=first.incident_id,
        step=0,
        targets=tuple(PersonTarget(person_id=person) for person in people),
        urgency=Urgency.QUIET,
        subject=subject_of(first),
        due_at=change.at,
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
    return derived_id("handover", change.schedule, change.at.isoformat(), shard), page


WHEN = itemgetter(0)
#: What is worst stands first.
RANK = {Severity.CRITICAL: 0, Severity.HIGH: 1, Severity.LOW: 2}


def is_open(incident: Incident) -> bool:
    return incident.state is not IncidentState.RESOLVED


def climbs(policy: FrozenPolicy, change: Handover) -> bool:
    """Whether the policy calls one of these layers at any time."""
    steps = [*policy.steps, *(step for each in policy.instead for step in each.steps)]
    targets = [*(target for step in steps for target in step.targets), *policy.last_resort]
    return any(LayerTarget(schedule=change.schedule, layer=layer) in targets for layer in change.layers)


def short_of_rest(change: Handover, incidents: Iterable[Incident]) -> tuple[tuple[Woken, ...], Incident | None]:
    """Whoever comes on and was woken too lately, and what for; of several calls of a person the last one counts."""
    calls: dict[str, tuple[datetime, float, Incident]] = {}
    for incident in incidents:
        seconds = incident.policy.rest_seconds
        if seconds is None or incident.severity is Severity.LOW:
            continue
        for entry in incident.timeline:
            person, rested = str(entry.detail.get("person")), entry.at + timedelta(seconds=seconds)
            woken = entry.what == "reached" and at_night(incident.policy.times, entry.at)
            if woken and person in change.comes and entry.at <= change.at < rested:
                calls[person] = max(
                    calls.get(person, (entry.at, seconds, incident)), (entry.at, seconds, incident), key=WHEN
                )
    named = tuple(
        Woken(person_id=person, at=at, rest_until=at + timedelta(seconds=seconds))
        for person, (at, seconds, _) in sorted(calls.items())
    )
    return named, max(calls.values(), key=WHEN)[2] if calls else None


def at_night(times: FrozenTimes | None, instant: datetime) -> bool:
    if times is None:
        return False
    return between(instant.astimezone(ZoneInfo(times.timezone)).time(), times.night_from, times.night_to)


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
    """The handovers of one shard that have not been looked at yet; asked again and again."""

    def __init__(self, shard: int) -> None:
        self._shard = shard
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
        if not any(incident.shard == self._shard for incident in incidents):
            return []
        found = (
            handover_page(change, incidents, self._shard) for change in handovers(schedules, since, now, overrides)
        )
        return [page for page in found if page is not None]
