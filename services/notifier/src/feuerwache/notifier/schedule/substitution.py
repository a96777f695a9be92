"""Who really has a turn: take-overs and swaps on top of it, whoever is absent passed over.

Exceptions are looked at in the order in which they were made. One that names a person puts this person in place of
whoever has the turn, or of the one it replaces, if that one has it. An absence takes a person out of everything they
had when it was made; who is named afterwards all the same has said yes, and stays. Whoever has the turn and is absent
is replaced by the next in the order of the turn who is not.
"""

from __future__ import annotations

from collections.abc import Sequence

from feuerwache.common.events.oncall import OnCallOverridden


def holder(order: Sequence[str], exceptions: Sequence[OnCallOverridden]) -> tuple[str | None, bool]:
    """Who has a turn of this order under the exceptions that hold at an instant; earlier ones first.

    None, and True, when somebody should have it and everybody is absent; None and False when nobody was to have it.
    """
    has = order[0] if order else None
    if not exceptions:
        return has, False
    named_by = -1
    absent = {one.absent: number for number, one in enumerate(exceptions) if one.absent is not None}
    for number, one in enumerate(exceptions):
        if one.person_id is None:
            if one.replaces is None and has is not None:
                absent[has] = max(absent.get(has, number), number)
            continue
        if one.replaces is None or one.replaces in (has, _present(has, named_by, order, absent)):
            has, named_by = one.person_id, number
    present = _present(has, named_by, order, absent)
    return present, has is not None and present is None


def _present(has: str | None, named_by: int, order: Sequence[str], absent: dict[str, int]) -> str | None:
    """`has`, unless absent by an exception that came after the one that names them; then the next of the order."""
    if has is not None and absent.get(has, -1) <= named_by:
        return has
    return next((person for person in order if person not in absent), None)


def concerning(people: set[str], exceptions: Sequence[OnCallOverridden]) -> list[OnCallOverridden]:
    """Those that can change anything where only `people` have turns: nobody else can be replaced or missed there."""
    everybody = possible(people, exceptions)
    return [one for one in exceptions if one.replaces is None or one.replaces in everybody]


def possible(people: set[str], exceptions: Sequence[OnCallOverridden]) -> set[str]:
    """Everybody who can have a turn of these people, by exceptions that name somebody in their place."""
    found, before = {*people}, -1
    while len(found) > before:
        before = len(found)
        found |= {
            one.person_id
            for one in exceptions
            if one.person_id is not None and (one.replaces is None or one.replaces in found)
        }
    return found
