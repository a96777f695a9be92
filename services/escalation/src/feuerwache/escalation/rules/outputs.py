"""What a judged batch leads to, as records of the batch's transaction, each on its partition and under its key."""

from __future__ import annotations

from datetime import datetime

from feuerwache.common.events.base import Event, Payload, derived_id
from feuerwache.common.events.pulse import CommunitiesPulsed
from feuerwache.common.kafka.keys import alarm_shard, author_key, shard_key
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import ALARMS_RAISED, AUTHORS_JOURNAL, COMMUNITIES_PULSE, DECISIONS_MADE
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.rules.author.journal import Positions
from feuerwache.escalation.rules.judging.judging import SOURCE, AuthorOf, Judging

#: shard → number of the last pulse.
Sequences = dict[int, int]
#: Increments of one pulse.
MAX_INCREMENTS = 50


class Outputs:
    """Writes for one partition: author-keyed records stay on its number, sharded ones go to their shard's."""

    def __init__(self, partition: int, settings: CommonSettings) -> None:
        names = settings.topics()
        self._partition = partition
        self._shards = settings.partitioning().shards
        self._decisions = names.of(DECISIONS_MADE)
        self._alarms = names.of(ALARMS_RAISED)
        self._pulses = names.of(COMMUNITIES_PULSE)
        self._journals = names.of(AUTHORS_JOURNAL)

    def decisions(self, judging: Judging) -> list[Outgoing]:
        """Decisions, and where appeals stand."""
        return [
            Outgoing.of(
                self._decisions, self._partition, author_key(event.data.ref.community, event.data.author_id), event
            )
            for event in (*judging.decisions, *judging.appeals)
        ]

    def alarms(self, judging: Judging) -> list[Outgoing]:
        return [
            self._sharded(self._alarms, alarm_shard(event.data.community, event.data.brand, self._shards), event)
            for event in (*judging.alarms, *judging.pauses)
        ]

    def pulses(self, judging: Judging, at: datetime, sequences: Sequences) -> list[Outgoing]:
        """A pulse per shard that was touched; `sequences` is counted on. `at` is the newest event's time.

        A batch that spans many minutes (a backlog, an import) is told in several: no record gets too large.
        """
        outgoing: list[Outgoing] = []
        for shard, increments in judging.pulse.increments(self._shards).items():
            for start in range(0, len(increments), MAX_INCREMENTS):
                sequence = sequences[shard] = sequences.get(shard, 0) + 1
                pulse = CommunitiesPulsed(
                    shard=shard,
                    source_partition=self._partition,
                    sequence=sequence,
                    increments=increments[start : start + MAX_INCREMENTS],
                )
                pulse_id = derived_id("rules", "pulse", self._partition, shard, sequence)
                outgoing.append(self._sharded(self._pulses, shard, Event(pulse_id, SOURCE, at, pulse)))
        return outgoing

    def journals(
        self, judging: Judging, at: datetime, after: Positions, sequences: Sequences
    ) -> dict[AuthorOf, Outgoing]:
        """The journal of each author touched; the last one carries the pulse numbers, for a rebuild."""
        outgoing: dict[AuthorOf, Outgoing] = {}
        last = next(reversed(judging.touched), None)
        for author in judging.touched:
            saved = judging.journals[author].saved()
            if author == last:
                saved = saved.model_copy(update={"sequences": sequences})
            event_id = derived_id("rules", "journal", *author, *after.values())
            event = Event(event_id, SOURCE, at, saved)
            outgoing[author] = Outgoing.of(self._journals, self._partition, author_key(*author), event)
        return outgoing

    def _sharded(self, topic: str, shard: int, event: Event[Payload]) -> Outgoing:
        return Outgoing.of(topic, shard, shard_key(shard), event)
