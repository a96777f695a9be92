"""Process settings from the environment (`FEUERWACHE_…`). Read once in a service's `bootstrap.py`, never at import."""

from __future__ import annotations

import os
import ssl
from datetime import UTC
from pathlib import Path
from typing import Any, Literal

from pydantic import AwareDatetime, Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from feuerwache.common.clock import AcceleratedClock, Clock, SystemClock
from feuerwache.common.kafka.topics import Partitioning, TopicNames

#: A folder with one file per secret, as Kubernetes and Compose mount them.
SECRETS_DIR = "FEUERWACHE_SECRETS_DIR"


class CommonSettings(BaseSettings):
    """What every service needs. A secret may also be given as a file:
    `$FEUERWACHE_SECRETS_DIR/feuerwache_link_secret`.

    `clock_start`, `clock_epoch` and `clock_factor` belong to demos and replays: all three or none.
    `health_port` 0 takes a free port.
    """

    model_config = SettingsConfigDict(env_prefix="FEUERWACHE_", extra="ignore")

    production: bool = False
    config_dir: Path = Path("config")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    health_host: str = "127.0.0.1"
    health_port: int = 0
    console_url: str = "http://127.0.0.1:8080"
    link_secret: SecretStr = SecretStr("")

    kafka_bootstrap: str = "127.0.0.1:9092"
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_ca_file: Path | None = None
    kafka_cert_file: Path | None = None
    kafka_key_file: Path | None = None
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    kafka_replication: int = Field(default=1, ge=1)
    topic_prefix: str = ""
    post_partitions: int = Field(default=12, ge=1)
    shards: int = Field(default=8, ge=1)

    redis_url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")

    clock_start: AwareDatetime | None = None
    clock_epoch: AwareDatetime | None = None
    clock_factor: float = Field(default=1.0, gt=0)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - called by name; there is no .env file here
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - called by name; ours knows the folder
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is passed in, then the environment, then files in `FEUERWACHE_SECRETS_DIR`."""
        folder = os.environ.get(SECRETS_DIR)
        files = (SecretsSettingsSource(settings_cls, secrets_dir=folder),) if folder else ()
        return (init_settings, env_settings, *files)

    @model_validator(mode="after")
    def no_fast_clock_in_production(self) -> CommonSettings:
        if self.production and (self.clock_start is not None or self.clock_factor != 1.0):
            raise ValueError("FEUERWACHE_PRODUCTION refuses an accelerated clock; unset FEUERWACHE_CLOCK_…")
        if (self.clock_start is None) != (self.clock_epoch is None):
            raise ValueError("FEUERWACHE_CLOCK_START and FEUERWACHE_CLOCK_EPOCH belong together")
        return self

    def clock(self) -> Clock:
        if self.clock_start is None or self.clock_epoch is None:
            return SystemClock()
        return AcceleratedClock(self.clock_start.astimezone(UTC), self.clock_epoch.astimezone(UTC), self.clock_factor)

    def topics(self) -> TopicNames:
        return TopicNames(self.topic_prefix)

    def partitioning(self) -> Partitioning:
        return Partitioning(self.post_partitions, self.shards)

    def kafka_client(self) -> dict[str, Any]:
        """Connection arguments for every aiokafka client: bootstrap, TLS, SASL."""
        arguments: dict[str, Any] = {
            "bootstrap_servers": self.kafka_bootstrap,
            "security_protocol": self.kafka_security_protocol,
        }
        if "SSL" in self.kafka_security_protocol.replace("SASL_PLAINTEXT", ""):
            arguments["ssl_context"] = self.kafka_ssl_context()
        if self.kafka_security_protocol.startswith("SASL") and self.kafka_sasl_password is not None:
            arguments["sasl_mechanism"] = self.kafka_sasl_mechanism
            arguments["sasl_plain_username"] = self.kafka_sasl_username
            arguments["sasl_plain_password"] = self.kafka_sasl_password.get_secret_value()
        return arguments

    def kafka_ssl_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.kafka_ca_file)
        if self.kafka_cert_file is not None:
            context.load_cert_chain(self.kafka_cert_file, self.kafka_key_file)
        return context
