"""What came out held against what went in, per partition: lost, repeated, out of order. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """`disordered` counts records that came out before one that went in before them."""

    sent: int
    lost: int
    repeated: int
    foreign: int
    disordered: int

    @property
    def clean(self) -> bool:
        return not (self.lost or self.repeated or self.foreign or self.disordered)


def judge(sent: Mapping[int, Sequence[bytes]], seen: Mapping[int, Sequence[bytes]]) -> Verdict:
    """Both by partition, in the order in which they went in and came out. Sent values must be distinct."""
    lost = repeated = foreign = disordered = 0
    for partition in sent.keys() | seen.keys():
        place = {value: index for index, value in enumerate(sent.get(partition, ()))}
        count = Counter(seen.get(partition, ()))
        lost += sum(value not in count for value in place)
        repeated += sum(times - 1 for times in count.values())
        foreign += sum(value not in place for value in count)
        highest = -1
        for value in dict.fromkeys(seen.get(partition, ())):
            index = place.get(value, highest)
            disordered += index < highest
            highest = max(highest, index)
    return Verdict(sum(len(values) for values in sent.values()), lost, repeated, foreign, disordered)


def gaps(counted: Mapping[bytes, Sequence[int]], expected: Mapping[bytes, int]) -> int:
    """How many counters do not read 1, 2, … n in that order, n being what was sent under their key."""
    return sum(
        list(counted.get(key, ())) != list(range(1, expected.get(key, 0) + 1))
        for key in counted.keys() | expected.keys()
    )
