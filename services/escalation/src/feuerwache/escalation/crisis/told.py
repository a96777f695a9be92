"""Follows `detectors.bars.v1`: the bars that people raised by muting an announced campaign or calling an alarm false.

A projection in memory, read anew at each start. Until it has caught up the process is not ready, but it watches: an
alarm too many is better than none. A record that is no bar is counted and passed over, for a reader without offsets
cannot dead-letter it and the others must hold all the same. A record without value takes its bar away.
"""

from __future__ import annotations

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.alarm import BarRaised
from feuerwache.common.kafka.follow import Follower
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import DETECTORS_BARS
from feuerwache.common.logging import logger
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.crisis import metrics
from feuerwache.escalation.crisis.bars import NO_BARS, Bar, Bars

log = logger(__name__)


class Told:
    """`current` is another object whenever something has changed."""

    def __init__(self, settings: CommonSettings) -> None:
        self._known: dict[bytes | None, Bar] = {}
        self._current: Bars | None = NO_BARS
        self.follower = Follower(settings, DETECTORS_BARS, "the raised bars", self.take)

    def current(self) -> Bars:
        if self._current is None:
            self._current = Bars(self._known.values())
        return self._current

    def take(self, record: Record) -> None:
        """Puts one record into what is known; the newest of a key holds."""
        if record.value is None:
            if self._known.pop(record.key, None) is not None:
                self._current = None
            return
        try:
            raised = record.event().data
            if not isinstance(raised, BarRaised):
                raise InvalidRecord(f"a {raised.TYPE} is no bar")
        except InvalidRecord as error:
            metrics.BARS_UNREADABLE.inc()
            log.error("a raised bar cannot be read", offset=record.offset, reason=str(error))
            return
        self._known[record.key] = Bar.of(raised)
        self._current = None
