"""What a Faust app is told: connection, security, names, times. No broker is asked."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from faust.types.auth import AuthProtocol
from pydantic import SecretStr

from feuerwache.common.faust.app import create_app
from feuerwache.common.faust.transport import ReadCommittedTransport
from feuerwache.common.settings import CommonSettings

PASSWORD = SecretStr("only-for-this-test")


def made(tmp_path: Path, **settings: Any) -> Any:
    async def make() -> Any:
        return create_app("crisis", CommonSettings(**settings), tmp_path)

    return asyncio.run(make())


def test_names_times_and_replication(tmp_path: Path) -> None:
    app = made(tmp_path, kafka_bootstrap="one:9092,two:9093", topic_prefix="t1.", shards=5, kafka_replication=3)
    assert app.conf.id == "t1.crisis"
    assert [(url.host, url.port) for url in app.transport.url] == [("one", 9092), ("two", 9093)]
    assert isinstance(app.transport, ReadCommittedTransport)
    assert (app.conf.broker_session_timeout, app.conf.broker_heartbeat_interval) == (6.0, 2.0)
    assert (app.conf.topic_partitions, app.conf.topic_replication_factor) == (5, 3)
    assert app.conf.web_enabled is False


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        ("SSL", AuthProtocol.SSL),
        ("SASL_PLAINTEXT", AuthProtocol.SASL_PLAINTEXT),
        ("SASL_SSL", AuthProtocol.SASL_SSL),
    ],
)
def test_security(tmp_path: Path, protocol: str, expected: AuthProtocol) -> None:
    app = made(
        tmp_path,
        kafka_security_protocol=protocol,
        kafka_sasl_mechanism="SCRAM-SHA-512",
        kafka_sasl_username="feuerwache",
        kafka_sasl_password=PASSWORD,
    )
    credentials = app.conf.broker_credentials
    assert credentials.protocol == expected
    context = credentials.context if protocol == "SSL" else credentials.ssl_context
    assert (context is not None and context.check_hostname) is (protocol != "SASL_PLAINTEXT")
    if protocol != "SSL":
        assert (credentials.username, credentials.password) == ("feuerwache", "only-for-this-test")
        assert credentials.mechanism.value == "SCRAM-SHA-512"
        assert "only-for-this-test" not in repr(credentials)


def test_the_environment_of_others_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_SESSION_TIMEOUT", "99")
    monkeypatch.setenv("WEB_ENABLED", "yes")
    app = made(tmp_path)
    assert app.conf.broker_session_timeout == 6.0
    assert app.conf.web_enabled is False


def test_without_security_there_are_no_credentials(tmp_path: Path) -> None:
    assert made(tmp_path).conf.broker_credentials is None
