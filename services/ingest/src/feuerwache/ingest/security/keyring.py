"""The secrets of an integration's adapter, read where the configuration says they are, each time anew: a changed one
needs no restart.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence

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
        return {name: await self.values(of, f"{name!r} of {choice.kind}") for name, of in choice.secrets.items()}

    async def values(self, sources: Sequence[SecretSource], what: str) -> tuple[bytes, ...]:
        """Those that are in force; `what` they are for is said in the error. Raises `MissingSecret` likewise."""
        values = [await self._value(source) for source in sources]
        if not values[0]:
            raise MissingSecret(f"{sources[0]} with the secret of {what} is not there")
        return tuple(value for value in values if value)

    async def _value(self, source: SecretSource) -> bytes:
        """Without the white space around it; empty when there is none."""
        if source.file is None:
            return self._environment.get(source.env or "", "").strip().encode()
        try:
            return (await asyncio.to_thread(source.file.read_bytes)).strip()
        except OSError:
            return b""
