"""The judge of one post: which rules hold, what follows from them, and what a human's word leaves of it.

Precedence is the order of `Action`: the first action that a live rule asked for decides. No rule means `approve`.
Shadow rules are recorded and never act. A rule whose condition cannot be evaluated on a post is skipped there and named
in the verdict; after `MAX_FAILURES` of those it is out until the rules are read anew. A human's decision on the post
stands whatever the rules say; they may only add what leaves it visible or hidden as the human wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from feuerwache.common.events.decision import Action, Mode, RuleHit, Severity
from feuerwache.escalation.rules.condition import ConditionFailed, Prepared
from feuerwache.escalation.rules.context import Context
from feuerwache.escalation.rules.rule import Rule
from feuerwache.escalation.rules.ruleset import CompiledRule, RuleSet

#: Failures of one rule after which it is no longer asked.
MAX_FAILURES = 50

PRECEDENCE = {action: rank for rank, action in enumerate(Action)}
SEVERITIES = {severity: rank for rank, severity in enumerate(Severity)}
#: What rules may still ask for where a human has decided: it changes nothing about the post.
BESIDE_A_HUMAN = frozenset({Action.FORWARD, Action.ESCALATE})

OverQuota = Callable[[Rule], bool]
OnFailure = Callable[[Rule, bool], None]


def within_quota(_rule: Rule) -> bool:
    """Nothing has been spent."""
    return False


def unobserved(_rule: Rule, _disabled: bool) -> None:
    """Nobody counts the failures of rules."""


@dataclass(frozen=True, slots=True)
class Escalated:
    """The rule that says a post cannot wait, and the labels its condition looks at."""

    rule: Rule
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`actions` in order of precedence, `action` the first. `escalated` is the rule that cannot wait, if any.

    `metered` are the rules with a quota that fired, `skipped` those that could not be evaluated.
    """

    actions: tuple[Action, ...]
    hits: tuple[RuleHit, ...] = ()
    decisive: Rule | None = None
    escalated: Escalated | None = None
    labels: tuple[str, ...] = ()
    metered: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()

    @property
    def action(self) -> Action:
        return self.actions[0]


def ordered(actions: Iterable[Action]) -> tuple[Action, ...]:
    """Each action once, in order of precedence; `approve` only where nothing else is asked for."""
    asked = set(actions) - {Action.APPROVE}
    return tuple(sorted(asked, key=PRECEDENCE.__getitem__)) or (Action.APPROVE,)


def under_human(human: Action, asked: tuple[Action, ...], changed: bool) -> tuple[Action, ...]:
    """What is done where a human has decided `human` on this post, and the rules ask for `asked`.

    The human's action comes first and is never replaced. If the text has `changed` since, and the rules would now be
    stricter, somebody is asked to look again.
    """
    beside = [action for action in asked if action in BESIDE_A_HUMAN and action != human]
    if changed and human != Action.REVIEW and PRECEDENCE[asked[0]] < min(PRECEDENCE[human], PRECEDENCE[Action.WARN]):
        beside.insert(0, Action.REVIEW)
    return (human, *beside)


class Engine:
    """The rules of one set, ready to judge. Holds nothing about posts, only which rules keep failing."""

    def __init__(self, ruleset: RuleSet, on_failure: OnFailure = unobserved) -> None:
        self._rules = [_Armed(compiled) for compiled in ruleset.rules]
        self._on_failure = on_failure
        self._looked_at: dict[str, frozenset[str]] = {}
        for compiled in ruleset.rules:
            for name, fields in compiled.condition.looks_at.items():
                self._looked_at[name] = self._looked_at.get(name, frozenset()) | fields

    def judge(self, context: Context, over_quota: OverQuota = within_quota) -> Verdict:
        """The verdict on the post that `context` describes. Pure but for the counting of failures."""
        prepared = Prepared.of(context, self._looked_at)
        time = context["time"]
        fired: list[tuple[_Armed, RuleHit]] = []
        skipped: list[str] = []
        for armed in self._rules:
            rule = armed.rule
            if armed.failures >= MAX_FAILURES:
                skipped.append(rule.id)
                continue
            try:
                if rule.on_duty(time) and armed.condition.holds(prepared):
                    fired.append((armed, armed.capped if rule.quota and over_quota(rule) else armed.hit))
            except ConditionFailed:
                armed.failures += 1
                skipped.append(rule.id)
                self._on_failure(rule, armed.failures == MAX_FAILURES)
        return _verdict(fired, tuple(skipped)) if fired else Verdict((Action.APPROVE,), skipped=tuple(skipped))


class _Armed:
    """A rule with its condition and the hits it can give: its own, and the one beyond its quota, decisive or not.

    They are made once: most posts that break a rule are decided by it.
    """

    __slots__ = ("_capped_deciding", "_deciding", "capped", "condition", "failures", "hit", "rule")

    def __init__(self, compiled: CompiledRule) -> None:
        self.rule = compiled.rule
        self.condition = compiled.condition
        self.failures = 0
        self.hit = RuleHit(
            rule_id=self.rule.id,
            title=self.rule.title.model_dump(),
            actions=self.rule.then,
            mode=self.rule.mode,
            severity=self.rule.severity,
            forward_to=self.rule.forward_to,
            move_to=self.rule.move_to,
        )
        self.capped = self.hit.model_copy(update={"actions": (Action.REVIEW,)})
        self._deciding, self._capped_deciding = (
            hit.model_copy(update={"decisive": True}) for hit in (self.hit, self.capped)
        )

    @property
    def looks_at(self) -> frozenset[str]:
        """The labels its condition looks at."""
        return self.condition.looks_at.get("labels", frozenset())

    def deciding(self, hit: RuleHit) -> RuleHit:
        """The same hit of this rule, decisive."""
        return self._capped_deciding if hit is self.capped else self._deciding


def _verdict(fired: list[tuple[_Armed, RuleHit]], skipped: tuple[str, ...]) -> Verdict:
    live = [(armed, hit) for armed, hit in fired if hit.mode is Mode.LIVE]
    actions = ordered(action for _, hit in live for action in hit.actions)
    decisive = next(((armed, hit) for armed, hit in live if actions[0] in hit.actions), None)
    escalated = max(
        (armed for armed, hit in live if Action.ESCALATE in hit.actions),
        key=lambda armed: SEVERITIES[armed.rule.severity or Severity.LOW],
        default=None,
    )
    return Verdict(
        actions=actions,
        hits=tuple(armed.deciding(hit) if decisive is not None and hit is decisive[1] else hit for armed, hit in fired),
        decisive=decisive[0].rule if decisive else None,
        escalated=Escalated(escalated.rule, escalated.looks_at) if escalated is not None else None,
        labels=tuple(decisive[0].condition.looks_at.get("labels", ())) if decisive else (),
        metered=tuple(armed.rule.id for armed, _ in live if armed.rule.quota),
        skipped=skipped,
    )
