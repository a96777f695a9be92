"""When each contact of a recipient has its turn: at once, after a while, or only once another one has failed. Pure.

An urgent page tries the first contact without a delay at once, and those with one when their time has come. What has no
delay and is not the first, waits for a failure. A quiet page and a notice try one contact, and another one only after a
failure; they never call anybody, and a notice goes by nothing that would ring again.

Quiet hours are the person's own, by their own clock, and never hold for what is critical. A contact that is not allowed
at its time is tried only when all the others have failed. With none allowed, an urgent page tries the first contact all
the same, a quiet one waits for the morning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from feuerwache.common.config.contact import Contact
from feuerwache.common.config.people import Quiet
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import PageRequested, Urgency

#: Reasons of a page that calls nobody: the notifier's own word of who has it.
NOTICES = frozenset({"taken", "ended"})
#: What calls a person on the phone.
RINGS = frozenset({"voice"})
#: Systems that would take a notice for another alarm.
ALARMS_AGAIN = frozenset({"pagerduty", "alertmanager"})


@dataclass(frozen=True, slots=True)
class Turn:
    """One contact, by its slot. `at` None: only when one that was tried has failed."""

    slot: str
    at: datetime | None


def timetable(
    contacts: Mapping[str, Contact], quiet: Quiet | None, zone: str, page: PageRequested, now: datetime
) -> tuple[Turn, ...]:
    """Every contact that may be tried, in that order. Empty: there is none for this page."""
    if page.channel is not None:
        return (Turn(page.channel, now),) if page.channel in contacts else ()
    ordered = dict(sorted(contacts.items(), key=lambda item: item[1].after))
    if page.reason in NOTICES:
        ordered = {slot: one for slot, one in ordered.items() if one.channel not in RINGS | ALARMS_AGAIN}
    elif page.urgency is Urgency.QUIET:
        ordered = {slot: one for slot, one in ordered.items() if one.channel not in RINGS} or ordered
        if page.reason == "shift_change":  # a mail to be read at the desk, where there is one
            ordered = dict(sorted(ordered.items(), key=lambda item: item[1].channel != "email"))
    hours = quiet if page.subject.severity is not Severity.CRITICAL else None
    if page.urgency is Urgency.QUIET:
        return _quietly(ordered, hours, zone, now)
    return _urgently(ordered, hours, zone, now)


def _urgently(contacts: Mapping[str, Contact], quiet: Quiet | None, zone: str, now: datetime) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    barred: list[Turn] = []
    for slot, contact in contacts.items():
        at = now + contact.after
        if not _allowed(contact, quiet, zone, at):
            barred.append(Turn(slot, None))
        elif contact.after or not any(turn.at == now for turn in turns):
            turns.append(Turn(slot, at))
        else:
            turns.append(Turn(slot, None))
    every = turns + barred
    robbed = every and every[0].at != now and any(not contact.after for contact in contacts.values())
    if every and (robbed or all(turn.at is None for turn in every)):  # quiet hours took what would have gone at once
        every[0] = Turn(every[0].slot, now)
    return tuple(every)


def _quietly(contacts: Mapping[str, Contact], quiet: Quiet | None, zone: str, now: datetime) -> tuple[Turn, ...]:
    allowed = [slot for slot, contact in contacts.items() if _allowed(contact, quiet, zone, now)]
    first = now
    if not allowed and quiet is not None:
        allowed, first = list(contacts), end_of(quiet, zone, now)
    return tuple(Turn(slot, None if number else first) for number, slot in enumerate(allowed))


def _allowed(contact: Contact, quiet: Quiet | None, zone: str, at: datetime) -> bool:
    return quiet is None or contact.channel in quiet.channels or not within(quiet, zone, at)


def within(quiet: Quiet, zone: str, at: datetime) -> bool:
    """Whether these are quiet hours; from a time to the same time is the whole day."""
    wall = at.astimezone(ZoneInfo(zone)).time()
    if quiet.start < quiet.end:
        return quiet.start <= wall < quiet.end
    return wall >= quiet.start or wall < quiet.end


def end_of(quiet: Quiet, zone: str, at: datetime) -> datetime:
    """The next instant (UTC offset of `zone`) at which the wall clock shows the end of the quiet hours."""
    local = at.astimezone(ZoneInfo(zone))
    end = local.replace(hour=quiet.end.hour, minute=quiet.end.minute, second=0, microsecond=0, fold=0)
    return (end if end > local else end + timedelta(days=1)).astimezone(at.tzinfo)
