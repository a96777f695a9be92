"""`posts.received.v1` → `posts.classified.v1`: each event with a judgement, on the same partition under the same key.

Created and edited posts are judged, a whole batch at once; deletions, reports and actions pass with none, so that a
post's history stays in one order. The outgoing id derives from the incoming one, so a repeat is recognised as such;
event time and trace context are carried over. What is no received post becomes a dead letter with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

from feuerwache.classifier.lists import WatchedLists
from feuerwache.classifier.metrics import Metrics
from feuerwache.classifier.model.classifier import THRESHOLDS, Classifier
from feuerwache.common.config.source import ConfigError
from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.classification import Classification, PostClassified
from feuerwache.common.events.post import PostCreated, PostEdited, PostEvent
from feuerwache.common.kafka.record import NOTHING, DeadLetter, Outgoing, Output, Record, StatelessHandler
from feuerwache.common.logging import logger

STAGE = "classifier"
SOURCE = "/classifier"

log = logger(__name__)


class Judge:
    """What all partitions of a process share: the classifier, its watchlists, the figures."""

    def __init__(self, classifier: Classifier, lists: WatchedLists, metrics: Metrics) -> None:
        self.classifier = classifier
        self.metrics = metrics
        self._lists = lists

    def refresh(self) -> None:
        """Takes over changed watchlists; broken ones are reported and the last good ones stay."""
        try:
            watch = self._lists.changed()
        except ConfigError as error:
            self.metrics.watchlists_current.set(0)
            log.error("watchlists are broken, the last good ones stay", problems=[str(each) for each in error.problems])
            return
        if watch is not None:
            self.classifier.watch = watch
            self.metrics.watchlists_current.set(1)
            log.info("watchlists changed", lists=[each.id for each in watch.lists])


class ClassifyHandler(StatelessHandler):
    """`output` is the topic's name on the broker."""

    def __init__(self, judge: Judge, output: str) -> None:
        self._judge = judge
        self._output = output
        self._uncounted: list[Classification | None] = []

    async def handle(self, records: Sequence[Record]) -> Output:
        received: list[tuple[Record, Event[PostEvent]]] = []
        letters: list[DeadLetter] = []
        for record in records:
            try:
                received.append((record, _received(record)))
            except InvalidRecord as error:
                letters.append(DeadLetter.of(record, error))
        judgements = self._judged([event for _, event in received])
        self._uncounted = judgements
        outgoing = [
            self._outgoing(record, event, judgement)
            for (record, event), judgement in zip(received, judgements, strict=True)
        ]
        return Output(outgoing, letters)

    async def tick(self) -> Output:
        self._judge.refresh()
        return NOTHING

    async def committed(self) -> None:
        metrics = self._judge.metrics
        for judgement in self._uncounted:
            if judgement is None:
                metrics.passed.inc()
                continue
            metrics.scored.labels(judgement.language).inc()
            if judgement.watchlists:
                metrics.watched.inc()
            if judgement.flagged:
                for label, threshold in THRESHOLDS.items():
                    if judgement.labels[label] >= threshold:
                        metrics.flagged.labels(label).inc()
        self._uncounted = []

    def _judged(self, events: Sequence[Event[PostEvent]]) -> list[Classification | None]:
        """One judgement per event, None for those without text."""
        texts = [event.data.post.text for event in events if isinstance(event.data, PostCreated | PostEdited)]
        began = perf_counter()
        judged = iter(self._judge.classifier.classify(texts))
        if texts:
            self._judge.metrics.score_seconds.observe(perf_counter() - began)
        return [next(judged) if isinstance(event.data, PostCreated | PostEdited) else None for event in events]

    def _outgoing(self, record: Record, event: Event[Any], judgement: Classification | None) -> Outgoing:
        classified = Event(
            id=derived_id(STAGE, event.id),
            source=SOURCE,
            time=event.time,
            data=PostClassified(cause_id=event.id, received=event.data, classification=judgement),
            traceparent=event.traceparent,
        )
        return Outgoing.of(self._output, record.partition, record.key or b"", classified)


def _received(record: Record) -> Event[PostEvent]:
    """The event in a record; raises `InvalidRecord` when it is none about a post."""
    event = record.event()
    if not isinstance(event.data, PostEvent):
        raise InvalidRecord(f"{event.type} does not belong into {record.topic}")
    return event
