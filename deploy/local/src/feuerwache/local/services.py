"""The services of a stack and what each is told through its environment. The only place that knows their ports."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from feuerwache.local import ports
from feuerwache.local.credentials import Credentials


@dataclass(frozen=True, slots=True)
class Service:
    """One process: `python -m <module>`. `rank` orders the stop: lower ends earlier, equal ones together."""

    name: str
    module: str
    rank: int


SERVICES = (
    Service("ingest", "feuerwache.ingest", 0),
    Service("classifier", "feuerwache.classifier", 1),
    Service("rules", "feuerwache.escalation.rules", 1),
    Service("crisis", "feuerwache.escalation.crisis", 1),
    Service("incidents", "feuerwache.escalation.incidents", 1),
    Service("notifier", "feuerwache.notifier", 1),
    Service("console", "feuerwache.console", 1),
    Service("outbound", "feuerwache.ingest.outbound", 1),
)
#: What a demo and a replay need: what is only played must reach no platform, whatever the configuration names.
WITHOUT_PLATFORMS = tuple(service.name for service in SERVICES if service.name != "outbound")

#: Ports that do not belong to a service's health.
OTHER_PORTS = ("ingest-http", "ingest-grpc", "outbound-grpc", "notifier-http", "notifier-grpc", "console-http", "smtp")


def port_names() -> tuple[str, ...]:
    return (*OTHER_PORTS, *(f"{service.name}-health" for service in SERVICES))


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where everything of this stack is reached. `by_name` are the kept ports."""

    kafka: str
    redis: str
    by_name: Mapping[str, int]

    def url(self, name: str) -> str:
        return f"http://{ports.HOST}:{self.by_name[name]}"


def shared_environment(
    addresses: Addresses, credentials: Credentials, config_dir: Path, clock: Mapping[str, str]
) -> dict[str, str]:
    """What every process of the stack is told; the rest of this machine's environment goes along.

    Variables for a single service carry that service's name, so that all may be given to all.
    """
    return {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "FEUERWACHE_KAFKA_BOOTSTRAP": addresses.kafka,
        "FEUERWACHE_REDIS_URL": addresses.redis,
        "FEUERWACHE_CONFIG_DIR": str(config_dir),
        "FEUERWACHE_LINK_SECRET": credentials.link_secret,
        "FEUERWACHE_PULSE_SECRET": credentials.pulse_secret,
        "FEUERWACHE_CONSOLE_URL": addresses.url("console-http"),
        **clock,
    }


def service_environment(
    service: Service, shared: Mapping[str, str], addresses: Addresses, credentials: Credentials, home: Path
) -> dict[str, str]:
    """The environment of one service."""
    own = {"FEUERWACHE_HEALTH_PORT": str(addresses.by_name[f"{service.name}-health"])}
    if service.name == "ingest":
        own["FEUERWACHE_HTTP_PORT"] = str(addresses.by_name["ingest-http"])
        own["FEUERWACHE_GRPC_PORT"] = str(addresses.by_name["ingest-grpc"])
        own["FEUERWACHE_INTEGRATION_TOKENS_FILE"] = str(credentials.tokens_file)
    if service.name == "outbound":
        own["FEUERWACHE_GRPC_PORT"] = str(addresses.by_name["outbound-grpc"])
        own["FEUERWACHE_INTEGRATION_TOKENS_FILE"] = str(credentials.tokens_file)
        own["FEUERWACHE_HTTP_ALLOW"] = "127.0.0.0/8"  # a platform to try things with is on this machine
    if service.name == "console":
        own["FEUERWACHE_HTTP_PORT"] = str(addresses.by_name["console-http"])
        own["FEUERWACHE_DATA_DIR"] = str(home)
    if service.name == "notifier":
        own["FEUERWACHE_SMTP_HOST"] = ports.HOST
        own["FEUERWACHE_SMTP_PORT"] = str(addresses.by_name["smtp"])
        own["FEUERWACHE_HTTP_PORT"] = str(addresses.by_name["notifier-http"])
        own["FEUERWACHE_GRPC_PORT"] = str(addresses.by_name["notifier-grpc"])
        own["FEUERWACHE_API_TOKENS_FILE"] = str(credentials.api_tokens_file)
        # With a tunnel to this machine, providers bring answers back.
        own["FEUERWACHE_NOTIFIER_URL"] = shared.get("FEUERWACHE_NOTIFIER_URL") or addresses.url("notifier-http")
        own["FEUERWACHE_HTTP_ALLOW"] = "127.0.0.0/8"  # a webhook to try things with is on this machine
    return {**shared, **own}
