"""How each integration's webhook stands, as Kafka has it: cursor, lag, what is parked, whether it is paused.

Everything is read from the broker, so any process may ask and none has to be running.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.outbound import OutboundPaused
from feuerwache.common.kafka.connection import refusal
from feuerwache.common.kafka.consumer import read_to_end, unattached
from feuerwache.common.kafka.keys import SEPARATOR
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import DECISIONS_MADE, OUTBOUND_PARKED, OUTBOUND_PAUSES
from feuerwache.common.settings import CommonSettings
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.outbound.office import stage_of
from feuerwache.ingest.outbound.parcel import Parcel
from feuerwache.ingest.outbound.shelf import parcels


@dataclass(frozen=True, slots=True)
class Status:
    """`cursor` is the next offset of each partition (None: has not begun there), `lag` what lies behind it. `parked`
    have been read and wait for another try; `oldest_ms` is when the oldest of them reached Kafka (Unix). `last_error`
    is that of the parked one that was tried last."""

    integration: str
    webhook: bool
    cursor: dict[int, int | None] = field(default_factory=dict)
    lag: int = 0
    parked: int = 0
    oldest_ms: int | None = None
    paused: str | None = None
    last_error: str = ""


async def statuses(settings: CommonSettings, integrations: Sequence[Integration]) -> list[Status]:
    """Of every integration with an `outbound`. Raises `TransientError`, `FatalError`."""
    parked = await _parked(settings)
    paused = await _paused(settings)
    ends = await _ends(settings)
    found = []
    for integration in integrations:
        if integration.outbound is None:
            continue
        cursor: dict[int, int | None] = {}
        if integration.outbound.delivers:
            cursor = await _cursor(settings, integration.id, list(ends))
        waiting = parked[integration.id]
        last = max(waiting, key=lambda one: (one.tries > 0, one.due_ms), default=None)
        found.append(
            Status(
                integration.id,
                webhook=integration.outbound.delivers,
                cursor=cursor,
                lag=sum(max(0, ends[number] - (at or 0)) for number, at in cursor.items()),
                parked=len(waiting),
                oldest_ms=min((one.record.timestamp_ms for one in waiting), default=None),
                paused=paused.get(integration.id),
                last_error=last.reason if last is not None else "",
            )
        )
    return found


async def _parked(settings: CommonSettings) -> dict[str, list[Parcel]]:
    newest: dict[bytes, Record] = {}
    async for record in read_to_end(settings, [settings.topics().of(OUTBOUND_PARKED)]):
        if record.key is not None:
            newest[record.key] = record
    by_integration: dict[str, list[Parcel]] = defaultdict(list)
    for key, record in newest.items():
        if record.value is not None:
            name = key.decode(errors="replace").partition(SEPARATOR)[0]
            by_integration[name] += parcels([record], settings.topics().of(DECISIONS_MADE))
    return by_integration


async def _paused(settings: CommonSettings) -> dict[str, str]:
    found: dict[str, str] = {}
    async for record in read_to_end(settings, [settings.topics().of(OUTBOUND_PAUSES)]):
        try:
            change = record.event().data
        except InvalidRecord:
            continue  # the process that follows them says so
        if isinstance(change, OutboundPaused):
            found.pop(change.integration, None)
            if change.paused:
                found[change.integration] = change.reason or "paused"
    return found


async def _ends(settings: CommonSettings) -> dict[int, int]:
    name = settings.topics().of(DECISIONS_MADE)
    partitions = [TopicPartition(name, number) for number in range(settings.partitioning().of(DECISIONS_MADE))]
    consumer = unattached(settings)
    try:
        await consumer.start()
        return {tp.partition: end for tp, end in (await consumer.end_offsets(partitions)).items()}
    except KafkaError as error:
        raise await refusal(settings, error) from error
    finally:
        await consumer.stop()


async def _cursor(settings: CommonSettings, integration: str, numbers: Sequence[int]) -> dict[int, int | None]:
    name = settings.topics().of(DECISIONS_MADE)
    group = f"{settings.topic_prefix}{stage_of(integration)}"
    consumer: AIOKafkaConsumer[bytes | None, bytes | None] = AIOKafkaConsumer(
        **settings.kafka_client(), group_id=group, enable_auto_commit=False
    )
    try:
        await consumer.start()
        consumer.assign([TopicPartition(name, number) for number in numbers])
        return {number: await consumer.committed(TopicPartition(name, number)) for number in numbers}
    except KafkaError as error:
        raise await refusal(settings, error) from error
    finally:
        await consumer.stop()
