"""The regular expressions of conditions, checked before they are used: by the engine that will run them.

The engine is linear in the text, whatever the pattern: it knows no look-around and no back-references. What a pattern
can cost is its own size, so that is limited.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic_core import SchemaError, SchemaValidator, core_schema

from feuerwache.escalation.rules.language.expression.flaw import Flaw
from feuerwache.escalation.rules.language.expression.literal import places
from feuerwache.escalation.rules.language.expression.tree import Call, Literal, Node, walk

#: Characters of one pattern.
MAX_PATTERN = 2_000


def pattern_flaws(node: Node, source: str) -> Iterator[Flaw]:
    """What is wrong with the patterns of an expression whose types are right."""
    for each in walk(node):
        if isinstance(each, Call) and each.function == "matches":
            pattern = each.arguments[0]
            if not isinstance(pattern, Literal):
                yield Flaw(pattern.offset, "a pattern is written as a text, so that it can be checked: .matches('…')")
            elif (found := wrong(str(pattern.value))) is not None:
                where = places(source[pattern.offset : pattern.end], pattern.offset)
                yield Flaw(where[min(found[0], len(where) - 1)], found[1])


def wrong(pattern: str) -> tuple[int, str] | None:
    """The place in the pattern and the reason for which it cannot be used; None when it can."""
    if len(pattern) > MAX_PATTERN:
        return MAX_PATTERN, f"is a pattern of more than {MAX_PATTERN} characters; use a watchlist for many words"
    try:
        SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except SchemaError as error:
        return _told(pattern, str(error))
    return None


def _told(pattern: str, message: str) -> tuple[int, str]:
    """The engine's message shows the pattern (each line after its number, if there are several) and ^ below."""
    if "size limit" in message:
        return 0, "is a pattern that is too large; repeat less: {1,1000} writes its part a thousand times"
    lines = message.splitlines()
    reason = next((line.removeprefix("error: ") for line in lines if line.startswith("error: ")), lines[-1])
    marked = next((line for line in lines if line.strip() and not line.strip(" ^")), "")
    place = marked.find("^") - 4 if "\n" not in pattern else 0
    return max(place, 0), f"is no regular expression: {reason}"
