"""What one side says about one post: the actions, and the rules that hit. Read from a recorded decision or a new one.

Recorded decisions are looked at as plain JSON: a replay reads a million of them, and needs a tenth of what they say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feuerwache.common.events.decision import Action, Mode

SHADOW = Mode.SHADOW.value


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule whose condition held. `capped`: its quota had tripped, so that it asked for a review and nothing else."""

    rule: str
    actions: tuple[str, ...]
    shadow: bool = False
    capped: bool = False


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


def recorded(decision: Mapping[str, Any]) -> Outcome:
    """Of the JSON of a `DecisionMade`."""
    matched = decision.get("evidence", {}).get("matched", {})
    skipped, capped = matched.get("skipped_rules", ()), matched.get("over_quota", ())
    return Outcome(
        tuple(decision["actions"]),
        tuple(
            Hit(hit["rule_id"], tuple(hit["actions"]), hit.get("mode") == SHADOW, hit["rule_id"] in capped)
            for hit in decision.get("rules", ())
        ),
        tuple(skipped),
    )
