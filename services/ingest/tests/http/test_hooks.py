"""Platforms call: nothing is believed before it is proved, and nothing that was proved is lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import httpx
import pytest
from prometheus_client import CollectorRegistry

from feuerwache.common.clock import ManualClock
from feuerwache.common.errors import TransientError
from feuerwache.common.http.client import OutboundClient
from feuerwache.common.http.guard import LOOPBACK, AddressGuard
from feuerwache.common.http.signature import hex_hmac
from feuerwache.common.kafka import deadletters
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import Partitioning, TopicNames
from feuerwache.ingest.adapters.adapter import (
    AdapterKind,
    Delivery,
    Fetch,
    Fetched,
    Reading,
    Refusal,
    Refused,
    Reply,
    Secrets,
    Skipped,
    SkipReason,
)
from feuerwache.ingest.adapters.document import document
from feuerwache.ingest.adapters.profile import Feature, Profile
from feuerwache.ingest.adapters.proof import hub_signature, same_secret
from feuerwache.ingest.adapters.settings import AdapterSettings
from feuerwache.ingest.arrival import Arrivals
from feuerwache.ingest.envelope import Unreadable
from feuerwache.ingest.http import hooks as module
from feuerwache.ingest.http import make_app
from feuerwache.ingest.http.hooks import Hooks
from feuerwache.ingest.integration import Integration, Integrations
from feuerwache.ingest.item import Item
from feuerwache.ingest.letter import Letters
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.problem import Problem
from feuerwache.ingest.security.keyring import Keyring
from feuerwache.ingest.verdict import Status, Verdict
from support.submissions import NOW

SECRET = b"shop-secret-of-the-tests"
TEXT = "Ein Text, der in keinem Protokoll stehen darf"


class Shop:
    """A platform that signs its calls, shakes hands, leaves things out, and breaks when it is told to."""

    def challenge(self, delivery: Delivery, secrets: Secrets) -> Reply | Refused | None:
        if "challenge" not in delivery.query:
            return None
        known = same_secret(delivery.query.get("token"), secrets["webhook"])
        return Reply(body=delivery.query["challenge"].encode(), media_type="text/html") if known else _wrong()

    def verify(self, delivery: Delivery, secrets: Secrets, _: datetime) -> Refused | None:
        return hub_signature(delivery, "x-shop", secrets["webhook"])

    def read(self, delivery: Delivery, _: datetime) -> Reading:
        found = document(delivery.body)
        if found.get("bug"):
            raise KeyError(found["bug"])
        return Reading(
            tuple(Item(each, "post") for each in found.get("posts", ())),
            tuple(Skipped(SkipReason.PRIVATE) for _ in range(found.get("private", 0))),
            tuple(Fetch(url, "api") for url in found.get("fetch", ())),
            Reply(body=b"danke"),
        )

    def complete(self, _: Fetch, answer: Fetched, __: datetime) -> Reading:
        if answer.status == 429:
            raise Unreadable(503, "Later", "the shop wants to be asked later")
        return Reading((Item(json.loads(answer.body), "post"),))


def _wrong() -> Refused:
    return Refused(Refusal.CHALLENGE)


SHOP = AdapterKind(
    Profile(
        name="shop",
        title="Shop",
        way="webhook",
        docs=("https://shop.example/docs",),
        features=dict.fromkeys(Feature, ""),
        secrets={"webhook": True, "api": False},
    ),
    AdapterSettings,
    lambda _: Shop(),
)


@dataclass
class Desk:
    """An intake that takes everything but what says `bad`, and tells a second text under one revision apart."""

    away: bool = False
    taken: list[Item] = field(default_factory=list)
    texts: dict[tuple[str, int], str] = field(default_factory=dict)

    async def accept(self, items: Sequence[Item], _: Integration, way: str) -> list[Verdict]:
        if self.away:
            raise TransientError("away")
        assert way == "hook"
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Verdict:
        data = cast(dict[str, Any], item.data)
        if data.get("bad"):
            problem = Problem("missing_field", "text", "is missing", "send it")
            return Verdict(Status.REJECTED, item.post_id, problems=(problem,))
        before = self.texts.setdefault((data["post_id"], data.get("revision", 0)), data["text"])
        if before != data["text"]:
            problem = Problem("other_text", "revision", "was received before", "next")
            return Verdict(Status.REJECTED, item.post_id, problems=(problem,))
        self.taken.append(item)
        return Verdict(Status.ACCEPTED, item.post_id)


class Unlimited:
    async def take(self, integration: Integration, _: int, __: str) -> float:
        return 7.2 if integration.limits.items_per_second else 0.0


@dataclass
class Post:
    records: list[Outgoing] = field(default_factory=list)

    async def send_all(self, records: Sequence[Outgoing]) -> None:
        self.records += records


@dataclass
class Scene:
    client: httpx.AsyncClient
    desk: Desk
    letters: Post
    registry: CollectorRegistry

    async def call(self, body: Any, hook: str = "shop", secret: bytes = SECRET, packed: bool = False) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"X-Shop": f"sha256={hex_hmac(secret, content)}"} | ({"Content-Encoding": "gzip"} if packed else {})
        return await self.client.post(f"/v1/hooks/{hook}", content=content, headers=headers)

    def count(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"feuerwache_ingest_{name}_total", labels) or 0.0


@asynccontextmanager
async def scene(monkeypatch: pytest.MonkeyPatch, **choice: Any) -> AsyncIterator[Scene]:
    monkeypatch.setattr(module, "load", lambda _: SHOP)
    adapter = {"kind": "shop", "secrets": {"webhook": [{"env": "SHOP"}], "api": [{"env": "API"}]}}
    known = Integrations.model_validate(
        {
            "integrations": [
                {"id": "shop", "platform": "shop", "communities": ["c"], "adapter": adapter, **choice},
                {"id": "plain", "platform": "shop", "communities": ["c"]},
            ]
        }
    )
    registry, clock, desk, post = CollectorRegistry(), ManualClock(NOW), Desk(), Post()
    metrics = Metrics(["shop", "plain"], registry)
    letters = Letters(post, TopicNames(), Partitioning())
    async with OutboundClient(AddressGuard(LOOPBACK), seconds=5.0) as outbound:
        hooks = Hooks(
            lambda: known,
            arrivals=Arrivals(cast(Any, desk), letters, metrics),
            keyring=Keyring({"SHOP": SECRET.decode(), "API": "api-token"}),
            quota=cast(Any, Unlimited()),
            letters=letters,
            client=outbound,
            clock=clock,
            metrics=metrics,
        )
        app = make_app(cast(Any, None), hooks)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge") as client:
            yield Scene(client, desk, post, registry)


def sold(post_id: str = "p-1", **fields: Any) -> dict[str, Any]:
    return {"post_id": post_id, "text": TEXT, **fields}


def test_what_is_proved_is_taken_and_what_nobody_wants_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with scene(monkeypatch) as shop:
            answer = await shop.call({"posts": [sold(), sold("p-2")], "private": 2})
            assert (answer.status_code, answer.text) == (200, "danke")
            assert answer.headers["content-type"].startswith("text/plain")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert [item.post_id for item in shop.desk.taken] == ["p-1", "p-2"]
            assert shop.count("hooks_skipped", integration="shop", reason="private_message") == 2

    asyncio.run(scenario())


def test_nobody_finds_out_which_integrations_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with scene(monkeypatch) as shop:
            body = {"posts": [sold()]}
            answers = [
                await shop.call(body, secret=b"guessed"),
                await shop.call(body, hook="nobody"),
                await shop.call(body, hook="plain"),
                await shop.call(body, hook="shop/../plain"),
                await shop.call(body, hook=""),
                await shop.client.get("/v1/hooks/shop"),
                await shop.client.get("/v1/hooks/shop?challenge=x&token=guessed"),
                await shop.client.get("/v1/hooks/nobody?challenge=x&token=guessed"),
            ]
            assert {(each.status_code, each.text, str(each.headers)) for each in answers} == {
                (401, answers[0].text, str(answers[0].headers))
            }
            assert not shop.desk.taken
            assert shop.count("hooks_refused", integration="shop", reason="wrong_signature") == 1
            assert shop.count("hooks_refused", integration="unknown", reason="unknown_integration") == 5
            for long in ("shop", "nobody"):
                assert (await shop.call(b"x" * 1_000_001, hook=long)).status_code == 413
                packed = await shop.call(b"x", hook=long, packed=True)
                assert packed.status_code == 415

    asyncio.run(scenario())


def test_a_handshake_is_given_back_as_text_that_no_browser_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with scene(monkeypatch) as shop:
            query = {"challenge": "<script>17</script>", "token": SECRET.decode()}
            answer = await shop.client.get("/v1/hooks/shop", params=query)
            assert (answer.status_code, answer.text) == (200, "<script>17</script>")
            assert answer.headers["content-type"].startswith("text/plain")

    asyncio.run(scenario())


def test_a_verified_item_that_is_refused_is_a_dead_letter_and_the_platform_hears_that_it_arrived(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario() -> None:
        async with scene(monkeypatch) as shop:
            answer = await shop.call({"posts": [sold("p-1", bad=True), sold("p-2")]})
            assert answer.status_code == 200
            assert [item.post_id for item in shop.desk.taken] == ["p-2"]
            (letter,) = shop.letters.records
            assert letter.topic == "posts.submitted.v1.dlq"
            assert letter.value is not None
            assert json.loads(letter.value) == {**sold("p-1", bad=True), "kind": "post"}
            said = dict(letter.headers)
            assert said["fw-integration"] == b"shop"
            assert said[deadletters.STAGE] == b"ingest-hook"
            assert said[deadletters.REASON] == b"text: is missing; send it"
            assert shop.count("arrivals_dead", way="hook", integration="shop") == 1

    asyncio.run(scenario())


def test_a_letter_of_a_pseudonymous_integration_names_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with scene(monkeypatch, privacy="pseudonymous") as shop:
            await shop.call({"posts": [sold(bad=True, author={"id": "a-17"}, parent_author_id="a-17")]})
            await shop.call({"bug": "a-17"})
            assert [record.value for record in shop.letters.records if b"a-17" in (record.value or b"")] == []
            assert len(shop.letters.records) == 2

    asyncio.run(scenario())


def test_an_adapter_that_breaks_loses_nothing_and_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async with scene(monkeypatch) as shop:
            assert (await shop.call({"bug": TEXT})).status_code == 200
            (letter,) = shop.letters.records
            assert json.loads(letter.value or b"") == {"bug": TEXT}
            assert dict(letter.headers)[deadletters.ERROR_CLASS] == b"AdapterFailed"
            assert dict(letter.headers)[deadletters.REASON] == b"KeyError"
            assert (await shop.call(b"no json")).status_code == 400
            assert shop.count("hooks_refused", integration="shop", reason="unreadable") == 1

    asyncio.run(scenario())
    assert TEXT not in capsys.readouterr().out + caplog.text


def test_two_edits_within_a_second_are_two_revisions_and_their_repeat_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with scene(monkeypatch) as shop:
            texts = ["eins", "zwei", "drei"]
            for text in texts:
                assert (await shop.call({"posts": [sold(text=text, revision=60)]})).status_code == 200
            assert shop.desk.texts == {("p-1", 60 + n): text for n, text in enumerate(texts)}
            assert (await shop.call({"posts": [sold(text="drei", revision=60)]})).status_code == 200
            assert len(shop.desk.texts) == 3
            assert not shop.letters.records

    asyncio.run(scenario())


def test_kafka_away_is_503_with_a_time_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with scene(monkeypatch) as shop:
            shop.desk.away = True
            answer = await shop.call({"posts": [sold()]})
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")

    asyncio.run(scenario())


def test_more_than_an_integration_may_send_is_429_with_a_time_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with scene(monkeypatch, limits={"items_per_second": 1.0}) as shop:
            answer = await shop.call({"posts": [sold()]})
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "8")
            assert not shop.desk.taken
            assert (await shop.call({"posts": [], "private": 1})).status_code == 200

    asyncio.run(scenario())


def test_a_secret_that_is_changed_counts_from_the_next_call_and_one_that_is_gone_is_503(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    file = tmp_path / "secret"
    adapter = {"kind": "shop", "secrets": {"webhook": [{"file": str(file)}]}}

    async def scenario() -> None:
        async with scene(monkeypatch, adapter=adapter) as shop:
            answers = []
            for content in (None, b"one\n", b"two\n"):
                if content is not None:
                    file.write_bytes(content)
                answers.append((await shop.call({"posts": []}, secret=b"one")).status_code)
            assert answers == [503, 200, 401]

    asyncio.run(scenario())


def test_what_is_missing_is_fetched_with_the_credential_and_what_cannot_be_had_is_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    async def shop_itself(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head)
        body = json.dumps(sold("p-2")).encode()
        status = b"429 No" if "busy" in head else b"200 OK"
        writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(body), body))
        await writer.drain()
        writer.close()

    async def scenario() -> None:
        server = await asyncio.start_server(shop_itself, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, scene(monkeypatch) as shop:
            assert (await shop.call({"posts": [sold()], "fetch": [f"{url}/p-2"]})).status_code == 200
            assert [item.post_id for item in shop.desk.taken] == ["p-1", "p-2"]
            assert "authorization: bearer api-token" in asked[0].lower()
            # What is there is taken at once, the rest when the platform repeats its call.
            for unreachable in (f"{url}/busy", "http://10.0.0.1/x", "http://127.0.0.1:1/x"):
                answer = await shop.call({"posts": [sold("p-3")], "fetch": [unreachable]})
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert shop.desk.taken[2].post_id == "p-3"
            assert shop.count("hooks_fetches", integration="shop", outcome="failed") == 2

    asyncio.run(scenario())
