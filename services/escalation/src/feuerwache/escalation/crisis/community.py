"""One community under watch: what its pulses add up to, what burns in it, and what it has to say.

Everything follows from the order of the pulses alone: after each pulse the scene that ends with the newest minute is
shown to every detector. How pulses are gathered into batches, how late they arrive and how fast the clock runs changes
nothing, and a repeat after a crash says the same alarms with the same ids. It orchestrates and measures nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.pulse import Increment
from feuerwache.common.faust.fence import Admission
from feuerwache.escalation.crisis import absence, intake, volume_burst
from feuerwache.escalation.crisis.alarm import Alarm, Ended, Said
from feuerwache.escalation.crisis.episode import QUIET_MINUTES
from feuerwache.escalation.crisis.fires import Fires
from feuerwache.escalation.crisis.habit import Heard, slot_of
from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.intake import News
from feuerwache.escalation.crisis.knowledge import Knowledge, Usually
from feuerwache.escalation.crisis.registry import DETECTORS
from feuerwache.escalation.crisis.saying import alarm_of_silence
from feuerwache.escalation.crisis.scene import Scene
from feuerwache.escalation.crisis.silence import Silence
from feuerwache.escalation.crisis.state import State
from feuerwache.escalation.crisis.week import MINUTES_PER_QUARTER, minute_of, start_of_minute
from feuerwache.escalation.crisis.window import MINUTES_KEPT, WINDOW_MINUTES, Window
from feuerwache.escalation.crisis.words import Words

#: After so many minutes without a word, every window is empty and every fire has been quiet for long enough.
CALM_MINUTES = MINUTES_KEPT + QUIET_MINUTES
LEARNT = frozenset(detector.kind for detector in DETECTORS if detector.learnt)


@dataclass(slots=True)
class Learned:
    """What has become history and is to be written there: counts in place of, or on top of, what was there.

    `habits`: what was heard besides posts, and how many complaints were waiting. `peaks`: the highest of a day.
    """

    quarters: list[Quarter] = field(default_factory=list)
    stragglers: list[Quarter] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    habits: list[tuple[Heard, int]] = field(default_factory=list)
    peaks: list[tuple[int, list[float]]] = field(default_factory=list)


class Community:
    """`state` is everything of it that has to survive."""

    def __init__(self, name: str, state: State | None = None) -> None:
        self._name = name
        self.state = state if state is not None else State()
        self.learned = Learned()
        self._news = News()
        self._over: list[Ended] = []
        self._usually = Usually()

    @property
    def newest(self) -> int | None:
        """The newest minute of live talk; None before the first."""
        return None if self.state.window is None else self.state.window.newest

    @property
    def burning(self) -> frozenset[CrisisKind]:
        return frozenset(kind for kind, _ in self.state.episodes)

    def relearned(self) -> None:
        """What is usual has changed."""
        self._usually.forget()

    def take(self, source: int, sequence: int, increments: Iterable[Increment], limit: int) -> bool:
        """Counts a pulse in; False if it is a repeat. What is historic or late reaches history only.

        `limit`: the last minute, since 1970, that can be true. A window beyond it was made by a clock that was wrong.
        """
        if self.state.fence.admit(source, sequence) is Admission.REPEAT:
            return False
        if self.state.window is not None and self.state.window.newest > limit:
            self._over += self.close(limit)
            self.state = self.state.rewound()
        for increment in increments:
            if increment.historic or increment.late:
                self.learned.stragglers.append(intake.straggler(increment))
            else:
                self._live(increment)
        if self.state.window is not None:
            intake.tidy(self.state, self.state.window.newest)
        return True

    def judge(self, known: Knowledge) -> list[Said]:
        """What the scene, as it stands now, is reason to say; and what has become history is put into `learned`."""
        said: list[Said] = [*self._over]
        self._over.clear()
        window = self.state.window
        if window is None:
            return said
        if self._news.back:
            said += absence.back_again(self._name, self.state, known, self._news.back)
            self._news.back.clear()
        scene = self._scene(window, known)
        burning = volume_burst.KIND in self.burning
        self._rise(scene)
        said += Fires(self._name, self.state).look(scene)
        volume_burst.remember(scene)
        if burning and volume_burst.KIND not in self.burning:
            self.state.surge.settle(scene.peaks())
        self._keep_out(window.newest)
        self._learn(window.newest)
        return said

    def silences(self, known: Knowledge, now: int) -> Iterator[Silence]:
        """The integrations that are silent at the minute `now`. Changes nothing."""
        return absence.absent(self._name, self.state, known, now)

    def alarm_of(self, silent: Silence, now: int) -> Alarm:
        return alarm_of_silence(self._name, silent, now)

    def calm(self, now: int) -> list[Ended]:
        """The ends of its fires, if nothing was heard for so long that they must be out. Changes nothing."""
        newest = self.newest
        if newest is None or now - newest <= CALM_MINUTES:
            return []
        return self.ends(newest + CALM_MINUTES)

    def close(self, at: int) -> list[Ended]:
        """Ends everything that burns."""
        return Fires(self._name, self.state).put_out(at)

    def ends(self, at: int) -> list[Ended]:
        """The ends of everything that burns. Changes nothing."""
        return Fires(self._name, self.state).ends(at)

    def _live(self, increment: Increment) -> None:
        minute = minute_of(increment.minute)
        newest = intake.begun(self.state, minute).newest
        if minute - newest > CALM_MINUTES:
            self._over += self.close(newest + CALM_MINUTES)
        intake.count(self.state, increment, minute, self._news)
        if self._news.stragglers:
            self.learned.stragglers += self._news.stragglers
            self._news.stragglers.clear()

    def _scene(self, window: Window, known: Knowledge) -> Scene:
        state, at = self.state, window.newest

        def bar(kind: CrisisKind, minutes: int) -> float:
            return known.bars.factor(self._name, kind, at, minutes)

        return Scene(
            at=at,
            window=window,
            surge=state.surge,
            peaks=lambda: known.baseline().peaks,
            usual=self._usually.until(at, state.open.recent(at), known.baseline),
            stands_out=lambda: known.baseline().stands_out(start_of_minute(at)),
            bar=bar,
            habit=known.habit,
            sensitivity=known.sensitivity,
            words=state.words,
            usual_words=known.usual_words,
            threads=state.threads,
            copies=state.copies,
            quarrels=state.quarrels,
            complaints=state.complaints,
            slot=lambda minute: slot_of(known.calendar.hour_of_week(start_of_minute(minute))),
        )

    def _rise(self, scene: Scene) -> None:
        """Takes the slow sums along to the newest minute; before anything is usual, they begin there."""
        surge = self.state.surge
        if scene.at <= surge.at:
            return
        usual = scene.usual(WINDOW_MINUTES).posts
        if usual is None:
            surge.restart(scene.at)
            return
        day = surge.step(scene.at, usual * scene.bar(volume_burst.KIND, 1) / WINDOW_MINUTES)
        if day is not None:
            self.learned.peaks.append(day)

    def _keep_out(self, newest: int) -> None:
        for (kind, _), episode in self.state.episodes.items():
            if kind not in LEARNT and episode.keeps_out(newest):
                self.state.open.burn(episode.onset // MINUTES_PER_QUARTER, newest // MINUTES_PER_QUARTER)

    def _learn(self, newest: int) -> None:
        ripe = self.state.open.ripe(newest)
        if not ripe:
            return
        self.learned.quarters += ripe
        if not self.burning - LEARNT:
            complaints = self.state.complaints
            self.learned.words.append(self.state.words.copy())
            self.learned.habits.append((self.state.heard, complaints.waiting(newest) * complaints.scale))
        self.state.heard = Heard()
