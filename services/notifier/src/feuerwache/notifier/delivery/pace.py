"""How many pages reach one person by one channel: what is put together, and what is held back. Pure.

The first page goes at once. What comes within `gather` of a page to the same person goes along in one message when that
time is over. After `cap` messages within `window` everything more is held back for `hold` and told in one digest;
another one follows as long as the cap is exceeded. Nothing is dropped: what is held back goes out, or is withdrawn
because somebody has answered, and both stand on record.

All partitions of a process share one `Pace`, and it hears what other processes have sent (`sent.py`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

Claim = tuple[UUID, int]


@dataclass(frozen=True, slots=True)
class Limits:
    """All times are event time. `cap` 0 holds nothing back, `gather` 0 puts nothing together."""

    gather: timedelta = timedelta(seconds=5)
    cap: int = 10
    window: timedelta = timedelta(minutes=10)
    hold: timedelta = timedelta(minutes=2)


class Pace:
    """Told of each message once, however often: a claim is the same claim after a restart."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._sent: defaultdict[tuple[str, str], dict[Claim, datetime]] = defaultdict(dict)

    def note(self, recipient: str, slot: str, claim: Claim, at: datetime) -> None:
        sent = self._sent[recipient, slot]
        sent.setdefault(claim, at)
        for old in [one for one, when in sent.items() if when <= at - self.limits.window]:
            del sent[old]

    def gathers_until(self, recipient: str, slot: str, now: datetime) -> datetime | None:
        """Until when another page to them waits for more; None: it goes at once."""
        sent = self._sent.get((recipient, slot))
        if not sent:
            return None
        until = max(sent.values()) + self.limits.gather
        return until if until > now else None

    def is_full(self, recipient: str, slot: str, now: datetime) -> bool:
        sent = self._sent.get((recipient, slot), {})
        recent = sum(when > now - self.limits.window for when in sent.values())
        return 0 < self.limits.cap <= recent
