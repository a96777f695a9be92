"""An alert in PagerDuty by its Events API v2 (https://developer.pagerduty.com/docs/send-alert-event and
https://developer.pagerduty.com/docs/events-api-v2-overview; read in PagerDuty/developer-docs, docs/events-API-v2).

`dedup_key` is the incident's id: later steps and repeats of a page join the open alert, so PagerDuty itself keeps a
repeat from being a second one. What calls again after somebody had it has another key (`delivery/alarm.py`). 202 with
`"status": "success"` means that it took the event over; whom it calls is its own affair. 400 is for good, 429 and 5xx
"retry after some time" (for 429 it advises some minutes and documents no `Retry-After`). When somebody has taken the
incident over or ended it, `acknowledge` or `resolve` follows with the same `dedup_key`; of such an event PagerDuty
wants no payload, and one of an alert it does not have is dropped there. An acknowledgement in PagerDuty does not come
back to us.
"""

from __future__ import annotations

from typing import Any

from feuerwache.common.config.contact import PagerDutyContact
from feuerwache.common.http.client import Answer
from feuerwache.notifier.channels.channel import Dedup, Delivery, Outcome, accepted, permanent
from feuerwache.notifier.channels.http import Call, HttpLine, SecretError, identifier, said, secret
from feuerwache.notifier.message.machine import facts_of, severity_of
from feuerwache.notifier.message.message import Message

#: Service region US; accounts in the EU have https://events.eu.pagerduty.com/v2/enqueue
#: (https://support.pagerduty.com/main/docs/service-regions)
ADDRESS = "https://events.pagerduty.com/v2/enqueue"
LONGEST_SUMMARY = 1024
#: What a page that tells of an answer (`reason`) is there; every other one is an alert.
ACTIONS = {"taken": "acknowledge", "ended": "resolve"}
SEVERITY = {"critical": "critical", "high": "error", "low": "warning"}
#: Told as facts; everything else of a page is for us or stands in fields of its own.
DETAILS = ("summary", "figures", "most_said", "also_in", "onset", "late_seconds", "possible_repeat", "helplines")


class PagerDutyChannel:
    name = "pagerduty"
    dedup = Dedup.MESSAGE_ID

    def __init__(self, line: HttpLine, address: str = ADDRESS) -> None:
        self._line = line
        self._address = address

    async def send(self, delivery: Delivery, message: Message) -> Outcome:
        contact = delivery.contact
        if not isinstance(contact, PagerDutyContact):
            return permanent("not a PagerDuty contact")
        try:
            key = await secret(contact.routing_key, contact.routing_key_file)
        except SecretError as error:
            return permanent(str(error))
        return await self._line.call(Call.json(self._address, event(delivery, message, key or "")), taken_over)

    async def close(self) -> None:
        await self._line.close()


def event(delivery: Delivery, message: Message, routing_key: str) -> dict[str, Any]:
    facts = facts_of(message.data)
    dedup_key = delivery.alarm or str(delivery.incident_id)
    action = ACTIONS.get(str(facts.get("reason")), "trigger")
    if action != "trigger":
        return {
            "routing_key": routing_key,
            "event_action": action,
            "dedup_key": dedup_key,
        }
    return {
        "routing_key": routing_key,
        "event_action": "trigger",
        "dedup_key": dedup_key,
        "client": "Feuerwache",
        "payload": {
            "summary": message.headline[:LONGEST_SUMMARY],
            "source": facts.get("community") or "feuerwache",
            "severity": SEVERITY.get(severity_of(message.data), "error"),
            "timestamp": message.data.get("timestamp"),
            "component": facts.get("community_title"),
            "group": "feuerwache",
            "class": facts.get("kind"),
            "custom_details": {name: facts[name] for name in DETAILS if facts.get(name)},
        },
        "links": [{"href": message.link, "text": message.headline}] if message.link else [],
    }


def taken_over(answer: Answer, outcome: Outcome) -> Outcome:
    if not outcome.success:
        return outcome
    told = said(answer)
    if told.get("status") != "success":
        return permanent("the answer is not that an event was accepted")
    return accepted(identifier(told.get("dedup_key")))
