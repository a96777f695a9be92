"""An event for PagerDuty: one alert per incident, facts and no reference, a summary within its limit."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from pydantic import SecretStr

from feuerwache.common.config.contact import PagerDutyContact
from feuerwache.common.events.decision import Severity
from feuerwache.notifier.channels.channel import Delivery
from feuerwache.notifier.channels.pagerduty import event
from support.peers.peer import LINK, ONSET, REFERENCE, message

CONTACT = PagerDutyContact(routing_key=SecretStr("k" * 32))


def made(number: int, severity: Severity = Severity.CRITICAL) -> dict[str, object]:
    return event(Delivery(UUID(int=number), UUID(int=8), CONTACT), message(severity), "k" * 32)


def test_all_pages_of_an_incident_are_one_alert() -> None:
    assert made(1)["dedup_key"] == made(2)["dedup_key"] == str(UUID(int=8))


@pytest.mark.parametrize(
    ("severity", "theirs"), [(Severity.CRITICAL, "critical"), (Severity.HIGH, "error"), (Severity.LOW, "warning")]
)
def test_severities_in_their_words(severity: Severity, theirs: str) -> None:
    payload = made(1, severity)["payload"]
    assert isinstance(payload, dict)
    assert payload["severity"] == theirs


def test_it_tells_facts_and_leads_to_the_incident() -> None:
    payload = made(1)["payload"]
    assert isinstance(payload, dict)
    assert payload["source"] == "morgenrot"
    assert payload["timestamp"] == ONSET.isoformat()
    assert payload["custom_details"]["figures"]["posts"] == 214
    assert made(1)["links"] == [{"href": LINK, "text": message().headline}]
    assert REFERENCE not in str(made(1))


def test_a_long_summary_is_cut_at_their_limit() -> None:
    long = replace(message(), short="x" * 3000)
    payload = event(Delivery(UUID(int=1), UUID(int=8), CONTACT), long, "k")["payload"]
    assert len(payload["summary"]) == 1024
