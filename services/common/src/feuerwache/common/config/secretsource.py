"""Where a secret stands: the configuration names the place, never the secret."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from feuerwache.common.config.source import ConfigModel


class SecretSource(ConfigModel):
    """A variable of the environment, or a file."""

    env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    file: Path | None = None

    @model_validator(mode="after")
    def one_place(self) -> SecretSource:
        if (self.env is None) == (self.file is None):
            raise ValueError("give `env` (a variable's name) or `file` (a path), one of them; never the secret itself")
        return self

    def __str__(self) -> str:
        return f"the variable {self.env}" if self.env is not None else f"the file {self.file}"
