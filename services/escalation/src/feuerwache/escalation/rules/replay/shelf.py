"""The journals of everybody in a replay, in bounded room: the ones in use lie open, the others are packed away.

A journal from the topic is opened as of the first position of the replay, so that nothing of the span itself is in it;
one that was packed here is opened whole. What had been folded into daily sums before cannot be taken apart again: where
such sums reach into the span, the author is counted in `blurred`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from feuerwache.common.events.author import AuthorJournalled
from feuerwache.escalation.rules.author.journal import Journal, Positions
from feuerwache.escalation.rules.judging.judging import AuthorOf

#: Journals that lie open; the least recently used half of them is packed when there are more.
OPEN = 20_000
#: Greater than every position.
ALL: Positions = {"posts": (2**62, 0), "commands": (2**62, 0)}


@dataclass(frozen=True, slots=True)
class Packed:
    """A journal's JSON, compressed. `positions` None: packed here, all of it counts."""

    blob: bytes
    positions: Positions | None = None


class Shelf(dict[AuthorOf, Journal]):
    """What `Judging` takes for its journals: `get` opens what is packed. The dictionary itself holds the open ones."""

    def __init__(self, room: int = OPEN) -> None:
        super().__init__()
        self._room = room
        self._packed: dict[AuthorOf, Packed] = {}
        self._since = ""
        self.blurred = 0
        self.begun = 0

    def put(self, author: AuthorOf, record: bytes, positions: Positions, since: str) -> None:
        """A journal from the topic, to be read as of `positions`. `since`: the ISO date on which the replay begins."""
        self._since = since
        self._packed[author] = Packed(zlib.compress(record, 1), positions)

    def get(self, author: AuthorOf, default: Journal | None = None) -> Journal | None:  # type: ignore[override]  # what Judging asks
        journal = super().get(author)
        if journal is not None:
            return journal
        packed = self._packed.pop(author, None)
        if packed is None:
            return default
        journal = self._opened(packed)
        if journal is not None:
            self[author] = journal
        return journal

    def __contains__(self, author: object) -> bool:
        return super().__contains__(author) or author in self._packed

    def rest(self) -> None:
        """Between two events: packs the journals that were opened first, when there are too many."""
        if len(self) <= self._room:
            return
        for author in list(self._oldest(len(self) - self._room // 2)):
            journal = self.pop(author)
            journal.settle()
            saved = journal.saved()
            self._packed[author] = Packed(zlib.compress(saved.model_dump_json().encode(), 1))

    def _oldest(self, count: int) -> Iterator[AuthorOf]:
        for number, author in enumerate(self):
            if number >= count:
                return
            yield author

    def _opened(self, packed: Packed) -> Journal | None:
        saved = AuthorJournalled.model_validate_json(zlib.decompress(packed.blob))
        if packed.positions is None:
            return Journal.opened(saved, ALL)
        if any(day >= self._since for day in saved.days):
            self.blurred += 1
        # What has been folded is still remembered by its id, also what stands in the span: it is to be judged again.
        journal = Journal.opened(saved.model_copy(update={"seen": ()}), packed.positions)
        self.begun += journal is not None
        return journal
