"""The judging of one batch: events in, decisions and everything that goes with them out. Pure; all state is handed in.

Guarantees: one decision with cause `post` per (post, revision), or one withdrawal if the post was deleted before or a
newer revision was faster; what the journal knows is not judged again; no automatic decision replaces a human's;
historic events and communities that are only watched never raise an alarm. Everything but the flag `late` follows from
the events, the journals and the communities' memories, never from the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.base import Event
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import (
    AnswerAppeal,
    AnswerForward,
    AppealDecision,
    DecideAuthor,
    ForwardOverdue,
    ReviewDecision,
)
from feuerwache.common.events.post import PostCreated, PostDeleted, PostEdited, PostModerated, PostReported
from feuerwache.escalation.rules.author.entry import Position
from feuerwache.escalation.rules.forwarding import forwarding
from feuerwache.escalation.rules.judging import appeal, heeding, reporting, withdrawal, written
from feuerwache.escalation.rules.judging.docket import LATE, NO_MODEL, SOURCE, AuthorOf, Docket, Options
from feuerwache.escalation.rules.judging.human import of_author_command, of_command, of_platform

__all__ = ["LATE", "NO_MODEL", "SOURCE", "AuthorOf", "Judging", "Options"]


@dataclass(slots=True)
class Judging(Docket):
    """One batch: `take` every event in order, then look at what has come together."""

    def take(self, event: Event[Any], position: Position) -> None:
        """Judges one event. Raises `InvalidRecord`, and has changed nothing then."""
        data = event.data
        if isinstance(data, PostClassified):
            self._take_post(event, data, position)
            return
        match data:
            case ReviewDecision():
                heeding.hear(self, event, of_command(event, data), position)
            case AnswerAppeal():
                appeal.answer(self, event, data, position)
            case AppealDecision():
                appeal.take(self, event, data, position)
            case AnswerForward():
                forwarding.answer(self, event, data, position)
            case ForwardOverdue():
                forwarding.come_up(self, event, data, position)
            case DecideAuthor():
                heeding.hear_of_author(self, event, of_author_command(event, data), position)
            case _:
                raise InvalidRecord(f"{event.type} has no place in this topic")

    def _take_post(self, event: Event[PostClassified], data: PostClassified, position: Position) -> None:
        match data.received:
            case PostCreated() | PostEdited() as received:
                written.judge(self, event, received, position)
            case PostDeleted() as deleted:
                withdrawal.take_back(self, event, deleted, position)
            case PostReported() as reported:
                reporting.take(self, event, reported, position)
            case PostModerated() as moderated:
                heeding.hear_platform(self, event, moderated, of_platform(event, moderated), position)
