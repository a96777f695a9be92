"""Where the local stack keeps its things: everything below `.feuerwache/` of the checkout, nothing in HOME.

`.feuerwache/cache/` holds downloads that were checked against their sums; `FEUERWACHE_CACHE_DIR` lets several checkouts
share them. Everything else belongs to one stack (`stack/`, `demo/`): data, logs, mails, secrets, ports.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

STATE = ".feuerwache"


def checkout(start: Path | None = None) -> Path:
    """The nearest directory at or above `start` that holds Feuerwache's `config/`, else `start` itself."""
    here = (start or Path.cwd()).resolve()
    for candidate in (here, *here.parents):
        if (candidate / "config" / "communities.yaml").is_file():
            return candidate
    return here


def cache_dir(root: Path) -> Path:
    """Where verified downloads are kept."""
    shared = os.environ.get("FEUERWACHE_CACHE_DIR")
    return Path(shared).expanduser() if shared else root / STATE / "cache"


@dataclass(frozen=True, slots=True)
class Places:
    """The directories of one stack. `name` keeps `up` and `demo` apart."""

    root: Path
    name: str = "stack"

    @property
    def home(self) -> Path:
        return self.root / STATE / self.name

    @property
    def kafka(self) -> Path:
        return self.home / "kafka"

    @property
    def redis(self) -> Path:
        return self.home / "redis"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def mail(self) -> Path:
        return self.home / "mail"

    @property
    def secrets(self) -> Path:
        return self.home / "secrets"

    @property
    def cache(self) -> Path:
        return cache_dir(self.root)

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"
