"""A journal entry in the making: what it says whatever comes of the event, then with or without a decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from feuerwache.common.events.author import JournalEntry
from feuerwache.common.events.decision import Action
from feuerwache.common.events.post import PostRef
from feuerwache.escalation.rules.journal import Source


@dataclass(frozen=True, slots=True)
class Position:
    """Where an event stood: in which source and generation, at which offset."""

    source: Source
    generation: int
    offset: int


@dataclass(frozen=True, slots=True)
class Draft:
    """`kind` as in `JournalEntry`; `event_id` is what a repeat of the event is known by."""

    position: Position
    event_id: UUID
    ref: PostRef
    revision: int
    at: datetime
    kind: str

    def undecided(self) -> JournalEntry:
        """The event led to no decision."""
        return self._entry(None, (), True, ())

    def decided(
        self, decision_id: UUID, actions: tuple[Action, ...], *, automated: bool, labels: tuple[str, ...] = ()
    ) -> JournalEntry:
        return self._entry(decision_id, tuple(action.value for action in actions), automated, labels)

    def _entry(
        self, decision_id: UUID | None, actions: tuple[str, ...], automated: bool, labels: tuple[str, ...]
    ) -> JournalEntry:
        return JournalEntry.model_construct(
            generation=self.position.generation,
            offset=self.position.offset,
            source=self.position.source,
            event_id=self.event_id,
            decision_id=decision_id,
            platform=self.ref.platform,
            post_id=self.ref.post_id,
            revision=self.revision,
            at=self.at,
            kind=self.kind,
            labels=labels,
            actions=actions,
            automated=automated,
        )
