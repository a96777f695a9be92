"""PagerDuty's API by a peer on loopback that speaks it as documented: paging, refusals, too many requests.

Source: developer.pagerduty.com, "Authentication", "Pagination", "Rate limiting", "List schedules", "Get a user".
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from feuerwache.common.http.guard import AddressGuard, networks
from feuerwache.notifier.commands import app
from feuerwache.notifier.pagerduty.api import PagerDuty, PagerDutyError
from support.pagerduty import document, layer
from support.watchroom import written

GUARD = AddressGuard(networks(["127.0.0.0/8"]))
TOKEN = SecretStr("y_NbAkKc66ryYTWUXYEu")
IDS = [f"P{number:06}" for number in range(230)]
Reply = tuple[int, dict[str, Any], list[str]]


class Peer:
    """What was asked, and how often it says 429 before it answers."""

    def __init__(
        self, address: str = "", busy: int = 0, special: Callable[[str], Reply | None] = lambda _: None
    ) -> None:
        self.address = address
        self.busy = busy
        self.special = special
        self.asked: list[str] = []

    def reply(self, path: str, headers: dict[str, str]) -> Reply:
        self.asked.append(path)
        if headers.get("authorization") != f"Token token={TOKEN.get_secret_value()}":
            return 401, {"error": {"message": "Unauthorized", "code": 2006}}, []
        assert headers["accept"] == "application/vnd.pagerduty+json;version=2"
        if self.busy:
            self.busy -= 1
            return 429, {"error": {"message": "Rate Limit Exceeded", "code": 2020}}, ["ratelimit-reset: 0"]
        if (special := self.special(path)) is not None:
            return special
        url = urlsplit(path)
        if url.path == "/schedules":
            query = {name: int(values[0]) for name, values in parse_qs(url.query).items()}
            offset, limit = query["offset"], query["limit"]
            page = [{"id": each, "type": "schedule", "summary": each} for each in IDS[offset : offset + limit]]
            more = offset + limit < len(IDS)
            return 200, {"schedules": page, "limit": limit, "offset": offset, "more": more, "total": None}, []
        if url.path.startswith("/users/"):
            return 200, {"user": {"id": "PADA001", "name": "Ada", "email": "ada@example.org", "type": "user"}}, []
        return 200, document(layer(), id=url.path.rpartition("/")[2]), []


@asynccontextmanager
async def peer(peer_: Peer) -> AsyncIterator[Peer]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        status, body, extra = peer_.reply(request.split(" ")[1], headers)
        raw = json.dumps(body).encode()
        head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(raw)}", "Connection: close", *extra, "", ""]
        with suppress(ConnectionError):
            writer.write("\r\n".join(head).encode() + raw)
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        peer_.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield peer_


def test_all_schedules_are_listed_page_by_page_and_read() -> None:
    async def main() -> None:
        async with peer(Peer()) as there, PagerDuty(TOKEN, GUARD, address=f"{there.address}/") as remote:
            assert await remote.list_ids() == IDS
            assert [parse_qs(urlsplit(path).query)["offset"] for path in there.asked] == [["0"], ["100"], ["200"]]
            found = await remote.schedule("PI7DH85", "2026-03-01T00:00:00+01:00", "2026-03-29T00:00:00+01:00")
            assert (found.id, found.time_zone, len(found.schedule_layers)) == ("PI7DH85", "Europe/Berlin", 1)
            query = parse_qs(urlsplit(there.asked[-1]).query)
            assert query == {"since": ["2026-03-01T00:00:00+01:00"], "until": ["2026-03-29T00:00:00+01:00"]}
            assert (await remote.user("PADA001")).email == "ada@example.org"
            await remote.schedule("../users", "a", "b")
            assert there.asked[-1].startswith("/schedules/..%2Fusers?"), "an id is one piece of the path"

    asyncio.run(main())


def test_too_many_requests_are_asked_again_and_given_up_at_last() -> None:
    async def main() -> None:
        async with peer(Peer(busy=2)) as there, PagerDuty(TOKEN, GUARD, address=there.address) as remote:
            assert (await remote.user("P")).name == "Ada"
            assert len(there.asked) == 3
            there.busy = 100
            with pytest.raises(PagerDutyError, match="answers 429 to users"):
                await remote.user("P")

    asyncio.run(main())


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ((404, {"error": {"message": "Not Found"}}, []), "answers 404 to schedules"),
        ((302, {}, ["Location: http://127.0.0.1/"]), "answers 302"),
        ((200, {"error": {"message": "no"}}, []), "not as documented: schedule: Field required"),
        ((200, {"schedule": {"id": "x", "time_zone": "UTC", "schedule_layers": [{}]}}, []), "schedule_layers.0.start"),
    ],
)
def test_what_is_not_documented_is_said_without_the_token(reply: Reply, reason: str) -> None:
    async def main() -> None:
        there = Peer(special=lambda _: reply)
        async with peer(there), PagerDuty(TOKEN, GUARD, address=there.address) as remote:
            with pytest.raises(PagerDutyError, match=reason) as raised:
                await remote.schedule("P4711", "a", "b")
            assert TOKEN.get_secret_value() not in repr(raised.value) + repr(remote.__dict__)

    asyncio.run(main())


def test_a_wrong_token_and_an_address_inside_are_said() -> None:
    async def main() -> None:
        async with peer(Peer()) as there:
            async with PagerDuty(SecretStr("wrong"), GUARD, address=there.address) as remote:
                with pytest.raises(PagerDutyError, match="does not accept the token"):
                    await remote.list_ids()
            before = len(there.asked)
            async with PagerDuty(TOKEN, AddressGuard(), address=there.address) as remote:
                with pytest.raises(PagerDutyError, match="inside of a network"):
                    await remote.list_ids()
            assert len(there.asked) == before, "the token was sent nowhere"

    asyncio.run(main())


def test_the_command_asks_the_api_and_finds_people_by_their_mail_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = written(tmp_path / "config")
    (tmp_path / "token").write_text(f"{TOKEN.get_secret_value()}\n")
    monkeypatch.setenv("FEUERWACHE_HTTP_ALLOW", "127.0.0.0/8")

    async def main() -> Result:
        # every user's mail address is Ada's there, so all three are ada
        async with peer(Peer(busy=1)) as there:
            arguments = ["oncall", "import", "pagerduty", "--id", "PI7DH85", "--address", there.address, "--json"]
            more = ["--token-file", str(tmp_path / "token"), "--config", str(config)]
            return await asyncio.to_thread(CliRunner().invoke, app, [*arguments, *more])

    told = asyncio.run(main())
    assert told.exit_code == 0, told.output
    document_ = json.loads(told.stdout)
    (schedule,) = document_["schedules"]
    assert schedule["layers"][0]["shifts"][0]["people"] == ["ada", "ada", "ada"]
    assert document_["not_translated"] == document_["notes"] == []
    assert TOKEN.get_secret_value() not in told.output
