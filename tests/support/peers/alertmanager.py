"""Alertmanager's API v2, after its openapi.yaml: `postableAlerts` in, an empty 200 out, a JSON string with an error."""

from __future__ import annotations

import json
import re
from datetime import datetime

from feuerwache.common.config.contact import AlertmanagerContact, Contact
from feuerwache.notifier.channels.alertmanager import AlertmanagerChannel
from feuerwache.notifier.channels.channel import Channel
from support.peers.peer import INCIDENT_ID, HttpPeer, Where
from support.peers.wire import Reply, Request


def make(where: Where) -> tuple[Channel, Contact]:
    contact = AlertmanagerContact(url=f"{where.url}/behind-a-proxy/", labels={"team": "wache", "incident": "mine"})
    return AlertmanagerChannel(where.line()), contact


def check(request: Request) -> None:
    assert (request.method, request.target) == ("POST", "/behind-a-proxy/api/v2/alerts")
    assert request.headers["content-type"] == "application/json"
    (alert,) = json.loads(request.body)
    assert set(alert) <= {"labels", "annotations", "startsAt", "endsAt", "generatorURL"}
    for name, value in {**alert["labels"], **alert["annotations"]}.items():
        assert re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name)
        assert isinstance(value, str)
    assert alert["labels"]["alertname"]
    assert alert["labels"]["incident"] == str(INCIDENT_ID)
    starts, ends = (datetime.fromisoformat(alert[name]) for name in ("startsAt", "endsAt"))
    assert starts.tzinfo and ends.tzinfo and starts < ends
    assert alert["generatorURL"] == "https://wache.example/"


ALERTMANAGER = HttpPeer(
    "alertmanager",
    make,
    check,
    secrets=("behind-a-proxy",),
    success=Reply("200 OK"),
    replies={"refused for good": Reply("400 Bad Request", body=b'"start time must be before end time"')},
)
