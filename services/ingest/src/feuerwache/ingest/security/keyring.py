"""The secrets of an integration's adapter, read where the configuration says they are, each time anew: a changed one
needs no restart.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping

from feuerwache.common.config.secretsource import SecretSource
from feuerwache.common.errors import FeuerwacheError
from feuerwache.ingest.adapters.adapter import Secrets
from feuerwache.ingest.integration import AdapterChoice


class MissingSecret(FeuerwacheError):  # noqa: N818 - reads as what it is
    """A secret cannot be read. The message names the variable or the file, never what is in it."""


class Keyring:
    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment

    async def of(self, choice: AdapterChoice) -> Secrets:
        """By name, those that are in force. Raises `MissingSecret` when the first of a name cannot be used; a second
        one that is gone (the change is over) is left out."""
        found: dict[str, tuple[bytes, ...]] = {}
        for name, sources in choice.secrets.items():
            values = [await self._value(source) for source in sources]
            if not values[0]:
                raise MissingSecret(f"{sources[0]} with the secret {name!r} of the adapter {choice.kind} is not there")
            found[name] = tuple(value for value in values if value)
        return found

    async def _value(self, source: SecretSource) -> bytes:
        """Without the white space around it; empty when there is none."""
        if source.file is None:
            return self._environment.get(source.env or "", "").strip().encode()
        try:
            return (await asyncio.to_thread(source.file.read_bytes)).strip()
        except OSError:
            return b""
