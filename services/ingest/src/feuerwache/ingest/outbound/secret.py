"""Reads signing secrets where the configuration says they are, each time anew: a changed one needs no restart."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence

from feuerwache.common.config.secretsource import SecretSource
from feuerwache.common.errors import FeuerwacheError
from feuerwache.ingest.outbound.signing import signing_key


class SecretError(FeuerwacheError):
    """A secret is missing or is none. The message names the variable or file, never what is in it."""


async def signing_keys(sources: Sequence[SecretSource], environment: Mapping[str, str] = os.environ) -> list[bytes]:
    """The keys in their order. Raises `SecretError` when the first one cannot be used; a later one that is gone (the
    change is over) is left out."""
    keys: list[bytes] = []
    for place, source in enumerate(sources):
        try:
            keys.append(await _key(source, environment))
        except SecretError:
            if place == 0:
                raise
    return keys


async def _key(source: SecretSource, environment: Mapping[str, str]) -> bytes:
    where = str(source)
    text = environment.get(source.env) if source.env is not None else None
    if source.file is not None:
        try:
            text = await asyncio.to_thread(source.file.read_text, "utf-8")
        except (OSError, ValueError):
            raise SecretError(f"{where} with a signing secret cannot be read") from None
    if not text or not text.strip():
        raise SecretError(f"{where} with a signing secret is not set")
    try:
        return signing_key(text.strip())
    except ValueError as error:
        raise SecretError(f"{where} holds no signing secret: {error}") from None
