"""The judge of one post: which rules hold, what follows from them, and what a human's word leaves of it.

Precedence is the order of `Action`: the first action that a live rule asked for decides. No rule means `approve`.
Shadow rules are recorded and never act. A rule whose condition cannot be evaluated on a post is skipped there and named
in the verdict; one that fails or costs too much too often is out for a while (`fuse`). A human's decision on the post
stands whatever the rules say; they may only add what leaves it visible or hidden as the human wanted.

Most rules are decided, or known not to hold, before CEL sees the post (`prefilter`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from feuerwache.common.events.decision import Action, Mode, RuleHit, Severity
from feuerwache.escalation.rules.engine.fuse import Change, Fuse, Limits
from feuerwache.escalation.rules.engine.prefilter import prefilter
from feuerwache.escalation.rules.language.condition import ConditionFailed, Prepared
from feuerwache.escalation.rules.language.context import Context
from feuerwache.escalation.rules.sets.rule import Rule
from feuerwache.escalation.rules.sets.ruleset import CompiledRule, RuleSet

PRECEDENCE = {action: rank for rank, action in enumerate(Action)}
SEVERITIES = {severity: rank for rank, severity in enumerate(Severity)}
#: What rules may still ask for where a human has decided: it changes nothing about the post.
BESIDE_A_HUMAN = frozenset({Action.FORWARD, Action.ESCALATE})

OverQuota = Callable[[Rule], bool]
OnFailure = Callable[[Rule, Change], None]
#: What different posts lead to is remembered for so many combinations of rules.
MAX_REMEMBERED = 4096


def within_quota(_rule: Rule) -> bool:
    """Nothing has been spent."""
    return False


def unobserved(_rule: Rule, _change: Change) -> None:
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


HARMLESS = Verdict((Action.APPROVE,))
DEFAULT_LIMITS = Limits()


class Engine:
    """The rules of one set, ready to judge. Holds nothing about posts, only which rules keep failing.

    `seconds` is a clock that only goes forward: it measures what a rule costs, and how long one is out.
    """

    def __init__(
        self,
        ruleset: RuleSet,
        on_failure: OnFailure = unobserved,
        limits: Limits = DEFAULT_LIMITS,
        seconds: Callable[[], float] = perf_counter,
    ) -> None:
        made = prefilter([compiled.condition.tree for compiled in ruleset.rules])
        self._candidates = made.candidates
        self._rules = [
            _Armed(compiled, Fuse(limits), number in made.exact) for number, compiled in enumerate(ruleset.rules)
        ]
        self._on_failure = on_failure
        self._seconds = seconds
        self._out: dict[str, None] = {}
        self._seen: dict[str, frozenset[str]] = {}
        for compiled in ruleset.rules:
            for name, fields in compiled.condition.looks_at.items():
                self._seen[name] = self.sees(name) | fields
        #: What the conditions of these rules look at, and what it means that these rules fired: both recur.
        self._looked_at: dict[tuple[int, ...], Mapping[str, frozenset[str]]] = {}
        self._verdicts: dict[tuple[tuple[int, bool], ...], Verdict] = {}

    def sees(self, name: str) -> frozenset[str]:
        """The fields of `post`, `author` … that any of the rules looks at."""
        return self._seen.get(name, frozenset())

    @property
    def out(self) -> tuple[str, ...]:
        """The rules that are not asked at present."""
        return tuple(self._out)

    def judge(self, context: Context, over_quota: OverQuota = within_quota) -> Verdict:
        """The verdict on the post that `context` describes. Pure but for the fuses of the rules."""
        candidates = self._candidates(context)
        if not candidates and not self._out:
            return HARMLESS
        return self._judged(candidates, context, over_quota)

    def _judged(self, candidates: Sequence[int], context: Context, over_quota: OverQuota) -> Verdict:
        time = context["time"]
        fired: list[tuple[int, bool]] = []
        skipped = dict(self._out)
        prepared: Prepared | None = None
        for number in candidates:
            armed = self._rules[number]
            rule = armed.rule
            if not rule.on_duty(time):
                continue
            if not armed.exact:
                if armed.fuse.out_until is not None and not armed.fuse.asks(self._seconds()):
                    continue
                if prepared is None:
                    prepared = Prepared.of(context, self._looks_at(candidates))
                holds = self._asked(armed, prepared)
                if holds is None:
                    skipped[rule.id] = None
                if not holds:
                    continue
            fired.append((number, rule.quota is not None and over_quota(rule)))
        return self._verdict(tuple(fired), tuple(skipped))

    def _asked(self, armed: _Armed, prepared: Prepared) -> bool | None:
        """CEL's answer; None where it has none."""
        began = self._seconds()
        try:
            holds = armed.condition.holds(prepared)
        except ConditionFailed:
            holds = None
            change: Change | None = armed.fuse.failed(began)
        else:
            ended = self._seconds()
            change = armed.fuse.worked(ended - began, ended)
        if change is not None:
            if change is Change.BACK:
                self._out.pop(armed.rule.id, None)
            elif change is not Change.FAILED:
                self._out[armed.rule.id] = None
            self._on_failure(armed.rule, change)
        return holds

    def _looks_at(self, candidates: Sequence[int]) -> Mapping[str, frozenset[str]]:
        """What those of the candidates look at that are asked in CEL."""
        key = tuple(candidates)
        looked_at = self._looked_at.get(key)
        if looked_at is None:
            together: dict[str, frozenset[str]] = {}
            for number in key:
                if not self._rules[number].exact:
                    for name, fields in self._rules[number].condition.looks_at.items():
                        together[name] = together.get(name, frozenset()) | fields
            if len(self._looked_at) >= MAX_REMEMBERED:
                self._looked_at.clear()
            looked_at = self._looked_at[key] = together
        return looked_at

    def _verdict(self, fired: tuple[tuple[int, bool], ...], skipped: tuple[str, ...]) -> Verdict:
        verdict = None if skipped else self._verdicts.get(fired)
        if verdict is None:
            hits = [(armed, armed.capped if over else armed.hit) for armed, over in self._of(fired)]
            verdict = _verdict(hits, skipped) if hits else Verdict((Action.APPROVE,), skipped=skipped)
            if not skipped:
                if len(self._verdicts) >= MAX_REMEMBERED:
                    self._verdicts.clear()
                self._verdicts[fired] = verdict
        return verdict

    def _of(self, fired: tuple[tuple[int, bool], ...]) -> list[tuple[_Armed, bool]]:
        return [(self._rules[number], over) for number, over in fired]


class _Armed:
    """A rule with its condition and the hits it can give: its own, and the one beyond its quota, decisive or not.

    They are made once: most posts that break a rule are decided by it.
    """

    __slots__ = ("_capped_deciding", "_deciding", "capped", "condition", "exact", "fuse", "hit", "rule")

    def __init__(self, compiled: CompiledRule, fuse: Fuse, exact: bool) -> None:
        self.rule = compiled.rule
        self.condition = compiled.condition
        self.fuse = fuse
        self.exact = exact
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
