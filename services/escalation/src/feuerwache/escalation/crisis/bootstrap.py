"""Puts the crisis process together; nothing else here connects or reads the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from feuerwache.common.clock import Clock
from feuerwache.common.config.catalog import Catalog
from feuerwache.common.config.community import Communities
from feuerwache.common.config.source import ConfigError, Problem, read
from feuerwache.common.errors import FatalError
from feuerwache.common.faust.worker import ShardWorker
from feuerwache.common.kafka.topics import ALARMS_RAISED, COMMUNITIES_PULSE
from feuerwache.common.process import Process, run, settings_for
from feuerwache.common.watch import together, watch
from feuerwache.escalation.crisis import metrics
from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.handler import CrisisHandler
from feuerwache.escalation.crisis.holiday import holidays_of
from feuerwache.escalation.crisis.settings import CrisisSettings
from feuerwache.escalation.crisis.week import Calendar

STAGE = "crisis"
EX_CONFIG = 78


def load_calendars(config_dir: Path) -> dict[str, Calendar]:
    """Every community's calendar; raises `ConfigError`, also for a region without known holidays."""
    document = read(config_dir / "communities.yaml")
    calendars: dict[str, Calendar] = {}
    problems: list[Problem] = []
    for index, each in enumerate(document.parse(Communities).communities):
        try:
            calendars[each.id] = Calendar(ZoneInfo(each.timezone), holidays_of(each.region))
        except ValueError as error:
            problems.append(document.problem(("communities", index, "region"), str(error)))
    if problems:
        raise ConfigError(problems)
    return calendars


def compose(settings: CrisisSettings, clock: Clock, calendars: Callable[[], Mapping[str, Calendar]]) -> ShardWorker:
    handler = CrisisHandler(
        calendars,
        settings.topics().of(ALARMS_RAISED),
        clock,
        Sensitivity(settings.crisis_false_alarms_per_week),
    )
    return ShardWorker.of(
        stage=STAGE, topic=COMMUNITIES_PULSE, table="watch", handler=handler, settings=settings, clock=clock
    )


def main() -> None:
    settings = settings_for("crisis", CrisisSettings)

    async def serve(process: Process) -> None:
        try:
            catalog = Catalog(load_calendars, settings.config_dir)
        except ConfigError as error:
            raise FatalError(str(error), EX_CONFIG) from error
        metrics.initialise(catalog.current)
        worker = compose(settings, process.clock, lambda: catalog.current)
        process.health.add("worker", worker.health)
        await together(
            process.stop,
            worker.run(process.stop),
            watch(catalog, STAGE, settings.config_reload_seconds, process.stop, metrics.initialise),
        )

    run(STAGE, settings, serve)
