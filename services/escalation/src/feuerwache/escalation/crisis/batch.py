"""The rows of a shard while a batch is handled: read once each, written once each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from feuerwache.common.faust.fence import Fence
from feuerwache.common.faust.rows import Rows
from feuerwache.common.logging import logger
from feuerwache.escalation.crisis import metrics, shelf
from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.imports import is_import
from feuerwache.escalation.crisis.shelf import Entry, Shelf
from feuerwache.escalation.crisis.state import UNREADABLE
from feuerwache.escalation.crisis.watched import Place
from feuerwache.escalation.crisis.week import Calendar

SHARD_ROW = "shard"

log = logger(__name__)


@dataclass(slots=True)
class ShardRow:
    """What concerns a shard as a whole: the numbers of its pulses, and where it burns (community → brand).

    The second is there for communities that are taken out of the configuration while they burn.
    """

    fence: Fence
    burning: dict[str, str]

    @classmethod
    def read(cls, rows: Rows) -> ShardRow:
        row = rows.get(SHARD_ROW)
        if row is None:
            return cls(Fence(), {})
        try:
            fence, burning = json.loads(row)
            return cls(Fence({int(source): number for source, number in fence.items()}), dict(burning))
        except UNREADABLE as error:
            metrics.UNREADABLE.inc()
            log.error("a row cannot be read and is begun anew", row=SHARD_ROW, reason=repr(error))
            return cls(Fence(), {})

    def gone(self, places: Mapping[str, Place]) -> list[tuple[str, str]]:
        """(community, brand) of those that burn and are no longer configured."""
        return [(name, brand) for name, brand in self.burning.items() if name not in places]

    def seen(self, source: int, sequence: int) -> None:
        """Keeps count of the pulses of the whole shard, for the metric of those that never came."""
        if is_import(source):
            return
        missing = self.fence.missing(source, sequence)
        if missing:
            metrics.MISSING.inc(missing)
        self.fence.admit(source, sequence)

    def write(self, rows: Rows) -> None:
        rows.put(SHARD_ROW, json.dumps([self.fence.applied, self.burning]).encode())


class Batch:
    """Entries are taken off the shelf and put back at the end: a batch that fails leaves none of its changes there.

    `unjudged`: the communities that were counted in and are still to be judged, in that order.
    """

    def __init__(self, rows: Rows, entries: Shelf) -> None:
        self.rows = rows
        self.row = ShardRow.read(rows)
        self._shelf = entries
        self._entries: dict[str, Entry] = {}
        self._imported: dict[str, Calendar] = {}
        self.unjudged: dict[str, None] = {}

    def entry(self, name: str) -> Entry:
        if name not in self._entries:
            self._entries[name] = self._shelf.take(self.rows, name)
        return self._entries[name]

    def imported(self, name: str, quarters: list[Quarter], calendar: Calendar) -> None:
        """Takes counts of earlier weeks in; however many pulses bring them, they are written once."""
        shelf.imported(self.entry(name), self.rows, name, quarters, calendar)
        self._imported[name] = calendar

    def write(self, places: Mapping[str, Place]) -> None:
        for name, calendar in self._imported.items():
            shelf.write_baseline(self._entries[name], self.rows, name, calendar)
        for name, entry in self._entries.items():
            self._shelf.put(self.rows, name, entry)
            burning = entry.community.burning
            if burning and name in places:
                self.row.burning[name] = places[name].brand
            else:
                self.row.burning.pop(name, None)
            for kind in burning ^ entry.burning:
                metrics.BURNING.labels(name, kind.value).set(kind in burning)
            entry.burning = burning
        if self._entries:
            self.row.write(self.rows)
