"""Settings: what reaches the Kafka client, what production refuses, and that secrets do not show."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from pydantic import ValidationError

from feuerwache.common.clock import AcceleratedClock, SystemClock
from feuerwache.common.errors import FatalError
from feuerwache.common.process import settings_for
from feuerwache.common.settings import CommonSettings


def test_plain_by_default() -> None:
    assert CommonSettings(kafka_bootstrap="k:9092").kafka_client() == {
        "bootstrap_servers": "k:9092",
        "security_protocol": "PLAINTEXT",
    }


@pytest.mark.parametrize(
    ("protocol", "tls", "sasl"),
    [("SSL", True, False), ("SASL_PLAINTEXT", False, True), ("SASL_SSL", True, True)],
)
def test_tls_and_sasl_arguments(protocol: str, tls: bool, sasl: bool) -> None:
    arguments = CommonSettings.model_validate(
        {
            "kafka_security_protocol": protocol,
            "kafka_sasl_mechanism": "SCRAM-SHA-512",
            "kafka_sasl_username": "feuerwache",
            "kafka_sasl_password": "geheim",
        }
    ).kafka_client()
    assert isinstance(arguments.get("ssl_context"), ssl.SSLContext) is tls
    assert (arguments.get("sasl_plain_password") == "geheim") is sasl
    assert (arguments.get("sasl_mechanism") == "SCRAM-SHA-512") is sasl


LOGIN = {"kafka_sasl_username": "feuerwache", "kafka_sasl_password": "geheim"}


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
@pytest.mark.parametrize("missing", ["kafka_sasl_username", "kafka_sasl_password"])
@pytest.mark.parametrize("empty", [True, False])
def test_sasl_without_a_login_is_refused(protocol: str, missing: str, empty: bool) -> None:
    login = {name: value for name, value in LOGIN.items() if name != missing} | ({missing: ""} if empty else {})
    with pytest.raises(ValidationError, match="needs FEUERWACHE_KAFKA_SASL_USERNAME and") as refusal:
        CommonSettings.model_validate({"kafka_security_protocol": protocol, **login})
    assert "geheim" not in str(refusal.value)


@pytest.mark.parametrize("server", ["kafka", "redis"])
@pytest.mark.parametrize("given", ["cert", "key"])
def test_certificate_and_key_belong_together(server: str, given: str, tmp_path: Path) -> None:
    pem = tmp_path / "client.pem"
    pem.touch()
    with pytest.raises(ValidationError, match=f"FEUERWACHE_{server.upper()}_KEY_FILE belong together"):
        CommonSettings.model_validate({f"{server}_{given}_file": pem})


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ValidationError, match=r"kafka_ca_file\n  Path does not point to a file"):
        CommonSettings.model_validate({"kafka_ca_file": "no-such.pem"})


def test_a_file_without_a_certificate_ends_the_process(tmp_path: Path) -> None:
    pem = tmp_path / "ca.pem"
    pem.write_text("not a certificate", "utf-8")
    with pytest.raises(FatalError, match="FEUERWACHE_KAFKA_CA_FILE") as refusal:
        CommonSettings.model_validate({"kafka_security_protocol": "SSL", "kafka_ca_file": pem}).kafka_client()
    assert refusal.value.exit_code == 78


def test_redis_files_without_tls_are_refused(tmp_path: Path) -> None:
    pem = tmp_path / "ca.pem"
    pem.touch()
    url = "redis://:geheim@r:6379/0"
    with pytest.raises(ValidationError, match="with rediss://") as refusal:
        CommonSettings.model_validate({"redis_url": url, "redis_ca_file": pem})
    assert "geheim" not in str(refusal.value)


def test_tls_checks_the_brokers_name() -> None:
    context = CommonSettings(kafka_security_protocol="SSL").kafka_ssl_context()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_secrets_do_not_show() -> None:
    settings = CommonSettings.model_validate(
        {"kafka_sasl_password": "geheim", "redis_url": "redis://:geheim@r:6379/0", "link_secret": "geheim" * 8}
    )
    assert "geheim" not in repr(settings)
    assert "geheim" not in settings.model_dump_json()


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEUERWACHE_POST_PARTITIONS", "24")
    monkeypatch.setenv("FEUERWACHE_TOPIC_PREFIX", "eu.")
    settings = CommonSettings()
    assert settings.partitioning().posts == 24
    assert settings.topics().prefix == "eu."


def test_a_secret_may_be_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "feuerwache_link_secret").write_text("s" * 40 + "\n", "utf-8")
    monkeypatch.setenv("FEUERWACHE_SECRETS_DIR", str(tmp_path))
    assert CommonSettings().link_secret.get_secret_value() == "s" * 40
    monkeypatch.setenv("FEUERWACHE_LINK_SECRET", "from the environment, which comes first")
    assert CommonSettings().link_secret.get_secret_value().startswith("from the environment")


FAST = {"clock_start": "2026-11-14T20:00:00+01:00", "clock_epoch": "2026-11-14T10:00:00Z", "clock_factor": 120}


def test_a_demo_may_run_fast_and_production_may_not() -> None:
    assert isinstance(CommonSettings().clock(), SystemClock)
    clock = CommonSettings.model_validate(FAST).clock()
    assert isinstance(clock, AcceleratedClock)
    assert clock.start.isoformat() == "2026-11-14T19:00:00+00:00"
    for wish in (FAST, {"clock_factor": 2}):
        with pytest.raises(ValidationError, match="refuses an accelerated clock"):
            CommonSettings.model_validate({"production": True, **wish})


def test_a_clock_needs_both_ends() -> None:
    with pytest.raises(ValidationError, match="belong together"):
        CommonSettings.model_validate({"clock_start": "2026-11-14T20:00:00+01:00"})


def test_wrong_variables_are_named_with_their_reason_and_without_their_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEUERWACHE_SHARDS", "hunter2")
    monkeypatch.setenv("FEUERWACHE_CLOCK_FACTOR", "0")
    with pytest.raises(FatalError) as caught:
        CommonSettings.from_environment()
    assert caught.value.exit_code == 78
    assert "FEUERWACHE_SHARDS: " in str(caught.value)
    assert "FEUERWACHE_CLOCK_FACTOR: " in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_service_that_is_told_nonsense_says_so_in_one_line_and_ends_with_78(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FEUERWACHE_SHARDS", "0")
    with pytest.raises(SystemExit) as ended:
        settings_for("rules", CommonSettings)
    assert ended.value.code == 78
    assert capsys.readouterr().err.startswith("rules: FEUERWACHE_SHARDS: ")
