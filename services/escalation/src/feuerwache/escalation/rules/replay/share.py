"""What one process of a replay found; those of several are joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from feuerwache.escalation.rules.replay.tally import Tally


@dataclass(slots=True)
class Share:
    """What came of it. `begun` authors had a journal from before the span, `blurred` of them one that is folded."""

    tally: Tally
    begun: int = 0
    blurred: int = 0
    warmed: int = 0
    last: datetime | None = None


def joined(parts: Sequence[Share]) -> Share:
    first, *others = parts
    for other in others:
        first.tally.add(other.tally)
        first.begun += other.begun
        first.blurred += other.blurred
        first.warmed += other.warmed
        if other.last is not None:
            first.last = max(first.last or other.last, other.last)
    return first
