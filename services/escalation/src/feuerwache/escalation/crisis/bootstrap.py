"""Puts the crisis process together; nothing else here connects or reads the environment."""

from __future__ import annotations

from collections.abc import Callable

from feuerwache.common.clock import Clock
from feuerwache.common.config.catalog import Catalog
from feuerwache.common.config.source import ConfigError
from feuerwache.common.errors import FatalError
from feuerwache.common.faust.life import WorkerOptions
from feuerwache.common.faust.worker import ShardWorker
from feuerwache.common.kafka.topics import ALARMS_RAISED, COMMUNITIES_PULSE
from feuerwache.common.process import Process, run, settings_for
from feuerwache.common.watch import together, watch
from feuerwache.escalation.crisis import metrics
from feuerwache.escalation.crisis.bars import Bars
from feuerwache.escalation.crisis.handler import CrisisHandler
from feuerwache.escalation.crisis.registry import sensitivity_of
from feuerwache.escalation.crisis.settings import CrisisSettings
from feuerwache.escalation.crisis.told import Told
from feuerwache.escalation.crisis.watched import Watched, load_watched

STAGE = "crisis"
EX_CONFIG = 78
#: How often, in real seconds, it is asked who has fallen silent.
TICK_SECONDS = 5.0


def compose(
    settings: CrisisSettings, clock: Clock, watched: Callable[[], Watched], told: Callable[[], Bars]
) -> ShardWorker:
    handler = CrisisHandler(
        watched,
        settings.topics().of(ALARMS_RAISED),
        clock,
        sensitivity_of(settings.crisis_false_alarms_per_week),
        shards=settings.shards,
        told=told,
    )
    return ShardWorker.of(
        stage=STAGE,
        topic=COMMUNITIES_PULSE,
        table="watch",
        handler=handler,
        settings=settings,
        clock=clock,
        options=WorkerOptions(tick_seconds=TICK_SECONDS),
    )


def main() -> None:
    settings = settings_for("crisis", CrisisSettings)

    async def serve(process: Process) -> None:
        try:
            catalog = Catalog(load_watched, settings.config_dir)
        except ConfigError as error:
            raise FatalError(str(error), EX_CONFIG) from error
        metrics.initialise(catalog.current.places)
        told = Told(settings)
        worker = compose(settings, process.clock, lambda: catalog.current, told.current)
        process.health.add("worker", worker.health)
        process.health.add("bars", told.follower.health)
        async with told.follower.following():
            await together(
                process.stop,
                worker.run(process.stop),
                watch(
                    catalog,
                    STAGE,
                    settings.config_reload_seconds,
                    process.stop,
                    lambda taken: metrics.initialise(taken.places),
                ),
            )

    run(STAGE, settings, serve)
