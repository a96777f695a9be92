"""The communities of this process, kept parsed between batches, and the rows they are read from and written to.

A row is parsed only when its bytes are not those that were written last: after an assignment, a recovery, or a batch
that failed halfway. A row that cannot be read is a community that begins anew, and is counted; a process that died of
it would die again after each restart.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.faust.rows import Rows
from feuerwache.common.logging import logger
from feuerwache.escalation.crisis import metrics
from feuerwache.escalation.crisis.bars import Bars
from feuerwache.escalation.crisis.baseline import Baseline
from feuerwache.escalation.crisis.community import Community, Learned
from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.habit import Habit
from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.knowledge import Knowledge
from feuerwache.escalation.crisis.state import UNREADABLE, State
from feuerwache.escalation.crisis.week import Calendar
from feuerwache.escalation.crisis.words import Words

T = TypeVar("T")

log = logger(__name__)


@dataclass(slots=True)
class Entry:
    """One community as it is known here; None: not read yet, or changed since."""

    community: Community
    row: bytes | None = None
    baseline: Baseline | None = None
    habit: Habit | None = None
    words: Words | None = None
    burning: frozenset[CrisisKind] = frozenset()


class Shelf:
    """`take` an entry out, work on it, `put` it back: what is not put back is read again."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def take(self, rows: Rows, name: str) -> Entry:
        row = rows.get(f"hot/{name}")
        known = self._entries.pop(name, None)
        if known is not None and (known.row is row or known.row == row):
            return known
        return Entry(Community(name, _state(row, name)), row)

    def peek(self, rows: Rows, name: str) -> Entry:
        """An entry that is not going to be changed."""
        entry = self.take(rows, name)
        self._entries[name] = entry
        return entry

    def put(self, rows: Rows, name: str, entry: Entry) -> None:
        entry.row = entry.community.state.to_row()
        metrics.ROW_BYTES.set(len(entry.row))
        rows.put(f"hot/{name}", entry.row)
        self._entries[name] = entry

    def forget_baselines(self) -> None:
        """A calendar that has changed makes another baseline of the same weeks."""
        for entry in self._entries.values():
            entry.baseline = None
            entry.community.relearned()


def baseline(entry: Entry, rows: Rows, name: str, calendar: Calendar) -> Baseline:
    if entry.baseline is None:
        row = rows.get(f"baseline/{name}")
        try:
            entry.baseline = Baseline.from_row(row, calendar)
        except (*UNREADABLE, struct.error) as error:
            _unreadable(f"baseline/{name}", error)
            entry.baseline = Baseline((), calendar)
        entry.community.relearned()
        metrics.BASELINE.labels(name).set(entry.baseline.known)
    return entry.baseline


def habit(entry: Entry, rows: Rows, name: str) -> Habit:
    if entry.habit is None:
        entry.habit = _remembered(rows, f"habit/{name}", Habit.from_row, Habit)
    return entry.habit


def usual_words(entry: Entry, rows: Rows, name: str) -> Words:
    if entry.words is None:
        entry.words = _remembered(rows, f"words/{name}", Words.from_row, Words)
    return entry.words


def knowledge(
    entry: Entry, rows: Rows, name: str, calendar: Calendar, *, bars: Bars, sensitivity: Sensitivity
) -> Knowledge:
    """What its detectors may ask for; read from rows when they do."""
    return Knowledge(
        baseline=lambda: baseline(entry, rows, name, calendar),
        habit=lambda: habit(entry, rows, name),
        usual_words=lambda: usual_words(entry, rows, name),
        calendar=calendar,
        bars=bars,
        sensitivity=sensitivity,
    )


def learn(entry: Entry, rows: Rows, name: str, slot: int, calendar: Calendar) -> None:
    """Writes what has become history since the last time. `slot`: the hour of habits it belongs to."""
    changed = absorbed(entry, rows, name, slot, calendar)
    if "baseline" in changed:
        write_baseline(entry, rows, name, calendar)
    if "words" in changed:
        _remember(rows, f"words/{name}", usual_words(entry, rows, name).to_row())
    if "habit" in changed:
        _remember(rows, f"habit/{name}", habit(entry, rows, name).to_row())


def absorbed(entry: Entry, rows: Rows, name: str, slot: int, calendar: Calendar) -> set[str]:
    """Learns what has become history, and says which rows that changes; for who stores none, it is done with that."""
    learned, changed = entry.community.learned, set[str]()
    if learned.quarters or learned.stragglers or learned.peaks:
        known = baseline(entry, rows, name, calendar)
        for day, highest in learned.peaks:
            known.peaks.remember(day, highest)
        known.add(learned.stragglers)
        known.learn(learned.quarters)
        changed.add("baseline")
    elif entry.baseline is not None and entry.baseline.unwritten:
        changed.add("baseline")
    if changed:
        entry.community.relearned()
    if learned.words:
        usual = usual_words(entry, rows, name)
        for heard in learned.words:
            usual.learn(heard)
        changed.add("words")
    if learned.habits:
        usually = habit(entry, rows, name)
        for counts, waiting in learned.habits:
            usually.learn(counts, slot, waiting)
        changed.add("habit")
    if changed:
        entry.community.learned = Learned()
    return changed


def imported(entry: Entry, rows: Rows, name: str, quarters: list[Quarter], calendar: Calendar) -> None:
    """Counts of earlier weeks, to be written when all of a batch are in. They are learned before they are asked for."""
    baseline(entry, rows, name, calendar).set(quarters)
    entry.community.relearned()


def write_baseline(entry: Entry, rows: Rows, name: str, calendar: Calendar) -> None:
    rows.put(f"baseline/{name}", baseline(entry, rows, name, calendar).to_row())


def _remembered(rows: Rows, row_name: str, from_row: Callable[[Any], T], nothing: Callable[[], T]) -> T:
    """What a row of JSON holds; `nothing` where there is none, or none that can be read."""
    row = rows.get(row_name)
    if row is None:
        return nothing()
    try:
        return from_row(json.loads(row))
    except UNREADABLE as error:
        _unreadable(row_name, error)
        return nothing()


def _remember(rows: Rows, row_name: str, stored: Any) -> None:
    rows.put(row_name, json.dumps(stored, separators=(",", ":"), ensure_ascii=False).encode())


def _state(row: bytes | None, name: str) -> State:
    if row is None:
        return State()
    try:
        return State.from_row(row)
    except UNREADABLE as error:
        _unreadable(f"hot/{name}", error)
        return State()


def _unreadable(name: str, error: Exception) -> None:
    metrics.UNREADABLE.inc()
    log.error("a row cannot be read and is begun anew", row=name, reason=repr(error))
