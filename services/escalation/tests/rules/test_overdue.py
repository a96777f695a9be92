"""What was passed on shows up again on a real Kafka and Redis, once, whatever is killed or forgotten."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from typer.testing import CliRunner

from feuerwache.common.errors import TransientError
from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.decision import AnswerForward, DecisionMade, ForwardOverdue
from feuerwache.common.kafka.topics import AUTHORS_JOURNAL, DECISIONS_COMMANDS, DECISIONS_MADE
from feuerwache.common.redis import connect
from feuerwache.escalation.rules.forwarding.deadline import Deadline, Passed
from feuerwache.escalation.rules.forwarding.duebook import DueBook, DueStore
from feuerwache.escalation.rules.forwarding.forward_commands import app
from feuerwache.escalation.rules.settings import RulesSettings
from support.kafka import until
from support.rules import ANNA, COMMUNITY, CONFIG, NOW, PLATFORM, deleted, minutes, ref, written
from support.rulestage import read, rules_settings, send, spawned, stage
from support.servers import KafkaServer

COMPLAINT = {"complaint": 0.9, "negative": 0.8}
SERVICE = "customer-service"
#: After the eight office hours that Saturday evening's complaints have.
TUESDAY = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
POSTS = 12


@pytest.fixture
def settings(kafka: KafkaServer, redis_url: str, topic_prefix: str) -> RulesSettings:
    return rules_settings(kafka, redis_url, topic_prefix)


async def decided(settings: RulesSettings, cause: str, count: int) -> list[DecisionMade]:
    """Waits for this many decisions of a cause, and looks whether there is one too many."""

    async def found() -> list[DecisionMade]:
        made = await read(settings, DECISIONS_MADE)
        return [each for _, each in made if isinstance(each, DecisionMade) and each.cause == cause]

    async def there() -> bool:
        return len(await found()) >= count

    await until(there, f"{count} decisions with cause {cause}")
    made = await found()
    assert len(made) == count
    return made


def complaints() -> list[Event[Payload]]:
    return [written(f"p{n}", author=f"a{n % 5}", labels=COMPLAINT, at=NOW + minutes(n)) for n in range(POSTS)]


def settled(post: str, author: str) -> Event[Payload]:
    command = AnswerForward(ref=ref(post), author_id=author, department=SERVICE, actor=ANNA)
    return Event(uuid4(), "/cli", NOW + minutes(60), command)


def answer_by_team(post: str) -> Event[Payload]:
    return written("answer", author="morgenrot-team", parent_id=post, text="Wir melden uns.", at=NOW + minutes(61))


def test_what_nobody_answered_comes_up_when_it_is_due_and_what_is_settled_does_not(settings: RulesSettings) -> None:
    async def scenario() -> None:
        async with stage(settings):
            await send(settings, complaints())
            await send(settings, [deleted("p0", author="a0"), settled("p1", "a1"), answer_by_team("p2")])
            await decided(settings, "post", POSTS + 1)
            assert await decided(settings, "overdue", 0) == []
        async with stage(settings, TUESDAY):
            late = await decided(settings, "overdue", POSTS - 3)
        assert {each.ref.post_id for each in late} == {f"p{n}" for n in range(3, POSTS)}
        assert all(each.evidence.community == {"answered_by_team": False} for each in late)
        async with stage(settings, TUESDAY + timedelta(days=7)):
            await send(settings, [written("new", author="a1", at=TUESDAY)])
            await decided(settings, "post", POSTS + 2)
            assert len(await decided(settings, "overdue", POSTS - 3)) == POSTS - 3

    asyncio.run(scenario())


def test_what_redis_forgets_is_found_in_the_journals(settings: RulesSettings) -> None:
    async def scenario() -> None:
        async with stage(settings):
            await send(settings, complaints())
            await decided(settings, "post", POSTS)
            await send(settings, [settled("p1", "a1"), deleted("p0", author="a0")])

            async def settled_there() -> bool:
                journals = await read(settings, AUTHORS_JOURNAL)
                kinds = {entry.kind for _, journal in journals for entry in journal.entries}
                return {"answered", "deleted"} <= kinds

            await until(settled_there, "both are settled")
        async with connect(settings) as redis:
            keys = [key async for key in redis.scan_iter(f"{settings.topic_prefix}*")]
            assert any(key.endswith(b"due") for key in keys)
            await redis.delete(*keys)
        async with stage(settings, TUESDAY):
            late = await decided(settings, "overdue", POSTS - 2)
        assert {each.ref.post_id for each in late} == {f"p{n}" for n in range(2, POSTS)}

    asyncio.run(scenario())


@pytest.mark.parametrize("point", ["after_tell", "after_redis", "after_commit"])
def test_killed_while_it_tells_what_is_late_it_tells_each_post_once(
    settings: RulesSettings, point: str, tmp_path: Path
) -> None:
    marker = tmp_path / "killed"

    async def scenario() -> None:
        async with stage(settings):
            await send(settings, complaints())
            await decided(settings, "post", POSTS)
        process = spawned(settings, f"rules.{point}@{marker}", at=TUESDAY)
        assert await asyncio.to_thread(process.wait, 60) == -9
        assert marker.exists()
        process = spawned(settings, f"rules.{point}@{marker}", at=TUESDAY)
        try:
            late = await decided(settings, "overdue", POSTS)
        finally:
            process.terminate()
            assert await asyncio.to_thread(process.wait, 30) == 0
        assert {each.ref.post_id for each in late} == {f"p{n}" for n in range(POSTS)}

    asyncio.run(scenario())


def test_two_processes_at_the_same_due_time_tell_each_post_once(settings: RulesSettings) -> None:
    async def scenario() -> None:
        async with stage(settings):
            await send(settings, complaints())
            await decided(settings, "post", POSTS)
        async with stage(settings, TUESDAY):
            await decided(settings, "overdue", POSTS)
            async with stage(settings, TUESDAY):  # takes a partition over, with what its owner has told already
                await send(settings, (written(f"q{n}", author=f"a{n}", at=TUESDAY) for n in range(10)))
                await decided(settings, "post", POSTS + 10)
                await decided(settings, "overdue", POSTS)
        told = [each for _, each in await read(settings, DECISIONS_COMMANDS) if isinstance(each, ForwardOverdue)]
        assert len({(each.ref.post_id, each.due) for each in told}) == POSTS

    asyncio.run(scenario())


def test_the_command_line_lists_what_waits_and_says_that_it_is_answered(
    settings: RulesSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "CONFIG_DIR": str(CONFIG),
        "KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "TOPIC_PREFIX": settings.topic_prefix,
        "POST_PARTITIONS": "2",
        "SHARDS": "2",
        "CLOCK_START": NOW.isoformat(),
        "CLOCK_EPOCH": datetime.now(UTC).isoformat(),
    }.items():
        monkeypatch.setenv(f"FEUERWACHE_{name}", value)

    async def asked(*arguments: str) -> Any:
        return await asyncio.to_thread(CliRunner().invoke, app, arguments)

    async def scenario() -> None:
        async with stage(settings):
            await send(settings, [*complaints(), written("fine", author="a7")])
            await decided(settings, "post", POSTS + 1)
            listed = json.loads((await asked("list", "--json")).stdout)["forwards"]
            assert {each["post_id"] for each in listed} == {f"p{n}" for n in range(POSTS)}
            assert "author" not in str(listed)
            assert (await asked("list", "--overdue")).stdout == ""
            done = await asked("answer", PLATFORM, "p1", "--as", "anna.bergmann", "--note", "angerufen")
            assert (done.exit_code, done.stdout) == (0, f"answered by {SERVICE}: {PLATFORM} p1 in {COMMUNITY}\n")
            again = await asked("answer", PLATFORM, "p1", "--as", "anna.bergmann")
            assert again.exit_code == 1
            assert "forwards list" in again.stderr
            assert (
                await asked("answer", PLATFORM, "p2", "--as", "anna.bergmann", "--department", "press")
            ).exit_code == 1
            assert (await asked("answer", PLATFORM, "p2", "--as", "nobody")).exit_code == 2
        async with stage(settings, TUESDAY):
            await decided(settings, "overdue", POSTS - 1)
            listed = json.loads((await asked("list", "--json")).stdout)["forwards"]
            assert len(listed) == POSTS - 1
            assert all(each["on_review"] for each in listed)

    asyncio.run(scenario())


PASSED = [Passed(COMMUNITY, "a", "facebook", f"p{n}") for n in range(4)]


def test_a_former_owner_changes_nothing_in_the_book(redis_url: str, topic_prefix: str) -> None:
    async def scenario() -> None:
        async with Redis.from_url(redis_url) as redis:
            state, book = f"{topic_prefix}state", f"{topic_prefix}due"
            await redis.hset(state, "token", b"new")
            owner, former = DueStore(redis, state, book, b"new"), DueStore(redis, state, book, b"old")
            waiting = {passed: Deadline(SERVICE, NOW + minutes(n)) for n, passed in enumerate(PASSED)}
            for _ in range(2):  # writing twice changes nothing
                await owner.write(waiting)
                assert await owner.read() == waiting
            with pytest.raises(TransientError, match="another process"):
                await former.write({PASSED[0]: None})
            assert await owner.read() == waiting
            await owner.write({PASSED[0]: None})
            assert await owner.read() == {passed: waiting[passed] for passed in PASSED[1:]}
            await owner.write({PASSED[3]: waiting[PASSED[3]]}, anew=True)
            assert await owner.read() == {PASSED[3]: waiting[PASSED[3]]}

    asyncio.run(scenario())


def test_the_book_gives_what_is_due_until_it_is_told_and_never_what_was_taken_back() -> None:
    book = DueBook()
    waiting = {passed: Deadline(SERVICE, NOW + minutes(n)) for n, passed in enumerate(PASSED)}
    book.take(waiting)
    assert book.due(NOW - minutes(1)) == {}
    assert list(book.due(NOW + minutes(1))) == PASSED[:2]
    assert list(book.due(NOW + minutes(1))) == PASSED[:2], "until it is told"
    book.tell({PASSED[0]: waiting[PASSED[0]]})
    book.take({PASSED[1]: None})
    assert book.due(NOW + minutes(1)) == {}
    later = Deadline(SERVICE, NOW + minutes(9))
    book.take({PASSED[0]: later, PASSED[2]: later})
    assert book.due(NOW + minutes(2)) == {}
    assert book.due(NOW + minutes(9)) == {PASSED[0]: later, PASSED[2]: later, PASSED[3]: waiting[PASSED[3]]}
    assert book.departments() == {SERVICE: 3}
