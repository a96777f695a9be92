"""A configuration in force: the last good one, and what is wrong with the one on disk.

`Catalog` reads a directory once and again whenever its content has changed. The first reading must succeed; a later
one that fails leaves `current` where it is and says in `problem` what to mend. `current` is swapped as a whole, so
whoever takes it once for a piece of work sees one configuration throughout.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from feuerwache.common.config.source import ConfigError, Problem, directory_hash

T = TypeVar("T")

#: Readings of a directory that changes under the reader, before it is left for the next look.
READINGS = 5


class Catalog(Generic[T]):
    """What `load` makes of `config_dir`. The first load raises `ConfigError`; a later one keeps the last good."""

    def __init__(self, load: Callable[[Path], T], config_dir: Path) -> None:
        self._load = load
        self._config_dir = config_dir
        self._looked_at: str | None = None
        self.problem: ConfigError | None = None
        self.current = self._read()

    def refresh(self) -> bool:
        """Looks whether the files changed. True when `current` or `problem` is another one than before."""
        before = (self.current, str(self.problem))
        try:
            if directory_hash(self._config_dir) == self._looked_at:
                return False
            self.current = self._read()
            self.problem = None
        except ConfigError as error:
            self.problem = error
        except OSError as error:
            self._looked_at = None
            self.problem = _unreadable(error, self._config_dir)
        return self.current is not before[0] or str(self.problem) != before[1]

    def _read(self) -> T:
        # Hashed before it is read: what changes in between differs from the hash, and is read at the next look.
        self._looked_at = directory_hash(self._config_dir)
        return self._load(self._config_dir)


def unmoved(config_dir: Path, load: Callable[[str], T]) -> T:
    """What `load` makes of the directory, given the content hash of exactly the files it read.

    Files that change while they are read are read again; `ConfigError` when they do not come to rest.
    """
    config_hash = directory_hash(config_dir)
    for _ in range(READINGS):
        failure: ConfigError | None = None
        try:
            loaded = load(config_hash)
        except ConfigError as error:
            failure = error
        before, config_hash = config_hash, directory_hash(config_dir)
        if before != config_hash:
            continue
        if failure is not None:
            raise failure
        return loaded
    raise ConfigError([Problem(str(config_dir), 1, 1, "", "changes while it is read")])


def _unreadable(error: OSError, config_dir: Path) -> ConfigError:
    place = str(error.filename or config_dir)
    return ConfigError([Problem(place, 1, 1, "", f"cannot be read: {error.strerror}")])
