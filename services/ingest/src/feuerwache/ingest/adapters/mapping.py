"""Rules that make something else into submissions: which kind it is, and which CEL expression gives which field. Pure.

The first rule that holds is taken. A field whose value is null or not there is left out, ids that are numbers become
text, and an edit without a number of its own is numbered by its time; the examination of all submissions says what is
lacking or wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import Annotated, Any, Literal

import cel
from pydantic import AfterValidator, BaseModel, Field, model_validator

from feuerwache.common.config.source import ConfigModel
from feuerwache.ingest.adapters.adapter import Skipped, SkipReason
from feuerwache.ingest.adapters.expression import Absent, Expression, Failed
from feuerwache.ingest.adapters.instant import revision_of
from feuerwache.ingest.envelope import Unreadable
from feuerwache.ingest.item import Item
from feuerwache.ingest.problem import Problem
from feuerwache.ingest.submission import KINDS, SubmittedAuthor

#: What an expression over one item may speak of. Not the body: a walk over it for each item would add up.
OF_ITEM = ("item", "envelope", "headers", "query")
#: Fields that platforms write as numbers and that are text here.
_IDS = frozenset({"post_id", "parent_id", "thread_id", "report_id", "action", "community"})


def _targets(model: type[BaseModel]) -> dict[str, bool]:
    """The fields of a submission, dotted, and whether it needs them."""
    found: dict[str, bool] = {}
    for name, field in model.model_fields.items():
        if name == "author":
            found |= {f"author.{each}": inner.is_required() for each, inner in SubmittedAuthor.model_fields.items()}
        elif name != "kind":
            found[name] = field.is_required()
    return found


#: Kind → its fields → whether it needs them.
TARGETS: Mapping[str, Mapping[str, bool]] = {kind: _targets(model) for kind, model in KINDS.items()}
_ALL_TARGETS = sorted({name for targets in TARGETS.values() for name in targets})


def known_target(name: str) -> str:
    if name not in _ALL_TARGETS:
        near = get_close_matches(name, _ALL_TARGETS, n=1)
        raise ValueError(f"there is no field {name!r}{f'; did you mean {near[0]!r}?' if near else ''}")
    return name


def _of_item(source: str) -> str:
    Expression(source, OF_ITEM)
    return source


OfItem = Annotated[str, AfterValidator(_of_item)]
Target = Annotated[str, AfterValidator(known_target)]


class Rule(ConfigModel):
    """For items of which `when` holds: what they are, or why they are nothing (`skip`)."""

    when: OfItem = "true"
    kind: Literal["post", "deleted", "reported", "moderated"] | None = None
    fields: Annotated[dict[Target, OfItem], Field(max_length=40)] = {}
    skip: SkipReason | None = None

    @model_validator(mode="after")
    def of_its_kind(self) -> Rule:
        if (self.kind is None) == (self.skip is None):
            raise ValueError("give `kind` and `fields`, or `skip`")
        if self.kind is None:
            return self
        targets = TARGETS[self.kind]
        foreign = [name for name in self.fields if name not in targets]
        if foreign:
            raise ValueError(f"{foreign[0]!r} is no field of kind {self.kind}; it has {', '.join(targets)}")
        lacking = [name for name, required in targets.items() if required and name not in self.fields]
        if lacking:
            raise ValueError(f"kind {self.kind} needs {', '.join(lacking)}")
        return self


class Rules:
    """The rules of one integration, compiled."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = [_Compiled(rule) for rule in rules]

    def read(self, context: cel.Context) -> Item | Skipped:
        """What the item in this context is; its problems are those of the mapping."""
        for at, rule in enumerate(self._rules):
            try:
                holds = rule.when.value(context)
            except Absent:
                continue
            except Failed:
                holds = None
            if not isinstance(holds, bool):
                return Item({}, problems=(_wrong(f"rules.{at}.when", "gives neither true nor false"),))
            if holds:
                return Skipped(rule.skip) if rule.skip is not None else _made(rule, context)
        return Skipped(SkipReason.UNKNOWN_EVENT)


class _Compiled:
    def __init__(self, rule: Rule) -> None:
        self.kind, self.skip = rule.kind, rule.skip
        self.when = Expression(rule.when, OF_ITEM)
        self.fields = {name: Expression(source, OF_ITEM) for name, source in rule.fields.items()}


def _made(rule: _Compiled, context: cel.Context) -> Item:
    fields, problems = _values(rule.fields, context)
    data = nested(fields)
    data["kind"] = rule.kind
    if rule.kind == "post" and "revision" not in rule.fields:
        number_edit(data)
    return Item(data, rule.kind, problems=tuple(problems))


def number_edit(data: dict[str, Any]) -> None:
    """An edited post without a number of its own gets one by its time."""
    if "edited_at" in data:
        # Where one of both is no time, the examination says which.
        with suppress(Unreadable):
            data["revision"] = revision_of(data.get("created_at", ""), data["edited_at"])


def _values(fields: Mapping[str, Expression], context: cel.Context) -> tuple[dict[str, Any], list[Problem]]:
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, expression in fields.items():
        try:
            value = expression.value(context)
        except Absent:
            continue
        except Failed:
            problems.append(_wrong(name, "its expression does not fit what the platform sent"))
            continue
        if value is None:
            continue
        is_id = name in _IDS or name.endswith(("_id", ".id"))
        found[name] = str(value) if is_id and isinstance(value, int) and not isinstance(value, bool) else value
    return found, problems


def nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """`author.id` becomes `{"author": {"id": …}}`."""
    made: dict[str, Any] = {}
    for name, value in fields.items():
        outer, _, inner = name.partition(".")
        if inner:
            made.setdefault(outer, {})[inner] = value
        else:
            made[name] = value
    return made


def _wrong(field: str, reason: str) -> Problem:
    return Problem("wrong_value", field, reason, "mend the mapping in config/integrations.yaml, or what is sent")
