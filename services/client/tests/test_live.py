"""The client and the examples against a running ingest, and against a server that is busy first."""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

from feuerwache.client import AsyncClient, Client, Refused, Unavailable
from feuerwache.common.kafka.topics import POSTS_RECEIVED
from support.ingest import TOKEN, make_settings, running
from support.servers import KafkaServer
from support.submissions import COMMUNITY, post

EXAMPLES = Path(__file__).parents[3] / "examples"
SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
#: The Node that comes with Playwright, so that the example is run on every machine that runs the tests.
COMMANDS = {"send.sh": ["sh"], "send.py": [sys.executable], "send.mjs": [compute_driver_executable()[0]]}


@contextmanager
def busy(*answers: tuple[int, dict[str, str]]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server that gives these answers in turn, then takes the post; with the headers of each call."""
    left, calls = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            calls.append({name.lower(): value for name, value in self.headers.items()})
            self.rfile.read(int(self.headers["content-length"]))
            status, headers = left.pop(0) if left else (202, {})
            self.send_response(status)
            body = b'{"items": [{"post_id": "p-1", "status": "accepted", "event_id": "e"}]}' if status == 202 else b"{}"
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass  # nobody reads it

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", calls
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_it_waits_as_long_as_it_is_asked_and_signs_every_attempt_anew() -> None:
    slept: list[float] = []
    with (
        busy((429, {"Retry-After": "7"}), (503, {})) as (url, calls),
        Client(url + "/", "t", secret=SECRET, sleep=slept.append) as client,
    ):
        assert client.send(post()).items[0].status == "accepted"
    assert 7.0 <= slept[0] < 7.6
    assert 0.5 <= slept[1] < 1.0
    assert len({call["webhook-id"] for call in calls}) == 3
    assert {call["authorization"] for call in calls} == {"Bearer t"}


def test_the_asynchronous_one_does_too() -> None:
    async def scenario() -> list[float]:
        slept: list[float] = []

        async def sleep(seconds: float) -> None:
            slept.append(seconds)

        with busy((502, {}), (504, {"Retry-After": "2"})) as (url, _):
            async with AsyncClient(url, "t", sleep=sleep) as client:
                assert (await client.send(post())).items[0].status == "accepted"
        return slept

    first, second = asyncio.run(scenario())
    assert 0.25 <= first < 0.5
    assert 2.0 <= second < 2.6


def test_it_gives_up_at_last_and_repeats_no_mistake_and_follows_nobody() -> None:
    slept: list[float] = []
    with (
        busy(*[(503, {})] * 3) as (url, _),
        Client(url, "t", tries=3, sleep=slept.append) as client,
        pytest.raises(Unavailable, match="1 items were not taken in 3 tries; the last: 503"),
    ):
        client.send(post())
    assert len(slept) == 2
    with (
        busy((307, {"Location": "http://127.0.0.1:1/"})) as (url, calls),
        Client(url, "t") as client,
        pytest.raises(Refused, match="nothing is followed"),
    ):
        client.send(post())
    assert len(calls) == 1
    with Client("http://127.0.0.1:1", "t", tries=2, sleep=slept.append) as client, pytest.raises(Unavailable):
        client.send(post())
    assert len(slept) == 3


def test_on_a_running_ingest(tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str) -> None:
    settings = make_settings(tmp_path, kafka.bootstrap, redis_url, topic_prefix)
    one = f"integrations: [{{id: forum, platform: forum, communities: [{COMMUNITY}]}}]\n"
    (tmp_path / "integrations.yaml").write_text(one)

    def synchronous(url: str) -> None:
        with Client(url, TOKEN) as client:
            told = client.send(post("s-1"), post("s-2", text=""), post("s-1"))
            assert [item.status for item in told.items] == ["accepted", "rejected", "duplicate"]
            assert told.rejected[0].problems[0].field == "text"
            with client.batch(size=4) as batch:
                for number in range(10):
                    batch.add(post(f"b-{number}"))
        with Client(url, "fwi_nobody") as client, pytest.raises(Refused, match="401"):
            client.send(post())

    async def scenario() -> None:
        async with running(settings) as ingest:
            url = str(ingest.http.base_url)
            await asyncio.to_thread(synchronous, url)
            async with AsyncClient(url, TOKEN) as client, client.batch(size=7) as batch:
                await asyncio.gather(*(batch.add(post(f"a-{number}")) for number in range(20)))
            received = [event.data.ref.post_id for event in await ingest.received()]
            assert sorted(received) == sorted(
                ["s-1", *(f"b-{number}" for number in range(10)), *(f"a-{number}" for number in range(20))]
            )

            environment = {
                **os.environ,
                "FEUERWACHE_URL": url.rstrip("/"),
                "FEUERWACHE_TOKEN": TOKEN,
                "CREATED_AT": "2026-11-14T20:59:00Z",
            }
            text = 'Ein "Zitat" \\ und ein 😤'
            for name, command in COMMANDS.items():
                call = [*command, str(EXAMPLES / name), f"example-{name}", text]
                ran = await asyncio.to_thread(subprocess.run, call, env=environment, capture_output=True, timeout=60)
                assert ran.returncode == 0, (name, ran.stderr.decode())
                assert b"accepted" in ran.stdout
                bad = await asyncio.to_thread(
                    subprocess.run, [*call[:-1], ""], env=environment, capture_output=True, timeout=60
                )
                assert bad.returncode != 0, name
            texts = {
                event.data.ref.post_id: event.data.post.text
                for event in await ingest.received()
                if hasattr(event.data, "post") and event.data.ref.post_id.startswith("example-")
            }
            assert texts == {f"example-{name}": text for name in COMMANDS}
            assert len(await ingest.records(POSTS_RECEIVED)) == 31 + len(COMMANDS) + 1, "and one report"

    asyncio.run(scenario())
