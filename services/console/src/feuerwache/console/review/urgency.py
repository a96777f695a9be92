"""How pressing it is that a human looks at a post, and why. Pure.

Four steps, in which the queue is sorted; within one, who waits longest comes first. The reason is one word per step,
so that whoever reads the queue knows why something stands on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from feuerwache.common.events.classification import Label
from feuerwache.common.events.decision import Action, DecisionMade, Mode, Severity

#: From this score on somebody may come to harm.
HARM_FROM = 0.7
#: What a score like that means danger for a person of.
HARMFUL = (Label.SELF_HARM, Label.THREAT)
#: `self_harm` and `threat` are labels; the rest says what somebody is asked for.
Why = Literal["self_harm", "threat", "critical", "high", "escalated", "reported", "appealed", "held", "asked"]


class Urgency(IntEnum):
    """`CALM`: somebody is to look. `WAITING`: somebody waits for it, as nobody sees the post or an appeal is open."""

    CALM = 0
    WAITING = 1
    URGENT = 2
    CRITICAL = 3


@dataclass(frozen=True, slots=True)
class Pressing:
    urgency: Urgency
    why: Why


def pressing(judged: DecisionMade | None, *, appealed: bool, held: bool, reported: bool) -> Pressing:
    """`judged` is the newest decision about the post that says what the rules saw."""
    found = dangerous(judged) if judged is not None else None
    if found is not None:
        return found
    if reported:
        return Pressing(Urgency.URGENT, "reported")
    if appealed:
        return Pressing(Urgency.WAITING, "appealed")
    return Pressing(Urgency.WAITING, "held") if held else Pressing(Urgency.CALM, "asked")


def dangerous(judged: DecisionMade) -> Pressing | None:
    """What scores and rules say of the post itself."""
    for label in HARMFUL:
        if judged.evidence.labels.get(label.value, 0.0) >= HARM_FROM:
            return Pressing(Urgency.CRITICAL, "self_harm" if label is Label.SELF_HARM else "threat")
    severities = {rule.severity for rule in judged.rules if rule.mode is Mode.LIVE}
    if Severity.CRITICAL in severities:
        return Pressing(Urgency.CRITICAL, "critical")
    if Severity.HIGH in severities:
        return Pressing(Urgency.URGENT, "high")
    return Pressing(Urgency.URGENT, "escalated") if Action.ESCALATE in judged.actions else None
