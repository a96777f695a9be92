"""The yardstick: a transactional relay with aiokafka and nothing else, one loop and one transaction per partition.

It does what the runner's promise costs at least (read committed, one transaction per batch with its offsets) and none
of what the runner adds: decoding, dead letters, fencing, state, health. Run as its own process, like a service.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

BATCH = 500
POLL_MS = 50


@dataclass(slots=True)
class Relay:
    """Copies every record of `source` to the same partition of `target` until it is told to stop."""

    bootstrap: str
    source: str
    target: str
    group: str
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap,
            group_id=self.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=POLL_MS,
        )
        await consumer.start()
        try:
            partitions = [TopicPartition(self.source, number) for number in await self._partitions()]
            consumer.assign(partitions)
            await asyncio.gather(*(self._loop(consumer, partition) for partition in partitions))
        finally:
            await consumer.stop()

    async def _partitions(self) -> list[int]:
        async with AIOKafkaProducer(bootstrap_servers=self.bootstrap) as producer:
            return sorted(await producer.partitions_for(self.source))

    async def _loop(self, consumer: AIOKafkaConsumer, partition: TopicPartition) -> None:
        async with AIOKafkaProducer(
            bootstrap_servers=self.bootstrap,
            transactional_id=f"{self.group}-{partition.partition}",
            transaction_timeout_ms=10_000,
        ) as producer:
            while not self.stop.is_set():
                polled = await consumer.getmany(partition, timeout_ms=POLL_MS, max_records=BATCH)
                records = polled.get(partition, [])
                if not records:
                    continue
                async with producer.transaction():
                    sends = [
                        await producer.send(
                            self.target,
                            record.value,
                            key=record.key,
                            partition=partition.partition,
                            headers=list(record.headers),
                        )
                        for record in records
                    ]
                    await asyncio.gather(*sends)
                    await producer.send_offsets_to_transaction({partition: records[-1].offset + 1}, self.group)


async def main() -> None:
    bootstrap, source, target, group = sys.argv[1:5]
    relay = Relay(bootstrap, source, target, group)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, relay.stop.set)
    await relay.run()


if __name__ == "__main__":
    asyncio.run(main())
