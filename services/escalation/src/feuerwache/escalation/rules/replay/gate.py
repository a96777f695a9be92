"""`--fail-on "removed>10"`: what a pipeline does not let pass.

A figure, a comparison and a whole number. Figures: an action's name counts posts that get it anew (`remove`, also said
`removed`), with a minus in front those that no longer get it; and `changed`, `stricter`, `milder`, `newly_hit`,
`no_longer_hit`, `alarms` and `incidents` (more than before), `capped` (beyond a quota), `failed` (rules that could not
be evaluated), `refused` (events that could not be judged).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.events.decision import Action
from feuerwache.escalation.rules.replay.change import Change

_CONDITION = re.compile(r"^\s*(-?[a-z_]+)\s*(>=|<=|==|!=|>|<)\s*(\d+)\s*$")
_COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_SPOKEN = {
    "removed": "remove",
    "hidden": "hide",
    "held": "hold",
    "restricted": "restrict",
    "reviewed": "review",
    "warned": "warn",
    "moved": "move",
    "forwarded": "forward",
    "escalated": "escalate",
    "welcomed": "welcome",
    "approved": "approve",
}


class BadGate(FeuerwacheError):  # noqa: N818 - it names what was given
    """Not a condition on the figures."""


@dataclass(frozen=True, slots=True)
class Gate:
    """`text` as it was written."""

    text: str
    figure: str
    comparison: str
    number: int

    @classmethod
    def of(cls, text: str) -> Gate:
        """Raises `BadGate`."""
        found = _CONDITION.match(text)
        if found is None:
            raise BadGate(f'--fail-on {text!r} is no condition; write "remove>10" or "stricter>=1"')
        sign, name = ("-", found[1][1:]) if found[1].startswith("-") else ("", found[1])
        name = _SPOKEN.get(name, name)
        known = [*(action.value for action in Action), *_SUMS]
        if name not in known or (sign and name in _SUMS):
            close = get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(known)}"
            raise BadGate(f"--fail-on {text!r}: no figure is called {found[1]!r}{hint}")
        return cls(text.strip(), sign + name, found[2], int(found[3]))

    def figures(self, change: Change) -> int:
        """The figure it is about."""
        if self.figure in _SUMS:
            return _SUMS[self.figure](change)
        name = self.figure.removeprefix("-")
        each = next((each for each in change.actions if each.action == name), None)
        if each is None:
            return 0
        return each.fewer if self.figure.startswith("-") else each.more

    def shut(self, change: Change) -> bool:
        """Whether the change must not pass."""
        return _COMPARISONS[self.comparison](self.figures(change), self.number)


_SUMS: Mapping[str, Callable[[Change], int]] = {
    "changed": lambda change: change.changed,
    "stricter": lambda change: change.stricter,
    "milder": lambda change: change.milder,
    "newly_hit": lambda change: sum(rule.newly_hit for rule in change.rules),
    "no_longer_hit": lambda change: sum(rule.no_longer_hit for rule in change.rules),
    "alarms": lambda change: sum(each.alarms_after - each.alarms_before for each in change.alarms),
    "incidents": lambda change: sum(each.incidents_after - each.incidents_before for each in change.alarms),
    "capped": lambda change: sum(rule.capped_after for rule in change.rules),
    "failed": lambda change: sum(rule.failed_after for rule in change.rules),
    "refused": lambda change: sum(change.refused.values()),
}
