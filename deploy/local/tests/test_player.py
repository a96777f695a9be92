"""The player against the real ingest: any file goes through, whatever the size of its posts."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

from feuerwache.common.clock import SystemClock
from feuerwache.local.credentials import Credentials
from feuerwache.local.demo.player import BATCH, LARGEST_REQUEST, TOO_LARGE, Player, encoded, requests
from feuerwache.local.demo.script import Line
from support.ingest import make_settings, running
from support.servers import KafkaServer
from support.submissions import NOW, post


def line(number: int, text: str) -> Line:
    at = NOW + timedelta(milliseconds=number)
    return Line(at, "forum", {"kind": "post", **post(f"p{number}", text=text)})


def test_large_posts_are_split_over_requests_and_too_long_ones_refused_with_the_reason(
    tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str
) -> None:
    settings = make_settings(tmp_path, kafka.bootstrap, redis_url, topic_prefix)
    assert settings.integration_tokens_file is not None
    credentials = Credentials("", "", settings.integration_tokens_file, settings.integration_tokens_file)
    texts = [f"{number} " + "ß" * 8_000 for number in range(BATCH)]
    texts[50] = "x" * (LARGEST_REQUEST + 1)
    texts[60] = "y" * 100_000

    async def scenario() -> None:
        async with running(settings) as ingest:
            address = str(ingest.http.base_url).rstrip("/")
            player = Player([line(*it) for it in enumerate(texts)], address, credentials, SystemClock())
            await player.play()
            assert (player.sent.posts, player.sent.accepted, player.sent.repeated) == (BATCH, BATCH - 2, 0)
            [own, theirs] = sorted(player.sent.refused.items(), key=lambda it: it[0] != TOO_LARGE)
            assert own == (TOO_LARGE, 1)
            assert theirs == ("too_long: text is longer than 40000 characters", 1)
            assert len(await ingest.received()) == BATCH - 2

    asyncio.run(scenario())


def test_a_request_is_as_large_as_ingest_takes_and_no_larger() -> None:
    half = b'"' + b"x" * ((LARGEST_REQUEST - 3) // 2 - 2) + b'"'
    rest = LARGEST_REQUEST - 3 - len(half)
    exact = b'"' + b"y" * (rest - 2) + b'"'
    assert [len(body) for body in requests([half, exact])] == [LARGEST_REQUEST]
    assert [json.loads(body) for body in requests([half, exact, encoded({"ä": 1})])] == [
        [json.loads(half), json.loads(exact)],
        [{"ä": 1}],
    ]
    assert len(list(requests([half, exact[:-1] + b'y"']))) == 2
    assert list(requests([])) == []
