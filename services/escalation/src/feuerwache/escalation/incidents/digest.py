"""Quiet news in one page: what came too late to wake anybody for, and what is over although nobody took it over.

Such incidents wait up to `DIGEST_AFTER` for each other; when the first one's time has come, all that would reach the
same people go out together, as one quiet page. What quiet hours hold back waits for their end and joins no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.incident import Incident
from feuerwache.common.events.page import DigestEntry, PageRequested, Target, Urgency
from feuerwache.escalation.incidents.change import PAGING, SOURCE, Change, noted, revised, updated
from feuerwache.escalation.incidents.ladder import climbed_on, subject_of
from feuerwache.escalation.incidents.rungs import first, quiet_until, upcoming

#: Entries of one digest, and the places each names: a page stays below 256 kB even with every text as long as may be.
MAX_ENTRIES = 25
MAX_PLACES = 5


def queued(incident: Incident) -> bool:
    """Whether it waits for a digest."""
    if incident.due_at is None or incident.state not in PAGING:
        return False
    return incident.held or incident.went_quiet_at is not None or (incident.late and incident.step is not None)


def digests(incidents: Iterable[Incident], now: datetime) -> list[Change]:
    """The incidents whose digest goes out now; the first of each digest carries its page."""
    waiting: dict[tuple[Target, ...], list[Incident]] = {}
    for incident in incidents:
        if queued(incident) and (is_due(incident, now) or quiet_until(incident.policy, now) is None):
            waiting.setdefault(readers(incident, now), []).append(incident)
    changes: list[Change] = []
    for targets, group in waiting.items():
        if any(is_due(incident, now) for incident in group):
            group.sort(key=lambda incident: (incident.opened_at, str(incident.incident_id)))
            for begin in range(0, len(group), MAX_ENTRIES):
                changes += digested(group[begin : begin + MAX_ENTRIES], targets, now)
    return changes


def is_due(incident: Incident, now: datetime) -> bool:
    return incident.due_at is not None and incident.due_at <= now


def readers(incident: Incident, now: datetime) -> tuple[Target, ...]:
    """Whom the first step names; what was held, whom its next one does."""
    following = upcoming(incident, now) if incident.held else None
    return first(incident.policy, now).targets if following is None else following[2].targets


def cause(incident: Incident) -> str:
    """What makes this digest another one for the same incident."""
    held = f":{incident.step}:{incident.again}" if incident.held else ""
    return f"{incident.incident_id}:{incident.round}{held}"


def digested(incidents: Sequence[Incident], targets: tuple[Target, ...], now: datetime) -> list[Change]:
    """One page for all of them, and each of them told."""
    first = incidents[0]
    page = Event(
        id=derived_id("digest", *map(cause, incidents)),
        source=SOURCE,
        time=now,
        data=PageRequested(
            incident_id=first.incident_id,
            step=0,
            round=first.round,
            targets=targets,
            urgency=Urgency.QUIET,
            subject=subject_of(first),
            due_at=now,
            digest=tuple(entry(incident) for incident in incidents),
        ),
    )
    changes = [revised(incident, Change(told(incident, page, now))) for incident in incidents]
    return [Change(changes[0].incident, (page,)), *changes[1:]]


def entry(incident: Incident) -> DigestEntry:
    subject = subject_of(incident)
    short = {"examples": (), "highlights": (), "parts": subject.parts[:MAX_PLACES]}
    return DigestEntry(
        incident_id=incident.incident_id,
        subject=subject.model_copy(update=short),
        why=why(incident),
        quiet_since=incident.quiet_since,
    )


def why(incident: Incident) -> Literal["late", "went_quiet", "quiet_hours"]:
    if incident.went_quiet_at is not None:
        return "went_quiet"
    return "quiet_hours" if incident.held else "late"


def told(incident: Incident, page: Event[PageRequested], now: datetime) -> Incident:
    """Late ones have had the only step of their ladder with it, held ones their next; what went quiet has nothing left
    to wait for.
    """
    following = upcoming(incident, now)
    if incident.went_quiet_at is not None or following is None:
        after = updated(incident, due_at=None, held=False)
    else:
        climbed, index, step = following
        after = climbed_on(updated(incident, round=climbed, step=index), now, step, page.id)
    return noted(after, now, "digested", page=str(page.id), incidents=len(page.data.digest))
