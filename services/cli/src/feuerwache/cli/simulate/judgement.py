"""What classifier and rules do with the events of a moment: decisions, alarms of single posts, and the pulse. Pure.

Journals and memories stay here instead of in Redis. Journals of busy authors are folded as the service folds them, so
that they read the same; quiet ones are left as they are, which reads the same too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feuerwache.classifier.model.classifier import Classifier
from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.alarm import AlarmRaised
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.classification import Classification, PostClassified
from feuerwache.common.events.decision import DecisionMade, DecisionWithdrawn
from feuerwache.common.events.post import PostCreated, PostEdited
from feuerwache.common.events.pulse import CommunitiesPulsed
from feuerwache.escalation.rules.entry import Position
from feuerwache.escalation.rules.house import HouseRules
from feuerwache.escalation.rules.journal import MAX_ENTRIES, Journal
from feuerwache.escalation.rules.judging import AuthorOf, Judging, Options
from feuerwache.escalation.rules.memory import CommunityMemory

#: Names of the stages whose ids and sources are used, so that everything has the ids it has in the services.
CLASSIFIER, RULES = "classifier", "rules"
PARTITION = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """What one moment led to. `dead` are the reasons of the events that could not be judged."""

    decisions: Sequence[Event[DecisionMade | DecisionWithdrawn]]
    alarms: Sequence[Event[AlarmRaised]]
    pulses: Sequence[Event[CommunitiesPulsed]]
    dead: Sequence[str]


def classified(events: Sequence[Event[Any]], classifier: Classifier) -> Iterator[Event[PostClassified]]:
    """Every event with its judgement, in order; those without a text have none."""
    texts = [event.data.post.text for event in events if isinstance(event.data, PostCreated | PostEdited)]
    judgements = iter(classifier.classify(texts))
    for event in events:
        judgement: Classification | None = None
        if isinstance(event.data, PostCreated | PostEdited):
            judgement = next(judgements)
        yield Event(
            derived_id(CLASSIFIER, event.id),
            f"/{CLASSIFIER}",
            event.time,
            PostClassified.model_construct(cause_id=event.id, received=event.data, classification=judgement),
            event.traceparent,
        )


class Bench:
    """Judges moment after moment, as one partition would."""

    def __init__(self, rules: HouseRules, options: Options, shards: int) -> None:
        self._rules = rules
        self._options = options
        self._shards = shards
        self._journals: dict[AuthorOf, Journal] = {}
        self._memories: dict[str, CommunityMemory] = {}
        self._entries: Counter[AuthorOf] = Counter()
        self._sequences: Counter[int] = Counter()
        self._offset = 0

    def judge(self, events: Sequence[Event[PostClassified]], now: datetime) -> Judged:
        judging = Judging(self._rules, self._journals, self._memories, self._options, now)
        dead: list[str] = []
        for event in events:
            try:
                judging.take(event, Position("posts", 0, self._offset))
            except InvalidRecord as error:
                dead.append(str(error))
            self._offset += 1
            received = event.data.received
            self._entries[received.ref.community, received.author_id] += 1
        pulses = list(self._pulses(judging, max(event.time for event in events)))
        self._fold(judging)
        return Judged(judging.decisions, judging.alarms, pulses, dead)

    def _pulses(self, judging: Judging, at: datetime) -> Iterator[Event[CommunitiesPulsed]]:
        for shard, increments in judging.pulse.increments(self._shards).items():
            self._sequences[shard] += 1
            number = self._sequences[shard]
            pulse = CommunitiesPulsed(shard=shard, source_partition=PARTITION, sequence=number, increments=increments)
            yield Event(derived_id(RULES, "pulse", PARTITION, shard, number), "/escalation/rules", at, pulse)

    def _fold(self, judging: Judging) -> None:
        """Only journals that are long enough to be folded need what the service does after every batch."""
        for author in judging.touched:
            if self._entries[author] > MAX_ENTRIES:
                ahead = (0, self._offset)
                opened = Journal.opened(self._journals[author].saved(), {"posts": ahead, "commands": ahead})
                if opened is not None:
                    self._journals[author] = opened
