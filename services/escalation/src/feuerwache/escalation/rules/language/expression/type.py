"""The types of conditions: bool, int, double, string and lists of them. No text turns into a number by itself.

CEL knows more (bytes, maps, messages, timestamps, unsigned numbers); no field has such a value, so a condition that
makes one is a mistake. Whole numbers and decimals may be compared with each other, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Type:
    """`item` is the type of a list's items; None for all else, and for a list of which nothing is known."""

    name: str
    item: Type | None = None

    def __str__(self) -> str:
        return f"list of {self.item}" if self.item is not None else self.name


BOOL: Final = Type("bool")
INT: Final = Type("int")
DOUBLE: Final = Type("double")
STRING: Final = Type("string")
EMPTY_LIST: Final = Type("list")
#: Of what is flawed itself: told once, and nothing that follows from it.
UNKNOWN: Final = Type("unknown")
NUMBERS: Final = frozenset({INT, DOUBLE})


def list_of(item: Type) -> Type:
    return Type("list", item)


def is_list(type_: Type) -> bool:
    return type_.name == "list"


def of_default(value: object) -> Type:
    """The type of a field, by its default in the schema. All lists there hold strings."""
    if isinstance(value, list):
        return list_of(STRING)
    return {bool: BOOL, int: INT, float: DOUBLE, str: STRING}[type(value)]


def comparable(left: Type, right: Type) -> bool:
    """Whether `==` between them can be true."""
    if UNKNOWN in (left, right) or left == right:
        return True
    if is_list(left) and is_list(right):
        return left.item is None or right.item is None or comparable(left.item, right.item)
    return left in NUMBERS and right in NUMBERS
