"""What an HTTP answer means for the one who asked: done, try again, or never mind; and how long to wait before.

The wait doubles and is jittered, so that many who failed together do not come back together; what the other side asked
for is the least.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

#: Worth another try: time-out of the server, too early, too many; and every 5xx except "not implemented".
RETRIED = frozenset({408, 425, 429})
NOT_IMPLEMENTED = 501
#: No server makes us wait for longer than an hour.
LONGEST_WAIT_SECONDS = 3600.0
FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 30.0


class Verdict(StrEnum):
    DONE = "done"
    TRANSIENT = "transient"
    PERMANENT = "permanent"


def verdict(status: int) -> Verdict:
    """Redirects are permanent failures: following one would hand the payload to somebody else."""
    if 200 <= status < 300:
        return Verdict.DONE
    if status in RETRIED or (status >= 500 and status != NOT_IMPLEMENTED):
        return Verdict.TRANSIENT
    return Verdict.PERMANENT


def retry_after(value: str | None, real_now: datetime) -> float | None:
    """Seconds to wait by a `Retry-After` header (RFC 9110, 10.2.3: seconds or a date); None if it makes no sense."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return min(float(value), LONGEST_WAIT_SECONDS)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - real_now).total_seconds()), LONGEST_WAIT_SECONDS)


def backoff(
    tries: int,
    asked: float | None = None,
    *,
    first: float = FIRST_BACKOFF_SECONDS,
    longest: float = LONGEST_BACKOFF_SECONDS,
    uniform: Callable[[float, float], float] = random.uniform,
) -> float:
    """Seconds to wait after the `tries`-th failed try (from 1): doubling from `first` up to `longest`, of which at
    least half; or, where the other side `asked` for a time, that and up to `first` more."""
    if asked is not None:
        return asked + uniform(0.0, first)
    return min(first * 2.0 ** min(tries - 1, 32), longest) * uniform(0.5, 1.0)
