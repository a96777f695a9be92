"""A human's word on a post, from the platform or as a command: it beats every automatic decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.base import Event
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import Action, AnswerAppeal, ReviewDecision
from feuerwache.common.events.post import PostModerated, PostRef

#: What platforms call the actions of their moderators.
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


@dataclass(frozen=True, slots=True)
class HumanWord:
    """`cause_id` names the event that carried it."""

    ref: PostRef
    author_id: str
    action: Action
    actor: Actor
    cause_id: UUID
    historic: bool = False
    canary: bool = False


def of_platform(event: Event[PostClassified], moderated: PostModerated) -> HumanWord:
    """Somebody acted on the platform. Raises `InvalidRecord` for an action we have no word for."""
    action = MODERATIONS.get(moderated.action)
    if action is None:
        raise InvalidRecord(f"unknown moderation action; known are {', '.join(sorted(MODERATIONS))}")
    return HumanWord(
        ref=moderated.ref,
        author_id=moderated.author_id,
        action=action,
        actor=Actor(person_id=moderated.moderator_id or moderated.integration, via=Via.CHANNEL),
        cause_id=event.data.cause_id,
        historic=moderated.historic,
        canary=moderated.canary,
    )


def of_command(event: Event[Any], command: ReviewDecision | AnswerAppeal) -> HumanWord:
    """A review, or the answer to an appeal that replaces the decision."""
    if command.action is None:
        raise InvalidRecord("an appeal that is not upheld must name the action that replaces the decision")
    return HumanWord(command.ref, command.author_id, command.action, command.actor, event.id)
