"""Runs the tests that stand beside the rules. Pure: a rule, an unremarkable context with what the test gives, done.

A test looks at its own rule alone: `expect` is all that the rule asks for when it fires, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from feuerwache.common.config.source import Problem
from feuerwache.common.events.decision import Action
from feuerwache.escalation.rules.language.condition import ConditionFailed, Prepared
from feuerwache.escalation.rules.language.context import SCHEMA, Context, defaults, is_night, text_fields
from feuerwache.escalation.rules.sets.compiled import CompiledRule, RuleSet
from feuerwache.escalation.rules.sets.rule import RuleTest


@dataclass(frozen=True, slots=True)
class TrialResult:
    """One test of one rule. `error` says why the condition could not be evaluated, empty where it could."""

    file: str
    rule_id: str
    number: int
    name: str
    expected: tuple[Action, ...]
    got: tuple[Action, ...]
    error: str = ""
    line: int = 1
    column: int = 1

    @property
    def passed(self) -> bool:
        return not self.error and set(self.expected) == set(self.got)

    @property
    def reason(self) -> str:
        """What went wrong, in words; of a test that passed it says what it gave."""
        if self.error:
            return f"could not be evaluated: {self.error}"
        return f"expected {_actions(self.expected)}, got {_actions(self.got)}"

    @property
    def problem(self) -> Problem:
        """The same at the place of what the test expects."""
        named = f"test {self.number} ({self.name})" if self.name else f"test {self.number}"
        return Problem(self.file, self.line, self.column, self.rule_id, f"its {named} fails: {self.reason}")


def try_rules(ruleset: RuleSet) -> Iterator[TrialResult]:
    """Every test of every rule, in order; tests count from 1."""
    for compiled in ruleset.rules:
        yield from try_rule(compiled)


def try_rule(compiled: CompiledRule) -> Iterator[TrialResult]:
    """Every test of this rule."""
    for number, test in enumerate(compiled.rule.tests, start=1):
        yield _try(compiled, number, test)


def _try(compiled: CompiledRule, number: int, test: RuleTest) -> TrialResult:
    rule, context = compiled.rule, context_of(test)
    got: tuple[Action, ...] = ()
    error = ""
    try:
        if rule.on_duty(context["time"]) and compiled.condition.holds(
            Prepared.of(context, compiled.condition.looks_at)
        ):
            got = rule.then
    except ConditionFailed as failure:
        error = str(failure)
    name = test.name or str(test.post.get("text", ""))
    spot = compiled.spot
    line, column = spot.document.place((*spot.path, "tests", number - 1, "expect"))
    return TrialResult(compiled.file, rule.id, number, name, test.expect, got, error, line, column)


def context_of(test: RuleTest) -> Context:
    """The context the test describes; what follows from its text, its links and the hour is worked out."""
    context = defaults()
    for section in SCHEMA:
        context[section].update(getattr(test, section))
    post = context["post"]
    post.update(text_fields(str(post["text"])) | test.post)
    post["link_count"] = test.post.get("link_count", len(post["links"]))
    time = context["time"]
    if "hour" in test.time and "night" not in test.time:
        time["night"] = is_night(time["hour"])
    if "office_hours" not in test.time:
        time["office_hours"] = 8 <= time["hour"] < 18 and not (time["night"] or time["weekend"] or time["holiday"])
    return context


def _actions(actions: tuple[str, ...]) -> str:
    return f"[{', '.join(actions)}]"
