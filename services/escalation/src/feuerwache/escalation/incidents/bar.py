"""Raised bars: what people teach the detectors. An announced campaign, and a false alarm.

A bar says for one community that detectors need so many times the ordinary measure for a while. It is on record in a
topic of its own; its id follows from the command, so a command told twice raises one bar. Several bars multiply:
whoever calls a detector's alarm false twice raises it twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from feuerwache.common.config.campaign import MOST_FACTOR
from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.alarm import BarRaised, CrisisKind
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.incident import Incident, Mute, Resolve
from feuerwache.escalation.incidents import permission
from feuerwache.escalation.incidents.change import SOURCE, shortened
from feuerwache.escalation.incidents.part import sources
from feuerwache.escalation.policy.house import House

FALSE_ALARM_FACTOR = 1.5
FALSE_ALARM_LASTS = timedelta(days=28)
LONGEST_MUTE = timedelta(days=14)
#: Kinds that no detector looks for have no bar.
UNDETECTED = frozenset(
    {
        CrisisKind.SINGLE_POST,
        CrisisKind.DECLARED,
        CrisisKind.NOBODY_REACHED,
        CrisisKind.RULE_PAUSED,
        CrisisKind.DRILL,
    }
)


def false_alarm(incident: Incident, cause: UUID, command: Resolve, now: datetime) -> tuple[Event[BarRaised], ...]:
    """A higher bar for every community of the incident and each kind of detector that was wrong there."""
    wrong = dict.fromkeys((source.community, source.kind) for source, _ in sources(incident))
    return tuple(
        raised(
            BarRaised(
                bar_id=str(derived_id("bar", cause, community, kind.value)),
                community=community,
                kinds=(kind,),
                start=now,
                until=now + FALSE_ALARM_LASTS,
                factor=FALSE_ALARM_FACTOR,
                cause="false_alarm",
                actor=command.actor,
                note=shortened(command.note),
            ),
            now,
        )
        for community, kind in wrong
        if kind not in UNDETECTED
    )


def muted(event: Event[Mute], now: datetime, house: House) -> Event[BarRaised]:
    """The bar of an announced campaign. Raises `InvalidRecord` for one that may not be, `UnknownCommunity`."""
    command = event.data
    house.community(command.community)
    reason = permission.refusal(house, command, None, now)
    if reason is not None:
        raise InvalidRecord(f"{command.actor.person_id} may not mute detectors: {reason}")
    wrong = what_is_wrong(command)
    if wrong is not None:
        raise InvalidRecord(wrong)
    bar = BarRaised(
        bar_id=str(event.id),
        community=command.community,
        kinds=command.kinds,
        start=command.start,
        until=command.until,
        factor=command.factor,
        cause="mute",
        actor=command.actor,
        note=shortened(command.note),
    )
    return raised(bar, now)


def what_is_wrong(command: Mute) -> str | None:
    """Why no bar is raised by this, in words; None when it can be."""
    if not command.start < command.until <= command.start + LONGEST_MUTE:
        return f"a mute ends after it starts, and lasts {LONGEST_MUTE.days} days at most"
    if not 1.0 < command.factor <= MOST_FACTOR:
        return f"a factor of {command.factor:g} raises no bar; it is above 1 and at most {MOST_FACTOR:g}"
    without = [kind.value for kind in command.kinds if kind in UNDETECTED]
    if without:
        return f"no detector looks for {', '.join(without)}, so there is no bar to raise"
    return None


def raised(bar: BarRaised, now: datetime) -> Event[BarRaised]:
    return Event(id=derived_id("bar-raised", bar.bar_id), source=SOURCE, time=now, data=bar)
