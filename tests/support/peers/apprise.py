"""What Apprise's `json://` sends (https://appriseit.com/services/json/): version, title, message, attachments, type."""

from __future__ import annotations

import atexit
import base64
import json

from pydantic import SecretStr

from feuerwache.common.clock import SystemClock
from feuerwache.common.config.contact import AppriseContact, Contact
from feuerwache.notifier.channels.apprise import AppriseChannel
from feuerwache.notifier.channels.apprise_process import Crew
from feuerwache.notifier.channels.channel import Channel
from support.peers.peer import LINK, HttpPeer, Where
from support.peers.wire import Reply, Request

PASSWORD = "swordfish-for-apprise"
#: Starting a process takes seconds, so all cases of a test run share theirs.
CREW = Crew()
atexit.register(CREW.close)


def make(where: Where) -> tuple[Channel, Contact]:
    scheme, _, address = where.url.partition("://")
    schema = {"http": "json", "https": "jsons"}[scheme]
    url = f"{schema}://wache:{PASSWORD}@{address}/room-nobody-knows?verify=no&redirect=yes"
    channel = AppriseChannel(where.guard, SystemClock(), seconds=where.seconds, ca_file=where.ca_file, crew=CREW)
    return channel, AppriseContact(url=SecretStr(url))


def check(request: Request) -> None:
    assert (request.method, request.target) == ("POST", "/room-nobody-knows")
    scheme, _, login = request.headers["authorization"].partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(login).decode() == f"wache:{PASSWORD}"
    body = json.loads(request.body)
    assert set(body) == {"version", "title", "message", "attachments", "type"}
    assert body["title"] and LINK in body["message"]
    assert body["type"] == "failure"


APPRISE = HttpPeer("apprise", make, check, secrets=(PASSWORD, "room-nobody-knows"), success=Reply("204 No Content"))
