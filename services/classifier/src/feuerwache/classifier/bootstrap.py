"""Puts the classifier process together: weights, watchlists, metrics, the runner."""

from __future__ import annotations

from time import perf_counter
from typing import NoReturn

from prometheus_client import REGISTRY, CollectorRegistry

from feuerwache.classifier.lists import WatchedLists, load_watch
from feuerwache.classifier.metrics import Metrics
from feuerwache.classifier.model.classifier import Classifier
from feuerwache.classifier.model.weights import SHIPPED, BadWeights, load
from feuerwache.classifier.settings import ClassifierSettings
from feuerwache.classifier.stage import STAGE, ClassifyHandler, Judge
from feuerwache.common import process
from feuerwache.common.config.source import ConfigError
from feuerwache.common.errors import FatalError
from feuerwache.common.kafka import topics
from feuerwache.common.kafka.runner import Runner, RunnerOptions
from feuerwache.common.logging import logger
from feuerwache.common.process import Process

EX_CONFIG = 78

log = logger(__name__)


def main() -> NoReturn:
    settings = process.settings_for("classifier", ClassifierSettings)
    process.run("classifier", settings, lambda shell: serve(shell, settings))


async def serve(
    shell: Process,
    settings: ClassifierSettings,
    registry: CollectorRegistry = REGISTRY,
    options: RunnerOptions | None = None,
) -> None:
    """Runs the stage until `shell.stop`."""
    metrics = Metrics(registry)
    began = perf_counter()
    # The watch begins before the first reading, so that a change in between is seen.
    lists = WatchedLists(settings.config_dir, settings.classifier_reload_seconds, shell.clock.monotonic)
    classifier = build(settings)
    metrics.load_seconds.set(perf_counter() - began)
    metrics.model.info({"version": classifier.version})
    metrics.watchlists_current.set(1)
    log.info("model loaded", version=classifier.version, watchlists=[each.id for each in classifier.watch.lists])
    judge = Judge(classifier, lists, metrics)
    output = settings.topics().of(topics.POSTS_CLASSIFIED)
    runner = Runner(
        stage=STAGE,
        inputs=(topics.POSTS_RECEIVED,),
        make_handler=lambda _partition: ClassifyHandler(judge, output),
        settings=settings,
        clock=shell.clock,
        options=options,
    )
    shell.health.add(STAGE, runner.health)
    await runner.run(shell.stop)


def build(settings: ClassifierSettings) -> Classifier:
    """The classifier these settings ask for. Raises `FatalError` when its files cannot be used."""
    path = settings.classifier_weights or SHIPPED
    try:
        return Classifier(load(path), load_watch(settings.config_dir))
    except ConfigError as error:
        raise FatalError(str(error), EX_CONFIG) from error
    except (OSError, BadWeights) as error:
        raise FatalError(f"the weights {path} cannot be used (FEUERWACHE_CLASSIFIER_WEIGHTS): {error}") from error
