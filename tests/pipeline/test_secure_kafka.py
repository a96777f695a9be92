"""TLS and SASL spoken for real: every kind of Kafka client this project has, on a broker that lets in nobody else.

Two ways in: SASL_SSL (TLS and a password) and SSL with a client's certificate. What is refused is said in words an
operator can act on, soon, and without the secret.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from feuerwache.common.clock import SystemClock
from feuerwache.common.errors import FatalError
from feuerwache.common.kafka.admin import ensure_topics, plan
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.runner import Runner
from feuerwache.common.settings import CommonSettings
from feuerwache.local.group import ProcessGroup
from feuerwache.local.kafka import EmbeddedKafka, Listener
from feuerwache.local.places import cache_dir, checkout
from support import tally
from support.handlers import Relay
from support.kafka import BRISK, NUMBERS, RESULTS, TOPICS, put, running, until, values_in
from support.worker import worker

USER, PASSWORD, WRONG = "feuerwache", "right-and-secret", "wrong-but-secret"
#: Nobody waits longer than this to hear that the login is wrong.
SOON = 15.0
Door = dict[str, str]
T = TypeVar("T")

#: One broker is enough: `--dist=loadgroup` keeps these tests in one process.
pytestmark = pytest.mark.xdist_group("secure kafka")


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Door]]:
    """By security protocol, the settings that let a client in."""
    folder = tmp_path_factory.mktemp("secure")
    authority = trustme.CA()
    ca, certificate, key = folder / "ca.pem", folder / "client.pem", folder / "client.key"
    authority.cert_pem.write_to_path(ca)
    client = authority.issue_cert("client.example")
    client.cert_chain_pems[0].write_to_path(certificate)
    client.private_key_pem.write_to_path(key)
    tls = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keystore(authority.issue_cert("127.0.0.1"), folder / "server.pem")),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(ca),
    }
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    login = Listener(
        "LOGIN",
        "SASL_SSL",
        tls
        | {
            "sasl.enabled.mechanisms": "PLAIN",
            "plain.sasl.jaas.config": f'{module} required user_{USER}="{PASSWORD}";',
        },
    )
    passport = Listener("PASSPORT", "SSL", tls | {"ssl.client.auth": "required"})
    cache = cache_dir(checkout(Path(__file__).parent))
    with ProcessGroup() as group:
        kafka = EmbeddedKafka(group, folder / "kafka", folder / "kafka.log", cache, listeners=(login, passport))
        asyncio.run(kafka.start())
        yield {
            "SASL_SSL": {
                "kafka_bootstrap": kafka.address(login),
                "kafka_ca_file": str(ca),
                "kafka_sasl_username": USER,
                "kafka_sasl_password": PASSWORD,
            },
            "SSL": {
                "kafka_bootstrap": kafka.address(passport),
                "kafka_ca_file": str(ca),
                "kafka_cert_file": str(certificate),
                "kafka_key_file": str(key),
            },
        }
        asyncio.run(kafka.stop())


def keystore(issued: trustme.LeafCert, path: Path) -> Path:
    """Key and chain in one file; Kafka reads keys as PKCS #8 only."""
    private = serialization.load_pem_private_key(issued.private_key_pem.bytes(), password=None)
    pkcs8 = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(pkcs8 + b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    return path


@pytest.fixture(params=["SASL_SSL", "SSL"])
def door(request: pytest.FixtureRequest, doors: dict[str, Door]) -> Door:
    protocol: str = request.param
    return {
        "kafka_security_protocol": protocol,
        "topic_prefix": f"{request.node.name.replace('[', '.').rstrip(']')}.",
        **doors[protocol],
    }


def settings_of(door: Door, **other: str) -> CommonSettings:
    return CommonSettings.model_validate({"post_partitions": 2, "shards": 2, **door, **other})


def test_records_go_through_admin_producer_runner_and_reader(door: Door) -> None:
    async def scenario() -> None:
        settings = settings_of(door)
        await ensure_topics(settings, TOPICS)
        assert await plan(settings, TOPICS) == []
        await put(settings, NUMBERS, 0, [b"41", b"42"])
        relay = relay_of(settings)
        async with running(relay):

            async def relayed() -> bool:
                return len(await values_in(settings, RESULTS)) == 2

            await until(relayed, "both records relayed")
        assert await values_in(settings, RESULTS) == [b"41", b"42"]

    run(scenario())


def test_a_faust_worker_counts(door: Door) -> None:
    async def scenario() -> None:
        settings = settings_of(door)
        await ensure_topics(settings, tally.TOPICS)
        await put(settings, tally.TICKS, 1, [tally.tick(1, 1), tally.tick(1, 2)])
        async with worker("support.tally", settings, environment(door)) as running_worker:

            async def counted() -> bool:
                said = await read_topic(settings, settings.topics().of(tally.TALLIES))
                return bool(said) and json.loads(said[-1].value or b"")["count"] == 2

            await until(counted, "both ticks counted")
            assert await running_worker.stop() == 0

    run(scenario())


@pytest.mark.parametrize("client", ["admin", "producer", "runner", "reader"])
def test_a_wrong_password_is_said_soon_and_without_it(
    doors: dict[str, Door], client: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    error = run(refused(wrong_login(doors), client))
    assert error.exit_code == 77
    assert "refuses the user 'feuerwache'" in str(error)
    assert "FEUERWACHE_KAFKA_SASL_PASSWORD" in str(error)
    assert WRONG not in "".join([str(error), repr(error.__cause__), caplog.text, *capfd.readouterr()])


def test_a_faust_worker_with_a_wrong_password_ends(doors: dict[str, Door], capfd: pytest.CaptureFixture[str]) -> None:
    async def scenario() -> int:
        door = wrong_login(doors)
        async with worker("support.tally", settings_of(door), environment(door)) as doomed, asyncio.timeout(SOON):
            return await doomed.process.wait()

    assert run(scenario()) == 77
    output = "".join(capfd.readouterr())
    assert "refuses the user 'feuerwache'" in output
    assert WRONG not in output


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"kafka_sasl_mechanism": "SCRAM-SHA-512"}, 78, "does not offer SCRAM-SHA-512"),
        ({"kafka_ca_file": None}, 78, "certificate that is not trusted here"),
    ],
)
def test_other_refusals_name_the_setting(doors: dict[str, Door], change: dict[str, Any], code: int, words: str) -> None:
    error = run(refused({**wrong_login(doors), **change}, "admin"))
    assert error.exit_code == code
    assert words in str(error)


def run(scenario: Coroutine[Any, Any, T]) -> T:
    """aiokafka does not wait for a connection that was refused to be closed; with TLS that takes a moment."""

    async def settled() -> T:
        try:
            return await scenario
        finally:
            transports = asyncio.get_running_loop()._transports  # type: ignore[attr-defined] # nothing public says it

            async def closed() -> bool:
                return all(transport._sock is None for transport in transports.values())

            await until(closed, "every connection closed", 10)

    return asyncio.run(settled())


def wrong_login(doors: dict[str, Door]) -> Door:
    return {"kafka_security_protocol": "SASL_SSL", **doors["SASL_SSL"], "kafka_sasl_password": WRONG}


async def refused(door: Door, client: str) -> FatalError:
    settings = settings_of(door)
    async with asyncio.timeout(SOON):
        with pytest.raises(FatalError) as refusal:
            await attempt(settings, client)
    return refusal.value


def attempt(settings: CommonSettings, client: str) -> Coroutine[Any, Any, object]:
    match client:
        case "admin":
            return ensure_topics(settings, TOPICS)
        case "producer":
            return EventProducer(settings).__aenter__()
        case "runner":
            return relay_of(settings).run(asyncio.Event())
        case _:
            return read_topic(settings, "any")


def relay_of(settings: CommonSettings) -> Runner:
    return Runner(
        stage="relay",
        inputs=(NUMBERS,),
        make_handler=lambda _: Relay(settings),
        settings=settings,
        clock=SystemClock(),
        options=BRISK,
    )


def environment(door: Door) -> dict[str, str]:
    return {f"FEUERWACHE_{name.upper()}": value for name, value in door.items()}
