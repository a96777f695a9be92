"""The answer to one item, the same over every way in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from feuerwache.ingest.problem import Problem


class Status(StrEnum):
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    #: On record, and looking for its post: it names no author, and the post has not been heard of yet.
    PENDING = "pending"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one item."""

    status: Status
    post_id: str | None
    event_id: UUID | None = None
    problems: tuple[Problem, ...] = ()
