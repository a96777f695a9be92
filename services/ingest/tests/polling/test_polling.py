"""Polling as a whole: a YouTube on loopback, the real process of ingest, real Kafka and Redis."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feuerwache.common.clock import SystemClock
from feuerwache.common.errors import TransientError
from feuerwache.common.events.polling import PollingCursor
from feuerwache.common.events.post import PostCreated, PostDeleted, PostEdited
from feuerwache.common.kafka.topics import POLLING_CURSORS, POSTS_SUBMITTED
from feuerwache.common.redis import connect
from feuerwache.ingest.polling.cursor import Cursors
from feuerwache.ingest.settings import IngestSettings
from support.ingest import Ingest, make_settings, running, until
from support.polling import configure
from support.servers import KafkaServer
from support.submissions import COMMUNITY
from support.youtube import KEY, refusal, youtube


@pytest.fixture
def settings(
    tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> IngestSettings:
    monkeypatch.setenv("YOUTUBE_KEY", KEY)
    return make_settings(
        tmp_path,
        kafka.bootstrap,
        redis_url,
        topic_prefix,
        http_allow="127.0.0.0/8",
        polling_shortest_seconds=0.2,
        polling_lease_seconds=3.0,
        canary_seconds=0.0,
        config_reload_seconds=0.2,
    )


@asynccontextmanager
async def polling(settings: IngestSettings) -> AsyncIterator[Ingest]:
    if settings.ports_file is not None:
        settings.ports_file.unlink(missing_ok=True)
    async with running(settings, clock=SystemClock()) as ingest:
        yield ingest


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


async def posts(ingest: Ingest, kind: type[Any]) -> list[str]:
    return [event.data.ref.post_id for event in await ingest.received() if isinstance(event.data, kind)]


async def came(ingest: Ingest, kind: type[Any], *names: str) -> None:
    async def there() -> bool:
        return sorted(await posts(ingest, kind)) == sorted(names)

    await until(there)


def pages(ingest: Ingest, outcome: str) -> float:
    return ingest.count("polling_pages_total", integration="tube", outcome=outcome)


def here(ingest: Ingest) -> bool:
    return ingest.count("polling_here", integration="tube") == 1


def test_what_is_written_changed_and_deleted_arrives_once(settings: IngestSettings) -> None:
    async def scenario() -> None:
        async with youtube(page=2, embedded=1) as fake:
            configure(settings, fake)
            for number in range(5):
                fake.write(f"t{number}", f"Beitrag {number}")
            for number in range(3):
                fake.write(f"t0.r{number}", f"Antwort {number}", to="t0")
            everything = ("t0", "t1", "t2", "t3", "t4", "t0.r0", "t0.r1", "t0.r2")
            async with polling(settings) as ingest:
                await came(ingest, PostCreated, *everything)
                created = {event.data.ref.post_id: event.data for event in await ingest.received()}
                top, reply = created["t0"], created["t0.r2"]
                assert isinstance(top, PostCreated) and isinstance(reply, PostCreated)
                assert (top.post.text, top.author_id, top.ref.community) == ("Beitrag 0", "UC-of-t0", COMMUNITY)
                assert (reply.post.parent_id, reply.post.thread_id) == ("t0", "t0")
                assert top.post.url == "https://www.youtube.com/watch?v=v1&lc=t0"
                fake.edit("t1", "Beitrag 1, geändert", datetime.now(UTC) + timedelta(seconds=5))
                fake.write("t4.r0", "Eine späte Antwort", to="t4")
                fake.delete("t2")
                await came(ingest, PostDeleted, "t2")
                await came(ingest, PostEdited, "t1")
                await came(ingest, PostCreated, *everything, "t4.r0")
                assert ingest.count("accepted_total", way="poll", integration="tube") == 11
                assert ingest.count("duplicates_total", way="poll", integration="tube") == 0
                assert await ingest.dead_letters(POSTS_SUBMITTED) == []
                assert here(ingest)
                # A call may be under way: then it is asked for and not counted yet.
                left = ingest.count("polling_units_left", integration="tube")
                assert 9_000 - len(fake.asked) <= left <= 9_000 - len(fake.asked) + 1
                assert 0 <= ingest.count("polling_delay_seconds", integration="tube") < 3600

    run(scenario())


def test_a_new_process_goes_on_from_the_cursor(settings: IngestSettings) -> None:
    async def scenario() -> None:
        async with youtube(page=2) as fake:
            configure(settings, fake, recheck="1h")
            long_ago = datetime.now(UTC) - timedelta(hours=2)
            for number in range(7):
                fake.write(f"t{number}", f"Beitrag {number}", at=long_ago + timedelta(minutes=number))
            async with polling(settings) as ingest:
                await came(ingest, PostCreated, *(f"t{number}" for number in range(7)))
                await until(lambda: len(fake.asked) > 5)
            first = len(fake.asked)
            fake.write("t7", "Neu")
            async with polling(settings) as ingest:
                await came(ingest, PostCreated, *(f"t{number}" for number in range(8)))
                # Nothing that was known was taken again, and the pass ended where the first one had begun.
                assert ingest.count("accepted_total", way="poll", integration="tube") == 1
                assert ingest.count("duplicates_total", way="poll", integration="tube") == 0
                assert ingest.count("polling_units_left", integration="tube") <= 9_000 - first - 1
            cursors = [record.event().data for record in await ingest.records(POLLING_CURSORS)]
            assert all(isinstance(each, PollingCursor) and each.integration == "tube" for each in cursors)
            assert len({record.key for record in await ingest.records(POLLING_CURSORS)}) == 1

    run(scenario())


def test_a_page_whose_cursor_is_not_on_record_is_read_again_and_nothing_is_skipped(
    settings: IngestSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, failures = Cursors.write, Counter[str]()

    async def fails_once(self: Cursors, cursor: PollingCursor) -> None:
        failures["all"] += 1
        if failures["all"] == 1:
            raise TransientError("Kafka is away, as in this test")
        await write(self, cursor)

    monkeypatch.setattr(Cursors, "write", fails_once)

    async def scenario() -> None:
        async with youtube(page=2) as fake:
            configure(settings, fake)
            for number in range(3):
                fake.write(f"t{number}", f"Beitrag {number}")
            async with polling(settings) as ingest:
                await came(ingest, PostCreated, "t0", "t1", "t2")
                assert pages(ingest, "not_accepted") == 1
                assert ingest.count("duplicates_total", way="poll", integration="tube") == 2
                assert "pageToken" not in fake.asked[1]

    run(scenario())


def test_one_of_two_processes_polls_and_the_other_takes_over(settings: IngestSettings, tmp_path: Path) -> None:
    async def scenario() -> None:
        other = settings.model_copy(update={"ports_file": tmp_path / "other.json"})
        async with youtube() as fake, AsyncExitStack() as later:
            configure(settings, fake)
            fake.write("t0", "Zuerst")
            async with AsyncExitStack() as sooner:
                first = await sooner.enter_async_context(polling(settings))
                await came(first, PostCreated, "t0")
                second = await later.enter_async_context(polling(other))
                asked = len(fake.asked)
                await until(lambda: len(fake.asked) > asked + 3)
                assert (here(first), here(second)) == (True, False)
                assert pages(second, "taken") == 0
            await until(lambda: here(second))
            fake.write("t1", "Danach")
            await came(second, PostCreated, "t0", "t1")
            assert second.count("accepted_total", way="poll", integration="tube") == 1
            assert second.count("duplicates_total", way="poll", integration="tube") == 0

    run(scenario())


def test_a_platform_that_asks_to_wait_is_left_alone_that_long(settings: IngestSettings) -> None:
    async def scenario() -> None:
        async with youtube() as fake:
            configure(settings, fake)
            fake.refusals.append(refusal("429 Too Many Requests", "rateLimitExceeded", **{"Retry-After": "6"}))
            fake.write("t0", "Nach der Pause")
            async with polling(settings) as ingest:
                await came(ingest, PostCreated, "t0")
                assert pages(ingest, "rate") == 1
                assert fake.at[1] - fake.at[0] >= 6.0
                assert not any(ingest.shell.health.report().values())

    run(scenario())


def test_told_to_stop_it_finishes_the_page_in_hand_and_asks_for_no_other(settings: IngestSettings) -> None:
    async def scenario() -> None:
        async with youtube(page=1) as fake:
            configure(settings, fake)
            fake.write("t0", "Älter", at=datetime.now(UTC) - timedelta(minutes=1))
            fake.write("t1", "Neuer")
            async with polling(settings) as ingest:
                fake.hook = lambda _: ingest.shell.stop.set()
                await until(ingest.shell.stop.is_set)
            assert len(fake.asked) == 1
            assert await posts(ingest, PostCreated) == ["t1"]
            (record,) = await ingest.records(POLLING_CURSORS)
            data = record.event().data
            assert isinstance(data, PollingCursor)
            assert data.cursor["page"] == "1"
            redis = connect(settings)
            assert await redis.get(f"fw:{settings.topic_prefix}poll:tube") is None
            await redis.aclose()

    run(scenario())


def test_an_integration_that_is_added_later_is_polled_and_one_taken_away_is_not(settings: IngestSettings) -> None:
    async def scenario() -> None:
        async with youtube() as fake:
            fake.write("t0", "Da")
            async with polling(settings) as ingest:
                configure(settings, fake)
                await came(ingest, PostCreated, "t0")
                listed = json.loads((settings.config_dir / "integrations.yaml").read_text())["integrations"]
                (settings.config_dir / "integrations.yaml").write_text(json.dumps({"integrations": listed[:1]}))
                redis = connect(settings)

                async def released() -> bool:
                    return await redis.get(f"fw:{settings.topic_prefix}poll:tube") is None

                await until(released)
                await redis.aclose()

    run(scenario())


def test_no_log_holds_the_key_or_what_the_platform_said(
    settings: IngestSettings, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async with youtube() as fake:
            configure(settings, fake, base_url=fake.url)
            fake.refusals.append(refusal("403 Forbidden", "forbidden"))
            async with polling(settings) as ingest:
                await until(lambda: pages(ingest, "refused") == 1)

    caplog.set_level("DEBUG")
    run(scenario())
    printed = capsys.readouterr()
    written = caplog.text + printed.out + printed.err
    assert "gives nothing" in written
    for secret in (KEY, "PRIVATE", "127.0.0.1:8"):
        assert secret not in written
