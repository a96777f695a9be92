"""Puts the rules process together: settings, configuration and its watch, Redis, one handler per partition, runner."""

from __future__ import annotations

import asyncio
from typing import NoReturn

from feuerwache.common import process
from feuerwache.common.config.source import ConfigError
from feuerwache.common.errors import FatalError
from feuerwache.common.kafka.runner import Runner, RunnerOptions
from feuerwache.common.logging import logger
from feuerwache.common.process import Process
from feuerwache.common.redis import connect
from feuerwache.escalation.rules import metrics
from feuerwache.escalation.rules.house import Catalog
from feuerwache.escalation.rules.settings import RulesSettings
from feuerwache.escalation.rules.stage import INPUTS, STAGE, RulesHandler
from feuerwache.escalation.rules.store import CommunityStreams, PartitionStore

EX_CONFIG = 78

log = logger(__name__)


def main() -> NoReturn:
    settings = RulesSettings()
    process.run(STAGE, settings, lambda shell: serve(shell, settings))


async def serve(shell: Process, settings: RulesSettings) -> None:
    """Judges until `shell.stop`. Raises `FatalError` with every problem of a configuration that cannot be used."""
    metrics.initialise()
    try:
        catalog = Catalog(settings.config_dir, metrics.rule_failed)
    except ConfigError as error:
        raise FatalError(str(error), EX_CONFIG) from error
    _in_force(catalog)
    redis = connect(settings)
    communities = CommunityStreams(settings.topic_prefix)

    def make_handler(partition: int) -> RulesHandler:
        store = PartitionStore(redis, settings.topic_prefix, partition, communities)
        return RulesHandler(
            partition, settings=settings, catalog=catalog, communities=communities, store=store, clock=shell.clock
        )

    runner = Runner(
        stage=STAGE,
        inputs=INPUTS,
        make_handler=make_handler,
        settings=settings,
        clock=shell.clock,
        options=RunnerOptions(max_records=settings.rules_batch),
    )
    shell.health.add("runner", runner.health)
    watching = asyncio.create_task(_watch(catalog, settings.rules_reload_seconds), name="configuration")
    try:
        await runner.run(shell.stop)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await redis.aclose()


async def _watch(catalog: Catalog, seconds: float) -> None:
    """Takes a changed configuration into use; a broken one is told and left alone."""
    while True:
        await asyncio.sleep(seconds)
        if not await asyncio.to_thread(catalog.refresh):
            continue
        metrics.CONFIG_OK.set(catalog.problem is None)
        if catalog.problem is None:
            _in_force(catalog)
        else:
            log.error("the configuration is broken, the last good one is kept", problems=str(catalog.problem))


def _in_force(catalog: Catalog) -> None:
    for rule in catalog.current.rules:
        metrics.initialise_rule(rule)
    log.info("rules in force", rules=len(catalog.current.rules), config_hash=catalog.current.config_hash)
