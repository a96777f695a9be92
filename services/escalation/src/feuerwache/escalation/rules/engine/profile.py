"""What each rule of a set costs a post, and how much of it is never spent.

A rule is measured twice: as CEL alone would evaluate it (conversion of what it looks at, and the evaluation), and as
the engine does (the prefilter, and CEL for the posts that it cannot decide). Real time of this machine, the best of
several rounds: compare rules with each other, and a set with its former self, not machines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from feuerwache.escalation.rules.engine.engine import Engine
from feuerwache.escalation.rules.engine.prefilter import prefilter
from feuerwache.escalation.rules.language.condition import ConditionFailed, Prepared
from feuerwache.escalation.rules.language.context import Context, defaults
from feuerwache.escalation.rules.sets.compiled import CompiledRule, RuleSet
from feuerwache.escalation.rules.sets.trial import context_of

ROUNDS = 5
#: Unremarkable posts that stand beside each post of a rule's tests where no posts are given: most posts are.
HARMLESS = 9


@dataclass(frozen=True, slots=True)
class RuleCost:
    """Times in microseconds a post. `decided` is the share of posts (0..1) for which CEL was not asked, `held` that
    for which the rule held, `failed` that for which it could not be evaluated; `in_cel` is what asking costs.
    """

    rule_id: str
    file: str
    us: float
    in_cel: float
    decided: float
    held: float
    failed: float


@dataclass(frozen=True, slots=True)
class SetProfile:
    """`us` is what the engine takes for a post with the whole set, `in_cel` what its rules would take in CEL alone."""

    name: str
    posts: int
    us: float
    in_cel: float
    rules: tuple[RuleCost, ...]


def profile(ruleset: RuleSet, posts: Sequence[Context] = ()) -> SetProfile:
    """Over these posts, or over those of the rules' own tests and `HARMLESS` unremarkable ones for each."""
    contexts = list(posts) or sample(ruleset)
    engine = Engine(ruleset)
    rules = tuple(_cost(compiled, contexts) for compiled in ruleset.rules)
    return SetProfile(
        name=ruleset.name,
        posts=len(contexts),
        us=_microseconds(engine.judge, contexts),
        in_cel=sum(rule.in_cel for rule in rules),
        rules=tuple(sorted(rules, key=lambda rule: -rule.us)),
    )


def sample(ruleset: RuleSet) -> list[Context]:
    tests = [context_of(test) for compiled in ruleset.rules for test in compiled.rule.tests]
    return [*tests, *(defaults() for _ in range(HARMLESS * max(len(tests), 1)))]


def _cost(compiled: CompiledRule, contexts: Sequence[Context]) -> RuleCost:
    condition = compiled.condition
    made = prefilter([condition.tree])
    candidates = [context for context in contexts if made.candidates(context)]
    asked = [] if made.exact else candidates

    def in_cel(context: Context) -> bool | None:
        try:
            return condition.holds(Prepared.of(context, condition.looks_at))
        except ConditionFailed:
            return None

    answers = [in_cel(context) for context in contexts]
    us = _microseconds(made.candidates, contexts)
    if asked:
        us += _microseconds(in_cel, asked) * len(asked) / len(contexts)
    return RuleCost(
        rule_id=compiled.rule.id,
        file=compiled.file,
        us=us,
        in_cel=_microseconds(in_cel, contexts),
        decided=1 - len(asked) / len(contexts),
        held=answers.count(True) / len(contexts),
        failed=answers.count(None) / len(contexts),
    )


def _microseconds(work: Callable[[Context], object], contexts: Sequence[Context]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        began = perf_counter()
        for context in contexts:
            work(context)
        best = min(best, perf_counter() - began)
    return best / len(contexts) * 1e6
