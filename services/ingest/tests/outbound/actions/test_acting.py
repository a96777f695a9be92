"""From Kafka to a forum's own interface and back as receipts: over real HTTP, killed, switched off and on again."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis

from feuerwache.common.config.community import Communities, Community
from feuerwache.common.config.source import ConfigError
from feuerwache.common.events.decision import Action, ActionReceipt, Discipline, Step
from feuerwache.common.kafka.topics import ACTIONS_RECEIPTS
from feuerwache.ingest.integration import load_integrations
from feuerwache.ingest.outbound.actions.echo import Echo
from support.decisions import decision, event
from support.kafka import until
from support.outbound import Hook, Outbound, hooks, make_settings, running, station
from support.peers.wire import Reply, Request, answering, listening
from support.servers import KafkaServer

REMOVE, RESTRICT, WARN = Action.REMOVE, Action.RESTRICT, Action.WARN
KEY = "swordfish-of-the-forum"
UNTIL = datetime(2040, 1, 1, tzinfo=UTC)


@dataclass
class Forum:
    """As Discourse behaves towards an API key. `trouble` answers first, where it has something to say."""

    port: int = 0
    deleted: Counter[str] = field(default_factory=Counter)
    silenced: dict[str, str] = field(default_factory=dict)
    calls: list[Request] = field(default_factory=list)
    trouble: Callable[[Request], Reply | None] = field(default=lambda _: None)
    key: str = KEY

    def answer(self, request: Request) -> Reply:
        self.calls.append(request)
        if (trouble := self.trouble(request)) is not None:
            return trouble
        if request.headers.get("api-key") != self.key:
            return Reply("403 Forbidden", body=b'{"error_type": "invalid_access"}')
        number = request.target.rpartition("/")[2].removesuffix(".json")
        if request.method == "GET":
            gone = {"deleted_at": "2026-11-14T21:00:00Z"} if self.deleted[number] else {}
            return Reply(body=json.dumps({"id": int(number), "post_number": 2, **gone}).encode())
        if request.method == "DELETE":
            self.deleted[number] += 1
            return Reply()
        account = request.target.split("/")[3]
        if account in self.silenced:
            return Reply("409 Conflict")
        self.silenced[account] = json.loads(request.body)["silenced_till"]
        return Reply(body=b"{}")


@asynccontextmanager
async def forum() -> AsyncIterator[Forum]:
    one = Forum()
    async with listening(answering(one.answer)) as one.port:
        yield one


def configure(folder: Path, port: int, outlet: str = "acts: {remove: {}, restrict: {}}") -> None:
    (folder / "communities.yaml").write_text("communities: [{id: c, title: C, brand: b, rules: r, policy: p}]\n")
    key = folder / "key"
    if not key.exists():
        key.write_text(KEY)
    unfinished = folder / "integrations.part"
    unfinished.write_text(
        "integrations:\n  - id: forum\n    platform: forum\n    communities: [c]\n    adapter:\n      kind: discourse\n"
        f"      settings: {{url: 'http://localhost:{port}'}}\n"
        f"      secrets: {{webhook: [{{env: NOT_IN_THIS_PROCESS}}], api: [{{file: {key}}}]}}\n"
        f"    outbound:\n      {outlet}\n"
    )
    unfinished.replace(folder / "integrations.yaml")


async def receipts(one: Outbound, wanted: int) -> dict[tuple[str, Action], ActionReceipt]:
    async def there() -> bool:
        return len(await one.receipts()) >= wanted

    await until(there, f"{wanted} receipts")
    found = await one.receipts()
    assert len(found) == wanted
    return {(receipt.ref.post_id, receipt.action): receipt for receipt in found}


def test_a_decision_is_carried_out_on_the_platform_and_comes_back_as_receipts(
    tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str
) -> None:
    async def scenario() -> None:
        async with forum() as there:
            configure(tmp_path, there.port)
            settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix, redis_url=redis_url)
            discipline = Discipline(ladder="l", step=Step.RESTRICTION, points=3, until=UNTIL)
            async with running(settings) as one:
                made = decision(REMOVE, RESTRICT, WARN, post="42", author_id="7", discipline=discipline)
                await one.decide(event(made), event(decision(REMOVE, post="not-theirs")))
                found = await receipts(one, 4)
                assert one.count("deliveries_total", integration="forum", outcome="taken") == 1
                assert one.count("deliveries_total", integration="forum", outcome="refused") == 1
            assert there.deleted == {"42": 1}
            assert there.silenced == {"7": UNTIL.isoformat()}
            assert {key: receipt.status for key, receipt in found.items()} == {
                ("42", REMOVE): "done",
                ("42", RESTRICT): "done",
                ("42", WARN): "not_supported",
                ("not-theirs", REMOVE): "refused",
            }
            assert await one.parked() == []
            redis = Redis.from_url(redis_url)
            try:
                echo = Echo(redis, topic_prefix)
                assert await echo.ours("forum", "42", "removed"), "what comes back of it is no human's word"
                assert not await echo.ours("forum", "42", "approved")
                assert not await echo.ours("forum", "43", "removed")
                assert not await echo.ours("other", "42", "removed")
            finally:
                await redis.aclose()

    asyncio.run(scenario())


def test_killed_between_the_call_and_its_receipt_it_is_done_once_and_receipted_once(
    tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str
) -> None:
    async def scenario() -> None:
        async with forum() as there:
            configure(tmp_path, there.port)
            settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix)
            async with station(settings) as one:
                posts = [str(number) for number in range(1, 9)]
                await one.decide(*(event(decision(REMOVE, RESTRICT, post=post, author_id="7")) for post in posts))
                marker, redis = tmp_path / "hit", {"FEUERWACHE_REDIS_URL": redis_url}
                await one.start(FEUERWACHE_CHAOS=f"outbound.after_action@{marker}", **redis)
                assert await one.ended() == -9
                assert marker.exists(), "the kill hit"
                assert there.deleted, "something was done before"
                assert await one.records(ACTIONS_RECEIPTS) == []
                await one.start(**redis)
                found = await receipts(one, 2 * len(posts))
        assert there.deleted == dict.fromkeys(posts, 1), "each post once"
        assert list(there.silenced) == ["7"]
        assert {receipt.status for receipt in found.values()} == {"done"}

    asyncio.run(scenario())


def test_a_platform_in_trouble_gets_it_later_and_what_was_done_is_not_done_again(
    tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str
) -> None:
    async def scenario() -> None:
        async with forum() as there:
            tries = Counter[str]()

            def trouble(request: Request) -> Reply | None:
                tries[request.method] += 1
                if request.method == "PUT" and tries["PUT"] <= 2:
                    return Reply("429 Too Many", {"Retry-After": "1"}) if tries["PUT"] == 1 else Reply("502 Bad")
                return None

            there.trouble = trouble
            configure(tmp_path, there.port)
            settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix, redis_url=redis_url)
            async with running(settings) as one:
                await one.decide(event(decision(REMOVE, RESTRICT, post="42", author_id="7")))
                found = await receipts(one, 2)
                assert one.count("deliveries_total", integration="forum", outcome="retried") == 2
        assert {receipt.status for receipt in found.values()} == {"done"}
        assert tries == {"GET": 1, "DELETE": 1, "PUT": 3}, "only what had not got through is asked again"

    asyncio.run(scenario())


def test_a_wrong_credential_uses_up_nothing_and_a_right_one_needs_no_restart(
    tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str
) -> None:
    async def scenario() -> None:
        async with forum() as there:
            configure(tmp_path, there.port)
            (tmp_path / "key").write_text("yesterdays")
            settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix, redis_url=redis_url)
            async with running(settings) as one:
                await one.decide(event(decision(REMOVE, post="42")))

                async def refused_at_the_door() -> bool:
                    return one.count("deliveries_total", integration="forum", outcome="retried") >= 2

                await until(refused_at_the_door, "the credential is wrong")
                assert await one.receipts() == []
                states = await one.states()
                assert "HTTP 403: the credential may not do this" in states["forum"]["reason"]
                (tmp_path / "key").write_text(KEY)
                found = await receipts(one, 1)
        assert found["42", REMOVE].status == "done"
        assert there.deleted == {"42": 1}

    asyncio.run(scenario())


def test_what_is_given_up_says_which_of_its_actions_was_done(
    tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str
) -> None:
    async def scenario() -> None:
        async with forum() as there:
            there.trouble = lambda request: Reply("503 Away") if request.method == "PUT" else None
            configure(tmp_path, there.port)
            settings = make_settings(
                tmp_path, kafka.bootstrap, topic_prefix, redis_url=redis_url, outbound_patience_seconds=1
            )
            async with running(settings) as one:
                await one.decide(event(decision(REMOVE, RESTRICT, post="42", author_id="7")))
                found = await receipts(one, 2)
                assert len(await one.dead_letters()) == 1
        assert (found["42", REMOVE].status, found["42", RESTRICT].status) == ("done", "failed")

    asyncio.run(scenario())


def test_an_integration_changes_over_from_its_webhook_without_a_restart(
    tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str
) -> None:
    async def scenario() -> None:
        hook = Hook()
        async with forum() as there, hooks(hook):
            (tmp_path / "secret").write_text("whsec_" + "c3dvcmRmaXNoLW9mLXRoZS13ZWJob29r")
            webhook = f"webhook: {{url: '{hook.url}', secrets: [{{file: {tmp_path / 'secret'}}}]}}\n      can: [remove]"
            configure(tmp_path, there.port, webhook)
            settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix, redis_url=redis_url)
            async with running(settings) as one:
                await one.decide(event(decision(REMOVE, post="1")))
                await receipts(one, 1)
                configure(tmp_path, there.port)

                async def changed_over() -> bool:
                    number = str(len(hook.calls) + len(there.calls) + 1)
                    await one.decide(event(decision(REMOVE, post=number)))
                    return bool(there.deleted)

                await until(changed_over, "the client does it")
                seen = len(hook.calls)
                await one.decide(event(decision(REMOVE, post="99")))

                async def done() -> bool:
                    return there.deleted["99"] == 1

                await until(done, "it goes on")
                assert len(hook.calls) == seen

    asyncio.run(scenario())


ADAPTER = "    adapter: {kind: KIND, settings: SETTINGS, secrets: {SECRETS}}\n"
FORUM = (
    ADAPTER.replace("KIND", "discourse")
    .replace("SETTINGS", "{url: 'https://forum.example'}")
    .replace("SECRETS", "webhook: [{env: A}], api: [{env: B}]")
)
HOOK = "webhook: {url: 'https://x', secrets: [{env: X}]}"


@pytest.mark.parametrize(
    ("adapter", "lines", "place", "reason"),
    [
        ("", "acts: {hide: {}}", r"6:7", "`acts` needs an `adapter`"),
        (FORUM, "acts: {hide: {}}", r"7:14", "discourse cannot hide; it can approve, remove, restrict"),
        (FORUM, "acts: {remove: {per_minute: 0}}", r"7:\d+", "greater than or equal to 1"),
        (FORUM, "acts: {silence: {}}", r"7:\d+", "Input should be"),
        (FORUM, f"acts: {{remove: {{}}}}\n      {HOOK}", r"6:\d+", "`webhook` or `acts`, not both"),
        (FORUM, "acts: {remove: {}}\n      can: [hold]", r"6:\d+", "`can` is what stands in `acts`"),
        (FORUM, "acts: {escalate: {}}", r"6:\d+", "escalate in `can`: it stays inside"),
        (FORUM.replace(", api: [{env: B}]", ""), "acts: {remove: {}}", r"7:7", "`acts` needs the secret 'api'"),
        (FORUM + "    privacy: pseudonymous\n", "acts: {restrict: {}}", r"8:14", "restrict needs the author's id"),
        (
            ADAPTER.replace("KIND", "table").replace("SETTINGS", "{}").replace("{SECRETS}", "{}"),
            "acts: {hide: {}}",
            r"7:7",
            "nothing can be done on 'table' from here, only on discourse, mastodon, meta, telegram",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, adapter: str, lines: str, place: str, reason: str) -> None:
    communities = Communities(communities=(Community(id="c", title="C", brand="b", rules="r", policy="p"),))
    (tmp_path / "integrations.yaml").write_text(
        "integrations:\n  - id: forum\n    platform: forum\n    communities: [c]\n"
        f"{adapter}    outbound:\n      {lines}\n"
        "pseudonyms: {b: {key: {env: K}}}\n"
    )
    with pytest.raises(ConfigError, match=rf"integrations\.yaml:{place}: .*{reason}"):
        load_integrations(tmp_path, communities)
