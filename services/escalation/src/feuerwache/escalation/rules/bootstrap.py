"""Puts the rules process together: settings, configuration and its watch, Redis, one handler per partition, runner."""

from __future__ import annotations

import gc
from typing import NoReturn

from feuerwache.common import process
from feuerwache.common.config.catalog import Catalog
from feuerwache.common.config.source import ConfigError
from feuerwache.common.errors import FatalError
from feuerwache.common.kafka.runner import Runner, RunnerOptions
from feuerwache.common.logging import logger
from feuerwache.common.process import Process
from feuerwache.common.redis import connect
from feuerwache.common.watch import together, watch
from feuerwache.escalation.rules import metrics
from feuerwache.escalation.rules.community.burning import Burning
from feuerwache.escalation.rules.engine.fuse import Change, Limits
from feuerwache.escalation.rules.house import HouseRules, load_house_rules
from feuerwache.escalation.rules.sets.rule import Rule
from feuerwache.escalation.rules.settings import RulesSettings
from feuerwache.escalation.rules.stage import INPUTS, STAGE, RulesHandler
from feuerwache.escalation.rules.store import CommunityStreams, PartitionStore

EX_CONFIG = 78
#: So long judging waits at the start for the incidents; without them it goes on as if nothing burned, and is not ready.
INCIDENTS_SECONDS = 20.0

log = logger(__name__)


def main() -> NoReturn:
    settings = process.settings_for("rules", RulesSettings)
    _collect_garbage_seldom()
    process.run(STAGE, settings, lambda shell: serve(shell, settings))


async def serve(shell: Process, settings: RulesSettings) -> None:
    """Judges until `shell.stop`. Raises `FatalError` with every problem of a configuration that cannot be used."""
    metrics.initialise()
    limits = Limits(settings.rules_failures, settings.rules_cost_us, settings.rules_pause_seconds)
    try:
        catalog = Catalog(lambda folder: load_house_rules(folder, _rule_changed, limits), settings.config_dir)
    except ConfigError as error:
        raise FatalError(str(error), EX_CONFIG) from error
    _in_force(catalog.current)
    redis = connect(settings)
    communities = CommunityStreams(settings.topic_prefix)
    burning = Burning(settings)

    def make_handler(partition: int) -> RulesHandler:
        store = PartitionStore(redis, settings.topic_prefix, partition, communities)
        return RulesHandler(
            partition,
            settings=settings,
            catalog=catalog,
            communities=communities,
            store=store,
            clock=shell.clock,
            burning=lambda: burning.fires,
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
    shell.health.note("rules", lambda: _out(catalog.current))
    shell.health.add("incidents", burning.health)
    try:
        async with burning.following():
            await burning.caught_up(INCIDENTS_SECONDS, shell.stop)
            await together(
                shell.stop,
                runner.run(shell.stop),
                watch(catalog, STAGE, settings.config_reload_seconds, shell.stop, _in_force),
            )
    finally:
        await redis.aclose()


def _collect_garbage_seldom() -> None:
    """Looks for cycles after 20,000 new objects instead of 700: a batch makes many thousands, hardly any in a cycle.

    Measured over 6,000 posts, collecting took 12 % of the time, most of it walking through modules and memories that
    stay for good.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 20)


def _out(house: HouseRules) -> str | None:
    """The rules that failed or were slow too often, for `feuerwache status`."""
    out = sorted({rule for each in house.houses.values() for rule in each.engine.out})
    return f"not asked for a while: {', '.join(out)}" if out else None


def _rule_changed(rule: Rule, change: Change) -> None:
    metrics.rule_changed(rule, change)
    if change is Change.BACK:
        log.info("a rule is asked again", rule=rule.id)
    elif change is not Change.FAILED:
        reason = "it failed too often" if change is Change.OUT else "it costs too much"
        log.error("a rule is not asked for a while", rule=rule.id, reason=reason)


def _in_force(house: HouseRules) -> None:
    for rule in house.rules:
        metrics.initialise_rule(rule)
    log.info("rules in force", rules=len(house.rules), config_hash=house.config_hash)
