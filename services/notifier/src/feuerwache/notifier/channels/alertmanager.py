"""An alert in a Prometheus Alertmanager by its API v2, `POST /api/v2/alerts`
(https://prometheus.io/docs/alerting/latest/alerts_api/ and api/v2/openapi.yaml of prometheus/alertmanager).

The labels identify an alert, and the incident's id is one of them: later steps and repeats are the same alert, and
Alertmanager keeps them from being a second one. It expects its clients to send an alert again and again while it lasts,
and otherwise ends it after `resolve_timeout` (5 minutes). We send once per page, so `endsAt` says how long it stands
unless another page comes; when the incident is over, the same alert is sent with an `endsAt` of now. 200 means that it
took the alert over; its routes decide who hears of it, and an inhibition or a silence there may keep it quiet.

An Alertmanager usually has no login. So what it is given holds no personal link: `generatorURL` is the console.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from feuerwache.common.config.contact import AlertmanagerContact
from feuerwache.notifier.channels.channel import Dedup, Delivery, Outcome, permanent
from feuerwache.notifier.channels.http import Call, HttpLine
from feuerwache.notifier.message.machine import facts_of, severity_of
from feuerwache.notifier.message.message import Message

LASTS = timedelta(hours=4)
PATH = "/api/v2/alerts"


class AlertmanagerChannel:
    name = "alertmanager"
    dedup = Dedup.MESSAGE_ID

    def __init__(self, line: HttpLine) -> None:
        self._line = line

    async def send(self, delivery: Delivery, message: Message) -> Outcome:
        contact = delivery.contact
        if not isinstance(contact, AlertmanagerContact):
            return permanent("not an Alertmanager contact")
        now = self._line.clock.real_now()
        body = [alert(delivery, message, contact.labels, now)]
        return await self._line.call(Call.json(contact.url.rstrip("/") + PATH, body))

    async def close(self) -> None:
        await self._line.close()


def alert(delivery: Delivery, message: Message, labels: dict[str, str], real_now: datetime) -> dict[str, Any]:
    """Ours win over the contact's labels: `incident` and `alertname` are what makes it one alert."""
    facts = facts_of(message.data)
    console = urlsplit(message.link)
    return {
        "labels": {
            **labels,
            "alertname": "Feuerwache",
            "severity": severity_of(message.data),
            "community": str(facts.get("community", "")),
            "kind": str(facts.get("kind", "")),
            "incident": str(delivery.incident_id),
        },
        "annotations": {"summary": message.headline, "description": str(facts.get("summary", ""))},
        "startsAt": began(facts, real_now).isoformat(),
        "endsAt": (real_now if facts.get("reason") == "ended" else real_now + LASTS).isoformat(),
        **({"generatorURL": f"{console.scheme}://{console.netloc}/"} if console.netloc else {}),
    }


def began(facts: dict[str, Any], real_now: datetime) -> datetime:
    """The onset; never in the future, where a demonstration's clock may be: the end has to come after it."""
    try:
        onset = datetime.fromisoformat(str(facts.get("onset")))
    except ValueError:
        return real_now
    return min(onset, real_now) if onset.tzinfo else real_now
