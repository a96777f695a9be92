"""Discourse and Mastodon behind the real hooks: what is asked of a forum, and what counts when it does not answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import httpx
from prometheus_client import CollectorRegistry

from feuerwache.common.clock import ManualClock
from feuerwache.common.http.client import OutboundClient
from feuerwache.common.http.guard import LOOPBACK, AddressGuard
from feuerwache.common.kafka.topics import Partitioning, TopicNames
from feuerwache.ingest.adapters.sample import NOON, read_sample, samples
from feuerwache.ingest.arrival import Arrivals
from feuerwache.ingest.examination import Examined, examine
from feuerwache.ingest.http.hooks import Hooks
from feuerwache.ingest.integration import Integration, Integrations
from feuerwache.ingest.item import Item
from feuerwache.ingest.letter import Letters
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.security.keyring import Keyring
from feuerwache.ingest.verdict import Status, Verdict

KEYS = {"FORUM": "a-secret-of-twelve", "FEDI": "d41d8cd98f00b204e9800998ecf8427ed41d8cd9", "KEY": "the-api-key"}


@dataclass
class Desk:
    """An intake that examines what it takes."""

    taken: list[Examined] = field(default_factory=list)

    async def accept(self, items: Sequence[Item], integration: Integration, _: str) -> list[Verdict]:
        return [self._one(examine(item, integration, NOON), item) for item in items]

    def _one(self, found: Any, item: Item) -> Verdict:
        if not isinstance(found, Examined):
            return Verdict(Status.REJECTED, item.post_id, problems=found)
        self.taken.append(found)
        return Verdict(Status.ACCEPTED, item.post_id)


class Unlimited:
    async def take(self, *_: object) -> float:
        return 0.0


@dataclass
class Scene:
    client: httpx.AsyncClient
    desk: Desk

    async def call(self, kind: str, sample: str, **headers: str) -> int:
        path = next(path for path in samples(kind) if path.stem == sample)
        delivery = read_sample(path).delivery()
        sent = {**delivery.headers, **headers}
        answer = await self.client.post(f"/v1/hooks/{kind}", content=delivery.body, headers=sent)
        return answer.status_code

    def fields(self, *names: str) -> list[tuple[Any, ...]]:
        found = [tuple(getattr(each.submission, name, None) for name in names) for each in self.desk.taken]
        self.desk.taken.clear()
        return found


@asynccontextmanager
async def scene(forum: str) -> AsyncIterator[Scene]:
    discourse = {
        "kind": "discourse",
        "secrets": {"webhook": [{"env": "FORUM"}], "api": [{"env": "KEY"}]},
        "settings": {"url": forum, "parents": "key", "api_user": "feuerwache", "places": {5: "technik"}},
    }
    mastodon = {
        "kind": "mastodon",
        "secrets": {"webhook": [{"env": "FEDI"}]},
        "settings": {"url": "https://social.example"},
    }
    known = Integrations.model_validate(
        {
            "integrations": [
                {"id": "discourse", "platform": "forum", "communities": ["technik", "plausch"], "adapter": discourse},
                {"id": "mastodon", "platform": "fediverse", "communities": ["fediverse"], "adapter": mastodon},
            ]
        }
    )
    desk, clock = Desk(), ManualClock(NOON)
    metrics = Metrics(["discourse", "mastodon"], CollectorRegistry())
    letters = Letters(cast(Any, None), TopicNames(), Partitioning())
    async with OutboundClient(AddressGuard(LOOPBACK), seconds=5.0) as outbound:
        hooks = Hooks(
            lambda: known,
            arrivals=Arrivals(cast(Any, desk), letters, metrics),
            keyring=Keyring(KEYS),
            quota=cast(Any, Unlimited()),
            letters=letters,
            client=outbound,
            clock=clock,
            metrics=metrics,
        )
        async with httpx.AsyncClient(transport=httpx.ASGITransport(cast(Any, hooks)), base_url="http://edge") as client:
            yield Scene(client, desk)


def test_a_reply_knows_its_parent_where_the_forum_tells_and_counts_where_it_does_not() -> None:
    asked: list[str] = []

    async def forum_itself(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
        body = json.dumps({"id": 4705, "user_id": 19, "post_number": 2}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    async def scenario() -> None:
        server = await asyncio.start_server(forum_itself, "127.0.0.1", 0)
        async with server, scene(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as edge:
            assert await edge.call("discourse", "post-reply") == 200
            assert edge.fields("post_id", "parent_id", "parent_author_id") == [("4711", "4705", "19")]
            assert asked[0].startswith("get /posts/by_number/88/2.json ")
            assert "api-key: the-api-key" in asked[0]
            assert "api-username: feuerwache" in asked[0]
        # Discourse repeats nothing unless it is told to: a reply must not be lost for want of its parent.
        for away in ("http://127.0.0.1:1", "http://10.0.0.1", "http://169.254.169.254"):
            async with scene(away) as edge:
                assert await edge.call("discourse", "post-reply") == 200
                assert edge.fields("post_id", "parent_id") == [("4711", None)]

    asyncio.run(scenario())


def test_a_form_is_json_and_a_flag_a_report_and_nobody_else_is_believed() -> None:
    async def scenario() -> None:
        async with scene("http://127.0.0.1:1") as edge:
            assert await edge.call("discourse", "post-form") == 200
            assert edge.fields("kind", "text") == [("post", "Seit dem Update **klemmt** die Tür.")]
            assert await edge.call("discourse", "flag-second") == 200
            assert edge.fields("kind", "report_id") == [("reported", "reviewable-31"), ("reported", "flag-58")]
            assert await edge.call("discourse", "post-destroyed-moderator") == 200
            assert edge.fields("kind", "action") == [("moderated", "removed"), ("deleted", None)]
            assert await edge.call("discourse", "private-message") == 200
            assert await edge.call("discourse", "category-foreign") == 200
            for sample, signature in (("post-created", "sha256=" + "0" * 64), ("post-created", ""), ("unsigned", "")):
                assert await edge.call("discourse", sample, **{"x-discourse-event-signature": signature}) == 401
            assert edge.desk.taken == []

    asyncio.run(scenario())


def test_a_reported_status_from_elsewhere_comes_with_its_report() -> None:
    async def scenario() -> None:
        async with scene("http://127.0.0.1:1") as edge:
            assert await edge.call("mastodon", "report-created") == 200
            assert edge.fields("kind", "text", "reporter_id") == [
                ("post", "Ihr Deppen", None),
                ("reported", None, "123456789"),
            ]
            assert await edge.call("mastodon", "status-direct") == 200
            assert await edge.call("mastodon", "forged") == 401
            assert edge.desk.taken == []

    asyncio.run(scenario())
