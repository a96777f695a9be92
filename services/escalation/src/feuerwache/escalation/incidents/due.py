"""What time alone does: the next step, the end of a ladder nobody answered, the end of a snooze, forgetting."""

from __future__ import annotations

from datetime import datetime, timedelta

from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.escalation.incidents.change import PAGING, Change, noted, revised, updated
from feuerwache.escalation.incidents.ladder import fire, unowned

#: A resolved incident leaves this task's state so long after its end; the console keeps it.
KEPT_AFTER_END = timedelta(days=30)


def due(incident: Incident, now: datetime) -> Change | None:
    """What is due; at most one step, however long nothing ran. None when nothing is."""
    if incident.due_at is None or incident.due_at > now:
        return None
    if incident.state is IncidentState.SNOOZED:
        return revised(incident, unowned(incident, IncidentState.TRIGGERED, now, incident.due_at, "snooze_ended"))
    if incident.state not in PAGING:
        return None
    if incident.step is None:
        return revised(incident, Change(noted(updated(incident, due_at=None), now, "nobody_answered")))
    return revised(incident, fire(incident, now, incident.due_at))


def forgettable(incident: Incident, now: datetime) -> bool:
    return incident.resolved_at is not None and now >= incident.resolved_at + KEPT_AFTER_END
