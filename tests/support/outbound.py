"""The outbound process inside a test, with its topics, and platforms on loopback that take its webhooks."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from prometheus_client import CollectorRegistry
from standardwebhooks import Webhook as Verifier

from feuerwache.common.clock import SystemClock
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import ActionReceipt
from feuerwache.common.health import Health
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.keys import SEPARATOR, author_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.kafka.topics import ACTIONS_RECEIPTS, DECISIONS_MADE, OUTBOUND_PARKED, OUTBOUND_PAUSES, Topic
from feuerwache.common.process import Process
from feuerwache.ingest.outbound.bootstrap import serve
from feuerwache.ingest.outbound.parcel import STATE
from feuerwache.ingest.outbound.settings import OutboundSettings
from feuerwache.ingest.v1 import decisions_pb2, decisions_pb2_grpc
from support.kafka import until
from support.peers.wire import Conversation, Reply, Request, answering, listening

TOPICS = (DECISIONS_MADE, ACTIONS_RECEIPTS, OUTBOUND_PARKED, OUTBOUND_PAUSES)
TOKEN = "fwi_token-of-the-forum-in-the-tests-0123456789"
SECRET = "whsec_" + base64.b64encode(b"swordfish-of-the-webhooks-tests!").decode()
PARTITIONS = 2
#: Everything that must stand in no log, error or metric.
SECRETS = (SECRET, SECRET.removeprefix("whsec_"), "swordfish-of", "door-nobody-knows", TOKEN)

#: What a platform answers to one webhook: a reply, or a whole way to misbehave.
Script = Callable[[dict[str, Any]], Reply | Conversation]


def takes(_: dict[str, Any]) -> Reply:
    return Reply("204 No Content")


@dataclass
class Hook:
    """A platform's endpoint. `script` may be exchanged at any time; `calls` are all that came, in their order."""

    script: Script = takes
    port: int = 0
    calls: list[Request] = field(default_factory=list)
    #: Those that were answered with 2xx.
    taken: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook/door-nobody-knows"

    def bodies(self) -> list[dict[str, Any]]:
        """What has come; proven by the specification's own library, each against its own headers."""
        return [Verifier(SECRET).verify(call.body, call.headers) for call in self.calls]

    def ids(self) -> list[str]:
        return [call.headers["webhook-id"] for call in self.calls]

    def posts(self) -> list[str]:
        return [body["data"]["post_id"] for body in self.bodies()]

    async def hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chosen: Reply | Conversation = Reply()

        def reply(request: Request) -> Reply:
            nonlocal chosen
            self.calls.append(request)
            chosen = self.script(json.loads(request.body))
            if not isinstance(chosen, Reply):
                raise Misbehave
            if chosen.status.startswith("2"):
                self.taken.append(request.headers["webhook-id"])
            return chosen

        try:
            await answering(reply)(reader, writer)
        except Misbehave:
            assert not isinstance(chosen, Reply)
            await chosen(reader, writer)


class Misbehave(Exception):  # noqa: N818 - leaves the orderly answer
    pass


@asynccontextmanager
async def hooks(*several: Hook, tls: ssl.SSLContext | None = None) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for hook in several:
            hook.port = await stack.enter_async_context(listening(hook.hold, tls))
        yield


def configure(folder: Path, urls: dict[str, str], outlet: str = "") -> None:
    """An integration on platform `forum` per URL, all with community `c`; an empty URL has no webhook. `outlet` holds
    more lines of each."""
    (folder / "communities.yaml").write_text("communities: [{id: c, title: C, brand: b, rules: r, policy: p}]\n")
    (folder / "secret").write_text(SECRET)
    text = "integrations:\n"
    for name, url in urls.items():
        text += f"  - id: {name}\n    platform: forum\n    communities: [c]\n    outbound:\n"
        if url:
            text += f"      webhook: {{url: '{url}', seconds: 1.5, secrets: [{{file: {folder / 'secret'}}}]}}\n"
        text += outlet or "      can: [hold, remove, approve]\n"
    unfinished = folder / "integrations.part"
    unfinished.write_text(text)
    unfinished.replace(folder / "integrations.yaml")


def make_settings(folder: Path, bootstrap: str, prefix: str, **more: object) -> OutboundSettings:
    tokens = folder / "tokens.json"
    first = (folder / "integrations.yaml").read_text().split("- id: ")[1].split("\n")[0]
    tokens.write_text(json.dumps({first: TOKEN}))
    given: dict[str, Any] = {
        "config_dir": folder,
        "config_reload_seconds": 0.2,
        "kafka_bootstrap": bootstrap,
        "topic_prefix": prefix,
        "post_partitions": PARTITIONS,
        "grpc_port": 0,
        "ports_file": folder / "ports.json",
        "integration_tokens_file": tokens,
        "http_allow": "127.0.0.0/8",
        "outbound_first_pause_seconds": 0.1,
        "outbound_longest_pause_seconds": 0.5,
        "stream_heartbeat_seconds": 0.5,
        **more,
    }
    return OutboundSettings(**given)


@dataclass
class Outbound:
    """The process, or the broker's side of it while it does not run."""

    settings: OutboundSettings
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    shell: Process | None = None

    async def decide(self, *events: Event[Any]) -> None:
        """As the rules write them; everything about one author is on one partition, which the post's name chooses."""
        name = self.settings.topics().of(DECISIONS_MADE)
        async with EventProducer(self.settings) as producer:
            await producer.send_all([self._outgoing(name, event) for event in events])

    def _outgoing(self, name: str, event: Event[Any]) -> Outgoing:
        payload = event.data
        key = author_key(payload.ref.community, payload.author_id)
        return Outgoing.of(name, partition_for(payload.ref.post_id), key, event)

    async def records(self, topic: Topic) -> list[Record]:
        return await read_topic(self.settings, self.settings.topics().of(topic))

    async def receipts(self) -> list[ActionReceipt]:
        return [record.event().data for record in await self.records(ACTIONS_RECEIPTS)]

    async def parked(self) -> list[str]:
        """The posts of what is parked now."""
        newest: dict[bytes | None, Record] = {}
        for record in await self.records(OUTBOUND_PARKED):
            newest[record.key] = record
        return sorted(one.event().data.ref.post_id for one in newest.values() if one.value is not None)

    async def states(self) -> dict[str, dict[str, Any]]:
        """Integration → what is said of the last parcel that was parked for it."""
        found = {}
        for record in await self.records(OUTBOUND_PARKED):
            if record.value is not None and record.key is not None:
                found[record.key.decode().partition(SEPARATOR)[0]] = json.loads(dict(record.headers)[STATE] or b"")
        return found

    def clock(self) -> float:
        """Real seconds."""
        return SystemClock().monotonic()

    async def dead_letters(self) -> list[Record]:
        return await read_topic(self.settings, self.settings.topics().dlq(DECISIONS_MADE))

    def count(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"feuerwache_outbound_{name}", labels) or 0.0

    def grpc_port(self) -> int:
        assert self.settings.ports_file is not None
        port: int = json.loads(self.settings.ports_file.read_text())["grpc"]
        return port


def partition_for(post: str) -> int:
    return sum(post.encode()) % PARTITIONS


@asynccontextmanager
async def running(settings: OutboundSettings) -> AsyncIterator[Outbound]:
    """The process at work in this one; told to stop, and checked for an orderly end, afterwards."""
    await ensure_topics(settings, TOPICS)
    shell = Process("outbound", settings, SystemClock(), Health(), asyncio.Event())
    one = Outbound(settings, shell=shell)
    assert settings.ports_file is not None
    settings.ports_file.unlink(missing_ok=True)
    work = asyncio.create_task(serve(shell, settings, one.registry))
    try:

        async def ready() -> bool:
            if work.done():
                work.result()
            report = shell.health.report()
            return settings.ports_file is not None and settings.ports_file.exists() and not any(report.values())

        await until(ready, "outbound is ready")
        yield one
    finally:
        shell.stop.set()
        await asyncio.wait_for(work, 30)


class Station(Outbound):
    """The process in one of its own, to be killed."""

    process: asyncio.subprocess.Process | None = None

    async def start(self, **environment: str) -> None:
        settings = self.settings
        assert settings.ports_file is not None
        settings.ports_file.unlink(missing_ok=True)
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "feuerwache.ingest.outbound",
            env={
                **os.environ,
                "FEUERWACHE_CONFIG_DIR": str(settings.config_dir),
                "FEUERWACHE_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
                "FEUERWACHE_TOPIC_PREFIX": settings.topic_prefix,
                "FEUERWACHE_POST_PARTITIONS": str(settings.post_partitions),
                "FEUERWACHE_GRPC_PORT": "0",
                "FEUERWACHE_PORTS_FILE": str(settings.ports_file),
                "FEUERWACHE_INTEGRATION_TOKENS_FILE": str(settings.integration_tokens_file),
                "FEUERWACHE_HTTP_ALLOW": "127.0.0.0/8",
                "FEUERWACHE_OUTBOUND_FIRST_PAUSE_SECONDS": str(settings.outbound_first_pause_seconds),
                "FEUERWACHE_OUTBOUND_LONGEST_PAUSE_SECONDS": str(settings.outbound_longest_pause_seconds),
                "FEUERWACHE_STREAM_HEARTBEAT_SECONDS": "0.5",
                **environment,
            },
        )

    async def listening(self) -> int:
        """The port of its gRPC, once it has one."""

        async def there() -> bool:
            assert self.settings.ports_file is not None
            return self.settings.ports_file.exists()

        await until(there, "outbound listens")
        return self.grpc_port()

    async def ended(self) -> int:
        assert self.process is not None
        async with asyncio.timeout(60):
            code = await self.process.wait()
        self.process = None
        return code

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.ended()


@asynccontextmanager
async def station(settings: OutboundSettings) -> AsyncIterator[Station]:
    await ensure_topics(settings, TOPICS)
    one = Station(settings)
    try:
        yield one
    finally:
        await one.kill()


@asynccontextmanager
async def stream(port: int, cursor: str = "", *, token: str = TOKEN, **request: Any) -> AsyncIterator[Any]:
    """A call of StreamDecisions."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = decisions_pb2_grpc.DecisionServiceStub(channel)
        wanted = decisions_pb2.StreamDecisionsRequest(cursor=cursor, **request)
        call = stub.StreamDecisions(wanted, metadata=[("authorization", f"Bearer {token}")])
        try:
            yield call
        finally:
            call.cancel()


async def read(call: Any, count: int) -> tuple[list[Any], str]:
    """The next `count` decisions, and the cursor of the last message."""
    found: list[Any] = []
    cursor = ""
    async with asyncio.timeout(30):
        while len(found) < count:
            message = await call.read()
            cursor = message.cursor
            if message.WhichOneof("what") == "decision":
                found.append(message.decision)
    return found, cursor


def ids(events: Sequence[Event[Any]]) -> list[str]:
    return [str(event.id) for event in events]
