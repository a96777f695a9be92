"""What happened to a post of which nobody has heard yet: it waits for its post to come in."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from feuerwache.common.events.base import AwareDatetime, Payload
from feuerwache.common.events.post import Name, PostRef


class PostOrphaned(Payload):
    """A deletion, a report or a human's action that names no author, so that its partition is not known.

    `event_id` is the id of the event it becomes once the post is known, `at` when it happened on the platform. The
    other fields are those of `PostReported` and `PostModerated`, as far as it is one. Of `posts.waiting.v1` it is the
    value, too: while one lies there, it waits.
    """

    TYPE: ClassVar[str] = "feuerwache.post.orphaned.v1"
    kind: Literal["deleted", "reported", "moderated"]
    ref: PostRef
    event_id: UUID
    integration: Name
    source: Name
    received_at: AwareDatetime
    at: AwareDatetime
    historic: bool = False
    canary: bool = False
    report_id: str = ""
    reporter_id: str | None = None
    reason: str = ""
    action: str = ""
    moderator_id: str | None = None
    note: str = ""
