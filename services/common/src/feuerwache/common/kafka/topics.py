"""Every topic in one table: name, key, partitions, how long it is kept. `feuerwache topics apply` creates them.

Partition counts are fixed when a topic is created: a key must stay on its partition, so growing means a new topic
version and a rebuild.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

DAY = timedelta(days=1)
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is to be created. `kept` None keeps the last record of each key (compaction).

    `state`: it is read as a whole at each assignment or start, so what is superseded must go soon.
    """

    name: str
    key: str
    sharded: bool
    kept: timedelta | None
    carries_text: bool = False
    dead_letters: bool = False
    state: bool = False

    @property
    def compacted(self) -> bool:
        return self.kept is None

    @property
    def dlq(self) -> str:
        return dlq_of(self.name)


def dlq_of(topic: str) -> str:
    """Where the bad records of a topic go."""
    return f"{topic}.dlq"


POSTS_SUBMITTED = Topic("posts.submitted.v1", "any", False, 14 * DAY, carries_text=True, dead_letters=True)
POSTS_RECEIVED = Topic("posts.received.v1", "community + author", False, 14 * DAY, carries_text=True, dead_letters=True)
POSTS_INDEX = Topic("posts.index.v1", "platform + post", False, None, dead_letters=True)
POSTS_ORPHANED = Topic("posts.orphaned.v1", "platform + post", False, 14 * DAY, dead_letters=True)
POSTS_WAITING = Topic("posts.waiting.v1", "platform + post + event", False, None, state=True)
POLLING_CURSORS = Topic("polling.cursors.v1", "integration", False, None, state=True)
POSTS_CLASSIFIED = Topic(
    "posts.classified.v1", "community + author", False, 14 * DAY, carries_text=True, dead_letters=True
)
DECISIONS_MADE = Topic("decisions.made.v1", "community + author", False, YEAR, dead_letters=True)
#: What authors say in their appeals, and the notes of those who decide.
DECISIONS_COMMANDS = Topic(
    "decisions.commands.v1", "community + author", False, YEAR, carries_text=True, dead_letters=True
)
AUTHORS_JOURNAL = Topic("authors.journal.v1", "community + author", False, None)
ACTIONS_RECEIPTS = Topic("actions.receipts.v1", "community + author", False, YEAR, dead_letters=True)
OUTBOUND_PARKED = Topic(
    "outbound.parked.v1", "integration + post, in the decision's partition", False, None, state=True
)
OUTBOUND_PAUSES = Topic("outbound.pauses.v1", "integration", False, None, state=True)
COMMUNITIES_PULSE = Topic("communities.pulse.v1", "shard", True, 2 * DAY, dead_letters=True)
ALARMS_RAISED = Topic("alarms.raised.v1", "shard", True, 14 * DAY, dead_letters=True)
DETECTORS_BARS = Topic("detectors.bars.v1", "community + bar, in its shard's partition", True, None)
INCIDENTS_CHANGED = Topic("incidents.changed.v1", "incident, in its shard's partition", True, None, dead_letters=True)
INCIDENTS_COMMANDS = Topic("incidents.commands.v1", "shard", True, YEAR, dead_letters=True)
PAGES_REQUESTED = Topic("pages.requested.v1", "incident, in its shard's partition", True, 14 * DAY, dead_letters=True)
PAGES_RECEIPTS = Topic("pages.receipts.v1", "shard", True, YEAR, dead_letters=True)
PAGES_FAILURES = Topic("pages.failures.v1", "shard", True, 14 * DAY, dead_letters=True)
PAGES_DELIVERIES = Topic("pages.deliveries.v1", "delivery, in its shard's partition", True, None)
ONCALL_OVERRIDES = Topic("oncall.overrides.v1", "schedule + override", True, None, dead_letters=True)

TOPICS: tuple[Topic, ...] = (
    POSTS_SUBMITTED,
    POSTS_RECEIVED,
    POSTS_INDEX,
    POSTS_ORPHANED,
    POSTS_WAITING,
    POLLING_CURSORS,
    POSTS_CLASSIFIED,
    DECISIONS_MADE,
    DECISIONS_COMMANDS,
    AUTHORS_JOURNAL,
    ACTIONS_RECEIPTS,
    OUTBOUND_PARKED,
    OUTBOUND_PAUSES,
    COMMUNITIES_PULSE,
    ALARMS_RAISED,
    DETECTORS_BARS,
    INCIDENTS_CHANGED,
    INCIDENTS_COMMANDS,
    PAGES_REQUESTED,
    PAGES_RECEIPTS,
    PAGES_FAILURES,
    PAGES_DELIVERIES,
    ONCALL_OVERRIDES,
)


@dataclass(frozen=True, slots=True)
class TopicNames:
    """The names topics go by on this broker: a prefix keeps tests (and tenants) out of each other's way."""

    prefix: str = ""

    def of(self, topic: Topic) -> str:
        return f"{self.prefix}{topic.name}"

    def dlq(self, topic: Topic) -> str:
        return f"{self.prefix}{topic.dlq}"


@dataclass(frozen=True, slots=True)
class Partitioning:
    """How many partitions topics keyed by author and topics keyed by shard have. Fixed once created."""

    posts: int = 12
    shards: int = 8

    def of(self, topic: Topic) -> int:
        return self.shards if topic.sharded else self.posts


def by_name(names: TopicNames = TopicNames()) -> Mapping[str, Topic]:
    return {names.of(topic): topic for topic in TOPICS}
