"""What an integration may send, one model per kind. Not the events: those are ours, these are the platform's.

An unknown field is refused, because a misspelt `created_at` or `revision` would otherwise be lost in silence. Numbers
and booleans are not guessed from strings. The same models serve HTTP, CloudEvents, gRPC and `posts.submitted.v1`.
"""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt

from feuerwache.common.events.post import Visibility
from feuerwache.ingest.text import MAX_LINK, MAX_LINKS, identifier, post_text, problem, refuse_controls


def no_bare_number(value: object) -> object:
    """A number would be taken for seconds or milliseconds since 1970, whichever looks likelier: never guess."""
    if isinstance(value, int | float) or (isinstance(value, str) and value.replace(".", "", 1).isdecimal()):
        raise problem("wrong_type", "is a number", "send RFC 3339 with a zone, as in 2026-11-14T22:05:00+01:00")
    return value


def uuid_in_letters(value: object) -> object:
    """Written as we send it: pydantic would also take `urn:uuid:…`, braces and the like."""
    if not isinstance(value, str):
        raise problem("wrong_type", "is not a string", "send a decision's id in quotes")
    if not _UUID.fullmatch(value):
        raise problem("wrong_value", "is not the id of a decision", "send `id` of the decision as it came")
    return value


def free_text(value: str) -> str:
    """Several lines, in NFC; may be empty."""
    return post_text(value) if value else value


def one_line(value: str) -> str:
    refuse_controls(value)
    return value


#: What an author may say in an appeal: a long letter.
MAX_APPEAL = 4_000
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
Id = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(identifier)]
Line = Annotated[str, Field(max_length=200), AfterValidator(one_line)]
Note = Annotated[str, Field(max_length=2_000), AfterValidator(one_line)]
Link = Annotated[str, Field(min_length=1, max_length=MAX_LINK), AfterValidator(identifier)]
Instant = Annotated[AwareDatetime, BeforeValidator(no_bare_number)]
Count = Annotated[StrictInt, Field(ge=0, le=2**53)]
#: Adapters count the seconds between a post and its edit: some 68 years, and what a database calls an integer.
Revision = Annotated[StrictInt, Field(ge=0, le=2**31 - 1)]


class Submission(BaseModel):
    """What every kind says. `platform` and `community` may be left out where the integration has only one.

    `historic` marks what lies in the past (imports): it feeds baselines and journals and never acts or pages.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    WHEN: ClassVar[str]

    platform: Id | None = None
    community: Id | None = None
    post_id: Id
    historic: StrictBool = False


class SubmittedAuthor(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id
    handle: Line | None = None
    display_name: Line | None = None
    created_at: Instant | None = None
    followers: Count | None = None


class SubmittedPost(Submission):
    """A post (revision 0) or an edit of it (the next higher revision, whole again)."""

    WHEN: ClassVar[str] = "created_at"

    kind: Literal["post"] = "post"
    author: SubmittedAuthor
    text: Annotated[str, AfterValidator(post_text)]
    created_at: Instant
    revision: Revision = 0
    edited_at: Instant | None = None
    language_hint: Line | None = None
    parent_id: Id | None = None
    parent_author_id: Id | None = None
    thread_id: Id | None = None
    visibility: Visibility = Visibility.PUBLIC
    url: Link | None = None
    links: Annotated[tuple[Link, ...], Field(max_length=MAX_LINKS)] | None = None
    media_alt: Annotated[tuple[Note, ...], Field(max_length=20)] = ()
    reach: Count | None = None


class AboutPost(Submission):
    """Something that happened to a post. Its author is looked up where `author_id` is not given."""

    author_id: Id | None = None


class SubmittedDeletion(AboutPost):
    WHEN: ClassVar[str] = "deleted_at"

    kind: Literal["deleted"]
    deleted_at: Instant


class SubmittedReport(AboutPost):
    WHEN: ClassVar[str] = "reported_at"

    kind: Literal["reported"]
    report_id: Id
    reporter_id: Id | None = None
    reason: Note = ""
    reported_at: Instant


class SubmittedModeration(AboutPost):
    WHEN: ClassVar[str] = "moderated_at"

    kind: Literal["moderated"]
    action: Id
    moderator_id: Id | None = None
    note: Note = ""
    moderated_at: Instant


class SubmittedAppeal(AboutPost):
    """The post's author disagrees: with the decision named, else with the one in force about the post.

    Never from the past: somebody is waiting for the answer. It is a command and no event of the post, so it has ways of
    its own and is none of `KINDS`.
    """

    WHEN: ClassVar[str] = "appealed_at"

    kind: Literal["appeal"] = "appeal"
    appeal_id: Id
    decision_id: Annotated[UUID, BeforeValidator(uuid_in_letters)] | None = None
    text: Annotated[str, Field(max_length=MAX_APPEAL), AfterValidator(free_text)] = ""
    appealed_at: Instant
    historic: Literal[False] = False


APPEAL = "appeal"
#: What an item may say in `kind`.
KINDS: dict[str, type[Submission]] = {
    "post": SubmittedPost,
    "deleted": SubmittedDeletion,
    "reported": SubmittedReport,
    "moderated": SubmittedModeration,
}
