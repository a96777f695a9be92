"""Puts the console together: settings, people, SQL, the projection, the page. Nothing else here connects."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import NoReturn

from feuerwache.common import process
from feuerwache.common.config.catalog import Catalog
from feuerwache.common.config.source import ConfigError
from feuerwache.common.errors import FatalError, FeuerwacheError
from feuerwache.common.hosts import only_for
from feuerwache.common.kafka.admin import DLQ_MAX_BYTES
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.linktoken import check_secret
from feuerwache.common.logging import logger
from feuerwache.common.process import Process
from feuerwache.common.shownname import Names
from feuerwache.common.watch import together, watch
from feuerwache.common.web import listening, serve_http
from feuerwache.console import metrics
from feuerwache.console.desk import Desk
from feuerwache.console.handbook import load_handbook
from feuerwache.console.projection import TOPICS, Projection
from feuerwache.console.review.desk import ReviewDesk
from feuerwache.console.settings import ConsoleSettings
from feuerwache.console.store.database import opened
from feuerwache.console.web import make_app

EX_CONFIG = 78

log = logger(__name__)


def main() -> NoReturn:
    settings = process.settings_for("console", ConsoleSettings)
    process.run("console", settings, lambda shell: serve(shell, settings))


async def serve(shell: Process, settings: ConsoleSettings) -> None:
    """Runs the projection and the page until `shell.stop`."""
    try:
        check_secret(settings.link_secret.get_secret_value().encode())
        handbook = Catalog(load_handbook, settings.config_dir)
    except (ConfigError, FeuerwacheError) as error:
        raise FatalError(str(error), EX_CONFIG) from error
    metrics.initialise(tuple(topic.name for topic in TOPICS))
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(opened(settings.database()))
        # Not entered: it connects with the first command, so the page can be read while Kafka is away.
        producer = EventProducer(settings)
        stack.push_async_exit(producer)
        letters = EventProducer(settings, max_bytes=DLQ_MAX_BYTES)
        stack.push_async_exit(letters)
        projection = Projection(settings, engine, letters, shell.clock)
        shell.health.add("projection", projection.health)
        bound = stack.enter_context(listening(settings.http_host, settings.http_port))
        desk = Desk(
            engine=engine,
            producer=producer,
            people=lambda: handbook.current.people,
            secret=settings.link_secret,
            names=settings.topics(),
            clock=shell.clock,
            plans=lambda: handbook.current.plans,
            author_names=lambda: Names(handbook.current.communities, settings.naming_key()),
        )
        review = ReviewDesk(
            engine=engine,
            producer=producer,
            people=lambda: handbook.current.people,
            secret=settings.link_secret,
            names=settings.topics(),
            partitions=settings.post_partitions,
            clock=shell.clock,
            author_names=lambda: Names(handbook.current.communities, settings.naming_key()),
        )
        log.info("listening", port=bound.getsockname()[1])
        await together(
            shell.stop,
            serve_http(only_for(settings.hosts(), make_app(desk, review)), bound, shell.stop, settings.drain_seconds),
            projection.run(shell.stop),
            watch(handbook, "console", settings.config_reload_seconds, shell.stop),
        )
