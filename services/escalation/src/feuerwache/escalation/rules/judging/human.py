"""A human's word on a post or on an author, from the platform or as a command: it beats every automatic decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.base import Event
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import Action, AnswerAppeal, DecideAuthor, ReviewDecision, Standing
from feuerwache.common.events.post import PostModerated, PostRef

#: What platforms call what their moderators do to a post.
MODERATIONS = {
    **{action.value: action for action in Action},
    "approved": Action.APPROVE,
    "restored": Action.APPROVE,
    "unhidden": Action.APPROVE,
    "removed": Action.REMOVE,
    "deleted": Action.REMOVE,
    "hidden": Action.HIDE,
    "held": Action.HOLD,
    "restricted": Action.RESTRICT,
    "warned": Action.WARN,
    "moved": Action.MOVE,
}
#: What they call what is done to its author.
STANDINGS = {
    **dict.fromkeys(("ban", "banned", "suspend", "suspended"), Standing.BANNED),
    **dict.fromkeys(("silence", "silenced", "limit", "limited", "mute", "muted"), Standing.RESTRICTED),
    **dict.fromkeys(("unban", "unbanned", "unsuspend", "unsuspended"), Standing.NORMAL),
    **dict.fromkeys(("unsilence", "unsilenced", "unlimit", "unlimited", "unmute", "unmuted"), Standing.NORMAL),
    **dict.fromkeys(("trust", "trusted"), Standing.TRUSTED),
    **dict.fromkeys(("untrust", "untrusted"), Standing.NORMAL),
}


@dataclass(frozen=True, slots=True)
class HumanWord:
    """On a post. `revision` is the one they saw, None for the last; `cause_id` names the event that carried it.

    `on_platform`: it was done there, not asked for here.
    """

    ref: PostRef
    author_id: str
    action: Action
    actor: Actor
    cause_id: UUID
    revision: int | None = None
    appeal: bool = False
    historic: bool = False
    canary: bool = False
    on_platform: bool = False


@dataclass(frozen=True, slots=True)
class AuthorWord:
    """On an author, until a human changes it, or until `until` (UTC)."""

    community: str
    author_id: str
    standing: Standing
    actor: Actor
    cause_id: UUID
    until: datetime | None = None


def of_platform(event: Event[PostClassified], moderated: PostModerated) -> HumanWord | AuthorWord:
    """Somebody acted on the platform. Raises `InvalidRecord` for an action we have no word for."""
    cause = event.data.cause_id
    actor = Actor(person_id=moderated.moderator_id or moderated.integration, via=Via.CHANNEL)
    standing = STANDINGS.get(moderated.action)
    if standing is not None:
        return AuthorWord(moderated.ref.community, moderated.author_id, standing, actor, cause)
    action = MODERATIONS.get(moderated.action)
    if action is None:
        known = ", ".join(sorted({*MODERATIONS, *STANDINGS}))
        raise InvalidRecord(f"unknown moderation action; known are {known}")
    return HumanWord(
        ref=moderated.ref,
        author_id=moderated.author_id,
        action=action,
        actor=actor,
        cause_id=cause,
        historic=moderated.historic,
        canary=moderated.canary,
        on_platform=True,
    )


def of_command(event: Event[Any], command: ReviewDecision | AnswerAppeal) -> HumanWord:
    """A review, or the answer to an appeal that replaces the decision."""
    if command.action is None:
        raise InvalidRecord("an appeal that is not upheld must name the action that replaces the decision")
    appeal = isinstance(command, AnswerAppeal)
    revision = None if isinstance(command, AnswerAppeal) else command.revision
    return HumanWord(command.ref, command.author_id, command.action, command.actor, event.id, revision, appeal)


def of_author_command(event: Event[Any], command: DecideAuthor) -> AuthorWord:
    return AuthorWord(
        command.community, command.author_id, command.standing, command.actor, event.id, until=command.until
    )
