"""Rules that change nothing, because an earlier one holds wherever they hold and asks for as much.

Proved over what fields can really be (`domain`): what is told here is so on every post; what is not told may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from feuerwache.common.events.decision import Action, Mode, Severity
from feuerwache.escalation.rules.language.possible import CASES, on_duty
from feuerwache.escalation.rules.sets.compiled import CompiledRule
from feuerwache.escalation.rules.sets.rule import Rule

_SEVERITIES = tuple(Severity)


def covered_by(rules: Iterable[CompiledRule]) -> Iterator[tuple[CompiledRule, CompiledRule]]:
    """Each rule that changes nothing because of an earlier one, with that: wherever it holds, the other holds too.

    The other is live, asks for all that it asks for at least as strongly, and is never narrowed by a quota.
    """
    earlier: list[CompiledRule] = []
    for rule in rules:
        if rule.rule.mode is not Mode.LIVE:
            continue
        cover = next((each for each in earlier if _asks_for_all(each.rule, rule.rule) and _implies(rule, each)), None)
        if cover is not None:
            yield rule, cover
        earlier.append(rule)


def _asks_for_all(strong: Rule, weak: Rule) -> bool:
    if strong.quota is not None or not set(weak.then) <= set(strong.then):
        return False
    if weak.quota is not None and Action.REVIEW not in strong.then:
        return False  # beyond its quota the weaker one asks for a review
    if Action.ESCALATE in weak.then and _severity(strong) < _severity(weak):
        return False
    forwarded = Action.FORWARD not in weak.then or strong.forward_to == weak.forward_to
    return forwarded and (Action.MOVE not in weak.then or strong.move_to == weak.move_to)


def _implies(rule: CompiledRule, other: CompiledRule) -> bool:
    if not CASES.implies(rule.condition.tree, other.condition.tree):
        return False
    return not other.rule.schedule or CASES.implies(on_duty(rule.rule.schedule), on_duty(other.rule.schedule))


def _severity(rule: Rule) -> int:
    return -1 if rule.severity is None else _SEVERITIES.index(rule.severity)
