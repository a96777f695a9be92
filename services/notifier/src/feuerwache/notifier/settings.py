"""Settings of the notifier, besides those every service has."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from feuerwache.common.hosts import LOOPBACK, HostNames, known_hosts
from feuerwache.common.http.guard import Network, networks
from feuerwache.notifier.accounts import AccountSettings
from feuerwache.notifier.channels import pagerduty
from feuerwache.notifier.channels.email import SmtpServer
from feuerwache.notifier.delivery.pace import Limits


class NotifierSettings(AccountSettings):
    """`smtp_ca_file`: a certificate authority of one's own. `http_allow`: networks a webhook may reach although they
    are not public, separated by commas (`127.0.0.0/8` in a local stack). Without `smtp_tls` it is STARTTLS, except to
    this machine itself. `http_ca_file`: a certificate authority of one's own for whom we call over HTTP, besides the
    public ones. `pagerduty_address`: for accounts in the EU `https://events.eu.pagerduty.com/v2/enqueue`.
    `link_days`: how long a link in a page acts. `page_cap`: so many pages in `page_cap_seconds` to one person by one
    channel, more are held back for `page_hold_seconds` and told in one digest; 0 holds nothing back.
    `page_gather_seconds`: what comes so soon after a page goes along in one message. `deadman_url`: who outside is
    told of each canary that comes home, in which `deadman_style`.

    `http_port` and `grpc_port`: unset, nothing is served; 0 takes a free port, and `ports_file` is where the bound ones
    are then written: `{"http": 8083, "grpc": 8084}`. `notifier_url`: how the outside reaches `http_port`, for the
    addresses of calendars and of what providers answer; it is answered under that name, this machine's own and
    `http_hosts` alone (`common/hosts.py`). `api_tokens_file`: who may ask over gRPC (`apitoken.py`).
    """

    model_config = SettingsConfigDict(env_prefix="FEUERWACHE_", extra="ignore", arbitrary_types_allowed=True)

    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_tls: Literal["none", "starttls", "tls"] | None = None
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_sender: Annotated[str, Field(pattern=r"^[^@\r\n]+@[^@\s]+$")] = "Feuerwache <feuerwache@localhost>"
    smtp_ca_file: Path | None = None
    smtp_seconds: float = Field(default=20.0, gt=0)
    http_allow: Annotated[tuple[Network, ...], NoDecode] = ()
    http_seconds: float = Field(default=10.0, gt=0)
    http_ca_file: Path | None = None
    pagerduty_address: Annotated[str, Field(pattern=r"^https?://")] = pagerduty.ADDRESS
    link_days: int = Field(default=7, ge=1)
    #: Pages to one person by one channel, in seconds of event time (`delivery/pace.py`).
    page_gather_seconds: float = Field(default=5.0, ge=0, le=60)
    page_cap: int = Field(default=10, ge=0)
    page_cap_seconds: float = Field(default=600.0, gt=0)
    page_hold_seconds: float = Field(default=120.0, gt=0)
    #: Messages at once by one channel; a slow provider fills its own places, never another channel's.
    channel_parallel: int = Field(default=8, ge=1)
    deadman_url: SecretStr | None = None
    deadman_style: Literal["ping", "alertmanager"] = "ping"

    http_host: str = "127.0.0.1"
    http_port: int | None = Field(default=None, ge=0, le=65535)
    notifier_url: Annotated[str, Field(pattern=r"^https?://[^\s]+$")] = "http://127.0.0.1:8083"
    http_hosts: HostNames = ()
    grpc_host: str = "127.0.0.1"
    grpc_port: int | None = Field(default=None, ge=0, le=65535)
    api_tokens_file: Path | None = None
    ports_file: Path | None = None
    #: Real seconds that open requests are given to finish when the process is told to stop.
    drain_seconds: float = Field(default=5.0, ge=0)

    @field_validator("http_allow", mode="before")
    @classmethod
    def networks_by_comma(cls, value: Any) -> Any:
        return networks(value.split(",")) if isinstance(value, str) else value

    @model_validator(mode="after")
    def no_password_in_the_clear(self) -> NotifierSettings:
        if self.smtp_password is not None and self.tls() == "none":
            raise ValueError("FEUERWACHE_SMTP_PASSWORD is not sent without TLS; set FEUERWACHE_SMTP_TLS")
        return self

    def limits(self) -> Limits:
        return Limits(
            timedelta(seconds=self.page_gather_seconds),
            self.page_cap,
            timedelta(seconds=self.page_cap_seconds),
            timedelta(seconds=self.page_hold_seconds),
        )

    def callbacks(self, provider: str) -> str | None:
        """Where a provider brings back what people answer; None when nothing is served, or no provider could get there:
        Twilio refuses a whole message for the sake of such an address."""
        if self.http_port is None or urlsplit(self.notifier_url).hostname in LOOPBACK:
            return None
        return f"{self.notifier_url.rstrip('/')}/answers/{provider}"

    def hosts(self) -> frozenset[str]:
        return known_hosts(self.notifier_url, bound=self.http_host, more=self.http_hosts)

    def tls(self) -> Literal["none", "starttls", "tls"]:
        return self.smtp_tls or ("none" if self.smtp_host in LOOPBACK else "starttls")

    def smtp(self) -> SmtpServer:
        return SmtpServer(
            self.smtp_host, self.smtp_port, self.smtp_sender, self.tls(), self.smtp_username, self.smtp_password
        )
