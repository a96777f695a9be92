"""A Faust worker over one sharded topic: several workers share the shards, each holds the rows of its own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from feuerwache.common.clock import Clock
from feuerwache.common.faust import metrics
from feuerwache.common.faust.life import Life, WorkerOptions
from feuerwache.common.faust.progress import Progress
from feuerwache.common.faust.step import ShardHandler
from feuerwache.common.kafka.admin import DLQ_MAX_BYTES, ensure_state
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.topics import Topic
from feuerwache.common.settings import CommonSettings

DEFAULTS = WorkerOptions()


@dataclass(frozen=True, slots=True)
class ShardWorker:
    """`stage` names the consumer group, `table` the changelog topic (`<stage>-<table>-changelog`)."""

    stage: str
    topic: Topic
    table: str
    handler: ShardHandler
    settings: CommonSettings
    clock: Clock
    progress: Progress
    options: WorkerOptions

    @classmethod
    def of(
        cls,
        *,
        stage: str,
        topic: Topic,
        table: str,
        handler: ShardHandler,
        settings: CommonSettings,
        clock: Clock,
        options: WorkerOptions = DEFAULTS,
    ) -> ShardWorker:
        metrics.initialise(stage)
        return cls(stage, topic, table, handler, settings, clock, Progress(clock, options.stalled_seconds), options)

    def health(self) -> str | None:
        """None once shards are assigned, rows recovered and polls going on; else what is missing."""
        return self.progress.problem()

    async def run(self, stop: asyncio.Event) -> None:
        """Returns when stopped. Raises `FatalError` when going on would lose records or do harm."""
        with TemporaryDirectory(prefix="feuerwache-faust-") as data_dir:
            async with EventProducer(self.settings, max_bytes=DLQ_MAX_BYTES) as producer:
                # Faust creates it too, and then leaves it out of the assignment for good if it is not seen at once.
                changelog = f"{self.settings.topic_prefix}{self.stage}-{self.table}-changelog"
                await ensure_state(self.settings, changelog, self.settings.shards)
                life = Life(
                    stage=self.stage,
                    topic=self.topic,
                    table=self.table,
                    handler=self.handler,
                    settings=self.settings,
                    clock=self.clock,
                    producer=producer,
                    progress=self.progress,
                    options=self.options,
                    data_dir=Path(data_dir),
                )
                await life.until(stop)
