"""One real Kafka and one real Redis for a whole test session, also when pytest-xdist spreads it over processes.

They are started when a test first asks for them and belong to the controlling pytest process: it ends them with the
session, and their guardian ends them if it is killed. Workers ask the controller for addresses over a local socket.
A test keeps to itself by its `topic_prefix`; its topics are deleted afterwards.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Client, Listener
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from feuerwache.common.errors import FeuerwacheError
from feuerwache.local.group import ProcessGroup
from feuerwache.local.kafka import EmbeddedKafka
from feuerwache.local.places import cache_dir, checkout
from feuerwache.local.redis import EmbeddedRedis

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class KafkaServer:
    """The session's broker. `bootstrap` is `host:port`."""

    bootstrap: str


class Servers:
    """Starts each server at the first question for its address. Thread-safe; ends everything on `close`."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._group: ProcessGroup | None = None
        self._home: Path | None = None
        self._started: dict[str, EmbeddedKafka | EmbeddedRedis] = {}
        self._listener: Listener | None = None
        self._key = uuid4().bytes

    def address(self, name: str) -> str:
        """`kafka` gives `host:port`, `redis` a URL."""
        with self._lock:
            if name not in self._started:
                self._started[name] = asyncio.run(self._start(name))
            server = self._started[name]
        return server.bootstrap if isinstance(server, EmbeddedKafka) else server.url

    async def _start(self, name: str) -> EmbeddedKafka | EmbeddedRedis:
        if self._group is None or self._home is None:
            self._group = ProcessGroup().__enter__()
            self._home = Path(tempfile.mkdtemp(prefix="feuerwache-test-"))
        make: type[EmbeddedKafka | EmbeddedRedis] = EmbeddedKafka if name == "kafka" else EmbeddedRedis
        cache = cache_dir(checkout(Path(__file__).parent))
        return await make(self._group, self._home / name, self._home / f"{name}.log", cache).start()

    def listen(self) -> tuple[Address, str]:
        """Where workers can ask, and the key they need; the first call opens the socket."""
        if self._listener is None:
            self._listener = Listener(("127.0.0.1", 0), authkey=self._key)
            Thread(target=self._answer, args=(self._listener,), daemon=True).start()
        address = self._listener.address
        assert isinstance(address, tuple)
        return address, self._key.hex()

    def _answer(self, listener: Listener) -> None:
        while True:
            try:
                connection = listener.accept()
            except OSError:
                return  # closed: the session is over
            with connection:
                try:
                    connection.send((self.address(connection.recv()), ""))
                except FeuerwacheError as error:
                    connection.send(("", str(error)))
                except EOFError:
                    continue  # a worker that was killed while asking

    def close(self) -> None:
        if self._listener is not None:
            self._listener.close()
        with self._lock:
            if self._started:
                asyncio.run(self._stop())
            if self._group is not None:
                self._group.end()
            if self._home is not None:
                shutil.rmtree(self._home, ignore_errors=True)

    async def _stop(self) -> None:
        await asyncio.gather(*(server.stop() for server in self._started.values()))


SERVERS = pytest.StashKey[Servers]()


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.stash[SERVERS] = Servers()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """pytest-xdist: tells a new worker where the controller answers."""
    node.workerinput["feuerwache_servers"] = node.config.stash[SERVERS].listen()


def pytest_unconfigure(config: pytest.Config) -> None:
    if SERVERS in config.stash:
        config.stash[SERVERS].close()


@pytest.fixture(scope="session")
def server_address(pytestconfig: pytest.Config) -> Callable[[str], str]:
    """Asks for a server by name, starting it if need be."""
    if SERVERS in pytestconfig.stash:
        return pytestconfig.stash[SERVERS].address
    address, key = getattr(pytestconfig, "workerinput")["feuerwache_servers"]  # noqa: B009 - xdist adds it unseen

    def ask(name: str) -> str:
        with Client(tuple(address), authkey=bytes.fromhex(key)) as connection:
            connection.send(name)
            answer, problem = connection.recv()
        if problem:
            raise FeuerwacheError(problem)
        return str(answer)

    return ask


@pytest.fixture(scope="session")
def kafka(server_address: Callable[[str], str]) -> KafkaServer:
    """The session's Kafka."""
    return KafkaServer(server_address("kafka"))


@pytest.fixture(scope="session")
def redis_url(server_address: Callable[[str], str]) -> str:
    """The session's Redis; keys of different tests must differ (most carry the topic prefix)."""
    return server_address("redis")


@pytest.fixture
def topic_prefix(kafka: KafkaServer) -> Iterator[str]:
    """A prefix no other test has; what was created under it is deleted afterwards."""
    prefix = f"t{os.getpid()}-{uuid4().hex[:8]}."
    yield prefix
    asyncio.run(delete_topics(kafka.bootstrap, prefix))


async def delete_topics(bootstrap: str, prefix: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        mine = [name for name in await admin.list_topics() if name.startswith(prefix)]
        if mine:
            await admin.delete_topics(mine)
    finally:
        await admin.close()
