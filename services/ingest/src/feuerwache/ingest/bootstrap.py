"""Puts the ingest process together: settings, configuration, Kafka, Redis, both edges, the runner, the projection."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AsyncExitStack
from functools import partial
from typing import NoReturn

from prometheus_client import REGISTRY, CollectorRegistry

from feuerwache.common import process
from feuerwache.common.config.catalog import Catalog
from feuerwache.common.config.source import ConfigError
from feuerwache.common.errors import FatalError
from feuerwache.common.grpchealth import HealthService
from feuerwache.common.http.client import OutboundClient
from feuerwache.common.http.guard import AddressGuard
from feuerwache.common.kafka import topics
from feuerwache.common.kafka.admin import DLQ_MAX_BYTES
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.runner import Runner
from feuerwache.common.process import Process
from feuerwache.common.redis import connect
from feuerwache.common.watch import together, watch
from feuerwache.common.web import listening, serve_http
from feuerwache.ingest.arrival import Arrivals
from feuerwache.ingest.authors import Authors, Recent
from feuerwache.ingest.canary import Canary
from feuerwache.ingest.http import make_app
from feuerwache.ingest.http.endpoint import Endpoint
from feuerwache.ingest.http.hooks import FETCH_SECONDS, Hooks
from feuerwache.ingest.http.ndjson import Streams
from feuerwache.ingest.intake import Intake, Seen
from feuerwache.ingest.integration import Gate, Integrations, Senders, load_senders, read_tokens
from feuerwache.ingest.letter import Letters
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.orphans import stage as orphanage
from feuerwache.ingest.orphans.stage import OrphansHandler
from feuerwache.ingest.outbound.actions.echo import Echo
from feuerwache.ingest.polling.metrics import PollingMetrics
from feuerwache.ingest.polling.pollers import Pollers
from feuerwache.ingest.ports import announce, drain_grpc
from feuerwache.ingest.privacy.disguise import Disguise
from feuerwache.ingest.projection import Projection
from feuerwache.ingest.reception import Reception
from feuerwache.ingest.rpc import SERVICE, IngestService, bind, make_server
from feuerwache.ingest.security.keyring import Keyring
from feuerwache.ingest.security.quota import Quota
from feuerwache.ingest.security.replay import Calls
from feuerwache.ingest.security.signedcall import SignedCallCheck
from feuerwache.ingest.security.tls import server_tls
from feuerwache.ingest.settings import IngestSettings
from feuerwache.ingest.spool.disk import Disk
from feuerwache.ingest.spool.writer import SpoolWriter
from feuerwache.ingest.submitted import STAGE, SubmittedHandler
from feuerwache.ingest.writing.writer import GroupWriter

EX_CONFIG = 78
#: What is read at most of something that an adapter fetches.
FETCH_BYTES = 1_000_000


def main() -> NoReturn:
    settings = process.settings_for("ingest", IngestSettings)
    process.run("ingest", settings, lambda shell: serve(shell, settings))


async def serve(shell: Process, settings: IngestSettings, registry: CollectorRegistry = REGISTRY) -> None:
    """Runs everything until `shell.stop`; what was begun is finished, then Kafka and Redis are left."""
    try:
        catalog = Catalog(load_senders, settings.config_dir)
    except ConfigError as error:
        raise FatalError(str(error), EX_CONFIG) from error

    def integrations() -> Integrations:
        return catalog.current.integrations

    gate = Gate(integrations, read_tokens(settings.integration_tokens_file))
    metrics = Metrics(names_of(catalog.current), registry)
    async with AsyncExitStack() as stack:
        edge_tls = server_tls(settings.http_tls_cert_file, settings.http_tls_key_file, settings.http_tls_client_ca_file)
        redis = connect(settings)
        stack.push_async_callback(redis.aclose)
        authors = Authors(redis, settings.topic_prefix, Recent(settings.accept_remembered))
        reception = Reception(
            lambda: catalog.current.communities,
            authors,
            settings.topics(),
            settings.partitioning(),
            shell.clock,
            disguise=Disguise(lambda: catalog.current),
        )
        writer, spool = await _on_record(stack, settings, shell, metrics)
        intake = Intake(reception, authors, writer, metrics, Seen(settings.accept_remembered))
        quota = Quota(redis, settings.topic_prefix, shell.clock, metrics)
        canary = Canary(lambda: catalog.current.communities, intake, shell.clock, metrics, settings.canary_seconds)
        runner = Runner(
            stage=STAGE,
            inputs=(topics.POSTS_SUBMITTED,),
            state=None,
            make_handler=lambda _partition: SubmittedHandler(integrations, reception, authors, metrics),
            settings=settings,
            clock=shell.clock,
        )
        letters = EventProducer(settings, settings.accept_seconds, DLQ_MAX_BYTES)
        stack.push_async_exit(letters)
        projection = Projection(settings, redis, letters, shell.clock, metrics)
        orphans = _orphans(settings, shell, authors, metrics, projection)
        # Not the producer's own health: it stays ill until the next send, and an unready process is sent nothing.
        shell.health.add("submitted", runner.health)
        shell.health.add("orphans", orphans.health)
        shell.health.add("index", projection.health)

        grpc_server = make_server(
            IngestService(gate, intake, quota, shell.clock, metrics, stop=shell.stop),
            HealthService(SERVICE, shell.health.report, shell.stop),
        )
        http_socket = stack.enter_context(listening(settings.http_host, settings.http_port))
        ports = {
            "http": http_socket.getsockname()[1],
            "grpc": bind(
                grpc_server,
                f"{settings.grpc_host}:{settings.grpc_port}",
                settings.grpc_tls_cert_file,
                settings.grpc_tls_key_file,
                settings.grpc_tls_client_ca_file,
            ),
        }
        await grpc_server.start()
        dead = Letters(letters, settings.topics(), settings.partitioning())
        tls = _tls(settings)
        client = await stack.enter_async_context(
            OutboundClient(AddressGuard(settings.http_allow), seconds=FETCH_SECONDS, limit=FETCH_BYTES, tls=tls)
        )
        arrivals, keyring = Arrivals(intake, dead, metrics, Echo(redis, settings.topic_prefix)), Keyring()
        pollers = Pollers(
            integrations,
            settings,
            redis=redis,
            producer=letters,
            arrivals=arrivals,
            keyring=keyring,
            clock=shell.clock,
            metrics=PollingMetrics(registry),
            tls=tls,
        )
        shell.health.add("polling", pollers.health)
        hooks = Hooks(
            integrations,
            arrivals=arrivals,
            keyring=keyring,
            quota=quota,
            letters=dead,
            client=client,
            clock=shell.clock,
            metrics=metrics,
        )
        signed = SignedCallCheck(keyring, Calls(redis, settings.topic_prefix))
        streams = Streams(gate, intake, quota, shell.clock, stop=shell.stop)
        endpoint = Endpoint(gate, intake, shell.clock, metrics, quota=quota, signed=signed, streams=streams)
        app = make_app(endpoint, hooks)
        announce(settings.ports_file, settings.health_port, ports)
        await together(
            shell.stop,
            serve_http(
                app, http_socket, shell.stop, settings.drain_seconds, limits=settings.web_limits(), tls=edge_tls
            ),
            drain_grpc(grpc_server, shell.stop, settings.drain_seconds),
            runner.run(shell.stop),
            orphans.run(shell.stop),
            projection.run(shell.stop),
            *([spool.run(shell.stop)] if spool else []),
            canary.run(shell.stop),
            pollers.run(shell.stop),
            watch(
                catalog,
                "ingest",
                settings.config_reload_seconds,
                shell.stop,
                lambda senders: metrics.initialise(names_of(senders)),
            ),
        )


def names_of(senders: Senders) -> list[str]:
    return [integration.id for integration in senders.integrations.integrations]


def _tls(settings: IngestSettings) -> ssl.SSLContext:
    """For what adapters fetch."""
    tls = ssl.create_default_context()
    if settings.http_ca_file is not None:
        try:
            tls.load_verify_locations(settings.http_ca_file)
        except (OSError, ssl.SSLError) as error:
            raise FatalError(f"FEUERWACHE_HTTP_CA_FILE holds no certificates: {type(error).__name__}") from None
    return tls


async def _on_record(
    stack: AsyncExitStack, settings: IngestSettings, shell: Process, metrics: Metrics
) -> tuple[GroupWriter | SpoolWriter, SpoolWriter | None]:
    """What accepted items are handed to, and the spool if there is one, which has to be drained."""
    # Not entered: it connects with the first send, so this process starts, and says 503, while Kafka is away.
    producer = EventProducer(settings, settings.accept_seconds)
    stack.push_async_exit(producer)
    group = partial(
        GroupWriter,
        clock=shell.clock,
        budget=settings.accept_bytes,
        waiting=settings.accept_waiting,
        patience=settings.accept_seconds,
    )
    to_kafka = group(producer.send_batches, gauges=metrics.to_kafka)
    stack.push_async_callback(to_kafka.close)
    if settings.spool_dir is None:
        return to_kafka, None
    disk = await asyncio.to_thread(Disk.open, settings.spool_dir, settings.spool_bytes)
    spool = SpoolWriter(disk, to_kafka, partial(group, gauges=metrics.to_disk), shell.clock, metrics)
    stack.push_async_callback(spool.close)
    shell.health.add("spool", spool.health)
    return spool, spool


def _orphans(
    settings: IngestSettings, shell: Process, authors: Authors, metrics: Metrics, projection: Projection
) -> Runner:
    return Runner(
        stage=orphanage.STAGE,
        inputs=(topics.POSTS_ORPHANED,),
        state=topics.POSTS_WAITING,
        make_handler=lambda partition: OrphansHandler(
            partition,
            authors,
            shell.clock,
            metrics,
            names=settings.topics(),
            partitioning=settings.partitioning(),
            whole_ms=projection.whole_ms,
            patience=settings.orphan_seconds,
        ),
        settings=settings,
        clock=shell.clock,
    )
