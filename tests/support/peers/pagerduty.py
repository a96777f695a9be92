"""PagerDuty's Events API v2, after docs/events-API-v2 of PagerDuty/developer-docs."""

from __future__ import annotations

import json
from datetime import datetime

from pydantic import SecretStr

from feuerwache.common.config.contact import Contact, PagerDutyContact
from feuerwache.notifier.channels.channel import Channel, Result
from feuerwache.notifier.channels.pagerduty import PagerDutyChannel
from support.peers.peer import INCIDENT_ID, HttpPeer, Where
from support.peers.wire import Reply, Request

KEY = "e93facc04764012d7bfb002500d5d1a6"


def make(where: Where) -> tuple[Channel, Contact]:
    channel = PagerDutyChannel(where.line(), f"{where.url}/v2/enqueue")
    return channel, PagerDutyContact(routing_key=SecretStr(KEY))


def check(request: Request) -> None:
    assert (request.method, request.target) == ("POST", "/v2/enqueue")
    assert request.headers["content-type"] == "application/json"
    assert len(request.body) <= 512 * 1024
    body = json.loads(request.body)
    assert set(body) <= {
        "routing_key",
        "event_action",
        "dedup_key",
        "payload",
        "links",
        "images",
        "client",
        "client_url",
    }
    assert body["routing_key"] == KEY and len(KEY) == 32
    assert body["event_action"] == "trigger"
    assert body["dedup_key"] == str(INCIDENT_ID)
    payload = body["payload"]
    required, optional = (
        {"summary", "source", "severity"},
        {"timestamp", "component", "group", "class", "custom_details"},
    )
    assert required <= set(payload) <= required | optional
    assert 0 < len(payload["summary"]) <= 1024
    assert payload["severity"] in {"critical", "error", "warning", "info"}
    assert datetime.fromisoformat(payload["timestamp"]).tzinfo
    assert all(isinstance(payload[name], str) for name in ("source", "component", "group", "class"))
    assert isinstance(payload["custom_details"], dict)
    assert all(link["href"].startswith("http") for link in body["links"])


PAGERDUTY = HttpPeer(
    "pagerduty",
    make,
    check,
    secrets=(KEY,),
    success=Reply(
        "202 Accepted",
        body=json.dumps({"status": "success", "message": "Event processed", "dedup_key": str(INCIDENT_ID)}).encode(),
    ),
    replies={
        "refused for good": Reply(
            "400 Bad Request",
            body=b'{"status":"invalid event","message":"Event object is invalid","errors":["Invalid routing key"]}',
        ),
        "error inside": Reply("202 Accepted", body=b'{"status":"invalid event","message":"PRIVATE"}'),
    },
    expected={"huge answer": Result.PERMANENT},
)
