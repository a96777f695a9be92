"""A journal entry in the making: what it says whatever comes of the event, then with or without a decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from feuerwache.common.events.author import JournalEntry
from feuerwache.common.events.decision import Action
from feuerwache.common.events.post import PostRef
from feuerwache.escalation.rules.author.journal import Source


@dataclass(frozen=True, slots=True)
class Position:
    """Where an event stood: in which source and generation, at which offset."""

    source: Source
    generation: int
    offset: int


class Given(TypedDict, total=False):
    """What the ladder gave for a post, and to whom it was passed on; see `JournalEntry`."""

    step: str
    points: float
    until: datetime | None
    department: str
    due: datetime | None


class More(Given, total=False):
    """What only some entries say."""

    reporter: str
    reason: str
    standing: str
    dry_run: bool


def carried(entry: JournalEntry | None) -> Given:
    """What goes on under a decision that only adds a review to the one in force."""
    given: Given = {}
    if entry is not None and (entry.step or entry.points):
        given |= {"step": entry.step, "points": entry.points, "until": entry.until}
    if entry is not None and entry.due is not None:
        given |= {"department": entry.department, "due": entry.due}
    return given


@dataclass(frozen=True, slots=True)
class Draft:
    """`kind` as in `JournalEntry`; `event_id` is what a repeat of the event is known by.

    `ref` None: it is about the author as a whole, not about a post.
    """

    position: Position
    event_id: UUID
    ref: PostRef | None
    revision: int
    at: datetime
    kind: str

    def undecided(self, **more: Unpack[More]) -> JournalEntry:
        """The event led to no decision."""
        return self._entry(None, (), True, (), more)

    def decided(
        self,
        decision_id: UUID,
        actions: tuple[Action, ...],
        *,
        automated: bool,
        labels: tuple[str, ...] = (),
        **more: Unpack[More],
    ) -> JournalEntry:
        return self._entry(decision_id, tuple(action.value for action in actions), automated, labels, more)

    def _entry(
        self, decision_id: UUID | None, actions: tuple[str, ...], automated: bool, labels: tuple[str, ...], more: More
    ) -> JournalEntry:
        return JournalEntry(
            generation=self.position.generation,
            offset=self.position.offset,
            source=self.position.source,
            event_id=self.event_id,
            decision_id=decision_id,
            platform=self.ref.platform if self.ref is not None else "",
            post_id=self.ref.post_id if self.ref is not None else "",
            revision=self.revision,
            at=self.at,
            kind=self.kind,
            labels=labels,
            actions=actions,
            automated=automated,
            **more,
        )
