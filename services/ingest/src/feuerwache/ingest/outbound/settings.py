"""What outbound reads from the environment, besides what every service does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, FilePath, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from feuerwache.common.http.guard import Network, networks
from feuerwache.common.settings import CommonSettings
from feuerwache.ingest.outbound.office import Limits


class OutboundSettings(CommonSettings):
    """`grpc_port` 0 takes a free one; `ports_file` is where the bound one is then written: `{"grpc": 8085}`, and
    `"health"` when that port is a fixed one. `integration_tokens_file`: as ingest's.

    `http_allow`: networks a webhook may reach although they are not public, separated by commas. `http_ca_file`: a
    certificate authority of one's own, besides the public ones.
    """

    model_config = SettingsConfigDict(env_prefix="FEUERWACHE_", extra="ignore", arbitrary_types_allowed=True)

    grpc_host: str = "127.0.0.1"
    grpc_port: int = Field(default=8085, ge=0, le=65535)
    ports_file: Path | None = None
    integration_tokens_file: Path | None = None
    http_allow: Annotated[tuple[Network, ...], NoDecode] = ()
    http_ca_file: FilePath | None = None

    #: How long a decision is tried, from its first try, in real seconds; then it becomes a dead letter.
    outbound_patience_seconds: float = Field(default=86_400.0, gt=0)
    #: The first and the longest pause between two tries, in real seconds.
    outbound_first_pause_seconds: float = Field(default=1.0, gt=0)
    outbound_longest_pause_seconds: float = Field(default=900.0, gt=0)
    #: Decisions per integration and partition that may wait for another try before no more are read.
    outbound_parked: int = Field(default=200, ge=1)
    #: Real seconds between two heartbeats of a stream that has nothing to say.
    stream_heartbeat_seconds: float = Field(default=15.0, gt=0)
    #: Streams that an integration may have open at once, and as many calls that report what was done.
    streams_per_integration: int = Field(default=4, ge=1)
    #: Real seconds that streams are given to end when the process is told to stop.
    drain_seconds: float = Field(default=5.0, ge=0)

    @field_validator("http_allow", mode="before")
    @classmethod
    def networks_by_comma(cls, value: Any) -> Any:
        return networks(value.split(",")) if isinstance(value, str) else value

    def limits(self) -> Limits:
        return Limits(
            timedelta(seconds=self.outbound_patience_seconds),
            self.outbound_first_pause_seconds,
            self.outbound_longest_pause_seconds,
            self.outbound_parked,
        )
