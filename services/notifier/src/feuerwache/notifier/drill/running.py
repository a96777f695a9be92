"""Asks the running notifier for drills, over Kafka, and listens for the receipts until all are in or time is up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from feuerwache.common.errors import InvalidRecord, TransientError
from feuerwache.common.events.base import Event
from feuerwache.common.events.page import PageReceipt
from feuerwache.common.kafka.consumer import to_record, unattached
from feuerwache.common.kafka.keys import incident_key, partition_of
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import PAGES_RECEIPTS, PAGES_REQUESTED
from feuerwache.common.settings import CommonSettings
from feuerwache.notifier.drill.drill import Report, Trial, heard, request

SOURCE = "/notifier/drill"
POLL_MS = 100


async def drill(
    settings: CommonSettings, wanted: Sequence[Trial], within: timedelta, say: Callable[[Trial], None] = lambda _: None
) -> Report:
    """Tries all of them at once; `say` is told of each that has ended. Raises `TransientError` without a broker.

    Nothing waits for ever: after `within` (real time) what has not been heard of stands in the report as unheard.
    """
    clock = settings.clock()
    names, count = settings.topics(), settings.partitioning().of(PAGES_RECEIPTS)
    receipts = unattached(settings)
    try:
        await receipts.start()
        partitions = [TopicPartition(names.of(PAGES_RECEIPTS), number) for number in range(count)]
        receipts.assign(partitions)
        for partition, end in (await receipts.end_offsets(partitions)).items():
            receipts.seek(partition, end)
        asked = clock.now()
        async with EventProducer(settings) as producer:
            for trial in wanted:
                key = incident_key(trial.page_id)
                event = Event(trial.page_id, SOURCE, asked, request(trial, asked))
                outgoing = Outgoing.of(names.of(PAGES_REQUESTED), partition_of(key, count), key, event)
                await producer.send(outgoing)
        known = {trial.page_id: trial for trial in wanted}
        try:
            async with asyncio.timeout(within.total_seconds()):
                while not all(trial.ended for trial in known.values()):
                    for records in (await receipts.getmany(timeout_ms=POLL_MS)).values():
                        for record in records:
                            receipt = receipt_in(to_record(record).event, known)
                            if receipt is not None:
                                trial = known[receipt.page_id] = heard(known[receipt.page_id], receipt, asked)
                                if trial.ended:
                                    say(trial)
        except TimeoutError:
            pass  # what is missing says so itself
        return Report(asked, tuple(known.values()))
    except KafkaError as error:
        raise TransientError(f"the broker cannot be asked: {type(error).__name__}") from error
    finally:
        await receipts.stop()


def receipt_in(read: Callable[[], Event[PageReceipt]], known: dict[UUID, Trial]) -> PageReceipt | None:
    """The receipt, if it is one of ours; what others wrote wrongly is theirs to mend."""
    try:
        data = read().data
    except InvalidRecord:
        return None
    return data if isinstance(data, PageReceipt) and data.page_id in known else None
