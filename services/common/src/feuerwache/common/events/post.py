"""Posts as platforms report them: created, edited, deleted, reported by users, acted on by a human over there.

All five carry the same `PostRef`, so that everything about one post lands on one partition (`community` + author)
in the order in which ingest received it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from feuerwache.common.events.base import AwareDatetime, Model, Payload

#: Longest text that is carried, in characters; longer ones are refused at the edge.
MAX_TEXT = 40_000

Name = Annotated[str, Field(min_length=1, max_length=200)]


class PostRef(Model):
    """Names one post. `(platform, post_id)` is unique; `community` is where the brand's rules apply."""

    community: Name
    platform: Name
    post_id: Name


class Author(Model):
    """Who wrote it, as the platform calls them. `id` is stable; everything else may be missing."""

    id: Name
    handle: str | None = None
    display_name: str | None = None
    created_at: AwareDatetime | None = None
    followers: int | None = None


class Visibility(StrEnum):
    PUBLIC = "public"
    MEMBERS = "members"
    PRIVATE = "private"


class PostEvent(Payload):
    """What every event about a post says.

    `author_id` is the author of the *post*, also for reports and deletions by others: it decides the partition.
    `historic` events (imports, replays of the past) feed baselines and journals, and never act or page.
    `canary` posts travel the whole way in their own community and are left out of all statistics.
    """

    ref: PostRef
    author_id: Name
    integration: Name
    received_at: AwareDatetime
    historic: bool = False
    canary: bool = False


class Post(Model):
    """The content of one revision of a post; revision 0 is the post as it was created.

    `text` is NFC-normalised and has at least one visible character. `reach` is what the platform says about how many
    saw it (views, or the author's followers where that is all there is).
    """

    author: Author
    text: Annotated[str, Field(max_length=MAX_TEXT)]
    created_at: AwareDatetime
    revision: Annotated[int, Field(ge=0)] = 0
    language_hint: str | None = None
    parent_id: str | None = None
    parent_author_id: str | None = None
    thread_id: str | None = None
    visibility: Visibility = Visibility.PUBLIC
    url: str | None = None
    links: tuple[str, ...] = ()
    media_alt: tuple[str, ...] = ()
    reach: int | None = None


class PostCreated(PostEvent):
    TYPE: ClassVar[str] = "feuerwache.post.created.v1"
    kind: Literal["created"] = "created"
    post: Post


class PostEdited(PostEvent):
    TYPE: ClassVar[str] = "feuerwache.post.edited.v1"
    kind: Literal["edited"] = "edited"
    post: Post


class PostDeleted(PostEvent):
    """The author or the platform took the post away; its text must not be kept any longer than its topic keeps it."""

    TYPE: ClassVar[str] = "feuerwache.post.deleted.v1"
    kind: Literal["deleted"] = "deleted"
    deleted_at: AwareDatetime


class PostReported(PostEvent):
    """A user of the platform reported the post."""

    TYPE: ClassVar[str] = "feuerwache.post.reported.v1"
    kind: Literal["reported"] = "reported"
    report_id: Name
    reporter_id: str | None = None
    reason: str = ""
    reported_at: AwareDatetime


class PostModerated(PostEvent):
    """A human acted on the post on the platform itself; such a decision wins over every automatic one."""

    TYPE: ClassVar[str] = "feuerwache.post.moderated.v1"
    kind: Literal["moderated"] = "moderated"
    action: Name
    moderator_id: str | None = None
    note: str = ""
    moderated_at: AwareDatetime


class PostIndexed(Payload):
    """The author of a post, kept so that deletions, reports and actions that name none find their partition."""

    TYPE: ClassVar[str] = "feuerwache.post.indexed.v1"
    ref: PostRef
    author_id: Name
    revision: int = 0


#: Everything that `posts.received.v1` carries.
ReceivedPost = Annotated[
    PostCreated | PostEdited | PostDeleted | PostReported | PostModerated, Field(discriminator="kind")
]
#: The two that carry text and get a decision of their own.
WrittenPost = PostCreated | PostEdited
