"""Services behind Apprise before peers of their own: that a page arrives as each documents it, secret where it belongs.

- Mattermost, incoming webhooks: https://developers.mattermost.com/integrate/webhooks/incoming/
- Gotify: https://gotify.net/docs/pushmsg
- Signal, by signal-cli-rest-api: https://bbernhard.github.io/signal-cli-rest-api/ (`/v2/send`)
- Teams, by a workflow: an adaptive card as an attachment
"""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from feuerwache.common.clock import SystemClock
from feuerwache.common.config.contact import AppriseContact
from feuerwache.common.http.guard import LOOPBACK, AddressGuard
from feuerwache.notifier.channels.apprise import AppriseChannel
from feuerwache.notifier.channels.channel import Delivery, Outcome, Result
from support.peers.apprise import CREW
from support.peers.leak import everything_is_logged, leaked, traces
from support.peers.peer import DELIVERY_ID, INCIDENT_ID, LINK, LONG_PATIENCE, message
from support.peers.wire import Reply, Request, answering, authority, listening

TOKEN = "3ccdd113474722377935511fc85d3dd4"
SIGNATURE = "iXNxu3v9Jr2Vp6rNwUBdLpWkWmUUGZvK8q0eYb7Zr1s"
NUMBER = "+4915112345678"


@dataclass(frozen=True)
class Service:
    name: str
    url: str
    target: str
    said: Callable[[Request], tuple[str, ...]]
    refusal: Reply
    encrypted: bool = False


def body(request: Request) -> dict[str, Any]:
    told = json.loads(request.body)
    assert isinstance(told, dict)
    return told


def mattermost(request: Request) -> tuple[str, ...]:
    return (body(request)["text"],)


def gotify(request: Request) -> tuple[str, ...]:
    assert request.headers["x-gotify-key"] == TOKEN
    return body(request)["title"], body(request)["message"]


def signal(request: Request) -> tuple[str, ...]:
    assert body(request)["number"] == NUMBER
    assert body(request)["recipients"] == ["+4915187654321"]
    return (body(request)["message"],)


def teams(request: Request) -> tuple[str, ...]:
    (card,) = body(request)["attachments"]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    return tuple(part["text"] for part in card["content"]["body"] if part["type"] == "TextBlock")


SERVICES = [
    Service(
        "mattermost",
        f"mmost://localhost:{{port}}/{TOKEN}",
        f"/hooks/{TOKEN}",
        mattermost,
        Reply("400 Bad Request", body=b'{"id":"web.incoming_webhook.invalid.app_error"}'),
    ),
    Service(
        "gotify",
        f"gotify://localhost:{{port}}/{TOKEN}",
        "/message",
        gotify,
        Reply("401 Unauthorized", body=b'{"error":"Unauthorized"}'),
    ),
    Service(
        "signal",
        f"signal://localhost:{{port}}/{NUMBER}/+4915187654321",
        "/v2/send",
        signal,
        Reply("400 Bad Request", body=b'{"error":"Unregistered user"}'),
    ),
    Service(
        "teams",
        f"workflows://localhost:{{port}}/{TOKEN}/{SIGNATURE}",
        f"/workflows/{TOKEN}/triggers/manual/paths/invoke",
        teams,
        Reply("400 Bad Request", body=b'{"error":{"code":"DirectApiAuthorizationRequired"}}'),
        encrypted=True,
    ),
]


async def page(
    service: Service, reply: Reply, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> tuple[Outcome, list[Request]]:
    """Sends one page to the service; nothing secret may be left of it."""
    seen: list[Request] = []

    def answer(request: Request) -> Reply:
        seen.append(request)
        return reply

    everything_is_logged()
    caplog.set_level(logging.DEBUG)
    server_tls, _, pem = authority()
    ca_file = tmp_path / "ca.pem"
    ca_file.write_bytes(pem)
    async with listening(answering(answer), server_tls if service.encrypted else None) as port:
        guard = AddressGuard(LOOPBACK)
        channel = AppriseChannel(guard, SystemClock(), seconds=LONG_PATIENCE, ca_file=ca_file, crew=CREW)
        contact = AppriseContact(url=SecretStr(service.url.format(port=port)))
        outcome = await channel.send(Delivery(DELIVERY_ID, INCIDENT_ID, contact), message())
        await channel.close()
    assert leaked(traces(channel, caplog.records, outcome, contact), (TOKEN, SIGNATURE, NUMBER)) == []
    return outcome, seen


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_page_arrives_as_the_service_documents_it(
    service: Service, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outcome, seen = asyncio.run(page(service, Reply("200 OK", body=b"{}"), tmp_path, caplog))
    assert outcome.result is Result.ACCEPTED, outcome
    (request,) = seen
    assert (request.method, request.target.partition("?")[0]) == ("POST", service.target)
    told = "\n".join(service.said(request))
    assert "Kritisch: Welle der Empörung" in told
    assert "214 Beiträge" in told
    assert LINK in told


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_refusal_is_for_good(service: Service, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    outcome, seen = asyncio.run(page(service, service.refusal, tmp_path, caplog))
    assert (outcome.result, outcome.reason) == (Result.PERMANENT, f"HTTP {service.refusal.status[:3]}")
    assert len(seen) == 1


def test_an_authority_of_ones_own_stands_beside_the_public_ones(tmp_path: Path) -> None:
    """In the process of Apprise as in all others. The "public" one of this test is a second one of ours."""
    public_tls, _, public = authority.__wrapped__()
    own_tls, _, own = authority()
    (tmp_path / "public.pem").write_bytes(public)
    (tmp_path / "own.pem").write_bytes(own)
    program = (
        "import requests, sys\n"
        "from feuerwache.notifier.channels import apprise_child as child\n"
        "child.narrow()\n"
        "requests.adapters.DEFAULT_CA_BUNDLE_PATH, child.work.ca_file, *ports = sys.argv[1:]\n"
        "for port in ports: print(requests.post(f'https://localhost:{port}/', timeout=30).status_code)\n"
    )

    async def main() -> str:
        reply = answering(lambda _: Reply("202 Accepted"))
        async with listening(reply, public_tls) as first, listening(reply, own_tls) as second:
            arguments = [str(tmp_path / "public.pem"), str(tmp_path / "own.pem"), str(first), str(second)]
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-B", "-c", program, *arguments, stdout=subprocess.PIPE
            )
            told, _ = await child.communicate()
            return told.decode()

    assert asyncio.run(main()).split() == ["202", "202"]
