"""By when somebody is to have answered a post that was passed on. Pure, from the journal alone.

The decision in force says it: its entry names the department and the time. A decision that takes its place and does not
forward, a human's word, an answer and the end of the post take it away; so does having come up for review, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from feuerwache.common.events.author import AuthorJournalled, JournalEntry
from feuerwache.escalation.rules.author.postrecord import PostRecord


class Passed(NamedTuple):
    """A post that was passed on, with the author's key."""

    community: str
    author_id: str
    platform: str
    post_id: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """`due` is in UTC."""

    department: str
    due: datetime


def unanswered(record: PostRecord) -> JournalEntry | None:
    """The entry in force by which a department has to answer, in time or not any more."""
    current = record.current
    if current is None or current.due is None or current.dry_run or record.deleted or current.kind == "moderated":
        return None
    return current


def came_up(entry: JournalEntry) -> bool:
    """Whether the post has shown up again already: by itself, or written anew after its time was over."""
    return entry.kind == "overdue" or (entry.due is not None and entry.at >= entry.due)


def deadline(record: PostRecord) -> Deadline | None:
    """What is waited for; None where nothing is, or no longer."""
    entry = unanswered(record)
    if entry is None or entry.due is None or came_up(entry):
        return None
    return Deadline(entry.department, entry.due)


def deadlines(saved: AuthorJournalled) -> dict[Passed, Deadline]:
    """Everything of an author that is waited for, from a journal as it is kept."""
    passed = {(entry.platform, entry.post_id) for entry in saved.entries if entry.due is not None}
    found: dict[Passed, Deadline] = {}
    for platform, post_id in passed:
        own = (entry for entry in saved.entries if (entry.platform, entry.post_id) == (platform, post_id))
        waiting = deadline(PostRecord.of(own))
        if waiting is not None:
            found[Passed(saved.community, saved.author_id, platform, post_id)] = waiting
    return found
