"""Webhooks that a local stack adds to the configuration: where its stand-in platform listens is known at run time only.

`FEUERWACHE_OUTBOUND_WEBHOOKS_FILE`: a JSON object, integration id → `{"url": …, "secret_file": …}`. They count for
integrations whose `outbound` has no webhook of its own.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from feuerwache.common.errors import FatalError
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.outbound.outlet import SecretSource, Webhook

EX_CONFIG = 78


def read_webhooks(path: Path | None) -> dict[str, Webhook]:
    """Integration id → its webhook; raises `FatalError` when the file is not usable."""
    if path is None:
        return {}
    try:
        listed = json.loads(path.read_text("utf-8"))
        return {
            name: Webhook(url=given["url"], secrets=(SecretSource(file=given["secret_file"]),))
            for name, given in listed.items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError, ValidationError) as error:
        reason = f"FEUERWACHE_OUTBOUND_WEBHOOKS_FILE {path} cannot be used: {type(error).__name__}"
        raise FatalError(reason, EX_CONFIG) from None


def completed(integration: Integration, added: dict[str, Webhook]) -> Integration:
    """The integration with the stack's webhook, where it has none of its own."""
    outlet, webhook = integration.outbound, added.get(integration.id)
    if outlet is None or outlet.webhook is not None or webhook is None:
        return integration
    return integration.model_copy(update={"outbound": outlet.model_copy(update={"webhook": webhook})})
