"""Kafka first, the disk when Kafka is away, and then the disk until Kafka has everything that lies there.

Order: while anything lies in the spool everything new goes behind it, and it is drained oldest first. So that this ends
under steady load, too, senders are held back while the last of it is on its way; when that has arrived they go to Kafka
again, when it has not, to the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from feuerwache.common import chaos
from feuerwache.common.clock import Clock
from feuerwache.common.errors import TransientError
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.logging import logger
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.spool.disk import STAGE, Disk
from feuerwache.ingest.spool.segment import Broken, pack, unpack
from feuerwache.ingest.writing.breaker import HANG_SECONDS, PAUSE_SECONDS
from feuerwache.ingest.writing.writer import FLUSH_BYTES, GroupWriter, Refused, Send

log = logger(__name__)
T = TypeVar("T")


class SpoolWriter:
    """`kafka` is the way in front. `group` makes a group writer of a way to send: the spool syncs once for all who
    wait, as Kafka is asked once."""

    def __init__(
        self, disk: Disk, kafka: GroupWriter, group: Callable[[Send], GroupWriter], clock: Clock, metrics: Metrics
    ) -> None:
        self._disk = disk
        self._kafka = kafka
        self._spooled = group(self._append)
        self._clock = clock
        self._metrics = metrics
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spool")
        self._open = asyncio.Event()
        self._open.set()
        self._filled = asyncio.Event()
        self._trouble: str | None = None
        self._observe()

    def health(self) -> str | None:
        """Only what cannot mend itself: a spool that fills because Kafka is away does what it is for."""
        return self._trouble

    async def write(self, records: Sequence[Outgoing]) -> bool:
        """True once Kafka has them, False once the disk has. Raises `TransientError`."""
        await self._open.wait()
        if self._disk.empty and not self._spooled.held:
            try:
                await self._kafka.wait_for(records, HANG_SECONDS)
            except Refused:
                raise
            except TransientError:
                pass  # that is what the disk is for
            else:
                return True
        try:
            await self._spooled.write(records)
        finally:
            self._filled.set()
        return False

    async def run(self, stop: asyncio.Event) -> None:
        """Hands to Kafka what lies in the spool, until told to stop; the rest is for the next process."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                self._observe()
                if self._disk.empty:
                    if not self._spooled.held:
                        self._open.set()
                    self._filled.clear()
                    await self._pause(stopping, self._filled)
                elif not await self._drained():
                    self._open.set()
                    await self._pause(stopping)
        finally:
            self._open.set()
            stopping.cancel()

    async def close(self) -> None:
        await self._spooled.close()
        self._thread.shutdown(wait=True)
        self._disk.close()

    async def _drained(self) -> bool:
        """Whether the oldest frames are in Kafka now. Marked only then."""
        if self._disk.held().waiting <= FLUSH_BYTES:
            self._open.clear()
        try:
            frames = await self._on_disk(lambda: self._disk.oldest(FLUSH_BYTES))
            records = [record for frame in frames for record in unpack(frame.payload)]
            await self._kafka.wait_for(records, HANG_SECONDS, probing=True)
            chaos.point(f"{STAGE}.after_ack")
            await self._on_disk(lambda: self._disk.drain(frames))
        except Broken as error:
            if self._trouble is None:
                log.error("the spool is broken; it is not drained any further", reason=str(error))
            self._trouble = f"spool_broken: {error}"
            return False
        except Refused as error:
            self._trouble = f"what lies in the spool is refused: {error}"
            return False
        except (TransientError, OSError):  # Kafka is away, or the mark could not be set: the same again
            return False
        self._trouble = None
        self._metrics.spool_drained.inc(len(records))
        return True

    async def _append(self, records: Sequence[Outgoing]) -> None:
        payload, at_ms = pack(records), int(self._clock.real_now().timestamp() * 1000)
        await self._on_disk(lambda: self._disk.append(payload, len(records), at_ms))

    async def _on_disk(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _pause(self, stopping: asyncio.Task[bool], woken: asyncio.Event | None = None) -> None:
        waits = {stopping, *({asyncio.create_task(woken.wait())} if woken else ())}
        await asyncio.wait(waits, timeout=PAUSE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits - {stopping}:
            wait.cancel()
            with suppress(asyncio.CancelledError):
                await wait

    def _observe(self) -> None:
        held = self._disk.held()
        now_ms = self._clock.real_now().timestamp() * 1000
        self._metrics.spool_bytes.set(held.size)
        self._metrics.spool_records.set(held.records)
        age = 0.0 if held.oldest_ms is None else max(0.0, (now_ms - held.oldest_ms) / 1000)
        self._metrics.spool_oldest_seconds.set(age)
