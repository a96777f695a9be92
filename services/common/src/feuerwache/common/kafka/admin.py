"""Creates the topics of `topics.py` and keeps their settings: `feuerwache topics plan` and `topics apply`.

What is missing is created with its dead-letter topic; settings that differ are put right, others that an operator
set are kept. A partition count or replication that differs is a conflict: it cannot be changed without moving keys to
other partitions (counts) or data between brokers (replication), so it is named and left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from feuerwache.common.errors import FatalError
from feuerwache.common.kafka.connection import EX_CONFIG, refusal
from feuerwache.common.kafka.topics import DAY, TOPICS, Topic
from feuerwache.common.settings import CommonSettings

#: Dead letters carry the untouched record, which may be as large as the broker takes, and headers on top.
DLQ_MAX_BYTES = 2 * 1024 * 1024
DLQ_KEPT = 14 * DAY
#: For state that is read as a whole, at each assignment or start. The broker compacts closed segments only: by default
#: those of a gigabyte or a week, in which what changed a second ago stands thousands of times.
STATE_CONFIG = {
    "segment.bytes": str(4 * 1024 * 1024),
    "segment.ms": str(10 * 60 * 1000),
    "min.cleanable.dirty.ratio": "0.2",
}
#: Where DescribeConfigs says that a value was set on the topic itself.
FROM_TOPIC = 1
SETTLE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic as it is to stand on this broker."""

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the broker and the table. `conflict` is one that `apply` does not touch."""

    topic: str
    what: Literal["create", "configure", "conflict"]
    detail: str


def wanted(settings: CommonSettings, topics: Iterable[Topic] = TOPICS) -> list[Wanted]:
    """Every topic of the table, and the dead-letter topics that go with it, for these settings."""
    names, partitioning, replication = settings.topics(), settings.partitioning(), settings.kafka_replication
    result: list[Wanted] = []
    for topic in topics:
        partitions = partitioning.of(topic)
        config = _config(topic.kept, replication)
        # The journal and the index of posts are read for a rebuild only, and their keys seldom come twice.
        if topic.state or (topic.compacted and topic.sharded):
            config |= STATE_CONFIG
        result.append(Wanted(names.of(topic), partitions, replication, config))
        if topic.dead_letters:
            config = _config(DLQ_KEPT, replication) | {"max.message.bytes": str(DLQ_MAX_BYTES)}
            result.append(Wanted(names.dlq(topic), partitions, replication, config))
    return result


def _config(kept: timedelta | None, replication: int) -> dict[str, str]:
    config = {
        "message.timestamp.type": "LogAppendTime",
        "min.insync.replicas": str(max(1, replication - 1)),
    }
    if kept is None:
        return config | {"cleanup.policy": "compact"}
    return config | {"cleanup.policy": "delete", "retention.ms": str(int(kept.total_seconds() * 1000))}


async def plan(settings: CommonSettings, topics: Iterable[Topic] = TOPICS) -> list[Change]:
    """What `apply` would do, and what it cannot. Raises what `refusal` says when the broker cannot be asked."""
    async with _admin(settings) as admin:
        return await _differences(admin, wanted(settings, topics))


async def apply(settings: CommonSettings, topics: Iterable[Topic] = TOPICS) -> list[Change]:
    """Creates and configures; returns what was done, with the conflicts that were left alone."""
    wishes = wanted(settings, topics)
    by_name = {wish.name: wish for wish in wishes}
    async with _admin(settings) as admin:
        changes = await _differences(admin, wishes)
        await _create(admin, [by_name[change.topic] for change in changes if change.what == "create"])
        await _configure(admin, [by_name[change.topic] for change in changes if change.what == "configure"])
        await _until_it_stands(admin, wishes)
    return changes


async def ensure_topics(settings: CommonSettings, topics: Iterable[Topic] = TOPICS) -> None:
    """What a local stack and tests call: everything stands afterwards. Raises `FatalError` on a conflict."""
    conflicts = [change for change in await apply(settings, topics) if change.what == "conflict"]
    if conflicts:
        reasons = "; ".join(f"{change.topic}: {change.detail}" for change in conflicts)
        raise FatalError(f"topics on the broker do not fit: {reasons}", EX_CONFIG)


async def ensure_state(settings: CommonSettings, name: str, partitions: int) -> None:
    """A compacted topic of state that is not in the table, by its full name; one that stands is left as it is."""
    config = _config(None, settings.kafka_replication) | STATE_CONFIG
    async with _admin(settings) as admin:
        if name not in {topic["topic"] for topic in await admin.describe_topics()}:
            wish = Wanted(name, partitions, settings.kafka_replication, config)
            await _create(admin, [wish])
            await _until_it_stands(admin, [wish])


@asynccontextmanager
async def _admin(settings: CommonSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**settings.kafka_client(), request_timeout_ms=30_000)
    try:
        await admin.start()
        yield admin
    except (KafkaError, TimeoutError) as error:
        raise await refusal(settings, error) from error
    finally:
        await admin.close()


async def _differences(admin: AIOKafkaAdminClient, wishes: Sequence[Wanted]) -> list[Change]:
    # All topics are listed: asking for one by name may create it, with the broker's defaults.
    present = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics()}
    configs = await _configs(admin, [wish.name for wish in wishes if wish.name in present])
    changes: list[Change] = []
    for wish in wishes:
        partitions = present.get(wish.name)
        if partitions is None:
            changes.append(Change(wish.name, "create", f"{wish.partitions} partitions, replication {wish.replication}"))
            continue
        if len(partitions) != wish.partitions:
            changes.append(
                Change(wish.name, "conflict", f"has {len(partitions)} partitions, {wish.partitions} are configured")
            )
        replication = len(partitions[0]["replicas"])
        if replication != wish.replication:
            changes.append(
                Change(wish.name, "conflict", f"has replication {replication}, {wish.replication} is configured")
            )
        different = [
            f"{key} {configs[wish.name].get(key, ('unset', 0))[0]} → {value}"
            for key, value in wish.config.items()
            if configs[wish.name].get(key, ("", 0))[0] != value
        ]
        if different:
            changes.append(Change(wish.name, "configure", ", ".join(different)))
    return changes


async def _configs(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, tuple[str, int]]]:
    """Topic → setting → (value, where it comes from)."""
    if not names:
        return {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    result: dict[str, dict[str, tuple[str, int]]] = {}
    for answer in answers:
        for code, message, _, name, entries in answer.resources:
            _raise(code, name, message)
            result[name] = {entry[0]: (entry[1], entry[3]) for entry in entries}
    return result


async def _create(admin: AIOKafkaAdminClient, wishes: Sequence[Wanted]) -> None:
    if not wishes:
        return
    answer = await admin.create_topics(
        [NewTopic(wish.name, wish.partitions, wish.replication, topic_configs=dict(wish.config)) for wish in wishes]
    )
    for name, code, *message in answer.topic_errors:
        if for_code(code) is not TopicAlreadyExistsError:  # somebody else was faster with the same table
            _raise(code, name, message[0] if message else None)


async def _configure(admin: AIOKafkaAdminClient, wishes: Sequence[Wanted]) -> None:
    if not wishes:
        return
    present = await _configs(admin, [wish.name for wish in wishes])
    resources: list[Any] = []
    for wish in wishes:
        # AlterConfigs replaces the whole set, so what others have set on the topic goes along.
        kept = {key: value for key, (value, source) in present[wish.name].items() if source == FROM_TOPIC}
        resources.append(ConfigResource(ConfigResourceType.TOPIC, wish.name, kept | dict(wish.config)))
    for answer in await admin.alter_configs(resources):
        for code, message, _, name in answer.resources:
            _raise(code, name, message)


async def _until_it_stands(admin: AIOKafkaAdminClient, wishes: Sequence[Wanted]) -> None:
    """Brokers answer before they act: topics come without leaders first, settings are shown a moment later."""
    async with asyncio.timeout(SETTLE_SECONDS):
        while True:
            topics = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics()}
            led = all(partition["leader"] >= 0 for wish in wishes for partition in topics.get(wish.name, ()))
            if led and all(change.what == "conflict" for change in await _differences(admin, wishes)):
                return
            await asyncio.sleep(0.05)


def _raise(code: int, name: str, message: str | None) -> None:
    if code:
        raise for_code(code)(f"{name}: {message or ''}")
