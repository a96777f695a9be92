"""What a platform did with a decision, as it goes on record: one receipt for each decided action that concerns a
platform. Pure.

An asked action answers for every decided one that it stands for (`capability.py`); what had no substitute is on record
as `not_supported`. The ids follow from integration, decision and action, so the same word said twice is one receipt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.decision import Action, ActionReceipt, DecisionMade
from feuerwache.common.kafka.keys import author_key
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import ACTIONS_RECEIPTS, TopicNames
from feuerwache.ingest.outbound.capability import Translation
from feuerwache.ingest.outbound.outcome import Outcome, Word

UNSUPPORTED = Word("not_supported", "the platform can do neither this nor anything in its place")


@dataclass(frozen=True, slots=True)
class Receipts:
    """Writes them for one decision on `partition`, in the name of `integration`, at `now` (UTC).

    `reported`: the platform comes with its word by itself and may change it later; each of its words is a receipt of
    its own then. What it answers to a webhook is its only word.
    """

    event: Event[DecisionMade]
    partition: int
    integration: str
    names: TopicNames
    now: datetime
    reported: bool = False

    def of(self, translation: Translation, outcome: Outcome | None) -> Iterator[Outgoing]:
        """`outcome` None: nothing was asked of the platform, because it can do none of it."""
        for action, answered_by in translation.answered_by.items():
            if outcome is not None:
                word = outcome.of(answered_by)
                instead = "" if answered_by == action else f"done as {answered_by.value}"
                reason = "; ".join(part for part in (instead if word.status == "done" else "", word.reason) if part)
                yield self._receipt(action, Word(word.status, reason))
        for action in translation.unsupported:
            yield self._receipt(action, UNSUPPORTED)

    def _receipt(self, action: Action, word: Word) -> Outgoing:
        decision = self.event.data
        payload = ActionReceipt(
            decision_id=self.event.id,
            ref=decision.ref,
            integration=self.integration,
            action=action,
            status=word.status,
            at=self.now,
            reason=word.reason,
        )
        said = ("reported", word.status) if self.reported else ()
        event_id: UUID = derived_id("outbound", self.integration, self.event.id, action.value, *said)
        event = Event(event_id, f"/outbound/{self.integration}", self.now, payload, self.event.traceparent)
        key = author_key(decision.ref.community, decision.author_id)
        return Outgoing.of(self.names.of(ACTIONS_RECEIPTS), self.partition, key, event)
