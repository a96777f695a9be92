"""Where a webhook that has never run begins: `begin` before now, not with a year of decisions.

A consumer group that has no offset yet would be set to the beginning of the topic. So before the first run the offset
that belongs to the time is committed for each partition; whatever is committed already is left alone. Two processes
that start together both try: the one that comes second finds the group at work, and the offsets there.
"""

from __future__ import annotations

from datetime import timedelta

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from feuerwache.common.clock import Clock
from feuerwache.common.kafka.connection import refusal
from feuerwache.common.kafka.topics import DECISIONS_MADE
from feuerwache.common.settings import CommonSettings


async def begin(settings: CommonSettings, clock: Clock, group: str, back: timedelta) -> None:
    """`group` with the topic prefix. Raises `TransientError` (try again), `FatalError`."""
    name = settings.topics().of(DECISIONS_MADE)
    partitions = [TopicPartition(name, number) for number in range(settings.partitioning().of(DECISIONS_MADE))]
    consumer: AIOKafkaConsumer[bytes | None, bytes | None] = AIOKafkaConsumer(
        **settings.kafka_client(), group_id=group, enable_auto_commit=False
    )
    try:
        await consumer.start()
        consumer.assign(partitions)
        missing = [tp for tp in partitions if await consumer.committed(tp) is None]
        if not missing:
            return
        since = int((clock.real_now() - back).timestamp() * 1000)
        found = await consumer.offsets_for_times(dict.fromkeys(missing, since))
        ends = await consumer.end_offsets(missing)
        # No record is that young: the end, which is where the next one will be.
        await consumer.commit({tp: at.offset if (at := found[tp]) is not None else ends[tp] for tp in missing})
    except KafkaError as error:
        reason = await refusal(settings, error)
        raise reason from error
    finally:
        await consumer.stop()
