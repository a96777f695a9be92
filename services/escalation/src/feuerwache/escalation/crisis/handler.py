"""The pulses of a shard into its rows, and the alarms that come of them. No I/O; the time is asked of a clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta

from feuerwache.common.clock import Clock
from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.alarm import AlarmRaised
from feuerwache.common.events.base import Event
from feuerwache.common.events.pulse import CommunitiesPulsed, Increment
from feuerwache.common.faust.fence import Fence
from feuerwache.common.faust.rows import Rows
from feuerwache.common.kafka.keys import shard_key
from feuerwache.common.kafka.record import DeadLetter, Outgoing, Output, Record
from feuerwache.escalation.crisis import metrics, words
from feuerwache.escalation.crisis.baseline import Baseline
from feuerwache.escalation.crisis.community import Alarm, Community
from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.history import History, Quarter, Week
from feuerwache.escalation.crisis.imports import is_import
from feuerwache.escalation.crisis.week import Calendar, quarter_of, start_of_minute

SOURCE = "/escalation/crisis"
#: Clocks of machines differ; a minute further ahead than this is a mistake, and would end the window of all others.
AHEAD = timedelta(minutes=10)
SHARD_ROW = "shard"


class CrisisHandler:
    """`calendars`: community → where it lives, asked for each batch; pulses of other communities are refused."""

    def __init__(
        self, calendars: Callable[[], Mapping[str, Calendar]], alarms_topic: str, clock: Clock, sensitivity: Sensitivity
    ) -> None:
        self._asked = calendars
        self._calendars = calendars()
        self._alarms_topic = alarms_topic
        self._clock = clock
        self._sensitivity = sensitivity
        self._baselines: dict[str, tuple[tuple[tuple[int, bytes], ...], Baseline]] = {}

    def handle(self, shard: int, records: Sequence[Record], rows: Rows) -> Output:
        outgoing: list[Outgoing] = []
        letters: list[DeadLetter] = []
        self._take_calendars()
        batch = _Batch(shard, rows)
        for record in records:
            try:
                pulse = self._pulse(shard, record)
            except InvalidRecord as error:
                letters.append(DeadLetter.of(record, error))
                continue
            for community, increments in _by_community(pulse.increments).items():
                alarms = self._taken(batch, community, pulse, increments)
                outgoing += [self._outgoing(shard, community, alarm) for alarm in alarms]
            batch.seen(pulse.source_partition, pulse.sequence)
        batch.write()
        return Output(outgoing, letters)

    def _take_calendars(self) -> None:
        """A calendar that has changed makes another baseline of the same weeks."""
        calendars = self._asked()
        if calendars is not self._calendars:
            self._calendars = calendars
            self._baselines.clear()

    def _pulse(self, shard: int, record: Record) -> CommunitiesPulsed:
        pulse = record.event().data
        if not isinstance(pulse, CommunitiesPulsed):
            raise InvalidRecord(f"a {pulse.TYPE} is no pulse")
        if pulse.shard != shard:
            raise InvalidRecord(f"a pulse of shard {pulse.shard} on partition {shard}")
        limit = self._clock.now() + AHEAD
        for increment in pulse.increments:
            if increment.community not in self._calendars:
                raise InvalidRecord(f"unknown community {increment.community!r}; see config/communities.yaml")
            if increment.minute > limit:
                raise InvalidRecord(f"minute {increment.minute.isoformat()} lies in the future")
            if min(increment.posts, increment.negative, increment.reports, increment.reach) < 0:
                raise InvalidRecord("a count is negative")
        return pulse

    def _taken(
        self, batch: _Batch, name: str, pulse: CommunitiesPulsed, increments: Sequence[Increment]
    ) -> list[Alarm]:
        if is_import(pulse.source_partition):
            batch.history(name).set(_whole_quarters(increments))
            metrics.IMPORTED.inc(len(increments))
            return []
        community = batch.community(name)
        if not community.take(pulse.source_partition, pulse.sequence, increments):
            metrics.REPEATS.inc()
            return []
        batch.learn(name)
        if community.newest is None:
            return []
        alarms = community.judge(
            self._baseline(name, batch.history(name), community.newest), batch.usual_words(name), self._sensitivity
        )
        for kind in metrics.KINDS:
            metrics.BURNING.labels(name, kind.value).set(kind in community.burning)
        return alarms

    def _baseline(self, name: str, history: History, newest: int) -> Baseline:
        """Built anew only when a week's row has changed."""
        weeks = history.rows_until(newest // 15)
        known = self._baselines.get(name)
        if known is not None and known[0] == weeks:
            return known[1]
        quarters = (quarter for index, row in weeks for quarter in Week.from_row(index, row).known())
        baseline = Baseline(quarters, self._calendars[name])
        metrics.BASELINE.labels(name).set(baseline.known)
        self._baselines[name] = (weeks, baseline)
        return baseline

    def _outgoing(self, shard: int, community: str, alarm: Alarm) -> Outgoing:
        now = self._clock.now()
        raised = AlarmRaised(
            community=community,
            kind=alarm.kind,
            severity=alarm.severity,
            onset=start_of_minute(alarm.onset),
            seen_at=now,
            figures=alarm.figures,
            examples=alarm.examples,
        )
        metrics.ALARMS.labels(alarm.kind.value, alarm.severity.value).inc()
        event = Event(id=alarm.id, source=SOURCE, time=now, data=raised)
        return Outgoing.of(self._alarms_topic, shard, shard_key(shard), event)


class _Batch:
    """The rows of a shard while a batch is handled: read once each, written once each."""

    def __init__(self, shard: int, rows: Rows) -> None:
        self._rows = rows
        self._communities: dict[str, Community] = {}
        row = rows.get(SHARD_ROW)
        self._fence = Fence({int(source): number for source, number in json.loads(row or b"{}").items()})
        self._shard = shard

    def community(self, name: str) -> Community:
        if name not in self._communities:
            self._communities[name] = Community(name, self._rows.get(f"hot/{name}"))
        return self._communities[name]

    def history(self, name: str) -> History:
        return History(self._rows, name)

    def usual_words(self, name: str) -> dict[str, float]:
        usual: dict[str, float] = json.loads(self._rows.get(f"words/{name}") or b"{}")
        return usual

    def learn(self, name: str) -> None:
        """Writes what has become history since the last time."""
        learned = self.community(name).learned
        if learned.quarters:
            self.history(name).set(learned.quarters)
        if learned.stragglers:
            self.history(name).add(learned.stragglers)
        if learned.words:
            usual = self.usual_words(name)
            for heard in learned.words:
                usual = words.learned(usual, heard)
            self._rows.put(f"words/{name}", json.dumps(usual, ensure_ascii=False).encode())
        learned.quarters, learned.stragglers, learned.words = [], [], []

    def seen(self, source: int, sequence: int) -> None:
        """Keeps count of the pulses of the whole shard, for the metric of those that never came."""
        if is_import(source):
            return
        missing = self._fence.missing(source, sequence)
        if missing:
            metrics.MISSING.inc(missing)
        self._fence.admit(source, sequence)

    def write(self) -> None:
        for name, community in self._communities.items():
            row = community.row
            metrics.ROW_BYTES.set(len(row))
            self._rows.put(f"hot/{name}", row)
        if self._communities:
            self._rows.put(SHARD_ROW, json.dumps(self._fence.applied).encode())


def _by_community(increments: Iterable[Increment]) -> dict[str, list[Increment]]:
    by_community: dict[str, list[Increment]] = {}
    for increment in increments:
        by_community.setdefault(increment.community, []).append(increment)
    return by_community


def _whole_quarters(increments: Iterable[Increment]) -> list[Quarter]:
    return [Quarter(quarter_of(each.minute), each.posts, each.negative) for each in increments]
