"""What ingest reads from the environment, besides what every service does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, FilePath, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from feuerwache.common.http.guard import Network, networks
from feuerwache.common.settings import CommonSettings
from feuerwache.common.webprotocol import WebLimits


class IngestSettings(CommonSettings):
    """`http_port` and `grpc_port` 0 take free ports; `ports_file` is where the bound ones are then written:
    `{"http": 8081, "grpc": 8082}`, and `"health"` when that port is a fixed one.

    `integration_tokens_file`: a JSON object, integration id → token, in addition to the hashes in
    `config/integrations.yaml`; the local stack writes it.

    `http_allow`: networks an adapter may fetch from although they are not public, separated by commas. `http_ca_file`:
    a certificate authority of one's own, besides the public ones.
    """

    model_config = SettingsConfigDict(env_prefix="FEUERWACHE_", extra="ignore", arbitrary_types_allowed=True)

    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8081, ge=0, le=65535)
    grpc_host: str = "127.0.0.1"
    grpc_port: int = Field(default=8082, ge=0, le=65535)
    ports_file: Path | None = None
    integration_tokens_file: Path | None = None
    http_allow: Annotated[tuple[Network, ...], NoDecode] = ()
    http_ca_file: FilePath | None = None
    #: Certificate chain and key of the HTTP edge (PEM), and who signs the certificates of callers, where any are asked.
    http_tls_cert_file: Path | None = None
    http_tls_key_file: Path | None = None
    http_tls_client_ca_file: Path | None = None
    #: The same for gRPC, where every caller needs a certificate once a client CA is set.
    grpc_tls_cert_file: Path | None = None
    grpc_tls_key_file: Path | None = None
    grpc_tls_client_ca_file: Path | None = None

    #: Connections at once, and real seconds: to the end of a request's head, and to the end of its body, which after
    #: five seconds has to come at this many bytes per second. A stream (NDJSON) has its own times.
    http_connections: int = Field(default=1_000, ge=1)
    http_header_seconds: float = Field(default=10.0, gt=0)
    http_body_seconds: float = Field(default=20.0, gt=0)
    http_body_bytes_per_second: float = Field(default=1_000.0, ge=0)

    #: Real seconds a sender waits for Kafka's answer before it is told to try again.
    accept_seconds: float = Field(default=10.0, gt=0)
    #: How many requests may wait for Kafka at once, and how much they may hold in memory together; more are told to try
    #: again immediately.
    accept_waiting: int = Field(default=5_000, ge=1)
    accept_bytes: int = Field(default=64_000_000, ge=1_000_000)
    #: Where accepted items lie while Kafka is away, and how much of the disk they may take; without it they are refused
    #: meanwhile. One folder for each process.
    spool_dir: Path | None = None
    spool_bytes: int = Field(default=1_000_000_000, ge=1_000_000)
    #: How many event ids and authors are remembered in memory.
    accept_remembered: int = Field(default=50_000, ge=1)
    #: Real seconds that a deletion, report or action without an author waits for its post before it is a dead letter.
    orphan_seconds: float = Field(default=600.0, gt=0)
    #: Real seconds that open requests are given to finish when the process is told to stop.
    drain_seconds: float = Field(default=10.0, ge=0)
    #: Real seconds between two canaries; 0 sends none.
    canary_seconds: float = Field(default=60.0, ge=0)
    #: Real seconds between two passes over a platform that has to be asked, at least; and how long the process that
    #: asks holds that task without saying so again.
    polling_shortest_seconds: float = Field(default=15.0, gt=0)
    polling_lease_seconds: float = Field(default=30.0, ge=1)

    def web_limits(self) -> WebLimits:
        return WebLimits(
            connections=self.http_connections,
            header_seconds=self.http_header_seconds,
            body_seconds=self.http_body_seconds,
            body_rate=self.http_body_bytes_per_second,
        )

    @field_validator("http_allow", mode="before")
    @classmethod
    def networks_by_comma(cls, value: Any) -> Any:
        return networks(value.split(",")) if isinstance(value, str) else value
