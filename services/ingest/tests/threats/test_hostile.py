"""A sender that means harm, against the whole process: what it sends is refused in time, with words, and gets nowhere.

What is tested closer to where it is decided is named in docs/threat-model.md; these need the process as it runs.
"""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import zipfile
from pathlib import Path

import httpx
import pytest
from prometheus_client import generate_latest

from feuerwache.common.kafka.topics import POSTS_RECEIVED
from support.ingest import TOKEN, make_settings, running
from support.servers import KafkaServer
from support.submissions import post

CANARY = "canary-of-a-hostile-run"
DEADLINE = 20.0
BOMB = gzip.compress(b"[" + b" " * 60_000_000 + b"]")


def zipped(body: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", body)
    return target.getvalue()


def deep(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


#: What would be expensive to read: the body, and its content encoding.
COSTLY: dict[str, tuple[bytes, str]] = {
    "a gzip bomb": (BOMB, "gzip"),
    "gzip in gzip": (gzip.compress(BOMB), "gzip, gzip"),
    "gzip in gzip, told once": (gzip.compress(BOMB), "gzip"),
    "zip in gzip": (gzip.compress(zipped(b"[" + b" " * 60_000_000 + b"]")), "gzip"),
    "an encoding nobody knows": (b"[]", "br"),
    "depth": (deep(300_000), ""),
    "depth in a field": (json.dumps({**post("p"), "x": 1}).encode().replace(b'"x": 1', b'"x": ' + deep(200_000)), ""),
    "a number without an end": (b'[{"post_id": ' + b"9" * 900_000 + b"}]", ""),
    "very many fields": (json.dumps([{f"k{number}": 1 for number in range(60_000)}]).encode(), ""),
    "very many items": (b"[" + b",".join([b"{}"] * 300_000) + b"]", ""),
    "a body that is too large": (b" " * 6_000_000, ""),
}


def test_what_would_be_expensive_to_read_is_refused_and_the_next_post_passes(
    tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str
) -> None:
    async def scenario() -> None:
        async with running(make_settings(tmp_path, kafka.bootstrap, redis_url, topic_prefix)) as one:
            for name, (body, encoding) in COSTLY.items():
                headers = {"Content-Type": "application/json", **({"Content-Encoding": encoding} if encoding else {})}
                async with asyncio.timeout(DEADLINE):
                    status = await sent(one.http, body, headers)
                assert 400 <= status < 500, (name, status)

            async def piecewise() -> object:
                for _ in range(600):
                    yield b" " * 10_000

            async with asyncio.timeout(DEADLINE):
                assert await sent(one.http, piecewise(), {"Content-Type": "application/json"}) == 413, "undeclared"
            assert (await one.http.post("/v1/posts", json=post("p-well"))).status_code == 202
            assert len(await one.records(POSTS_RECEIVED)) == 1

    asyncio.run(scenario())


async def sent(client: httpx.AsyncClient, body: object, headers: dict[str, str]) -> int:
    """The answer; 413 where the connection ends over a body that was not read to its end."""
    try:
        return (await client.post("/v1/posts", content=body, headers=headers)).status_code  # type: ignore[arg-type]  # bytes or pieces
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        return 413


def test_neither_logs_nor_metrics_take_what_a_stranger_wrote(
    tmp_path: Path,
    kafka: KafkaServer,
    redis_url: str,
    topic_prefix: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    nasty = f"{CANARY}\r\nlevel=error {CANARY}"

    async def scenario() -> bytes:
        async with running(make_settings(tmp_path, kafka.bootstrap, redis_url, topic_prefix)) as one:
            for number in range(50):
                await one.http.post(f"/v1/{CANARY}-{number}", json={})
                await one.http.post(f"/v1/hooks/{CANARY}-{number}", json={CANARY: nasty})
                await one.http.post("/v1/posts", json=post(f"{CANARY}-{number}", text=nasty))
                await one.http.post("/v1/posts", json={**post("p"), f"{CANARY}-{number}": nasty, "platform": CANARY})
                await one.http.post("/v1/posts", json=[], headers={"Authorization": f"Bearer {CANARY}"})
                await one.http.post("/v1/posts", content=nasty.encode(), headers={"Content-Type": CANARY})
            return generate_latest(one.registry)

    metrics = asyncio.run(scenario())
    written = "".join(capsys.readouterr())
    assert "listening" in written, "this is where the process writes"
    assert CANARY not in written
    assert TOKEN not in written
    assert CANARY.encode() not in metrics, "a label that a stranger chooses is a way to fill our memory"


def test_guessed_tokens_are_counted_and_say_nothing(
    tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str
) -> None:
    async def scenario() -> None:
        async with running(make_settings(tmp_path, kafka.bootstrap, redis_url, topic_prefix)) as one:
            near = [TOKEN[:-1], TOKEN + "0", TOKEN.upper(), "x", "fwi_" + "0" * 43]
            answers = set()
            for token in near:
                raw = httpx.Request(
                    "POST",
                    f"{str(one.http.base_url).rstrip('/')}/v1/posts",
                    json=post("p"),
                    headers={"Authorization": f"Bearer {token}"},
                )
                answer = await one.http.send(raw)
                answers.add((answer.status_code, answer.content))
            assert {status for status, _ in answers} <= {400, 401}
            assert len([each for each in answers if each[0] == 401]) == 1, "one answer for all of them"
            text = generate_latest(one.registry).decode()
            counted = [float(line.split()[-1]) for line in text.splitlines() if line.startswith(UNAUTHORIZED)]
            assert sum(counted) >= len(near) - 1
            assert await one.records(POSTS_RECEIVED) == []

    asyncio.run(scenario())


UNAUTHORIZED = "feuerwache_ingest_unauthorized_total"


def test_a_post_for_another_platform_or_community_is_not_written(
    tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str
) -> None:
    async def scenario() -> None:
        async with running(make_settings(tmp_path, kafka.bootstrap, redis_url, topic_prefix)) as one:
            for foreign in ({"platform": "facebook"}, {"community": "morgenrot-facebook"}, {"community": "nobody"}):
                answer = await one.http.post("/v1/posts", json={**post("p"), **foreign})
                assert answer.status_code in (403, 422), foreign
            assert await one.records(POSTS_RECEIVED) == []

    asyncio.run(scenario())
