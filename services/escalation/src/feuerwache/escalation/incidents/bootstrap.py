"""Puts the incidents process together; nothing else here connects or reads the environment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from feuerwache.common.clock import Clock
from feuerwache.common.config.catalog import Catalog
from feuerwache.common.config.source import ConfigError
from feuerwache.common.errors import FatalError
from feuerwache.common.kafka.runner import Runner, RunnerOptions
from feuerwache.common.kafka.topics import ALARMS_RAISED, INCIDENTS_CHANGED, INCIDENTS_COMMANDS, PAGES_RECEIPTS
from feuerwache.common.process import Process, run, settings_for
from feuerwache.common.settings import CommonSettings
from feuerwache.common.watch import look, together, watch
from feuerwache.escalation.incidents import metrics
from feuerwache.escalation.incidents.task import IncidentsTask
from feuerwache.escalation.policy.house import House, load_house

STAGE = "incidents"
EX_CONFIG = 78
#: How exactly a step keeps its time: ten looks at the clock a second.
POLL_MS = 100


def compose(
    settings: CommonSettings,
    clock: Clock,
    house: Callable[[], House],
    look_again: Callable[[], Awaitable[House]] | None = None,
) -> Runner:
    """The runner over the three inputs, with the incidents themselves as state."""
    names, shards = settings.topics(), settings.shards
    return Runner(
        stage=STAGE,
        inputs=(ALARMS_RAISED, INCIDENTS_COMMANDS, PAGES_RECEIPTS),
        state=INCIDENTS_CHANGED,
        make_handler=lambda shard: IncidentsTask(shard, shards, house, clock, names, look_again=look_again),
        settings=settings,
        clock=clock,
        options=RunnerOptions(poll_ms=POLL_MS),
    )


async def serve(process: Process) -> None:
    metrics.initialise(process.settings.shards)
    try:
        catalog = Catalog(load_house, process.settings.config_dir)
    except ConfigError as error:
        raise FatalError(str(error), EX_CONFIG) from error

    async def look_again() -> House:
        await look(catalog, STAGE)
        return catalog.current

    runner = compose(process.settings, process.clock, lambda: catalog.current, look_again)
    process.health.add("runner", runner.health)
    await together(
        process.stop,
        runner.run(process.stop),
        watch(catalog, STAGE, process.settings.config_reload_seconds, process.stop),
    )


def main() -> None:
    run(STAGE, settings_for(STAGE, CommonSettings), serve)
