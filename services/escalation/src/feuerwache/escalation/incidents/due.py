"""What time alone does: the next step, the end of a ladder or of a snooze, an owner who fell silent, the long quiet.

After a long quiet an incident that somebody has is resolved by itself, and its timeline says so. One that nobody has
taken over is not: its ladder is climbed to the end first. Then, and when its next step came due while nothing of ours
ran, it goes into a digest that says that it is over and unanswered; after a day of quiet it is resolved, with that on
record.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from feuerwache.common.events.actor import Via
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.escalation.incidents.change import PAGING, Change, closed, noted, revised, updated
from feuerwache.escalation.incidents.digest import queued
from feuerwache.escalation.incidents.ladder import DIGEST_AFTER, LATE_AFTER, carried_on, hold_or_fire, through, unowned
from feuerwache.escalation.incidents.owner import ask
from feuerwache.escalation.incidents.rungs import quiet_until

#: A resolved incident leaves this task's state so long after its end; the console keeps it.
KEPT_AFTER_END = timedelta(days=30)
#: What nobody has ever taken over is over after so long a quiet.
UNANSWERED_AFTER = timedelta(hours=24)


def due(incident: Incident, now: datetime) -> Change | None:
    """What is due; at most one step, however long nothing ran. None when nothing is."""
    change = None
    if incident.state is IncidentState.ACKNOWLEDGED:
        change = calmed(incident, now) if is_calm(incident, now) else stalled(incident, now)
    elif incident.due_at is not None and incident.due_at <= now:
        change = on_time(incident, incident.due_at, now)
    elif incident.due_at is None and incident.state in PAGING:
        change = in_the_end(incident, now)
    return None if change is None else revised(incident, change)


def on_time(incident: Incident, due_at: datetime, now: datetime) -> Change | None:
    """What was to happen at `due_at`. What is queued for a digest goes out with the others (`digest`)."""
    if incident.state is IncidentState.SNOOZED:
        if incident.acknowledged_at is not None and is_calm(incident, now):
            return calmed(noted(incident, now, "snooze_ended", owner=incident.owner), now)
        return unowned(incident, IncidentState.TRIGGERED, now, due_at, "snooze_ended")
    if incident.state not in PAGING or queued(incident):
        return None
    if incident.step is None:
        return at_the_end(incident, now, due_at)
    if incident.quiet_since is not None and now - due_at >= LATE_AFTER:
        return went_quiet(incident, now)
    return hold_or_fire(incident, now, due_at)


def at_the_end(incident: Incident, now: datetime, due_at: datetime) -> Change:
    """The ladder has waited in vain. The last resort is not paged in quiet hours."""
    end = quiet_until(incident.policy, now)
    if end is not None and incident.policy.last_resort and not incident.resorted:
        return Change(updated(incident, due_at=end))
    return through(incident, now, due_at)


def stalled(incident: Incident, now: datetime) -> Change | None:
    """Whoever has it has done nothing for long while it burns: they are asked, and if that is in vain, others are."""
    silent = incident.policy.ask_again_seconds is not None and incident.quiet_since is None
    if not silent or incident.due_at is None or incident.due_at > now:
        return None
    end = quiet_until(incident.policy, now)
    if end is not None:
        return Change(updated(incident, due_at=end))
    return ask(incident, now) if incident.asked_at is None else carried_on(incident, now, now, "no_progress")


def in_the_end(incident: Incident, now: datetime) -> Change | None:
    """What becomes of an incident whose ladder is at its end while nobody has it."""
    if incident.quiet_since is None or incident.step is not None or not incident.policy.steps:
        return None
    if incident.went_quiet_at is None and now >= incident.quiet_since + calm_after(incident):
        return went_quiet(incident, now)
    if incident.went_quiet_at is not None and now >= incident.quiet_since + UNANSWERED_AFTER:
        return calmed(incident, now)
    return None


def went_quiet(incident: Incident, now: datetime) -> Change:
    """Paging ends here; the people of the first step will read it in a digest (of late events they have already)."""
    gathered = quiet_until(incident.policy, now) or now + DIGEST_AFTER
    waiting = updated(incident, step=None, held=False, went_quiet_at=now, due_at=None if incident.late else gathered)
    since = incident.quiet_since.isoformat() if incident.quiet_since else None
    return Change(noted(waiting, now, "went_quiet", quiet_since=since))


def is_calm(incident: Incident, now: datetime) -> bool:
    """Whether detectors and people have long been quiet."""
    if incident.quiet_since is None:
        return False
    words = [entry.at for entry in incident.timeline if entry.actor is not None and entry.actor.via is not Via.SYSTEM]
    last = max(incident.quiet_since, incident.acknowledged_at or incident.quiet_since, *words)
    return now >= last + calm_after(incident)


def calm_after(incident: Incident) -> timedelta:
    """What somebody has is over after so long a quiet, of detectors and of people."""
    return timedelta(seconds=incident.policy.auto_resolve_seconds)


def calmed(incident: Incident, now: datetime) -> Change:
    """Resolved by no actor. Whoever had it still stands there as its owner."""
    over = closed(incident, now, "calmed_down", incident.owner)
    since = incident.quiet_since.isoformat() if incident.quiet_since else None
    answered = incident.acknowledged_at is not None
    return Change(noted(over, now, "resolved", reason="calmed_down", answered=answered, quiet_since=since))


def forgettable(incident: Incident, now: datetime) -> bool:
    return incident.resolved_at is not None and now >= incident.resolved_at + KEPT_AFTER_END
