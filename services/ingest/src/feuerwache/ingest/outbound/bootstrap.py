"""Puts the outbound process together: settings, configuration, a consumer per platform, the gRPC stream."""

from __future__ import annotations

from typing import NoReturn

from prometheus_client import REGISTRY, CollectorRegistry

from feuerwache.common import process
from feuerwache.common.config.catalog import Catalog
from feuerwache.common.config.source import ConfigError
from feuerwache.common.errors import FatalError
from feuerwache.common.grpchealth import HealthService
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.process import Process
from feuerwache.common.redis import connect
from feuerwache.common.watch import together, watch
from feuerwache.ingest.integration import Gate, Integration, Senders, load_senders, read_tokens
from feuerwache.ingest.outbound.actions.echo import Echo
from feuerwache.ingest.outbound.fleet import Fleet
from feuerwache.ingest.outbound.metrics import Metrics
from feuerwache.ingest.outbound.office import STAGE
from feuerwache.ingest.outbound.report import Reports
from feuerwache.ingest.outbound.settings import OutboundSettings
from feuerwache.ingest.outbound.stream import SERVICE, DecisionService, make_server
from feuerwache.ingest.ports import announce, drain_grpc

EX_CONFIG = 78


def main() -> NoReturn:
    """`python -m feuerwache.ingest.outbound`"""
    settings = process.settings_for(STAGE, OutboundSettings)
    process.run(STAGE, settings, lambda shell: serve(shell, settings))


async def serve(shell: Process, settings: OutboundSettings, registry: CollectorRegistry = REGISTRY) -> None:
    """Runs everything until `shell.stop`."""
    if settings.clock_start is not None:
        raise FatalError("what is played with a clock of its own (FEUERWACHE_CLOCK_…) reaches no platform", EX_CONFIG)
    try:
        catalog = Catalog(load_senders, settings.config_dir)
    except ConfigError as error:
        raise FatalError(str(error), EX_CONFIG) from error
    metrics = Metrics(registry)
    metrics.initialise(names_of(catalog.current))
    gate = Gate(lambda: catalog.current.integrations, read_tokens(settings.integration_tokens_file))

    def delivered_to() -> dict[str, Integration]:
        known = catalog.current.integrations.integrations
        return {one.id: one for one in known if one.outbound is not None and one.outbound.delivers}

    # Not entered: it connects with the first pause or report, which may never come.
    producer = EventProducer(settings)
    redis = connect(settings)  # as the producer: at the first action, which may never come
    fleet = Fleet(delivered_to, settings, shell.clock, metrics, producer, Echo(redis, settings.topic_prefix))
    shell.health.add("fleet", fleet.health)
    server = make_server(
        DecisionService(
            gate, Reports(settings, producer, shell.clock), settings, shell.clock, metrics, stop=shell.stop
        ),
        HealthService(SERVICE, shell.health.report, shell.stop),
    )
    ports = {"grpc": server.add_insecure_port(f"{settings.grpc_host}:{settings.grpc_port}")}
    await server.start()
    announce(settings.ports_file, settings.health_port, ports)
    async with fleet.pauses.following():
        try:
            await together(
                shell.stop,
                fleet.run(shell.stop),
                drain_grpc(server, shell.stop, settings.drain_seconds),
                watch(
                    catalog,
                    STAGE,
                    settings.config_reload_seconds,
                    shell.stop,
                    lambda senders: metrics.initialise(names_of(senders)),
                ),
            )
        finally:
            await producer.__aexit__(None, None, None)
            await redis.aclose()


def names_of(senders: Senders) -> list[str]:
    return [one.id for one in senders.integrations.integrations if one.outbound is not None]
