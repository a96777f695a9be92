"""Process settings from the environment (`FEUERWACHE_…`). Read once in a service's `bootstrap.py`, never at import."""

from __future__ import annotations

import os
import ssl
from datetime import UTC
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import AwareDatetime, Field, FilePath, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from feuerwache.common.clock import AcceleratedClock, Clock, SystemClock
from feuerwache.common.errors import FatalError
from feuerwache.common.kafka.topics import Partitioning, TopicNames

#: A folder with one file per secret, as Kubernetes and Compose mount them.
SECRETS_DIR = "FEUERWACHE_SECRETS_DIR"
EX_CONFIG = 78


class CommonSettings(BaseSettings):
    """What every service needs. A secret may also be given as a file:
    `$FEUERWACHE_SECRETS_DIR/feuerwache_link_secret`.

    `clock_start`, `clock_epoch` and `clock_factor` belong to demos and replays: all three or none.
    `health_port` 0 takes a free port. `config_reload_seconds`: how often `config_dir` is looked at for changes, in real
    seconds.
    """

    # pydantic would print what was given beside what is wrong with it, passwords included.
    model_config = SettingsConfigDict(env_prefix="FEUERWACHE_", extra="ignore", hide_input_in_errors=True)

    production: bool = False
    config_dir: Path = Path("config")
    config_reload_seconds: float = Field(default=2.0, gt=0)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    health_host: str = "127.0.0.1"
    health_port: int = 0
    console_url: str = "http://127.0.0.1:8080"
    link_secret: SecretStr = SecretStr("")

    kafka_bootstrap: str = "127.0.0.1:9092"
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_ca_file: FilePath | None = None
    kafka_cert_file: FilePath | None = None
    kafka_key_file: FilePath | None = None
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    kafka_replication: int = Field(default=1, ge=1)
    topic_prefix: str = ""
    post_partitions: int = Field(default=12, ge=1)
    shards: int = Field(default=8, ge=1)

    redis_url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")
    redis_ca_file: FilePath | None = None
    redis_cert_file: FilePath | None = None
    redis_key_file: FilePath | None = None

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

    @model_validator(mode="after")
    def security_is_whole(self) -> CommonSettings:
        """Half of a secured connection is refused: it would be an unsecured one, or an error far from its cause."""
        if self.kafka_security_protocol.startswith("SASL"):
            password = self.kafka_sasl_password
            if not self.kafka_sasl_username or password is None or not password.get_secret_value():
                raise ValueError(
                    f"{self.kafka_security_protocol} needs FEUERWACHE_KAFKA_SASL_USERNAME and "
                    "FEUERWACHE_KAFKA_SASL_PASSWORD"
                )
        if (self.kafka_cert_file is None) != (self.kafka_key_file is None):
            raise ValueError("FEUERWACHE_KAFKA_CERT_FILE and FEUERWACHE_KAFKA_KEY_FILE belong together")
        if (self.redis_cert_file is None) != (self.redis_key_file is None):
            raise ValueError("FEUERWACHE_REDIS_CERT_FILE and FEUERWACHE_REDIS_KEY_FILE belong together")
        tls_files = self.redis_ca_file is not None or self.redis_cert_file is not None
        if tls_files and not self.redis_url.get_secret_value().startswith("rediss://"):
            raise ValueError("FEUERWACHE_REDIS_CA_FILE and _CERT_FILE need a FEUERWACHE_REDIS_URL with rediss://")
        return self

    @classmethod
    def from_environment(cls) -> Self:
        """Reads environment and secrets; raises `FatalError` naming each variable that is wrong, never its value."""
        try:
            return cls()
        except ValidationError as error:
            mistakes = (
                f"{'_'.join(('FEUERWACHE', *map(str, item['loc']))).upper()}: {item['msg']}"
                if item["loc"]
                else item["msg"]
                for item in error.errors(include_url=False, include_input=False, include_context=False)
            )
            raise FatalError("; ".join(mistakes), EX_CONFIG) from None

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
        if self.kafka_security_protocol in ("SSL", "SASL_SSL"):
            arguments["ssl_context"] = self.kafka_ssl_context()
        if self.kafka_security_protocol.startswith("SASL"):
            arguments["sasl_mechanism"] = self.kafka_sasl_mechanism
            arguments["sasl_plain_username"], arguments["sasl_plain_password"] = self.kafka_sasl_login()
        return arguments

    def kafka_sasl_login(self) -> tuple[str, str]:
        """User name and password; there whenever the protocol is one of SASL."""
        assert self.kafka_sasl_username is not None and self.kafka_sasl_password is not None
        return self.kafka_sasl_username, self.kafka_sasl_password.get_secret_value()

    def kafka_ssl_context(self) -> ssl.SSLContext:
        """Checks the broker's certificate and name. Raises `FatalError` for files that hold no certificate or key."""
        try:
            context = ssl.create_default_context(cafile=self.kafka_ca_file)
            if self.kafka_cert_file is not None:
                context.load_cert_chain(self.kafka_cert_file, self.kafka_key_file)
        except OSError as error:
            raise FatalError(f"FEUERWACHE_KAFKA_CA_FILE, _CERT_FILE or _KEY_FILE: {error}", EX_CONFIG) from error
        return context
