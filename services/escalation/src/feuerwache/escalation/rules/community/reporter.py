"""Who reports in a community: which reporters go about it together, and whose reports humans refused.

Several partitions write it, so it is approximate by nature; what a report was found to weigh is recorded in the
decision's evidence. It is folded from rows in any order, and the same row twice changes nothing. Reporters and posts
are pseudonyms, times are event time in seconds since 1970; what is older than `WINDOW` before the newest is forgotten.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal["", "upheld", "refused"]

WINDOW = 30 * 86400
#: Reports kept per community.
MAX_ROWS = 20_000
#: Two reporters go together when they reported so many posts in common, and at least half of what either did.
TOGETHER = 3


@dataclass(frozen=True, slots=True)
class ReportRow:
    """Somebody reported a post, and what a human made of it since."""

    post: str
    reporter: str
    at: int
    outcome: Outcome = ""

    def packed(self) -> list[Any]:
        return [self.post, self.reporter, self.at, self.outcome]

    @classmethod
    def unpacked(cls, values: list[Any]) -> ReportRow:
        """What later versions add is left out."""
        return cls(*values[:4])


@dataclass(slots=True)
class Reporters:
    """The reporters of one community. `read_until` is where its stream has been read to."""

    read_until: str = "-"
    _rows: dict[str, dict[str, ReportRow]] = field(default_factory=dict)  # reporter → post → row
    _order: deque[tuple[str, str]] = field(default_factory=deque)
    _newest: int = 0

    def fold(self, rows: Iterable[ReportRow]) -> None:
        for row in rows:
            if row.at < self._newest - WINDOW:
                continue
            posts = self._rows.setdefault(row.reporter, {})
            before = posts.get(row.post)
            if before is None:
                self._order.append((row.reporter, row.post))
            elif (before.at, before.outcome) >= (row.at, row.outcome):
                continue
            posts[row.post] = row
            self._newest = max(self._newest, row.at)
        self._forget()

    def together(self, one: str, other: str, post: str) -> bool:
        """Whether these two report the same things, apart from `post` and from what humans upheld.

        Honest people report the same bad posts too: what proved right speaks against nobody.
        """
        first, second = self._rows.get(one, {}), self._rows.get(other, {})
        if min(len(first), len(second)) < TOGETHER:
            return False
        shared = sum(each != post and first[each].outcome != "upheld" for each in first.keys() & second.keys())
        fewer = min(len(first) - (post in first), len(second) - (post in second))
        return shared >= TOGETHER and 2 * shared >= fewer

    def credit(self, reporter: str, post: str) -> float:
        """What a report by this one counts for, 0..1, from their reports of other posts on which a human decided.

        (upheld + 3) / (upheld + refused + 3): 1 for somebody of whom nothing is known; half after three refusals.
        """
        outcomes = [row.outcome for each, row in self._rows.get(reporter, {}).items() if each != post]
        upheld, refused = outcomes.count("upheld"), outcomes.count("refused")
        return (upheld + 3) / (upheld + refused + 3)

    def _forget(self) -> None:
        while self._order:
            reporter, post = self._order[0]
            posts = self._rows[reporter]
            if len(self._order) <= MAX_ROWS and posts[post].at >= self._newest - WINDOW:
                return
            self._order.popleft()
            del posts[post]
            if not posts:
                del self._rows[reporter]
