"""A Faust app as this project runs it: connection, security and replication from `CommonSettings`, nothing exposed.

No web server, no autodiscovery, no `faust worker` (it opens a port on all interfaces whatever it is told): the app is
started with `await app.start()` inside a service's own loop. Rows live in memory, their changelog on the broker.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import faust
from faust.types.auth import CredentialsT
from yarl import URL

from feuerwache.common.faust.recovery import ShardTables
from feuerwache.common.faust.transport import ReadCommittedTransport
from feuerwache.common.settings import CommonSettings

#: A worker that was killed is missed after this time (Faust's own default is a minute without watch).
SESSION_SECONDS = 6.0
HEARTBEAT_SECONDS = 2.0
COMMIT_SECONDS = 1.0


def create_app(stage: str, settings: CommonSettings, data_dir: Path) -> faust.App:
    """The app of a stage. Its consumer group and changelog topics carry the topic prefix. Call inside the loop.

    `data_dir` must be the process's own: Faust creates it, and keeps nothing there with rows in memory.
    """
    brokers = [URL(f"kafka://{server.strip()}") for server in settings.kafka_bootstrap.split(",")]
    app = faust.App(
        f"{settings.topic_prefix}{stage}",
        id_format="{id}",
        # Faust lets the environment overrule its arguments, under names as common as BROKER_URL or TIMEZONE.
        env_prefix="FEUERWACHE_FAUST_",
        broker=brokers,
        broker_credentials=_credentials(settings),
        broker_session_timeout=SESSION_SECONDS,
        broker_heartbeat_interval=HEARTBEAT_SECONDS,
        broker_commit_interval=COMMIT_SECONDS,
        consumer_auto_offset_reset="earliest",
        TableManager=partial(ShardTables, settings),
        store="memory://",
        cache="memory://",
        topic_partitions=settings.shards,
        topic_replication_factor=settings.kafka_replication,
        table_standby_replicas=0,
        topic_disable_leader=True,
        stream_wait_empty=False,
        web_enabled=False,
        autodiscover=False,
        datadir=str(data_dir),
    )
    app.transport = ReadCommittedTransport(brokers, app)
    return app


def _credentials(settings: CommonSettings) -> CredentialsT | None:
    protocol = settings.kafka_security_protocol
    if protocol == "PLAINTEXT":
        return None
    context = None if protocol == "SASL_PLAINTEXT" else settings.kafka_ssl_context()
    if protocol == "SSL":
        return faust.SSLCredentials(context)
    username, password = settings.kafka_sasl_login()
    # Faust speaks SASL_SSL when there is a context, else SASL_PLAINTEXT.
    return faust.SASLCredentials(
        username=username, password=password, mechanism=settings.kafka_sasl_mechanism, ssl_context=context
    )
