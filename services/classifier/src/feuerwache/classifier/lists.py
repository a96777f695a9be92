"""The watchlist files of `config/watchlists`: read, checked, and read again when they change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from feuerwache.classifier.model.watchlist import Watch, Watchlist
from feuerwache.common.config.source import ConfigError, Problem, directory_hash, read

FOLDER = "watchlists"


def load_watch(config_dir: Path) -> Watch:
    """Every list of the folder; none when there is no such folder. Raises `ConfigError` with all problems."""
    folder = config_dir / FOLDER
    problems: list[Problem] = []
    lists: dict[str, Watchlist] = {}
    for path in sorted(folder.glob("*.y*ml")) if folder.is_dir() else ():
        try:
            document = read(path)
            each = document.parse(Watchlist)
        except ConfigError as error:
            problems += error.problems
            continue
        if each.id in lists:
            problems.append(document.problem(("id",), f"there is a watchlist {each.id!r} already"))
        lists[each.id] = each
    if problems:
        raise ConfigError(problems)
    return Watch(tuple(lists.values()))


class WatchedLists:
    """Looks for changes when asked, at most every `seconds`; a broken change leaves the last good lists in place."""

    def __init__(self, config_dir: Path, seconds: float, monotonic: Callable[[], float]) -> None:
        self._config_dir = config_dir
        self._seconds = seconds
        self._monotonic = monotonic
        self._digest = directory_hash(config_dir / FOLDER)
        self._next = monotonic() + seconds

    def changed(self) -> Watch | None:
        """The new lists when they have changed; raises `ConfigError`, once per change, when they are broken."""
        if self._monotonic() < self._next:
            return None
        self._next = self._monotonic() + self._seconds
        digest = directory_hash(self._config_dir / FOLDER)
        if digest == self._digest:
            return None
        self._digest = digest
        return load_watch(self._config_dir)
