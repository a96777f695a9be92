"""The journals a partition's owner has at hand: who wrote lately need not be read again, nor their journal be opened.

Nobody else writes the journals of a partition, so what was committed from here is what Redis has. A journal is taken
out for a batch and put back when the batch is committed; when that fails, the handler goes, and its cabinet with it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from feuerwache.escalation.rules.author.journal import Journal
from feuerwache.escalation.rules.judging.judging import AuthorOf

#: Entries at hand, over all journals: about 1 kB each.
CAPACITY = 10_000
#: What a journal weighs besides its entries, in entries.
_COVER = 4


class Cabinet:
    """Bounded by what is in it; who has been silent for longest leaves first."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._journals: OrderedDict[AuthorOf, tuple[Journal, int]] = OrderedDict()
        self._weight = 0

    def take(self, authors: Iterable[AuthorOf]) -> dict[AuthorOf, Journal]:
        """Takes out those that are here."""
        taken: dict[AuthorOf, Journal] = {}
        for author in authors:
            found = self._journals.pop(author, None)
            if found is not None:
                taken[author] = found[0]
                self._weight -= found[1]
        return taken

    def put(self, journals: Iterable[Journal]) -> None:
        """Journals as they were committed."""
        for journal in journals:
            journal.settle()
            weight = journal.held + _COVER
            self.take([(journal.community, journal.author_id)])
            self._journals[journal.community, journal.author_id] = journal, weight
            self._weight += weight
        while self._weight > self._capacity:
            _, (_, weight) = self._journals.popitem(last=False)
            self._weight -= weight
