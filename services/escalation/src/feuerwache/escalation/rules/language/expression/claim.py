"""What must hold of one term of an expression: the numbers it may be, the texts, the order of two, true or false.

A claim may allow more than is possible, never less; an empty one is a contradiction.
"""

from __future__ import annotations

from dataclasses import dataclass

from feuerwache.escalation.rules.language.expression.interval import Interval


@dataclass(frozen=True, slots=True)
class Numbers:
    interval: Interval

    @property
    def empty(self) -> bool:
        return self.interval.empty

    def both(self, other: Numbers) -> Numbers:
        return Numbers(self.interval.both(other.interval))


@dataclass(frozen=True, slots=True)
class Texts:
    """One of `among` (None: any text), none of `without`; each of `tests` (function, argument) gives what it says."""

    among: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    tests: frozenset[tuple[str, str, bool]] = frozenset()

    @property
    def empty(self) -> bool:
        if any((function, argument, not wanted) in self.tests for function, argument, wanted in self.tests):
            return True
        return self.among is not None and not any(map(self._allows, self.among))

    def _allows(self, text: str) -> bool:
        return text not in self.without and all(
            holds(function, text, argument) is wanted for function, argument, wanted in self.tests
        )

    def both(self, other: Texts) -> Texts:
        among = self.among if other.among is None else other.among
        if self.among is not None and other.among is not None:
            among = self.among & other.among
        return Texts(among, self.without | other.without, self.tests | other.tests)


@dataclass(frozen=True, slots=True)
class Truth:
    """Of anything that is true or false and of which nothing more is known."""

    values: frozenset[bool]

    @property
    def empty(self) -> bool:
        return not self.values

    def both(self, other: Truth) -> Truth:
        return Truth(self.values & other.values)


@dataclass(frozen=True, slots=True)
class Order:
    """How two numbers stand to each other, as `Interval.signs` says it; `left` and `right` are the keys of both."""

    signs: frozenset[int | None]
    left: str
    right: str
    left_range: Interval
    right_range: Interval

    @property
    def empty(self) -> bool:
        return not self.signs

    def both(self, other: Order) -> Order:
        return Order(self.signs & other.signs, self.left, self.right, self.left_range, self.right_range)


Claim = Numbers | Texts | Truth | Order


def both(one: Claim, other: Claim) -> Claim:
    """Both claims on the same term; claims of different kinds on one term do not occur."""
    assert type(one) is type(other)
    return one.both(other)  # type: ignore[arg-type]  # the line above says so


def holds(function: str, text: str, argument: str) -> bool:
    """What a function on a text says."""
    if function == "contains":
        return argument in text
    return text.startswith(argument) if function == "startsWith" else text.endswith(argument)
