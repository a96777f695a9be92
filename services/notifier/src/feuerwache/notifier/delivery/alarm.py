"""Alarms that other systems keep for an incident (PagerDuty, Alertmanager): what they are told when somebody has it,
and when it is over. Pure.

People hear once, by one of their contacts, who has it; such a system hears it by the very contact that opened its
alarm, and it hears of the end as well, or its own escalation would go on. Each word is a page of its own with an id
derived from the incident's state: said once, whoever says it.

What calls after somebody had the incident is another alarm there (`key_of`): "While an incident is acknowledged, it
won't generate any additional notifications, even if it receives new trigger events" (PagerDuty's Events API v2 on the
event action `acknowledge`), so such a page would die in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from feuerwache.common.events.base import derived_id
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident
from feuerwache.common.events.page import DeliveryChanged, PageRequested, ReceiptStatus, Urgency
from feuerwache.notifier.delivery.answer import answer_of, is_answered
from feuerwache.notifier.delivery.directory import channel_of
from feuerwache.notifier.delivery.timetable import ALARMS_AGAIN, NOTICES

#: Systems that know that somebody has an alarm, besides that it is over.
ACKNOWLEDGED = frozenset({"pagerduty"})
#: Lines of the timeline after which somebody had it.
TAKEN = frozenset({"acknowledged", "snoozed"})
OPENED = frozenset({ReceiptStatus.SENT, ReceiptStatus.DELIVERED, ReceiptStatus.OUTCOME_UNKNOWN})


def keeps_alarm(change: DeliveryChanged) -> bool:
    """Whether this delivery has opened an alarm there, or may yet."""
    page = change.page
    opens = page.reason not in NOTICES and page.reason != "shift_change" and page.channel is None and not page.digest
    return opens and channel_of(change.channel) in ALARMS_AGAIN and change.status in OPENED | {ReceiptStatus.CLAIMED}


def key_of(page: PageRequested, incident: Incident | None) -> str:
    """By which such a system knows the alarm this page opens: the incident, and when it was last taken over or put off
    before. A page that tells of an answer has the `due_at` of the one that opened the alarm."""
    before = [one.at for one in incident.timeline if one.what in TAKEN and one.at < page.due_at] if incident else []
    return f"{page.incident_id}-{max(before).timestamp():.0f}" if before else str(page.incident_id)


def words(incident: Incident, opened: Iterable[DeliveryChanged]) -> Iterator[tuple[UUID, str, PageRequested]]:
    """What to tell: page id, recipient, and the page with the contact in it. Nothing while nobody has the incident.

    One for each contact, key and severity: an alarm in Alertmanager is known by its labels, the severity among them. As
    for people only a newer state than the one that asked for the page counts, and who was called by a colleague has to
    act for themselves.
    """
    answer = answer_of(incident)
    if answer is None:
        return
    alarms: dict[tuple[str, str, str, Severity], DeliveryChanged] = {}
    for one in opened:
        alarms[one.recipient, one.channel, key_of(one.page, incident), one.page.subject.severity] = one
    for (recipient, slot, key, severity), one in alarms.items():
        if one.status not in OPENED or not is_answered(one, incident, answer):
            continue
        if answer.what == "taken" and channel_of(slot) not in ACKNOWLEDGED:
            continue
        page = PageRequested(
            incident_id=incident.incident_id,
            step=one.page.step,
            round=one.page.round,
            targets=(),
            urgency=Urgency.QUIET,
            subject=one.page.subject,
            due_at=one.page.due_at,
            reason=answer.what,
            by=answer.by,
            revision=incident.revision,
            channel=one.channel,
        )
        cause = (answer.what, answer.at.isoformat(), recipient, slot, key, severity.value)
        yield derived_id("alarm-notice", incident.incident_id, *cause), recipient, page
