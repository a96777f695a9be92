"""What an `outbound:` may well not mean, although it can be used: warnings of `feuerwache check`. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from feuerwache.common.config.source import Document, Problem
from feuerwache.ingest.integration import Integrations


def doubtful_outlets(document: Document, integrations: Integrations) -> Iterator[Problem]:
    """Of `integrations.yaml`, at its lines."""
    for place, integration in enumerate(integrations.integrations):
        outlet = integration.outbound
        if outlet is None:
            continue
        here = ("integrations", place, "outbound")
        for action in outlet.unanswerable():
            reason = f"{action.value} is sent nowhere: it is neither in `can` nor is anything in its place"
            yield document.problem((*here, "can"), reason)
        if outlet.webhook is not None and _in_the_clear(outlet.webhook.url):
            reason = "is not encrypted: whoever is between reads every decision; write https://"
            yield document.problem((*here, "webhook", "url"), reason)


def _in_the_clear(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "https":
        return False
    try:
        return not ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.hostname != "localhost"
