"""How counts of earlier weeks travel: as historic pulses under a source number that no partition has.

An increment under such a number is the whole count of its quarter hour, so it is set, not added: importing the same
file twice, or a corrected one, leaves what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.pulse import CommunitiesPulsed, Increment
from feuerwache.common.kafka.keys import shard_key, shard_of
from feuerwache.common.kafka.record import Outgoing
from feuerwache.escalation.crisis.csvfile import Count

SOURCE = "/baseline/import"
FIRST_SOURCE = 1_000_000
ROWS_PER_PULSE = 200


def is_import(source_partition: int) -> bool:
    return source_partition >= FIRST_SOURCE


def import_pulses(counts: Sequence[Count], shards: int) -> Iterator[CommunitiesPulsed]:
    """The counts as pulses of at most `ROWS_PER_PULSE` rows, each for one shard; sequences rise per source."""
    by_shard: dict[int, list[Count]] = {}
    for count in counts:
        by_shard.setdefault(shard_of(count.community, shards), []).append(count)
    for shard, mine in sorted(by_shard.items()):
        for sequence, start in enumerate(range(0, len(mine), ROWS_PER_PULSE), start=1):
            yield CommunitiesPulsed(
                shard=shard,
                source_partition=FIRST_SOURCE + shard,
                sequence=sequence,
                increments=tuple(_increment(count) for count in mine[start : start + ROWS_PER_PULSE]),
            )


def outgoing(pulse: CommunitiesPulsed, topic: str, now: datetime) -> Outgoing:
    """The pulse as a record. Its id follows from what it says: the same rows again are the same event again."""
    event = Event(derived_id("baseline-import", pulse.model_dump_json()), SOURCE, now, pulse)
    return Outgoing.of(topic, pulse.shard, shard_key(pulse.shard), event)


def _increment(count: Count) -> Increment:
    return Increment(
        community=count.community, minute=count.start, posts=count.posts, negative=count.negative, historic=True
    )
