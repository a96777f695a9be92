"""An alert: the same for all pages of an incident, lasting a while, and without anything that acts for a person."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from feuerwache.common.config.contact import AlertmanagerContact
from feuerwache.common.events.decision import Severity
from feuerwache.notifier.channels.alertmanager import LASTS, alert
from feuerwache.notifier.channels.channel import Delivery
from support.peers.peer import LINK_TOKEN, ONSET, REFERENCE, message

NOW = ONSET + timedelta(minutes=20)
CONTACT = AlertmanagerContact(url="http://alertmanager.example", labels={"team": "wache"})


def made(number: int, now: datetime = NOW, severity: Severity = Severity.CRITICAL) -> dict[str, Any]:
    return alert(Delivery(UUID(int=number), UUID(int=8), CONTACT), message(severity), CONTACT.labels, now)


def test_all_pages_of_an_incident_are_one_alert() -> None:
    assert made(1)["labels"] == made(2, NOW + timedelta(hours=1))["labels"]
    assert made(1)["labels"] == {
        "alertname": "Feuerwache",
        "severity": "critical",
        "community": "morgenrot",
        "kind": "negativity_burst",
        "incident": str(UUID(int=8)),
        "team": "wache",
    }


def test_it_begins_with_the_onset_and_lasts_unless_another_page_comes() -> None:
    assert made(1)["startsAt"] == ONSET.isoformat()
    assert made(1)["endsAt"] == (NOW + LASTS).isoformat()


def test_an_onset_in_the_future_of_the_real_clock_begins_now() -> None:
    """A demonstration's civil clock may be days ahead."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert made(1, now)["startsAt"] == now.isoformat()


def test_nothing_in_it_acts_for_a_person() -> None:
    text = json.dumps(made(1))
    assert LINK_TOKEN not in text and REFERENCE not in text
    assert made(1)["generatorURL"] == "https://wache.example/"
