"""The invariant checker notices every way in which the promise can break, and nothing else."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Literal
from uuid import uuid4

from feuerwache.common.events.base import Event, Payload, derived_id
from feuerwache.common.events.decision import Action, DecisionMade, DecisionWithdrawn
from feuerwache.common.events.post import Author, Post, PostCreated, PostDeleted, PostRef
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.deadletters import to_outgoing
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import DeadLetter, Outgoing, Record
from feuerwache.common.kafka.topics import DECISIONS_MADE, POSTS_RECEIVED
from feuerwache.common.settings import CommonSettings
from feuerwache.local.invariant import Books, check
from support.servers import KafkaServer

NOW = datetime(2026, 11, 14, 20, 0, tzinfo=UTC)


def ref(post_id: str) -> PostRef:
    return PostRef(community="c", platform="p", post_id=post_id)


def created(post_id: str, revision: int = 0) -> PostCreated:
    post = Post(author=Author(id="a"), text="Guten Abend", created_at=NOW, revision=revision)
    return PostCreated(ref=ref(post_id), author_id="a", integration="i", received_at=NOW, post=post)


def decided(post_id: str, revision: int = 0, cause: Literal["post", "report"] = "post") -> DecisionMade:
    return DecisionMade(
        ref=ref(post_id),
        author_id="a",
        revision=revision,
        cause=cause,
        cause_id=uuid4(),
        action=Action.APPROVE,
        actions=(Action.APPROVE,),
        decided_at=NOW,
        model_version="m",
        config_hash="h",
    )


def withdrawn(post_id: str) -> DecisionWithdrawn:
    return DecisionWithdrawn(ref=ref(post_id), author_id="a", revision=0, cause_id=uuid4(), reason="deleted")


def record(payload: Payload | None) -> Record:
    if payload is None:
        return Record("t", 0, 0, 0, b"k", b"not an event at all")
    event = Event(id=derived_id("test", uuid4()), source="/test", time=NOW, data=payload)
    outgoing = Outgoing.of("t", 0, b"k", event)
    return Record("t", 0, 0, 0, outgoing.key, outgoing.value, tuple(outgoing.headers))


def books(accepted: list[str], decisions: list[str]) -> Books:
    result = Books()
    for post_id in accepted:
        result.received(record(created(post_id)))
    for post_id in decisions:
        result.decision(record(decided(post_id)))
    return result


def test_one_decision_each_holds() -> None:
    verdict = books(["1", "2"], ["2", "1"]).verdict()
    assert verdict.holds
    assert (verdict.posts_accepted, verdict.decisions, verdict.dead_letters, verdict.withdrawn) == (2, 2, 0, 0)


def test_a_lost_post_breaks_it() -> None:
    verdict = books(["1", "2"], ["1"]).verdict()
    assert not verdict.holds
    assert verdict.posts_without_decision == 1
    assert verdict.examples == {"without decision": [("p", "2", 0)]}


def test_a_second_decision_breaks_it() -> None:
    verdict = books(["1"], ["1", "1", "1"]).verdict()
    assert not verdict.holds
    assert verdict.decisions_duplicate == 2


def test_a_decision_about_nothing_breaks_it() -> None:
    verdict = books([], ["1"]).verdict()
    assert not verdict.holds
    assert verdict.decisions_without_post == 1


def test_each_revision_needs_its_own_decision() -> None:
    it = books(["1"], ["1"])
    it.received(record(created("1", revision=1)))
    assert it.verdict().posts_without_decision == 1
    it.decision(record(decided("1", revision=1)))
    assert it.verdict().holds


def test_the_same_post_received_twice_is_one_post() -> None:
    assert books(["1", "1"], ["1"]).verdict().holds


def test_a_withdrawn_post_needs_no_decision_and_counts_once() -> None:
    it = books(["1", "2"], ["1"])
    it.decision(record(withdrawn("1")))
    it.decision(record(withdrawn("2")))
    verdict = it.verdict()
    assert verdict.holds
    assert (verdict.decisions, verdict.withdrawn) == (1, 1)


def test_a_dead_letter_settles_its_post_unless_it_was_decided_too() -> None:
    it = books(["1"], [])
    letter = DeadLetter(record(created("1")), "InvalidRecord", "no such community")
    outgoing = to_outgoing(letter, "classifier")
    it.dead_letter(Record("t.dlq", 0, 0, 0, outgoing.key, outgoing.value, tuple(outgoing.headers)))
    assert it.verdict().holds
    assert it.verdict().reasons == {"no such community": 1}
    it.decision(record(decided("1")))
    verdict = it.verdict()
    assert not verdict.holds
    assert verdict.decisions_duplicate == 1


def test_poison_and_what_has_no_decision_of_its_own_are_no_posts() -> None:
    it = books([], [])
    it.received(record(None))
    it.received(
        record(PostDeleted(ref=ref("1"), author_id="a", integration="i", received_at=NOW, deleted_at=NOW)),
    )
    it.dead_letter(record(None))
    it.decision(record(decided("1", cause="report")))
    verdict = it.verdict()
    assert verdict.holds
    assert (verdict.posts_accepted, verdict.dead_letters) == (0, 1)


def test_it_is_read_from_a_broker(kafka: KafkaServer, topic_prefix: str) -> None:
    settings = CommonSettings(kafka_bootstrap=kafka.bootstrap, topic_prefix=topic_prefix, post_partitions=2, shards=1)
    names = settings.topics()

    def outgoing(topic: str, payload: Payload) -> Outgoing:
        event = Event(id=derived_id("test", uuid4()), source="/test", time=NOW, data=payload)
        return Outgoing.of(topic, 1, b"k", event)

    async def scenario() -> None:
        await ensure_topics(settings)
        async with EventProducer(settings) as producer:
            received, made = names.of(POSTS_RECEIVED), names.of(DECISIONS_MADE)
            await producer.send_all([outgoing(received, created(post_id)) for post_id in ("1", "2", "3")])
            await producer.send_all([outgoing(made, decided(post_id)) for post_id in ("1", "2")])
            assert (await check(settings)).posts_without_decision == 1
            await producer.send(outgoing(names.dlq(POSTS_RECEIVED), created("3")))
            verdict = await check(settings)
            assert verdict.holds
            assert (verdict.posts_accepted, verdict.decisions, verdict.dead_letters) == (3, 2, 1)

    asyncio.run(scenario())
