"""What was decided then, beside what is judged now: the decisions of a partition, found by their cause.

Decisions stand in the order of what they answer, a little later and now and then with others between. So they are read
on until the one that is asked for is found, and those between are kept until their turn comes. A post that never was
decided (it is in the dead letters, or too young) is given up after `AHEAD` decisions.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from pydantic_core import from_json

#: Decisions read beyond the last one that was found, before a post counts as never decided.
AHEAD = 2_000
#: Until the first is found: the rules may have been far behind when the span began, and first answer what came before.
AHEAD_AT_FIRST = 50_000
#: Decisions kept though later ones have been found: records of two topics change places a little.
BEHIND = 500

#: The JSON of a `DecisionMade`.
Decision = dict[str, Any]


class Pairing:
    """`values` are the records of one partition of `decisions.made.v1`, in order; withdrawals and others are passed."""

    def __init__(self, values: AsyncIterator[bytes]) -> None:
        self._values = values
        self._kept: dict[str, tuple[int, Decision]] = {}
        self._awaited: set[str] = set()
        self._read = 0
        self._found: int | None = None
        self.reports = 0

    async def of_post(self, cause_id: str) -> Decision | None:
        """The decision about this revision of a post; None where there is none."""
        if (kept := self._kept.pop(cause_id, None)) is not None:
            self._reached(kept[0])
            return kept[1]
        while self._may_read_on() and (decision := await self._next()) is not None:
            if decision["cause_id"] == cause_id and decision["cause"] == "post":
                self._reached(self._read)
                return decision
            self._keep(decision)
        return None

    def expect_report(self, cause_id: str) -> None:
        """A report is being judged: if a decision was made on it, it counts in `reports`, now or later."""
        if self._kept.pop(cause_id, None) is not None:
            self.reports += 1
        else:
            self._awaited.add(cause_id)

    async def drain(self) -> None:
        """Reads to the end, for what was decided on the last reports."""
        while self._awaited and (decision := await self._next()) is not None:
            if decision["cause"] == "report":
                self._keep(decision)

    def _may_read_on(self) -> bool:
        if self._found is None:
            return self._read < AHEAD_AT_FIRST
        return self._read - self._found < AHEAD

    def _reached(self, number: int) -> None:
        if self._found is None or number > self._found:
            self._found = number
            while self._kept and next(iter(self._kept.values()))[0] < number - BEHIND:
                del self._kept[next(iter(self._kept))]

    async def _next(self) -> Decision | None:
        async for value in self._values:
            decision: Decision = from_json(value)
            if "actions" in decision and "cause" in decision:
                self._read += 1
                return decision
        return None

    def _keep(self, decision: Decision) -> None:
        cause_id = decision["cause_id"]
        if decision["cause"] == "report" and cause_id in self._awaited:
            self._awaited.discard(cause_id)
            self.reports += 1
        elif decision["cause"] in ("post", "report"):
            self._kept[cause_id] = (self._read, decision)
