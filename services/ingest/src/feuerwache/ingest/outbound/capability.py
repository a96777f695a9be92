"""What a platform can do, and what it is asked for instead of what it cannot. Pure.

A decision asks for actions in Feuerwache's words. A platform says which of them it can do (`can`); what it cannot is
replaced by the first of its substitutes that it can, the nearest in effect first and never one that cannot be taken
back (nothing turns into `remove`). Where no substitute fits, the action is left out and the receipt says
`not_supported`. `escalate` and `forward` concern people of ours and never go to a platform.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from feuerwache.common.events.decision import Action

#: Asked of nobody outside: they page or inform people of ours.
INTERNAL = frozenset({Action.ESCALATE, Action.FORWARD})

#: What stands in for an action, the nearest first. `approve` needs none: what nobody touched stays visible.
FALLBACKS: Mapping[Action, tuple[Action, ...]] = MappingProxyType(
    {
        Action.REMOVE: (Action.HIDE, Action.HOLD, Action.REVIEW),
        Action.HIDE: (Action.HOLD, Action.REVIEW),
        Action.HOLD: (Action.HIDE, Action.REVIEW),
        Action.RESTRICT: (Action.WARN, Action.REVIEW),
        Action.REVIEW: (),
        Action.WARN: (Action.REVIEW,),
        Action.MOVE: (Action.REVIEW,),
        Action.WELCOME: (),
        Action.APPROVE: (),
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing asked of the platform. `instead_of` names what was decided, where that is something else."""

    action: Action
    instead_of: Action | None = None

    @property
    def decided(self) -> Action:
        return self.instead_of or self.action


@dataclass(frozen=True, slots=True)
class Translation:
    """`asked` in the order of precedence, each action once; `unsupported` has no substitute on this platform.

    `answered_by` says for each decided action by which asked one it is answered.
    """

    asked: tuple[Asked, ...]
    unsupported: tuple[Action, ...]
    answered_by: Mapping[Action, Action]


def translate(
    actions: Iterable[Action], can: Iterable[Action], instead: Mapping[Action, Sequence[Action]] = FALLBACKS
) -> Translation:
    """What to ask of a platform that can do `can`. `instead` overrides single entries of `FALLBACKS`."""
    able = frozenset(can)
    substitutes = {**FALLBACKS, **instead}
    order = {action: place for place, action in enumerate(Action)}
    asked: dict[Action, Asked] = {}
    unsupported: list[Action] = []
    answered_by: dict[Action, Action] = {}
    for action in sorted(set(actions) - INTERNAL, key=order.__getitem__):
        fitting = next((one for one in (action, *substitutes.get(action, ())) if one in able), None)
        if fitting is None:
            unsupported.append(action)
            continue
        answered_by[action] = fitting
        # What was itself decided is not called a substitute, whichever of the two came first.
        if fitting == action:
            asked[fitting] = Asked(fitting)
        else:
            asked.setdefault(fitting, Asked(fitting, action))
    return Translation(
        tuple(sorted(asked.values(), key=lambda one: order[one.action])), tuple(unsupported), answered_by
    )
