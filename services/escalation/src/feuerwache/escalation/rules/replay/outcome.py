"""What one side says about one post: the actions, and the rules that hit. Read from a recorded decision or a new one.

Recorded decisions are looked at as plain JSON: a replay reads a million of them, and needs a tenth of what they say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feuerwache.common.events.decision import Action, DecisionMade, Mode, RuleHit

REVIEW = (Action.REVIEW.value,)
SHADOW = Mode.SHADOW.value


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule whose condition held. `actions` are `review` alone where its quota had tripped."""

    rule: str
    actions: tuple[str, ...]
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """`actions` in order of precedence, the first decides. `skipped` are rules that could not be evaluated."""

    actions: tuple[str, ...]
    hits: tuple[Hit, ...] = ()
    skipped: tuple[str, ...] = ()

    @property
    def action(self) -> str:
        return self.actions[0]

    @property
    def escalates(self) -> bool:
        return Action.ESCALATE.value in self.actions


def judged(decision: DecisionMade) -> Outcome:
    """Of a decision that was made anew. `StrEnum` values are strings already, equal to what JSON holds."""
    skipped = decision.evidence.matched.get("skipped_rules")
    return Outcome(
        tuple(action.value for action in decision.actions),
        tuple(_hit(hit) for hit in decision.rules),
        tuple(skipped) if skipped else (),
    )


#: The hits that the engine hands out are a handful of shared values.
_by_id: dict[int, tuple[RuleHit, Hit]] = {}


def _hit(hit: RuleHit) -> Hit:
    """The engine makes each rule's hits once, so they are known by identity; the object is held, its id stays its."""
    known = _by_id.get(id(hit))
    if known is not None and known[0] is hit:
        return known[1]
    if len(_by_id) > 100_000:  # hits that are made anew each time: no use keeping them
        _by_id.clear()
    made = Hit(hit.rule_id, tuple(action.value for action in hit.actions), hit.mode is Mode.SHADOW)
    _by_id[id(hit)] = (hit, made)
    return made


def recorded(decision: Mapping[str, Any]) -> Outcome:
    """Of the JSON of a `DecisionMade`."""
    skipped = decision.get("evidence", {}).get("matched", {}).get("skipped_rules", ())
    return Outcome(
        tuple(decision["actions"]),
        tuple(
            Hit(hit["rule_id"], tuple(hit["actions"]), hit.get("mode") == SHADOW) for hit in decision.get("rules", ())
        ),
        tuple(skipped),
    )
