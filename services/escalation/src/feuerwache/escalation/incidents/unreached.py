"""Nobody was reached: not one page of a ladder got through, as the notifier's receipts say. That is an alarm itself.

It goes the way of every alarm, to the same shard, and is one incident per brand; whom it pages, the policy for the kind
`nobody_reached` says. It is about the machinery, and raises no further one about itself.
"""

from __future__ import annotations

from datetime import datetime

from feuerwache.common.events.alarm import AlarmRaised, CrisisKind
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident
from feuerwache.escalation.incidents.change import SOURCE

#: What is itself about the machinery, or a drill.
SILENT = frozenset({CrisisKind.NOBODY_REACHED, CrisisKind.DRILL})


def unreached(incident: Incident, now: datetime) -> tuple[Event[AlarmRaised], ...]:
    """The alarm that nobody was reached for this incident; none where it would be about itself."""
    if incident.kind in SILENT or incident.canary or incident.late:
        return ()
    cause = derived_id("nobody-reached", incident.incident_id, incident.round, incident.resorted)
    alarm = AlarmRaised(
        community=incident.community,
        brand=incident.brand,
        kind=CrisisKind.NOBODY_REACHED,
        severity=Severity.CRITICAL if incident.severity is Severity.CRITICAL else Severity.HIGH,
        onset=now,
        seen_at=now,
        about=incident.kind.value,
        examples=incident.examples,
    )
    return (Event(cause, SOURCE, now, alarm),)
