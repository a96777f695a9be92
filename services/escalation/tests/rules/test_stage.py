"""The whole process on a real Kafka and Redis: one decision per post, whatever is repeated, killed or forgotten."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from feuerwache.common.errors import TransientError
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.alarm import AlarmRaised
from feuerwache.common.events.author import AuthorJournalled
from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.decision import (
    Action,
    AppealChanged,
    AppealState,
    DecisionMade,
    DecisionWithdrawn,
    Standing,
)
from feuerwache.common.events.pulse import CommunitiesPulsed
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.deadletters import describe
from feuerwache.common.kafka.keys import alarm_shard, author_key, partition_of, shard_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import (
    ALARMS_RAISED,
    AUTHORS_JOURNAL,
    COMMUNITIES_PULSE,
    DECISIONS_COMMANDS,
    DECISIONS_MADE,
    POSTS_CLASSIFIED,
)
from feuerwache.common.redis import connect
from feuerwache.escalation.rules.author.journal import Positions
from feuerwache.escalation.rules.community.memory import Row
from feuerwache.escalation.rules.settings import RulesSettings
from feuerwache.escalation.rules.store import CommunityStreams, Forgotten, PartitionStore, Progress
from support.kafka import dead_letters, until
from support.rules import (
    ANNA,
    COMMUNITY,
    NOW,
    Judge,
    answered,
    appealed,
    deleted,
    minutes,
    reported,
    reviewed,
    stood,
    written,
)
from support.rulestage import TOPICS, decisions, read, rules_settings, send, spawned, stage
from support.servers import KafkaServer

THREAT = {"threat": 0.95}
COMPLAINT = {"complaint": 0.9, "negative": 0.8}


@pytest.fixture
def settings(kafka: KafkaServer, redis_url: str, topic_prefix: str) -> RulesSettings:
    return rules_settings(kafka, redis_url, topic_prefix)


async def forget(settings: RulesSettings) -> int:
    """What a flush does to this test's keys."""
    async with connect(settings) as redis:
        keys = [key async for key in redis.scan_iter(f"{settings.topic_prefix}*")]
        return int(await redis.delete(*keys)) if keys else 0


async def sequences_without_gap(settings: RulesSettings) -> Counter[str]:
    """Posts per community over all pulses, after checking that no pulse is missing or there twice."""
    posts: Counter[str] = Counter()
    numbers: dict[tuple[int, int], list[int]] = {}
    for record, pulse in await read(settings, COMMUNITIES_PULSE):
        assert isinstance(pulse, CommunitiesPulsed)
        assert (record.partition, record.key) == (pulse.shard, shard_key(pulse.shard))
        numbers.setdefault((pulse.source_partition, pulse.shard), []).append(pulse.sequence)
        for increment in pulse.increments:
            posts[increment.community] += increment.posts
    for found in numbers.values():
        assert found == list(range(1, len(found) + 1))
    return posts


def test_from_classified_posts_to_decisions_alarms_pulses_and_journals(settings: RulesSettings) -> None:
    async def scenario() -> None:
        async with stage(settings):
            await send(
                settings,
                [
                    written("p1", author="a1", labels=THREAT),
                    written("p1", author="a1", labels=THREAT),
                    written("p2", author="a2", labels=COMPLAINT),
                    written("p3", author="a3", watchlists=("product-safety",)),
                    deleted("p3", author="a3"),
                    *(reported("p2", f"r{number}", author="a2") for number in range(3)),
                    written("p4", community="morgenrot-forum", author="a4"),
                ],
            )
            found = await decisions(settings, 6)
            await send(settings, [reviewed("p2", Action.APPROVE, author="a2"), written("p2", author="a2")])
            found = await decisions(settings, 7)
            await send(settings, [reported("p2", f"s{number}", author="a2") for number in range(5)])
            await send(settings, [written("p5", author="a2", labels=THREAT)])
            found = await decisions(settings, 8)

        made = [each for each in found if isinstance(each, DecisionMade)]
        by_post = {post: [each for each in made if each.ref.post_id == post] for post in ("p1", "p2", "p3", "p4", "p5")}
        assert [each.cause for each in by_post["p1"]] == ["post"]
        assert by_post["p1"][0].actions[:2] == (Action.HOLD, Action.ESCALATE)
        assert [(each.cause, each.action) for each in by_post["p2"]] == [
            ("post", Action.FORWARD),
            ("report", Action.REVIEW),
            ("human", Action.APPROVE),
        ]
        assert by_post["p2"][2].actor is not None
        withdrawn = [each for each in found if isinstance(each, DecisionWithdrawn)]
        assert [each.ref.post_id for each in withdrawn] == ["p3"]

        alarms = await read(settings, ALARMS_RAISED)
        assert [alarm.examples[0].post_id for _, alarm in alarms] == ["p1", "p5"]
        for record, alarm in alarms:
            assert isinstance(alarm, AlarmRaised)
            shard = alarm_shard(COMMUNITY, "morgenrot", settings.shards)
            assert (alarm.brand, record.partition, record.key) == ("morgenrot", shard, shard_key(shard))

        assert await sequences_without_gap(settings) == {COMMUNITY: 4, "morgenrot-forum": 1}
        for record, journal in await read(settings, AUTHORS_JOURNAL):
            assert isinstance(journal, AuthorJournalled)
            assert record.key == author_key(journal.community, journal.author_id)
            assert record.partition == partition_of(record.key, settings.post_partitions)

    asyncio.run(scenario())


def test_only_words_of_those_who_may_are_heard_and_an_appeal_needs_no_role(settings: RulesSettings) -> None:
    """Whoever can write to the topic is not believed on their word alone, though the edge has asked before."""

    def by(person: str, event: Event[Payload]) -> Event[Payload]:
        actor = Actor(person_id=person, via=Via.TOKEN)
        return replace(event, data=event.data.model_copy(update={"actor": actor}))

    async def scenario() -> None:
        async with stage(settings):
            await send(settings, [written("p1", labels=THREAT)])
            await decisions(settings, 1)
            [(record, _)] = await read(settings, DECISIONS_MADE)
            held = record.event().id
            await send(
                settings,
                [
                    by("facebook", reviewed("p1", Action.APPROVE)),
                    by("who.left", stood(Standing.TRUSTED)),
                    by("facebook", appealed(None, "p1")),
                    by("facebook", answered(held, Action.APPROVE, "p1")),
                    reviewed("p1", Action.HIDE, at=NOW + minutes(2)),
                ],
            )
            found = await decisions(settings, 3)
        [appeal] = [data for data in found if isinstance(data, AppealChanged)]
        [_, word] = [data for data in found if isinstance(data, DecisionMade)]
        assert (appeal.state, appeal.decision_id) == (AppealState.OPEN, held)
        assert (word.action, word.actor, word.supersedes) == (Action.HIDE, ANNA, held)
        reasons = [describe(letter).reason for letter in await dead_letters(settings, DECISIONS_COMMANDS)]
        assert [reason.partition(":")[0] for reason in reasons] == ["unknown_person"] * 3
        assert "docs/roles.md" in reasons[0]

    asyncio.run(scenario())


def test_bad_records_become_dead_letters_and_the_next_good_post_goes_through(settings: RulesSettings) -> None:
    async def scenario() -> None:
        key = author_key(COMMUNITY, "a1")
        partition = partition_of(key, settings.post_partitions)
        topic = settings.topics().of(POSTS_CLASSIFIED)
        async with EventProducer(settings) as producer:
            await producer.send(Outgoing(topic, partition, key, b"no event", []))
            (decision,) = Judge().take(written())
            await producer.send(Outgoing.of(topic, partition, key, Event(written().id, "/test", NOW, decision)))
        good = [written(f"p{number}", author="a1") for number in range(20)]
        await send(settings, [written(community="unheard-of", author="a1"), *good])
        async with stage(settings):
            await decisions(settings, 20)
        letters = await dead_letters(settings, POSTS_CLASSIFIED)
        reasons = sorted(describe(letter).reason for letter in letters)
        assert len(reasons) == 3
        assert "header missing" in reasons[0]
        assert "no place in this topic" in reasons[1]
        assert "not in communities.yaml" in reasons[2]

    asyncio.run(scenario())


@pytest.mark.parametrize("while_running", [True, False])
def test_what_redis_forgets_is_rebuilt_from_the_journal_topic(settings: RulesSettings, while_running: bool) -> None:
    async def scenario() -> None:
        first = [written(f"p{n}", author=f"a{n % 5}", labels={"hate": 0.9}, at=NOW + minutes(n)) for n in range(30)]
        again = written("new", author="a1", labels=THREAT, at=NOW + minutes(60))
        async with stage(settings):
            await send(settings, first)
            await decisions(settings, 30)
            if while_running:
                assert await forget(settings) > 0
                await send(settings, [*first, again])
                found = await decisions(settings, 31)
        if not while_running:
            assert await forget(settings) > 0
            await send(settings, [*first, again])
            async with stage(settings):
                found = await decisions(settings, 31)
        (decision,) = (each for each in found if each.ref.post_id == "new")
        assert decision.evidence.author["violations_90d"] == 6
        assert decision.evidence.author["posts_total"] == 6
        assert decision.action is Action.HIDE
        assert await sequences_without_gap(settings) == {COMMUNITY: 31}

    asyncio.run(scenario())


def test_without_redis_nothing_is_judged(settings: RulesSettings) -> None:
    async def scenario() -> None:
        lonely = settings.model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1/0")})
        await send(settings, [written()])
        async with stage(lonely) as shell:

            async def said_so() -> bool:
                return "Redis" in str(shell.health.report().get("runner"))

            await until(said_so, "the stage says that Redis is missing")
        assert await read(settings, DECISIONS_MADE) == []
        async with stage(settings):
            await decisions(settings, 1)

    asyncio.run(scenario())


@pytest.mark.parametrize("point", ["after_redis", "after_commit"])
def test_killed_at_the_worst_moment_it_still_decides_each_post_once(
    settings: RulesSettings, point: str, tmp_path: Path
) -> None:
    posts = 120
    marker = tmp_path / "killed"

    async def scenario() -> None:
        events = [written(f"p{n}", author=f"a{n % 7}", labels=COMPLAINT, at=NOW + minutes(n)) for n in range(posts)]
        await send(settings, events)
        process = spawned(settings, f"rules.{point}@{marker}")
        assert await asyncio.to_thread(process.wait, 60) == -9
        assert marker.exists()
        process = spawned(settings, f"rules.{point}@{marker}")
        try:
            found = await decisions(settings, posts)
        finally:
            process.terminate()
            assert await asyncio.to_thread(process.wait, 30) == 0
        assert {each.ref.post_id for each in found} == {f"p{n}" for n in range(posts)}
        assert all(each.evidence.author["posts_total"] == int(each.ref.post_id[1:]) // 7 for each in found)
        assert await sequences_without_gap(settings) == {COMMUNITY: posts}

    asyncio.run(scenario())


def positions(posts: int, commands: int = 0) -> Positions:
    return {"posts": (0, posts), "commands": (0, commands)}


def test_the_store_knows_what_was_committed_and_who_owns_the_partition(redis_url: str, topic_prefix: str) -> None:
    async def scenario() -> None:
        async with Redis.from_url(redis_url) as redis:

            def store() -> PartitionStore:
                return PartitionStore(redis, topic_prefix, 3, CommunityStreams(topic_prefix))

            first = store()
            with pytest.raises(Forgotten):
                await first.claim(positions(0))
            await first.rebuilt(Progress(positions(0), {}))
            before, after = Progress(positions(0), {1: 4}), Progress(positions(10), {1: 5})
            rows = {"c": [Row("p", "a", 1)]}
            for _ in range(2):  # writing twice changes nothing
                await first.write({("c", "a"): b"journal"}, before, after, rows)
                assert await first.read([("c", "a"), ("c", "b")], ["c"], positions(10)) == {("c", "a"): b"journal"}
            assert await store().claim(positions(0)) == {1: 4}, "the batch was not committed: its number is free"
            second = store()
            assert await second.claim(positions(10)) == {1: 5}
            with pytest.raises(Forgotten):
                await store().claim(positions(11))
            third = store()
            await third.claim(positions(10))
            with pytest.raises(TransientError, match="taken"):
                await second.write({("c", "a"): b"late"}, before, after, {})
            with pytest.raises(TransientError, match="taken"):
                await second.read([], [], positions(10))
            assert await third.read([("c", "a")], [], positions(10)) == {("c", "a"): b"journal"}
            streams = CommunityStreams(topic_prefix)
            reader = PartitionStore(redis, topic_prefix, 3, streams)
            await reader.claim(positions(10))
            await reader.read([], ["c"], positions(10))
            assert streams.memories["c"].heat("", "x", 1)["posts_1h"] == 0
            assert "p" in streams.memories["c"]._rows

    asyncio.run(scenario())


def test_times_of_the_events_alone_decide_so_a_replay_gives_the_same(settings: RulesSettings) -> None:
    async def judged(where: RulesSettings) -> list[str]:
        await ensure_topics(where, TOPICS)
        events = [written(f"p{n}", author=f"a{n % 3}", labels=THREAT, at=NOW + timedelta(seconds=n)) for n in range(9)]
        await send(where, events)
        async with stage(where):
            await decisions(where, 9)
        records = await read_topic(where, where.topics().of(DECISIONS_MADE))
        return sorted(f"{record.event().id} {(record.value or b'').decode()}" for record in records)

    fresh = settings.model_copy(update={"topic_prefix": f"{settings.topic_prefix}again."})
    assert asyncio.run(judged(fresh)) == asyncio.run(judged(settings))
