"""One share of the communities before its bench: their events, classified a little ahead, judged batch by batch."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from feuerwache.classifier.model.classifier import Classifier
from feuerwache.cli.simulate.judgement import Bench, Judged, Received, classified
from feuerwache.common.events.base import Event
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import ForwardOverdue
from feuerwache.escalation.rules.community.fire import Fires

#: Events that are classified in one go: a judgement depends on the text alone.
AT_ONCE = 50
#: Who has nothing else to do classifies so many events ahead.
AHEAD = 1_000


class Panel:
    """`events` are the share's, in the order of their batches. `Remote` is one in a process of its own."""

    def __init__(self, bench: Bench, classifier: Classifier, events: Sequence[Received]) -> None:
        self._bench = bench
        self._classifier = classifier
        self._events = events
        self._next = 0
        self._ready: deque[tuple[datetime, Event[PostClassified]]] = deque()

    def judging(self, at: datetime, fires: Fires) -> Callable[[], Judged]:
        """Asks for the batch of this instant, while this burns; batches are asked for one after the other."""
        return partial(self.judge, at, fires)

    def hearing(self, command: Event[ForwardOverdue], now: datetime) -> Callable[[], Judged]:
        return partial(self.hear, command, now)

    def judge(self, at: datetime, fires: Fires) -> Judged:
        batch: list[Event[PostClassified]] = []
        while (self._ready or self._classify()) and self._ready[0][0] == at:
            batch.append(self._ready.popleft()[1])
        return self._bench.judge(batch, at, fires)

    def hear(self, command: Event[ForwardOverdue], now: datetime) -> Judged:
        return self._bench.judge([command], now)

    def work_ahead(self) -> bool:
        """Classifies a few of the next events; whether there was anything to do."""
        return len(self._ready) < AHEAD and self._classify()

    def _classify(self) -> bool:
        part = self._events[self._next : self._next + AT_ONCE]
        self._next += len(part)
        judged = classified([event for _, event in part], self._classifier)
        self._ready.extend(zip((at for at, _ in part), judged, strict=True))
        return bool(part)
