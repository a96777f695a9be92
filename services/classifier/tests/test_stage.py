"""The stage on a real broker: posts in, judgements out, on the same partition under the same key, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from prometheus_client import CollectorRegistry

from feuerwache.classifier.bootstrap import serve
from feuerwache.classifier.settings import ClassifierSettings
from feuerwache.common.clock import SystemClock
from feuerwache.common.events.base import Event, Payload, derived_id
from feuerwache.common.events.classification import Label, PostClassified
from feuerwache.common.events.post import Author, Post, PostCreated, PostDeleted, PostEdited, PostIndexed, PostRef
from feuerwache.common.health import Health
from feuerwache.common.kafka import keys
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.kafka.topics import POSTS_CLASSIFIED, POSTS_RECEIVED
from feuerwache.common.process import Process
from support.kafka import BRISK, dead_letters, until
from support.servers import KafkaServer

AT = datetime(2026, 11, 14, 21, 0, tzinfo=UTC)
COMMUNITY = "morgenrot-forum"
PARTITIONS = 3
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def common(post_id: str, author: str) -> dict[str, object]:
    ref = PostRef(community=COMMUNITY, platform="forum", post_id=post_id)
    return {"ref": ref, "author_id": author, "integration": COMMUNITY, "received_at": AT}


def written(post_id: str, author: str, text: str, revision: int = 0) -> Payload:
    post = Post(author=Author(id=author), text=text, created_at=AT, revision=revision)
    kind = PostEdited if revision else PostCreated
    return kind.model_validate({**common(post_id, author), "post": post})


def record(topic: str, author: str, data: Payload, event_id: str) -> Outgoing:
    key = keys.author_key(COMMUNITY, author)
    event: Event[Payload] = Event(derived_id("test", event_id), "/test", AT, data, TRACE)
    return Outgoing.of(topic, keys.partition_of(key, PARTITIONS), key, event)


async def classified_by(settings: ClassifierSettings, records: Sequence[Outgoing], letters: int) -> list[Record]:
    """What the running stage makes of these records, and after it was started a second time."""
    await ensure_topics(settings, (POSTS_RECEIVED, POSTS_CLASSIFIED))
    async with EventProducer(settings) as producer:
        await producer.send_all(records)
    output = settings.topics().of(POSTS_CLASSIFIED)
    expected = len(records) - letters

    async def all_there() -> bool:
        return len(await read_topic(settings, output)) >= expected

    for _ in range(2):
        async with running(settings) as shell:
            await until(all_there, "everything is classified")
            await until(partial(ready, shell), "the stage is ready")
    return await read_topic(settings, output)


@asynccontextmanager
async def running(settings: ClassifierSettings) -> AsyncIterator[Process]:
    """The whole service in this process; ended in an orderly way."""
    shell = Process("classifier", settings, SystemClock(), Health(), asyncio.Event())
    work = asyncio.create_task(serve(shell, settings, CollectorRegistry(), BRISK))
    try:
        yield shell
    finally:
        shell.stop.set()
        await asyncio.wait({work}, timeout=30)
    await work


async def ready(shell: Process) -> bool:
    return not any(shell.health.report().values())


def test_posts_are_classified_where_they_stand(kafka: KafkaServer, topic_prefix: str, tmp_path: Path) -> None:
    settings = ClassifierSettings(
        kafka_bootstrap=kafka.bootstrap, topic_prefix=topic_prefix, post_partitions=PARTITIONS, config_dir=tmp_path
    )
    topic = settings.topics().of(POSTS_RECEIVED)
    (tmp_path / "watchlists").mkdir()
    (tmp_path / "watchlists" / "safety.yaml").write_text(
        "{id: safety, title: {de: Sicherheit}, category: c, terms: [rückruf]}", encoding="utf-8"
    )
    insult = written("p1", "anke", "Du bist ein Vollidiot! Wann kommt der Rückruf?")
    good = [
        record(topic, "anke", insult, "1"),
        record(topic, "anke", written("p1", "anke", "Guten Abend zusammen!", 1), "2"),
        record(topic, "anke", PostDeleted.model_validate({**common("p1", "anke"), "deleted_at": AT}), "3"),
        *(
            record(topic, f"author-{n}", written(f"q{n}", f"author-{n}", f"Kaffee Nummer {n}"), f"q{n}")
            for n in range(40)
        ),
    ]
    foreign = PostIndexed(ref=PostRef(community=COMMUNITY, platform="forum", post_id="p9"), author_id="anke")
    bad = [
        Outgoing(topic, 0, b"k", b"\xff not JSON", [("ce_type", b"feuerwache.post.created.v1")]),
        record(topic, "anke", foreign, "9"),
    ]

    async def run() -> tuple[list[Record], list[Record]]:
        records = await classified_by(settings, [good[0], *bad, *good[1:]], letters=len(bad))
        return records, await dead_letters(settings, POSTS_RECEIVED)

    records, letters = asyncio.run(run())
    assert sorted(letter.value or b"" for letter in letters) == sorted(each.value or b"" for each in bad)
    assert len(records) == len(good)
    by_key = {each.key: each.partition for each in good}
    assert all(each.partition == by_key[each.key] for each in records)

    events = [each.event() for each in records if each.key == good[0].key]
    assert [event.data.received.kind for event in events] == ["created", "edited", "deleted"]
    first: PostClassified = events[0].data
    assert (events[0].time, events[0].traceparent) == (AT, TRACE)
    assert events[0].id == derived_id("classifier", derived_id("test", "1"))
    assert first.cause_id == derived_id("test", "1")
    assert first.received == insult
    assert first.classification is not None
    assert first.classification.flagged
    assert first.classification.labels[Label.INSULT] >= 0.8
    assert [hit.watchlist for hit in first.classification.watchlists] == ["safety"]
    assert not events[1].data.classification.flagged
    assert events[2].data.classification is None
