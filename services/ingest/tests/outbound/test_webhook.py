"""From Kafka to a platform and back as receipts: what each answer leads to, on a real broker, over real HTTP."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import generate_latest
from standardwebhooks import Webhook as Verifier

from feuerwache.common.events.decision import Action
from feuerwache.ingest.outbound.attempt import UNDELIVERABLE
from support.decisions import QUOTED, decision, event, hit, withdrawn
from support.kafka import until
from support.outbound import SECRET, SECRETS, Hook, Outbound, configure, hooks, ids, make_settings, running
from support.peers.wire import Conversation, Reply, authority, closed_port, drip, listening, reset, silence
from support.servers import KafkaServer

HOLD, APPROVE, REMOVE, WARN = Action.HOLD, Action.APPROVE, Action.REMOVE, Action.WARN


async def count(one: Outbound, wanted: int) -> None:
    async def there() -> bool:
        return len(await one.receipts()) >= wanted

    await until(there, f"{wanted} receipts")


def test_a_decision_arrives_signed_and_comes_back_as_receipts(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        hook = Hook()
        async with hooks(hook):
            configure(tmp_path, {"forum": hook.url})
            async with running(make_settings(tmp_path, kafka.bootstrap, topic_prefix)) as one:
                made = event(decision(REMOVE, WARN, Action.ESCALATE, rules=(hit(REMOVE),)))
                left_out = [event(decision(HOLD, dry_run=True)), event(decision(HOLD, canary=True)), event(withdrawn())]
                await one.decide(*left_out, made)
                await count(one, 2)
        [body] = hook.bodies()
        assert hook.ids() == ids([made])
        assert body["data"]["actions"] == [{"action": "remove"}]
        assert body["data"]["unsupported"] == ["warn"]
        assert QUOTED.encode() not in hook.calls[0].body
        receipts = {receipt.action: receipt for receipt in await one.receipts()}
        assert {action: receipt.status for action, receipt in receipts.items()} == {
            REMOVE: "done",
            WARN: "not_supported",
        }
        assert all(
            (r.decision_id, r.integration, r.ref) == (made.id, "forum", made.data.ref) for r in receipts.values()
        )
        assert await one.parked() == []
        assert one.count("deliveries_total", integration="forum", outcome="taken") == 1
        assert one.count("deliveries_total", integration="forum", outcome="not_meant") == 2

    asyncio.run(scenario())


#: How a platform ends it: post, answer, status and reason of the receipt. Decided is hide; it can hold.
WORDS: dict[str, tuple[Reply, str, str]] = {
    "refused": (Reply("400 Bad Request"), "refused", "HTTP 400"),
    "refused with words": (Reply("422 No", body=b'{"reason": "no such post"}'), "refused", "no such post"),
    "refused by 404": (
        Reply("404 Not Found", body=b'{"status": "not_supported", "reason": "gone"}'),
        "not_supported",
        "gone",
    ),
    "taken and failed": (Reply(body=b'{"status": "failed", "reason": "locked"}'), "failed", "locked"),
    "done": (Reply(body=b'{"actions": {"hold": {"status": "done"}}}'), "done", "done as hold"),
    "done, with a huge answer": (
        Reply(body=b'{"status": "refused", "reason": "' + b"x" * 5_000_000 + b'"}'),
        "done",
        "done as hold",
    ),
}


def test_what_the_platform_says_is_the_receipt_and_ends_it(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        hook = Hook(lambda body: WORDS[body["data"]["post_id"]][0])
        async with hooks(hook):
            configure(tmp_path, {"forum": hook.url})
            async with running(make_settings(tmp_path, kafka.bootstrap, topic_prefix)) as one:
                await one.decide(*(event(decision(Action.HIDE, post=post)) for post in WORDS))
                await count(one, len(WORDS))
        receipts = {receipt.ref.post_id: (receipt.status, receipt.reason) for receipt in await one.receipts()}
        assert receipts == {post: (status, reason) for post, (_, status, reason) in WORDS.items()}
        assert len(hook.calls) == len(WORDS)

    asyncio.run(scenario())


#: What does not get through at first, each in its own way. The answer after it is a success.
TROUBLES: dict[str, Callable[[], Reply | Conversation]] = {
    "busy": lambda: Reply("429 Too Many Requests", {"Retry-After": "1"}),
    "broken": lambda: Reply("500 Internal Server Error", body=b'{"status": "refused"}'),
    "away": lambda: Reply("503 Service Unavailable"),
    "no such door": lambda: Reply("404 Not Found"),
    "not let in": lambda: Reply("401 Unauthorized"),
    "redirect": lambda: Reply("307 Temporary Redirect", {"Location": "http://169.254.169.254/latest"}),
    "silence": lambda: silence,
    "reset": lambda: reset,
    "nonsense": lambda: drip(b"\0\0", b"\0", 0.1),
    "endless": lambda: drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x", 0.1),
}


def test_what_is_no_word_of_the_platform_is_tried_again_with_the_same_id(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        hook, seen = Hook(), Counter[str]()

        def script(body: dict[str, Any]) -> Reply | Conversation:
            what = body["data"]["post_id"]
            seen[what] += 1
            return TROUBLES[what]() if seen[what] == 1 else Reply()

        hook.script = script
        async with hooks(hook):
            configure(tmp_path, {"forum": hook.url})
            async with running(make_settings(tmp_path, kafka.bootstrap, topic_prefix)) as one:
                # One after the other: three in a row would close the valve for the others.
                for number, what in enumerate(TROUBLES, 1):
                    began = one.clock()
                    await one.decide(event(decision(HOLD, post=what)))
                    await count(one, number)
                    assert what != "busy" or one.clock() - began >= 1.0, "never before the platform asked for"
                assert await one.parked() == []
        assert {receipt.status for receipt in await one.receipts()} == {"done"}
        assert seen == dict.fromkeys(TROUBLES, 2)
        bodies = hook.bodies()  # each try is signed with its own time
        for what in TROUBLES:
            tries = [call for call, body in zip(hook.calls, bodies, strict=True) if body["data"]["post_id"] == what]
            assert len({(call.headers["webhook-id"], call.body) for call in tries}) == 1
        assert one.count("deliveries_total", integration="forum", outcome="retried") == len(TROUBLES)

    asyncio.run(scenario())


#: Why each of them cannot be called; they are integrations of their own, side by side.
UNREACHABLE = {
    "internal": "the address is not public and not allowed",
    "unproven": "the certificate of the server does not hold",
    "no-tls": "the server does not speak TLS as it should",
    "nobody": "the connection failed",
    "no-secret": "the file",
}


def test_what_cannot_be_called_is_parked_with_its_reason_and_no_secret_shows(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        well, unproven = Hook(), Hook()
        plain = drip(b"HTTP/1.1 400 Bad Request\r\n\r\n", b"x", 0.1)
        async with hooks(well), hooks(unproven, tls=authority()[0]), listening(plain) as no_tls:
            urls = {
                "well": well.url,
                "internal": "http://169.254.169.254/hook/door-nobody-knows",
                "unproven": unproven.url.replace("http://", "https://"),
                "no-tls": f"https://127.0.0.1:{no_tls}/hook/door-nobody-knows",
                "nobody": f"http://127.0.0.1:{await closed_port()}/hook/door-nobody-knows",
                "no-secret": well.url,
            }
            configure(tmp_path, urls)
            bad = tmp_path / "bad-secret"
            bad.write_text("swordfish-of-the-webhooks")
            file = tmp_path / "integrations.yaml"
            before, name, after = file.read_text().partition("id: no-secret")
            file.write_text(before + name + after.replace(f"{tmp_path / 'secret'}", str(bad)))
            async with running(make_settings(tmp_path, kafka.bootstrap, topic_prefix)) as one:
                await one.decide(event(decision(HOLD)))
                states: dict[str, dict[str, Any]] = {}

                async def all_tried() -> bool:
                    states.update(await one.states())
                    return set(states) == set(UNREACHABLE)

                await until(all_tried, "each is parked")
                await count(one, 1)
        for name, reason in UNREACHABLE.items():
            assert states[name]["reason"].startswith(reason), name
        assert states["no-secret"]["reason"].endswith(
            "holds no signing secret: a secret is whsec_ and the base64 of 24 to 64 bytes"
        )
        assert unproven.calls == []
        assert [receipt.integration for receipt in await one.receipts()] == ["well"]
        told = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
        everything = told + generate_latest(one.registry).decode() + generate_latest().decode() + json.dumps(states)
        assert "unproven" in everything
        assert [secret for secret in SECRETS if secret in everything] == []

    for name in ("httpx", "httpcore", "feuerwache", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    asyncio.run(scenario())


def test_while_the_secret_changes_both_prove_the_call(tmp_path: Path, kafka: KafkaServer, topic_prefix: str) -> None:
    new = "whsec_" + "bmV3LXN3b3JkZmlzaC1vZi10aGUtd2ViaG9va3Mh"

    async def scenario() -> None:
        hook = Hook()
        async with hooks(hook):
            configure(tmp_path, {"forum": hook.url})
            file = tmp_path / "integrations.yaml"
            (tmp_path / "new").write_text(new)
            file.write_text(file.read_text().replace("secrets: [", f"secrets: [{{file: {tmp_path / 'new'}}}, "))
            async with running(make_settings(tmp_path, kafka.bootstrap, topic_prefix)) as one:
                await one.decide(event(decision(HOLD)))
                await count(one, 1)
        [call] = hook.calls
        assert Verifier(new).verify(call.body, call.headers) == Verifier(SECRET).verify(call.body, call.headers)

    asyncio.run(scenario())


def test_a_day_is_over_dead_letter_with_its_reason_and_receipts(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        hook = Hook(lambda body: Reply("500 No") if body["data"]["post_id"] == "sick" else Reply())
        async with hooks(hook):
            configure(tmp_path, {"forum": hook.url})
            settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix, outbound_patience_seconds=1.0)
            async with running(settings) as one:
                sick = event(decision(HOLD, post="sick"))
                await one.decide(sick, *(event(decision(HOLD, post=f"well-{number}")) for number in range(5)))
                await count(one, 6)

                async def unparked() -> bool:
                    return await one.parked() == []

                await until(unparked, "nothing is parked any more")
        [letter] = await one.dead_letters()
        headers = {name: (value or b"").decode() for name, value in letter.headers}
        assert letter.event() == sick, "untouched"
        assert headers["fw_dlq_stage"] == "outbound.forum"
        assert headers["fw_dlq_error_class"] == UNDELIVERABLE
        assert "the last one: HTTP 500" in headers["fw_dlq_reason"]
        [failed] = [receipt for receipt in await one.receipts() if receipt.status != "done"]
        assert (failed.ref.post_id, failed.status) == ("sick", "failed")
        assert hook.ids().count(str(sick.id)) >= 2

    asyncio.run(scenario())


def test_what_is_superseded_before_it_was_taken_is_skipped_and_said(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        hook = Hook(lambda _: Reply("503 Away"))
        async with hooks(hook):
            configure(tmp_path, {"forum": hook.url})
            async with running(make_settings(tmp_path, kafka.bootstrap, topic_prefix)) as one:
                first, gone = event(decision(REMOVE)), event(decision(HOLD, post="deleted"))
                await one.decide(first, gone)

                async def tried() -> bool:
                    return await one.parked() == ["deleted", "p-1"]

                await until(tried, "both are parked")
                second = event(decision(APPROVE, cause="human", supersedes=first.id))
                await one.decide(second, event(withdrawn("deleted")), event(withdrawn("p-1", reason="outdated")))

                async def dropped() -> bool:
                    return (
                        await one.parked() == ["p-1"]
                        and one.count("deliveries_total", integration="forum", outcome="superseded") == 1
                    )

                await until(dropped, "the later one stands in its place")
                hook.script, before = lambda _: Reply(), len(hook.calls)
                await count(one, 1)
        taken = hook.bodies()[before:]
        assert [body["data"]["id"] for body in taken] == ids([second])
        assert taken[0]["data"]["skipped"] == [{"id": str(first.id), "actions": ["remove"]}]
        assert one.count("deliveries_total", integration="forum", outcome="withdrawn") == 1

    asyncio.run(scenario())


def test_decisions_about_a_post_arrive_in_their_order(tmp_path: Path, kafka: KafkaServer, topic_prefix: str) -> None:
    async def scenario() -> None:
        hook = Hook()
        async with hooks(hook):
            configure(tmp_path, {"forum": hook.url})
            async with running(make_settings(tmp_path, kafka.bootstrap, topic_prefix)) as one:
                made = [
                    event(decision(HOLD if turn % 2 else REMOVE, post=f"p-{post}", revision=turn))
                    for turn in range(6)
                    for post in range(10)
                ]
                await one.decide(*made)
                await count(one, 60)
        for post in range(10):
            revisions = [b["data"]["revision"] for b in hook.bodies() if b["data"]["post_id"] == f"p-{post}"]
            assert revisions == list(range(6))

    asyncio.run(scenario())


def test_the_filter_of_an_integration_holds(tmp_path: Path, kafka: KafkaServer, topic_prefix: str) -> None:
    async def scenario() -> None:
        hook = Hook()
        async with hooks(hook):
            outlet = "      can: [hold]\n      actions: [remove]\n      causes: [post]\n      shadow: true\n"
            configure(tmp_path, {"forum": hook.url}, outlet)
            async with running(make_settings(tmp_path, kafka.bootstrap, topic_prefix)) as one:
                meant = event(decision(REMOVE))
                await one.decide(
                    event(decision(HOLD)), event(decision(REMOVE, cause="report")), event(decision(APPROVE)), meant
                )
                await count(one, 1)
                undone = event(decision(APPROVE, cause="human", supersedes=uuid4()))
                await one.decide(undone)
                await count(one, 2)
        # This platform cannot approve, so the second one is a receipt alone.
        assert hook.ids() == ids([meant])
        assert hook.bodies()[0]["data"]["actions"] == [{"action": "hold", "instead_of": "remove"}]
        assert [receipt.status for receipt in await one.receipts()] == ["done", "not_supported"]

    asyncio.run(scenario())
