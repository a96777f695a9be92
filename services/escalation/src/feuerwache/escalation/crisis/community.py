"""One community under watch: what its pulses add up to, what burns in it, and what is raised as an alarm.

Everything follows from the order of the pulses alone: after each pulse the window that ends with the newest minute is
judged. How pulses are gathered into batches, how late they arrive and how fast the clock runs changes nothing, and a
repeat after a crash raises the same alarms with the same ids.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from feuerwache.common.events.alarm import CrisisKind, Figures
from feuerwache.common.events.base import derived_id
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.post import PostRef
from feuerwache.common.events.pulse import Increment
from feuerwache.common.faust.fence import Admission, Fence
from feuerwache.escalation.crisis import words
from feuerwache.escalation.crisis.baseline import Baseline, Usual
from feuerwache.escalation.crisis.episode import Episode, advance, severity_of
from feuerwache.escalation.crisis.finding import Finding, Sensitivity
from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.negativity import negativity
from feuerwache.escalation.crisis.quarters import OpenQuarters
from feuerwache.escalation.crisis.volume import volume
from feuerwache.escalation.crisis.week import MINUTES_PER_QUARTER, minute_of, quarter_of, start_of_minute
from feuerwache.escalation.crisis.window import WINDOW_MINUTES, Window, onset

KINDS = (CrisisKind.VOLUME_BURST, CrisisKind.NEGATIVITY_BURST)
HALF_WINDOW = timedelta(minutes=WINDOW_MINUTES / 2)


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm without its envelope. `onset` is a minute since 1970."""

    id: UUID
    kind: CrisisKind
    severity: Severity
    onset: int
    figures: Figures
    examples: tuple[PostRef, ...]


@dataclass(slots=True)
class Learned:
    """What has become history and is to be written there: counts in place of, or on top of, what was there."""

    quarters: list[Quarter] = field(default_factory=list)
    stragglers: list[Quarter] = field(default_factory=list)
    words: list[dict[str, float]] = field(default_factory=list)


class Community:
    """The state of one community; `row` is everything that has to survive."""

    def __init__(self, name: str, row: bytes | None = None) -> None:
        self._name = name
        stored: dict[str, Any] = json.loads(row) if row is not None else {}
        self._fence = Fence({int(source): number for source, number in stored.get("f", {}).items()})
        self._window = Window.from_row(stored["w"]) if "w" in stored else None
        self._open = OpenQuarters.from_row(stored["o"]) if "o" in stored else OpenQuarters(0)
        self._words: dict[str, float] = stored.get("s", {})
        self._episodes = {CrisisKind(kind): Episode.from_row(each) for kind, each in stored.get("e", {}).items()}
        self.learned = Learned()

    @property
    def row(self) -> bytes:
        stored: dict[str, Any] = {"f": self._fence.applied, "s": self._words}
        if self._window is not None:
            stored |= {"w": self._window.to_row(), "o": self._open.to_row()}
        stored["e"] = {kind.value: episode.to_row() for kind, episode in self._episodes.items()}
        return json.dumps(stored, separators=(",", ":"), ensure_ascii=False).encode()

    @property
    def newest(self) -> int | None:
        """The newest minute of live talk; None before the first."""
        return None if self._window is None else self._window.newest

    @property
    def burning(self) -> tuple[CrisisKind, ...]:
        return tuple(self._episodes)

    def take(self, source: int, sequence: int, increments: Iterable[Increment]) -> bool:
        """Counts a pulse in; False if it is a repeat. What is historic or late reaches history only."""
        if self._fence.admit(source, sequence) is Admission.REPEAT:
            return False
        for increment in increments:
            if increment.historic or increment.late:
                self._straggler(increment)
            else:
                self._live(increment)
        if self._window is not None:
            self._learn(self._window.newest)
        return True

    def judge(self, baseline: Baseline, usual_words: dict[str, float], sensitivity: Sensitivity) -> list[Alarm]:
        """The alarms that the window, as it stands now, is reason for."""
        window = self._window
        if window is None:
            return []
        usual = baseline.usual(start_of_minute(window.newest + 1) - HALF_WINDOW, self._open.recent(window.newest))
        posts, negative = window.posts_within(WINDOW_MINUTES), window.negative_within(WINDOW_MINUTES)
        findings = {
            CrisisKind.VOLUME_BURST: volume(posts, usual, sensitivity),
            CrisisKind.NEGATIVITY_BURST: negativity(posts, negative, usual, sensitivity),
        }
        alarms = []
        for kind, finding in findings.items():
            others_burn = any(other.alarming for each, other in findings.items() if each is not kind)
            if self._advance(kind, finding, usual, others_burn):
                alarms.append(self._alarm(kind, finding, usual, usual_words))
        self._keep_out(window.newest)
        return alarms

    def _live(self, increment: Increment) -> None:
        minute, quarter = minute_of(increment.minute), quarter_of(increment.minute)
        if self._window is None:
            self._window, self._open = Window(minute), OpenQuarters.beginning_with(quarter)
        since = minute - self._window.newest
        if self._window.take(increment):
            self._words = words.heard(self._words, since, increment.terms)
        if not self._open.count(quarter, increment.posts, increment.negative):
            self._straggler(increment)

    def _straggler(self, increment: Increment) -> None:
        quarter = Quarter(quarter_of(increment.minute), increment.posts, increment.negative)
        self.learned.stragglers.append(quarter)

    def _learn(self, newest: int) -> None:
        ripe = list(self._open.ripe(newest))
        self.learned.quarters += ripe
        if ripe and not self._episodes:
            self.learned.words.append(self._words)

    def _advance(self, kind: CrisisKind, finding: Finding, usual: Usual, others_burn: bool) -> bool:
        window = self._window
        assert window is not None
        per_minute = (usual.posts or 0.0) / WINDOW_MINUTES
        counts: Sequence[int] = window.posts
        if kind is CrisisKind.NEGATIVITY_BURST:
            per_minute, counts = per_minute * usual.share, window.negative
        began = window.newest - onset(counts, per_minute)
        episode, says = advance(
            self._episodes.get(kind), finding, window.newest, began, severity_of(finding, others_burn)
        )
        if episode is None:
            self._episodes.pop(kind, None)
        else:
            self._episodes[kind] = episode
        return says

    def _keep_out(self, newest: int) -> None:
        for episode in self._episodes.values():
            if episode.keeps_out(newest):
                self._open.burn(episode.onset // MINUTES_PER_QUARTER, newest // MINUTES_PER_QUARTER)

    def _alarm(self, kind: CrisisKind, finding: Finding, usual: Usual, usual_words: dict[str, float]) -> Alarm:
        window = self._window
        assert window is not None
        episode = self._episodes[kind]
        posts, negative = window.posts_within(WINDOW_MINUTES), window.negative_within(WINDOW_MINUTES)
        figures = Figures(
            window_minutes=WINDOW_MINUTES,
            posts=posts,
            usual_posts=None if usual.posts is None else round(usual.posts, 1),
            negative=negative,
            negative_share=round(negative / posts, 3) if posts else None,
            usual_negative_share=round(usual.share, 3),
            reports=window.reports,
            authors=window.authors,
            new_authors=window.new_authors,
            reach=window.reach,
            doubling_minutes=window.doubling_minutes,
            surprise=round(min(finding.surprise, 1e6), 1),
            most_said=words.most_said(self._words, usual_words),
        )
        # The quarter, not the minute: seen again after lost records, the onset may lie some minutes off.
        began = episode.onset // MINUTES_PER_QUARTER
        return Alarm(
            id=derived_id("crisis", self._name, kind.value, began, episode.level),
            kind=kind,
            severity=episode.severity,
            onset=episode.onset,
            figures=figures,
            examples=tuple(
                PostRef(community=self._name, platform=each.platform, post_id=each.post_id) for each in window.shown
            ),
        )
