"""Puts the crisis process together; nothing else here connects or reads the environment."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from feuerwache.common.clock import Clock
from feuerwache.common.config.community import Communities, load_communities
from feuerwache.common.config.source import ConfigError
from feuerwache.common.errors import FatalError
from feuerwache.common.faust.worker import ShardWorker
from feuerwache.common.kafka.topics import ALARMS_RAISED, COMMUNITIES_PULSE
from feuerwache.common.process import Process, run
from feuerwache.escalation.crisis import metrics
from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.handler import CrisisHandler
from feuerwache.escalation.crisis.holiday import holidays_of
from feuerwache.escalation.crisis.settings import CrisisSettings
from feuerwache.escalation.crisis.week import Calendar

STAGE = "crisis"
EX_CONFIG = 78


def calendars(communities: Communities) -> dict[str, Calendar]:
    """Raises `FatalError` when a region has no known holidays."""
    try:
        return {
            each.id: Calendar(ZoneInfo(each.timezone), holidays_of(each.region)) for each in communities.communities
        }
    except ValueError as error:
        raise FatalError(f"config/communities.yaml: {error}", EX_CONFIG) from error


def compose(settings: CrisisSettings, clock: Clock, communities: Communities) -> ShardWorker:
    handler = CrisisHandler(
        calendars(communities),
        settings.topics().of(ALARMS_RAISED),
        clock,
        Sensitivity(settings.crisis_false_alarms_per_week),
    )
    return ShardWorker.of(
        stage=STAGE, topic=COMMUNITIES_PULSE, table="watch", handler=handler, settings=settings, clock=clock
    )


def main() -> None:
    settings = CrisisSettings()

    async def serve(process: Process) -> None:
        try:
            communities = load_communities(settings.config_dir)
        except ConfigError as error:
            raise FatalError(str(error), EX_CONFIG) from error
        metrics.initialise(each.id for each in communities.communities)
        worker = compose(settings, process.clock, communities)
        process.health.add("worker", worker.health)
        await worker.run(process.stop)

    run(STAGE, settings, serve)
