"""What a new exception runs into: absences and overrides that are on record, or in the file, for the same hours. Pure.

Nothing here is refused, because each can be meant: somebody falls ill on holiday, whoever is away takes a night over
after all, whoever took over falls ill. What it does is fixed (`schedule/substitution.py`); that it meets something is
to be seen by whoever says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from feuerwache.common.events.oncall import EVERYWHERE, OnCallOverridden

#: `absent_twice`: they are away then already. `named_before`: they had been named, and the absence takes them out.
#: `named_away`: who is away is named; that counts as their yes.
Kind = Literal["absent_twice", "named_before", "named_away"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """`made` meets `found` about this person."""

    kind: Kind
    person: str
    made: OnCallOverridden
    found: OnCallOverridden


def conflicts(made: Sequence[OnCallOverridden], known: Sequence[OnCallOverridden]) -> Iterator[Conflict]:
    """Each once, by what is made and then in the order of `known` (those of the file among them)."""
    ids = {override.override_id for override in made}
    others = [one for one in known if not one.cancelled and one.override_id not in ids]
    for override in made:
        if override.cancelled:
            continue
        for other in others:
            if not meet(override, other):
                continue
            if override.absent is not None and other.absent == override.absent:
                yield Conflict("absent_twice", override.absent, override, other)
            elif override.absent is not None and other.person_id == override.absent:
                yield Conflict("named_before", override.absent, override, other)
            if override.person_id is not None and other.absent == override.person_id:
                yield Conflict("named_away", override.person_id, override, other)


def meet(one: OnCallOverridden, other: OnCallOverridden) -> bool:
    """Whether both hold at some instant in some layer."""
    places = ((one.schedule, other.schedule), (one.layer, other.layer))
    same = all(left == right or EVERYWHERE in (left, right) for left, right in places)
    return same and one.start < other.end and other.start < one.end
