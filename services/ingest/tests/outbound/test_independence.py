"""Each integration for itself: a platform that is dead, slow or wants no more holds up nobody, and loses nothing."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from feuerwache.common.clock import ManualClock
from feuerwache.common.events.decision import Action
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.topics import OUTBOUND_PAUSES
from feuerwache.ingest.commands import app
from feuerwache.ingest.integration import load_senders
from feuerwache.ingest.outbound.beginning import begin
from feuerwache.ingest.outbound.status import statuses
from support.decisions import decision, event
from support.kafka import until
from support.outbound import (
    TOPICS,
    Hook,
    Outbound,
    configure,
    hooks,
    ids,
    make_settings,
    running,
)
from support.peers.wire import Reply, silence
from support.servers import KafkaServer

HOLD = Action.HOLD


def test_a_dead_platform_delays_no_other_and_has_everything_once_it_is_back(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        well, dead = Hook(), Hook(lambda _: silence)
        async with hooks(well, dead):
            configure(tmp_path, {"well": well.url, "dead": dead.url})
            settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix, outbound_parked=30)
            async with running(settings) as one:
                made = [event(decision(HOLD, post=f"p-{number}")) for number in range(200)]
                await one.decide(*made)

                async def all_taken() -> bool:
                    return len(well.taken) == len(made)

                await until(all_taken, "the other platform has everything")
                assert sorted(well.taken) == sorted(ids(made))
                assert dead.taken == []

                async def left_alone() -> bool:
                    return one.count("closed", integration="dead") == 1

                await until(left_alone, "the dead one is left alone")
                assert len(await one.parked()) <= 2 * (30 + 20), "the rest waits in Kafka"
                assert one.shell is not None
                assert not any(one.shell.health.report().values()), "a platform's death is no illness of ours"
                dead.script = lambda _: Reply()

                async def has_all() -> bool:
                    return set(dead.taken) == set(ids(made)) and await one.parked() == []

                await until(has_all, "the dead one has everything", 60)
                assert one.count("closed", integration="dead") == 0
                assert one.count("parked_decisions", integration="dead") == 0

    asyncio.run(scenario())


def test_a_post_that_a_platform_cannot_digest_holds_up_no_other(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        hook = Hook(lambda body: silence if body["data"]["post_id"] == "sick" else Reply())
        async with hooks(hook):
            configure(tmp_path, {"forum": hook.url})
            async with running(make_settings(tmp_path, kafka.bootstrap, topic_prefix)) as one:
                await one.decide(event(decision(HOLD, post="sick")))

                async def parked() -> bool:
                    return await one.parked() == ["sick"]

                await until(parked, "the sick one is parked")
                made = [event(decision(HOLD, post=f"p-{number}")) for number in range(40)]
                await one.decide(*made)

                async def all_taken() -> bool:
                    return sorted(hook.taken) == sorted(ids(made))

                await until(all_taken, "all others are taken")
                assert one.count("closed", integration="forum") == 0

    asyncio.run(scenario())


def test_a_platform_that_wants_no_more_is_paused_until_a_human_resumes_it(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        gone, other = Hook(lambda _: Reply("410 Gone")), Hook()
        async with hooks(gone, other):
            configure(tmp_path, {"gone": gone.url, "other": other.url})
            settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix)
            first, second = event(decision(HOLD, post="one")), event(decision(HOLD, post="two"))
            async with running(settings) as one:
                await one.decide(first)

                async def paused() -> bool:
                    return one.count("paused", integration="gone") == 1 and len(await one.records(OUTBOUND_PAUSES)) == 1

                await until(paused, "it is paused")
                assert one.count("paused", integration="other") == 0
            gone.script, calls = lambda _: Reply(), len(gone.calls)
            async with running(settings) as one:
                await one.decide(second)

                async def arrived() -> bool:
                    return set(other.taken) == set(ids([first, second]))

                await until(arrived, "the other one gets both")
                assert one.count("paused", integration="gone") == 1, "a restart resumes nothing"
                assert len(gone.calls) == calls

                shown = await asyncio.to_thread(CliRunner().invoke, app, ["outbound", "status", "--json"])
                assert shown.exit_code == 1
                states = {state["integration"]: state for state in json.loads(shown.stdout)}
                assert states["gone"]["paused"].startswith("HTTP 410 Gone")
                assert (states["other"]["paused"], states["other"]["lag"], states["other"]["parked"]) == (None, 0, 0)
                shown = await asyncio.to_thread(CliRunner().invoke, app, ["outbound", "status"])
                assert "go on with: feuerwache outbound resume gone" in shown.stdout

                resumed = await asyncio.to_thread(
                    CliRunner().invoke, app, ["outbound", "resume", "gone", "--as", "anna.bergmann"]
                )
                # The process that goes on logs it in this very interpreter, and the runner catches that too.
                assert (resumed.exit_code, resumed.stdout.splitlines()[-1]) == (0, "gone goes on.")

                async def has_both() -> bool:
                    return set(gone.taken) == set(ids([first, second]))

                await until(has_both, "the resumed one gets both")
                last = (await one.records(OUTBOUND_PAUSES))[-1].event().data
                assert (last.paused, last.actor.person_id) == (False, "anna.bergmann")

    for name, value in {
        "FEUERWACHE_CONFIG_DIR": str(tmp_path),
        "FEUERWACHE_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "FEUERWACHE_TOPIC_PREFIX": topic_prefix,
        "FEUERWACHE_POST_PARTITIONS": "2",
    }.items():
        monkeypatch.setenv(name, value)
    asyncio.run(scenario())


def test_the_command_tests_the_line_with_a_signed_event(
    tmp_path: Path, kafka: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        hook = Hook()
        async with hooks(hook):
            configure(tmp_path, {"forum": hook.url, "silent": ""})
            answer = await asyncio.to_thread(CliRunner().invoke, app, ["outbound", "test", "forum", "--json"])
            assert (answer.exit_code, json.loads(answer.stdout)["outcome"]) == (0, "taken")
            assert [body["type"] for body in hook.bodies()] == ["feuerwache.test"]
            hook.script = lambda _: Reply("401 Unauthorized")
            answer = await asyncio.to_thread(CliRunner().invoke, app, ["outbound", "test", "forum"])
            assert (answer.exit_code, answer.stdout) == (1, "forum: retry HTTP 401\n")
        for name, reason in (("silent", "has no webhook"), ("nobody", "no integration 'nobody'")):
            answer = CliRunner().invoke(app, ["outbound", "test", name])
            assert answer.exit_code == 1
            assert reason in answer.stderr

    monkeypatch.setenv("FEUERWACHE_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("FEUERWACHE_HTTP_ALLOW", "127.0.0.0/8")
    asyncio.run(scenario())


def test_an_integration_comes_and_goes_and_changes_without_a_restart(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        first, second = Hook(), Hook()
        async with hooks(first, second):
            configure(tmp_path, {"first": first.url})
            async with running(make_settings(tmp_path, kafka.bootstrap, topic_prefix)) as one:
                made = [event(decision(HOLD, post=f"p-{number}")) for number in range(4)]
                await one.decide(made[0])
                await taken(first, 1)
                configure(tmp_path, {"first": first.url, "second": second.url})
                await taken(second, 1)  # a new one begins an hour back
                configure(tmp_path, {"second": second.url}, "      can: [review]\n")

                async def ended() -> bool:
                    before = len(second.calls)
                    await one.decide(event(decision(HOLD, post="tried")))
                    await taken(second, before + 1)
                    asked: list[dict[str, str]] = second.bodies()[-1]["data"]["actions"]
                    return asked == [{"action": "review", "instead_of": "hold"}]

                await until(ended, "the change is in force")

                async def gone() -> bool:
                    return one.registry.get_sample_value("feuerwache_outbound_paused", {"integration": "first"}) is None

                await until(gone, "the first one has ended")  # it finishes what it has in hand
                calls = len(first.calls)
                await one.decide(made[1])
                before = len(second.taken)
                await taken(second, before + 1)
                assert len(first.calls) == calls
                configure(tmp_path, {"first": first.url, "second": second.url})

                async def goes_on() -> bool:
                    return str(made[1].id) in first.taken

                await until(goes_on, "the first one goes on where it was")
                assert first.ids().count(str(made[0].id)) == 1

    asyncio.run(scenario())


async def taken(hook: Hook, count: int) -> None:
    async def there() -> bool:
        return len(hook.taken) >= count

    await until(there, f"{count} taken")


def test_a_webhook_that_is_new_begins_so_far_back_and_an_old_one_where_it_was(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        configure(tmp_path, {"forum": "http://127.0.0.1:9/"})
        settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix, post_partitions=1)
        await ensure_topics(settings, TOPICS)
        await Outbound(settings.model_copy(update={"post_partitions": 2})).decide(event(decision(HOLD, post="bb")))
        later = ManualClock(datetime.now(UTC) + timedelta(hours=2))
        integrations = load_senders(tmp_path).integrations.integrations

        async def cursor() -> int | None:
            return (await statuses(settings, integrations))[0].cursor[0]

        group = f"{topic_prefix}outbound.forum"
        assert await cursor() is None
        await begin(settings, later, group, timedelta(hours=1))
        assert await cursor() == 1, "that decision is older than an hour then"
        await begin(settings, later, group, timedelta(hours=3))
        assert await cursor() == 1, "it has begun"
        await begin(settings, later, f"{topic_prefix}outbound.other", timedelta(hours=3))
        other = integrations[0].model_copy(update={"id": "other"})
        assert (await statuses(settings, [other]))[0].cursor[0] == 0

    asyncio.run(scenario())
