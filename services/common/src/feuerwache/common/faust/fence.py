"""The fence: which numbered records a row has applied, so that a repeat is not counted and a gap is known.

Every source numbers its records upwards by one. A fence admits each number once: it remembers the highest of each
source, and a number that is not higher is a repeat. What was skipped on the way there is reported, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Admission(Enum):
    """`REPEAT`: it was applied before and must not be applied again."""

    NEW = "new"
    REPEAT = "repeat"


class Fence:
    """The highest applied number of each source. The first number seen of a source is taken as it is, without gap."""

    def __init__(self, applied: Mapping[int, int] | None = None) -> None:
        self._applied = dict(applied or {})

    @property
    def applied(self) -> Mapping[int, int]:
        """source → highest applied number; what has to be stored to build the same fence again."""
        return self._applied

    def admit(self, source: int, number: int) -> Admission:
        """Takes a number in, or says that it is a repeat."""
        last = self._applied.get(source)
        if last is not None and number <= last:
            return Admission.REPEAT
        self._applied[source] = number
        return Admission.NEW

    def missing(self, source: int, number: int) -> int:
        """How many numbers lie between the last applied one of this source and `number`. Changes nothing."""
        last = self._applied.get(source)
        return 0 if last is None else max(0, number - last - 1)
