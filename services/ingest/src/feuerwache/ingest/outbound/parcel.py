"""A decision, or where an appeal stands, on its way to one platform, and how it is kept while it is not taken. Pure.

A parcel that was not taken is parked: its record goes to `outbound.parked.v1`, untouched but for headers that say how
often it was tried and when it is due again. The key is the integration and the `slot`, so there is one at most: a later
decision about the same post takes the place of the one before, which is then skipped, and says so (`skipped`). Each
appeal has a slot of its own: its answer is replaced by a later state of the same appeal and by nothing else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Action, AppealChanged, AppealState, DecisionMade
from feuerwache.common.kafka.keys import author_key, parked_key
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.ingest.outbound.document import Skipped

OFFSET = "fw_outbound_offset"
TIMESTAMP = "fw_outbound_timestamp_ms"
STATE = "fw_outbound_state"
#: The skipped ones that are still told by name; a post that is decided more often while its platform is away loses
#: the oldest of them.
MOST_SKIPPED = 20

PostKey = tuple[str, str]
#: (platform, post) of a decision, (platform, post, id of the decision appealed against) of an appeal.
Slot = tuple[str, str] | tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Parcel:
    """`record` is as it stood in `decisions.made.v1`. `first_ms` is when it was first tried, `due_ms` when it may be
    tried again, both in Unix milliseconds of real time; `reason` is why the last try did not succeed."""

    record: Record
    event: Event[DecisionMade | AppealChanged]
    tries: int = 0
    first_ms: int | None = None
    due_ms: int = 0
    reason: str = ""
    skipped: tuple[Skipped, ...] = ()

    @property
    def id(self) -> UUID:
        return self.event.id

    @property
    def post(self) -> PostKey:
        return self.event.data.ref.platform, self.event.data.ref.post_id

    @property
    def slot(self) -> Slot:
        """What there is one parcel of at most."""
        match self.event.data:
            case AppealChanged(decision_id=appealed):
                return *self.post, str(appealed)
            case DecisionMade():
                return self.post

    def replaces(self, before: Parcel) -> bool:
        """Whether it takes the place of the one that waits in its slot. `repeated` does not: it refers to the state or
        the answer that is still waiting, and the author would never get that."""
        assert self.slot == before.slot
        return not (isinstance(self.event.data, AppealChanged) and self.event.data.state is AppealState.REPEATED)

    def tried(self, now_ms: int, wait: timedelta, reason: str) -> Parcel:
        due = now_ms + int(wait.total_seconds() * 1000)
        first = now_ms if self.first_ms is None else self.first_ms
        return replace(self, tries=self.tries + 1, first_ms=first, due_ms=due, reason=reason)

    def put_off(self, due_ms: int, reason: str) -> Parcel:
        """It was not tried, because the platform takes nothing now."""
        return replace(self, due_ms=due_ms, reason=reason)

    def in_place_of(self, before: Parcel) -> Parcel:
        """The later one of the same slot; the former one is never sent. Only decisions tell of those they skip."""
        if not isinstance(before.event.data, DecisionMade):
            return self
        skipped = (*before.skipped, Skipped(before.id, before.event.data.actions), *self.skipped)
        return replace(self, skipped=skipped[-MOST_SKIPPED:])

    def expired(self, now_ms: int, patience: timedelta) -> bool:
        """It has been tried for long enough, and not only waited."""
        return self.first_ms is not None and now_ms - self.first_ms >= patience.total_seconds() * 1000

    def parked(self, topic: str, integration: str) -> Outgoing:
        """As it is kept."""
        state = {
            "tries": self.tries,
            "first_ms": self.first_ms,
            "due_ms": self.due_ms,
            "reason": self.reason,
            "skipped": [one.as_json() for one in self.skipped],
        }
        headers = [
            *self.record.headers,
            (OFFSET, str(self.record.offset).encode()),
            (TIMESTAMP, str(self.record.timestamp_ms).encode()),
            (STATE, json.dumps(state, ensure_ascii=False).encode()),
        ]
        return Outgoing(topic, self.record.partition, parked_key(integration, *self.slot), self.record.value, headers)


def unparked(topic: str, integration: str, partition: int, slot: Slot) -> Outgoing:
    """What takes a parked parcel away."""
    return Outgoing(topic, partition, parked_key(integration, *slot), None)


def restored(record: Record, decisions_topic: str) -> Parcel:
    """A parked record as the parcel it was. Raises `InvalidRecord`."""
    headers = dict(record.headers)
    try:
        state = json.loads(headers[STATE] or b"")
        original = Record(
            decisions_topic,
            record.partition,
            int(headers[OFFSET] or b""),
            int(headers[TIMESTAMP] or b""),
            None,
            record.value,
            tuple(header for header in record.headers if header[0] not in {STATE, OFFSET, TIMESTAMP}),
        )
        skipped = tuple(Skipped(UUID(one["id"]), tuple(map(Action, one["actions"]))) for one in state["skipped"])
        event = original.event()
        if not isinstance(event.data, DecisionMade | AppealChanged):
            raise InvalidRecord(f"neither a decision nor an appeal is parked, but {event.data.TYPE}")
        # The key of either follows from what it says; parked, it stands under another one.
        return Parcel(
            replace(original, key=_key_of(event)),
            event,
            state["tries"],
            state["first_ms"],
            state["due_ms"],
            state["reason"],
            skipped,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidRecord(f"not a parked decision: {type(error).__name__}") from error


def _key_of(event: Event[DecisionMade | AppealChanged]) -> bytes:
    return author_key(event.data.ref.community, event.data.author_id)
