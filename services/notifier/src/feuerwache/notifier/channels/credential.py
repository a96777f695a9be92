"""A secret of an account we send from: given itself, or in a file that is read each time, so that it can be changed
without a restart."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from feuerwache.notifier.channels.http import SecretError, secret


@dataclass(frozen=True, slots=True)
class Credential:
    """False when neither is configured."""

    value: SecretStr | None = None
    file: Path | None = field(default=None, repr=False)

    def __bool__(self) -> bool:
        return self.value is not None or self.file is not None

    async def read(self) -> str:
        """Raises `SecretError`."""
        text = await secret(self.value, self.file)
        if text is None:
            raise SecretError("a secret is missing")
        return text
