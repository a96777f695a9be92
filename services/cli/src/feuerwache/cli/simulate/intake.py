"""What ingest does with a line: it becomes an event, or it is a repeat, or it is refused. Pure.

The same examination, ids and marks as in the service; its memory has no end here.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from feuerwache.cli.simulate.recording import Line
from feuerwache.common.config.community import Communities
from feuerwache.common.events.base import Event
from feuerwache.common.events.post import PostEvent
from feuerwache.ingest.event import author_of, event_id_of, event_of
from feuerwache.ingest.examination import AHEAD, Examined, examine
from feuerwache.ingest.problem import Problem
from feuerwache.ingest.submission import SubmittedPost

WAY = "simulate"


class Intake:
    """Remembers who wrote which post, and what was accepted. `repeats` counts what came again."""

    def __init__(self, communities: Communities) -> None:
        self._canaries = {community.id for community in communities.communities if community.canary}
        self._authors: dict[tuple[str, str], tuple[str, str]] = {}
        self._seen: dict[UUID, tuple[str, str, int | None]] = {}
        self.repeats = 0

    def take(self, line: Line, now: datetime) -> Event[PostEvent] | tuple[Problem, ...] | None:
        """The event of this line; the problems with it; None for a repeat."""
        # It was found to be valid when it was read; only what lies in the future depends on the time.
        examined = line.examined if line.latest <= now + AHEAD else examine(line.item, line.integration, now)
        if not isinstance(examined, Examined):
            return examined
        author_id = self._author(examined)
        if author_id is None:
            fix = "send author_id (the author of the post), or have the post in the file before it"
            post_id = examined.submission.post_id[:60]
            return (Problem("unknown_post", "post_id", "is a post that was not received before", fix, post_id),)
        event_id = event_id_of(examined)
        submission = examined.submission
        text = hash(submission.text) if isinstance(submission, SubmittedPost) else None
        mark = (examined.community, author_id, text)
        before = self._seen.setdefault(event_id, mark)
        if before is not mark:
            return self._again(before, mark)
        if isinstance(submission, SubmittedPost):
            self._authors[examined.platform, submission.post_id] = (examined.community, author_id)
        return event_of(
            examined,
            event_id,
            author_id,
            integration=line.integration.id,
            source=f"/ingest/{WAY}/{line.integration.id}",
            received_at=now,
            canary=examined.community in self._canaries,
            traceparent=line.item.traceparent,
        )

    def _author(self, examined: Examined) -> str | None:
        named = author_of(examined)
        if named is not None:
            return named
        community, author_id = self._authors.get((examined.platform, examined.submission.post_id), ("", ""))
        return author_id if community == examined.community else None

    def _again(
        self, before: tuple[str, str, int | None], mark: tuple[str, str, int | None]
    ) -> tuple[Problem, ...] | None:
        if before == mark:
            self.repeats += 1
            return None
        if before[:2] != mark[:2]:
            reason = "came before in another community or by another author"
            return (Problem("other_author", "author.id", reason, "give each post its own id and author"),)
        reason = "came before with another text"
        return (Problem("other_text", "revision", reason, "give an edited post the next higher revision"),)
