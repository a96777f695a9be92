"""One expression, the label it speaks for and how surely."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    """`say` and `unless` are expressions (`model/expression.py`); `weight` lies in 0..1."""

    label: str
    say: str
    weight: float
    unless: tuple[str, ...] = ()


def says(label: str, weight: float, *expressions: str, unless: tuple[str, ...] = ()) -> tuple[Pattern, ...]:
    """A group of expressions that weigh the same."""
    return tuple(Pattern(str(label), expression, weight, unless) for expression in expressions)


def words(label: str, weight: float, listed: str, unless: tuple[str, ...] = ()) -> tuple[Pattern, ...]:
    """The same for single words, given as one text."""
    return says(label, weight, *listed.split(), unless=unless)
