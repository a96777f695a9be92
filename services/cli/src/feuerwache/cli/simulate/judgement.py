"""What classifier and rules do with the events of a moment: decisions, alarms of single posts, and increments. Pure.

Journals and memories stay here instead of in Redis. Journals of busy authors are folded as the service folds them, so
that they read the same; quiet ones are left as they are, which reads the same too. What burns is told from outside,
for each moment anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feuerwache.classifier.model.classifier import Classifier
from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.alarm import AlarmEnded, AlarmRaised
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.classification import Classification, PostClassified
from feuerwache.common.events.decision import DecisionMade
from feuerwache.common.events.post import PostCreated, PostEdited, PostEvent
from feuerwache.common.events.pulse import Increment
from feuerwache.escalation.rules.author.brand import BrandAuthor, BrandMemory
from feuerwache.escalation.rules.author.entry import Position
from feuerwache.escalation.rules.author.journal import Journal, Source
from feuerwache.escalation.rules.community.fire import NO_FIRES, Fires
from feuerwache.escalation.rules.community.memory import CommunityMemory
from feuerwache.escalation.rules.forwarding.deadline import Deadline, Passed
from feuerwache.escalation.rules.house import HouseRules
from feuerwache.escalation.rules.judging.judging import AuthorOf, Judging, Options

#: Name of the stage whose ids and source are used, so that everything has the ids it has in the services.
CLASSIFIER = "classifier"


@dataclass(frozen=True, slots=True)
class Judged:
    """What one moment led to, in the order of communities. `actions` counts decisions by their first action.

    `increments` are the pulse's, by shard; `latest` is the time of the newest event; `dead` are the reasons of the
    events that could not be judged. `deadlines` are what is waited for since then of posts that were passed on, in the
    order of the posts (None: nothing more); `forwards` counts such posts by department and what became of them;
    `came_up` are those that show up again because nobody answered.
    """

    latest: datetime
    actions: Counter[str]
    withdrawn: int
    alarms: Sequence[Event[AlarmRaised | AlarmEnded]]
    increments: Mapping[int, Sequence[Increment]]
    dead: Sequence[str]
    deadlines: Mapping[Passed, Deadline | None]
    forwards: Counter[tuple[str, str]]
    came_up: Sequence[Passed]

    @classmethod
    def joined(cls, parts: Sequence[Judged]) -> Judged:
        """Of several benches that judged different communities at the same moment."""
        if len(parts) == 1:
            return parts[0]
        shards = sorted({shard for part in parts for shard in part.increments})
        return cls(
            latest=max(part.latest for part in parts),
            actions=sum((part.actions for part in parts), Counter()),
            withdrawn=sum(part.withdrawn for part in parts),
            alarms=_by_community(alarm for part in parts for alarm in part.alarms),
            increments={
                shard: _ordered(increment for part in parts for increment in part.increments.get(shard, ()))
                for shard in shards
            },
            dead=[reason for part in parts for reason in part.dead],
            deadlines=dict(sorted(each for part in parts for each in part.deadlines.items())),
            forwards=sum((part.forwards for part in parts), Counter()),
            came_up=sorted(passed for part in parts for passed in part.came_up),
        )


#: An event and the instant at which it is judged.
Received = tuple[datetime, Event[PostEvent]]
#: Told how many were judged.
Progress = Callable[[int], None]


def _by_community(alarms: Iterable[Event[AlarmRaised | AlarmEnded]]) -> list[Event[AlarmRaised | AlarmEnded]]:
    return sorted(alarms, key=lambda alarm: alarm.data.community)


def _ordered(increments: Iterable[Increment]) -> tuple[Increment, ...]:
    return tuple(sorted(increments, key=lambda increment: increment.community))


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
        self._answered: dict[str, dict[str, int]] = {}
        self._brands: dict[BrandAuthor, dict[bytes, bytes]] = {}
        self._offset = 0

    def judge(self, events: Sequence[Event[Any]], now: datetime, fires: Fires = NO_FIRES) -> Judged:
        """Posts as they come from the classifier, or commands. `fires` is what burns now."""
        judging = Judging(
            self._rules,
            self._journals,
            self._memories,
            self._options,
            now,
            brand=self._brand(events),
            fires=fires,
            answered=self._answered,
        )
        dead: list[str] = []
        for event in events:
            source: Source = "posts" if isinstance(event.data, PostClassified) else "commands"
            try:
                judging.take(event, Position(source, 0, self._offset))
            except InvalidRecord as error:
                dead.append(str(error))
            self._offset += 1
        self._remember(judging)
        made = [decision.data for decision in judging.decisions]
        return Judged(
            latest=max(event.time for event in events),
            actions=Counter(each.action.value for each in made if isinstance(each, DecisionMade)),
            withdrawn=sum(not isinstance(each, DecisionMade) for each in made),
            alarms=_by_community([*judging.alarms, *judging.pauses]),
            increments={
                shard: _ordered(increments)
                for shard, increments in sorted(judging.pulse.increments(self._shards).items())
            },
            dead=dead,
            deadlines=dict(sorted(judging.deadlines.items())),
            forwards=judging.forwards,
            came_up=sorted(
                Passed(each.ref.community, each.author_id, each.ref.platform, each.ref.post_id)
                for each in made
                if isinstance(each, DecisionMade) and each.cause == "overdue"
            ),
        )

    def _brand(self, events: Sequence[Event[Any]]) -> BrandMemory:
        """What the brand's other communities know of the authors of these events, where they share it."""
        brand = BrandMemory()
        for event in events:
            subject = event.data.received if isinstance(event.data, PostClassified) else event.data
            account = self._rules.shared(subject.ref, subject.author_id)
            if account is not None:
                brand.ask((subject.ref.community, subject.author_id), account)
        brand.learn([self._brands.get(account, {}) for account in brand.accounts])
        return brand

    def _remember(self, judging: Judging) -> None:
        """What the service does by saving and opening a journal, and what it keeps of the team's answers and for the
        brand: this batch is the past of the next.
        """
        for account, parts in judging.brand.gained(judging.marks()).items():
            self._brands.setdefault(account, {}).update({name.encode(): part for name, part in parts.items()})
        for author in judging.touched:
            self._journals[author].settle()
        for community, answers in judging.team_answers.items():
            known = self._answered.setdefault(community, {})
            for post, at in answers.items():
                known[post] = max(at, known.get(post, at))
