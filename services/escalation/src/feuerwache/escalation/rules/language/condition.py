"""A rule's condition: one CEL expression, safe to evaluate on any post.

Everything that can be known before is checked by `inspection`. CEL has no loops over unbounded input and its `matches`
is linear in the text, so no condition can stall the stage. What fails at run time raises `ConditionFailed` alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import cel

from feuerwache.escalation.rules.language.context import SCHEMA, Context
from feuerwache.escalation.rules.language.expression.parser import parse
from feuerwache.escalation.rules.language.expression.tree import Node, fields


class ConditionFailed(Exception):  # noqa: N818 - it says what happened to one condition on one post
    """The expression could not be evaluated on this post."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A post's context, converted once and shared by all conditions that look at it."""

    context: cel.Context

    @classmethod
    def of(cls, context: Context, looked_at: Mapping[str, Collection[str]] = SCHEMA) -> Prepared:
        """Only what the conditions look at is converted: that is most of what judging costs."""
        return cls(
            cel.Context({name: {each: context[name][each] for each in fields} for name, fields in looked_at.items()})
        )


class Condition:
    """A compiled expression with its tree. What `inspection` finds flawed raises `ValueError` or `Flawed` here."""

    __slots__ = ("_program", "looks_at", "source", "tree")

    def __init__(self, source: str) -> None:
        self.source = source
        self.tree: Node = parse(source)
        self._program = cel.compile(source)
        #: name → fields that the expression looks at.
        self.looks_at: dict[str, frozenset[str]] = {
            name: seen for name, seen in fields(self.tree).items() if name in SCHEMA
        }

    def holds(self, prepared: Prepared) -> bool:
        try:
            result = self._program.execute(prepared.context)
        except (KeyError, IndexError, RuntimeError, TypeError, ValueError, ArithmeticError) as error:
            raise ConditionFailed(f"{type(error).__name__}: {error}") from error
        if not isinstance(result, bool):
            raise ConditionFailed(f"gave {type(result).__name__}, not true or false")
        return result
