"""What Feuerwache answers, item by item, and what goes wrong with a whole call. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


class FeuerwacheError(Exception):
    """Base of everything this client raises.

    FeuerwacheError
    ├── Refused       the call as a whole is wrong (token, size, format): sending it again changes nothing
    ├── Unavailable   Feuerwache did not take it in all the tries; nothing of it counts, send it again later
    └── Rejected      items of a batch are wrong, and nobody asked to be told of them
    """


class Refused(FeuerwacheError):  # noqa: N818 - named for what happened, as its base says that it is an error
    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status = status


class Unavailable(FeuerwacheError):  # noqa: N818 - as above
    pass


class Rejected(FeuerwacheError):  # noqa: N818 - as above
    def __init__(self, items: Sequence[Item]) -> None:
        first = items[0]
        super().__init__(f"{len(items)} rejected; the first is {first.post_id}: {' | '.join(map(str, first.problems))}")
        self.items = tuple(items)


@dataclass(frozen=True, slots=True)
class Problem:
    """`code` is stable, `field` a dotted path (empty: the whole item), `fix` says what to do."""

    code: str
    field: str
    reason: str
    fix: str
    value: str | None = None

    def __str__(self) -> str:
        return f"{self.field or 'item'} {self.reason}; {self.fix}"


@dataclass(frozen=True, slots=True)
class Item:
    """`status`: accepted, duplicate (it was there before), pending (it waits for its post) or rejected."""

    status: str
    post_id: str | None
    event_id: str | None = None
    problems: tuple[Problem, ...] = field(default=())

    @property
    def taken(self) -> bool:
        return self.status != "rejected"


@dataclass(frozen=True, slots=True)
class Answer:
    """One item for each that was sent, in the same order."""

    items: tuple[Item, ...]

    def of(self, status: str) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.status == status)

    @property
    def rejected(self) -> tuple[Item, ...]:
        return self.of("rejected")


def read_answer(status: int, document: object) -> Answer:
    """Raises `Refused` for an answer that is not about items."""
    items = document.get("items") if isinstance(document, Mapping) else None
    if not isinstance(items, Sequence):
        told: Mapping[str, Any] = document if isinstance(document, Mapping) else {}
        raise Refused(status, str(told.get("title", "no answer of Feuerwache")), str(told.get("detail", "")))
    return Answer(tuple(_item(item) for item in items))


def _item(item: Mapping[str, Any]) -> Item:
    problems = tuple(
        Problem(each["code"], each["field"], each["reason"], each["fix"], each.get("value"))
        for each in item.get("problems", ())
    )
    return Item(item["status"], item.get("post_id"), item.get("event_id"), problems)
