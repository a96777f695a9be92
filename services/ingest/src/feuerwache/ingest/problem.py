"""What is wrong with something that was sent, in words that help its sender.

A `Problem` names the field, a short value where that is safe to repeat, the reason and what to do. It never repeats
the text of a post or a name: problems end up in answers, in logs and in the headers of dead letters. `code` is one
of `CODES`, so that it can be counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

#: Everything a problem can be about; the bounded label of `feuerwache_ingest_rejected_total`.
CODES = (
    "missing_field",
    "unknown_field",
    "wrong_type",
    "wrong_value",
    "too_long",
    "too_many",
    "blank",
    "text_invisible",
    "control_character",
    "time_without_zone",
    "time_in_future",
    "time_too_old",
    "foreign_community",
    "foreign_platform",
    "unknown_post",
    "other_author",
    "other_text",
    "other_appeal",
    "not_cloudevent",
    "not_json",
    "unknown_integration",
)

#: Fields whose value may be repeated: ids, times and switches. Texts, names and unknown fields never are.
REPEATABLE = frozenset(
    {
        *("platform", "community", "post_id", "kind", "revision", "parent_id", "parent_author_id", "thread_id"),
        *("created_at", "edited_at", "deleted_at", "reported_at", "moderated_at", "author_id", "author.id"),
        *("appealed_at", "appeal_id", "decision_id"),
        *("author.created_at", "author.followers", "visibility", "historic", "reach", "report_id", "reporter_id"),
        *("language_hint", "moderator_id", "action", "type", "specversion", "datacontenttype", "id", "source"),
    }
)
SHORT = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `field` is a dotted path ("author.id"), empty when it is about the whole item."""

    code: str
    field: str
    reason: str
    fix: str
    value: str | None = None

    def __str__(self) -> str:
        shown = f" ({self.value})" if self.value is not None else ""
        return f"{self.field or 'item'}{shown}: {self.reason}; {self.fix}"

    def as_json(self) -> dict[str, str | None]:
        return {
            "code": self.code,
            "field": self.field,
            "value": self.value,
            "reason": self.reason,
            "fix": self.fix,
        }


def shown(field: str, value: object) -> str | None:
    """The value as it may be repeated, at most `SHORT` characters; None when it must not be."""
    if field not in REPEATABLE or not isinstance(value, str | int | float):
        return None
    text = str(value)
    text = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


#: pydantic's error type → code, reason, fix. `{…}` are filled from the error's context.
_KNOWN: Mapping[str, tuple[str, str, str]] = {
    "missing": ("missing_field", "is missing", "send it"),
    "string_type": ("wrong_type", "is not a string", "send a JSON string, ids in quotes too"),
    "string_too_short": ("blank", "is empty", "send at least one character, or leave out an optional field"),
    "string_too_long": ("too_long", "is longer than {max_length} characters", "shorten it"),
    "int_type": ("wrong_type", "is not a whole number", "send a JSON number without quotes"),
    "int_from_float": ("wrong_type", "is not a whole number", "send a JSON number without a fraction"),
    "greater_than_equal": ("wrong_value", "is below {ge}", "send {ge} or more"),
    "less_than_equal": ("wrong_value", "is above {le}", "send {le} or less"),
    "bool_type": ("wrong_type", "is neither true nor false", "send a JSON boolean without quotes"),
    "enum": ("wrong_value", "is not one of {expected}", "send one of these, or leave it out"),
    "literal_error": ("wrong_value", "is not {expected}", "send {expected}"),
    "too_long": ("too_many", "has more than {max_length} entries", "send at most {max_length}"),
    "tuple_type": ("wrong_type", "is not a list", "send a JSON array"),
    "model_type": ("wrong_type", "is not an object", "send a JSON object"),
    "model_attributes_type": ("wrong_type", "is not an object", "send a JSON object"),
    "timezone_aware": (
        "time_without_zone",
        "has no time zone",
        "append Z or an offset, as in 2026-11-14T22:05:00+01:00",
    ),
}
_TIME = ("wrong_type", "is not a time", "send RFC 3339 with a zone, as in 2026-11-14T22:05:00+01:00")


def problems_of(error: ValidationError, model: type[BaseModel]) -> tuple[Problem, ...]:
    """Everything pydantic found, at most ten, in the words of this module."""
    return tuple(_problem(item, model) for item in error.errors(include_url=False)[:10])


def _problem(item: Mapping[str, Any], model: type[BaseModel]) -> Problem:
    kind, context = item["type"], item.get("ctx", {})
    field = ".".join(str(part) for part in item["loc"])[:SHORT]
    if kind == "extra_forbidden":
        return Problem("unknown_field", field, "is not a known field", _spelling(item["loc"], model))
    if kind in CODES:  # our own, raised with reason and fix in the message's context
        return Problem(kind, field, context["reason"], context["fix"], shown(field, item["input"]))
    if kind.startswith(("datetime", "date_")):
        code, reason, fix = _TIME
    else:
        code, reason, fix = _KNOWN.get(kind, ("wrong_value", item["msg"], "correct it"))
    value = None if kind == "missing" else shown(field, item["input"])
    return Problem(code, field, reason.format(**context), fix.format(**context), value)


def _spelling(location: Iterable[str | int], model: type[BaseModel]) -> str:
    """What to do about an unknown field: the known one that looks most like it, or leaving it out."""
    *parents, name = [str(part) for part in location]
    for parent in parents:
        inner = model.model_fields[parent].annotation if parent in model.model_fields else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return "leave it out"
        model = inner
    near = get_close_matches(name[:SHORT], model.model_fields, n=1)
    return f"did you mean {near[0]}?" if near else "leave it out"
