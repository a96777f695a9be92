"""One community under watch: what its pulses add up to, what burns in it, and what it has to say.

Everything follows from the order of the pulses alone: after each pulse the scene that ends with the newest minute is
shown to every detector. How pulses are gathered into batches, how late they arrive and how fast the clock runs changes
nothing, and a repeat after a crash says the same alarms with the same ids. It orchestrates and measures nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from feuerwache.common.events.alarm import CrisisKind, Figures
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.pulse import Increment
from feuerwache.common.faust.fence import Admission
from feuerwache.escalation.crisis import coordinated_posting, feud, thread_on_fire, volume_burst
from feuerwache.escalation.crisis.alarm import Alarm, Ended, Said, alarm_id, ended
from feuerwache.escalation.crisis.bars import Bars
from feuerwache.escalation.crisis.baseline import Baseline, Usual
from feuerwache.escalation.crisis.episode import CRITICAL_FACTOR, QUIET_MINUTES, advance, graver, quiet
from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.habit import Habit, Heard, slot_of
from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.quarters import OpenQuarters
from feuerwache.escalation.crisis.registry import DETECTORS
from feuerwache.escalation.crisis.scene import Scene, Sighting
from feuerwache.escalation.crisis.silence import Delivery, Silence, silence
from feuerwache.escalation.crisis.state import EPISODES_KEPT, EPISODES_OF_A_KIND, Key, State
from feuerwache.escalation.crisis.surge import Surge
from feuerwache.escalation.crisis.week import (
    MINUTES_PER_QUARTER,
    Calendar,
    minute_of,
    quarter_of,
    start_of_minute,
)
from feuerwache.escalation.crisis.window import MINUTES_KEPT, WINDOW_MINUTES, Window
from feuerwache.escalation.crisis.words import Words

#: After so many minutes without a word, every window is empty and every fire has been quiet for long enough.
CALM_MINUTES = MINUTES_KEPT + QUIET_MINUTES
#: These two together are a shitstorm; each alone at ten times the usual, and not by a handful of posts.
BURSTS = frozenset({CrisisKind.VOLUME_BURST, CrisisKind.NEGATIVITY_BURST})
CRITICAL_MEASURE = 30
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


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known about a community beyond its hot row; asked for when it is needed, for most pulses need none."""

    baseline: Callable[[], Baseline]
    habit: Callable[[], Habit]
    usual_words: Callable[[], Words]
    calendar: Calendar
    bars: Bars
    sensitivity: Sensitivity


class Community:
    """`state` is everything of it that has to survive."""

    def __init__(self, name: str, state: State | None = None) -> None:
        self._name = name
        self.state = state if state is not None else State()
        self.learned = Learned()
        self._back: list[tuple[str, Delivery, int]] = []
        self._over: list[Ended] = []
        self._usual: dict[int, Usual] = {}
        self._usual_for: tuple[int, float | None] | None = None

    @property
    def newest(self) -> int | None:
        """The newest minute of live talk; None before the first."""
        return None if self.state.window is None else self.state.window.newest

    @property
    def burning(self) -> frozenset[CrisisKind]:
        return frozenset(kind for kind, _ in self.state.episodes)

    def relearned(self) -> None:
        """What is usual has changed."""
        self._usual_for = None

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
                self._straggler(increment)
            else:
                self._live(increment)
        if self.state.window is not None:
            self._tidy(self.state.window.newest)
        return True

    def judge(self, known: Knowledge) -> list[Said]:
        """What the scene, as it stands now, is reason to say; and what has become history is put into `learned`."""
        said: list[Said] = [*self._over]
        self._over.clear()
        if self.state.window is None:
            return said
        said += self._back_again(known)
        scene = self._scene(self.state.window, known)
        burning = volume_burst.KIND in self.burning
        self._rise(scene)
        said += self._looked(known, scene)
        volume_burst.remember(scene)
        if burning and volume_burst.KIND not in self.burning:
            self.state.surge.settle(scene.peaks())
        self._keep_out(self.state.window.newest)
        self._learn(self.state.window.newest)
        return said

    def silences(self, known: Knowledge, now: int) -> Iterator[Silence]:
        """The integrations that are silent at the minute `now`. Changes nothing."""
        for name, delivery in self.state.deliveries.by_name.items():
            found = self._silence(known, name, delivery, now)
            if found is not None:
                yield found

    def calm(self, now: int) -> list[Ended]:
        """The ends of its fires, if nothing was heard for so long that they must be out. Changes nothing."""
        newest = self.newest
        if newest is None or now - newest <= CALM_MINUTES:
            return []
        return self.ends(newest + CALM_MINUTES)

    def close(self, at: int) -> list[Ended]:
        """Ends everything that burns."""
        ends = self.ends(at)
        self.state.episodes.clear()
        return ends

    def ends(self, at: int) -> list[Ended]:
        """The ends of everything that burns. Changes nothing."""
        return [
            ended(self._name, *key, onset=each.onset, at=at, peak=each.peak)
            for key, each in self.state.episodes.items()
        ]

    def alarm_of(self, silent: Silence, now: int) -> Alarm:
        """The alarm of a silence: the same whenever it is said again."""
        figures = Figures(
            silent_minutes=silent.minutes,
            usual_gap_minutes=round(silent.gap, 1),
            surprise=round(silent.surprise, 1),
        )
        kind = CrisisKind.SILENCE
        id_ = alarm_id(self._name, kind, silent.integration, silent.since, 0)
        return Alarm(id_, kind, silent.integration, Severity.HIGH, silent.since, now, figures)

    # --- counting

    def _live(self, increment: Increment) -> None:
        state = self.state
        minute, quarter = minute_of(increment.minute), quarter_of(increment.minute)
        if state.window is None:
            state.window, state.open = Window(minute), OpenQuarters.beginning_with(quarter)
            state.surge = Surge(minute)
        before = state.window.newest
        if minute - before > CALM_MINUTES:
            self._over += self.close(before + CALM_MINUTES)
        if minute // MINUTES_PER_QUARTER > before // MINUTES_PER_QUARTER:
            state.deliveries.fade(minute // MINUTES_PER_QUARTER - before // MINUTES_PER_QUARTER)
        if state.window.take(increment):
            self._follow(increment, minute, before)
        state.heard.add(increment)
        if not state.open.count(quarter, increment.posts, increment.negative, increment.reports):
            self._straggler(increment)

    def _follow(self, increment: Increment, minute: int, before: int) -> None:
        state = self.state
        assert state.window is not None
        newest = state.window.newest
        state.surge.take(minute, increment.posts)
        state.words.hear(minute - before, increment.posts, increment.terms)
        state.shown.take(minute, newest, increment.examples)
        if increment.hot_threads:
            thread_on_fire.follow(state.threads, increment.hot_threads, minute, newest)
        if increment.copies:
            coordinated_posting.follow(state.copies, increment.copies, minute, newest)
        if increment.quarrels:
            feud.follow(state.quarrels, increment.quarrels, minute, newest)
        if increment.complaints or increment.answered:
            state.complaints.take(increment.complaints, increment.answered, minute)
        self._back += state.deliveries.take(minute, increment.posts, increment.integrations)

    def _tidy(self, newest: int) -> None:
        for tracks in (self.state.threads, self.state.copies, self.state.quarrels):
            if tracks.by_name:
                tracks.tidy(newest)
        self.state.complaints.tidy(newest)

    def _straggler(self, increment: Increment) -> None:
        quarter = Quarter(quarter_of(increment.minute), increment.posts, increment.negative, increment.reports)
        self.learned.stragglers.append(quarter)

    def _keep_out(self, newest: int) -> None:
        for (kind, _), episode in self.state.episodes.items():
            if kind not in LEARNT and episode.keeps_out(newest):
                self.state.open.burn(episode.onset // MINUTES_PER_QUARTER, newest // MINUTES_PER_QUARTER)

    def _learn(self, newest: int) -> None:
        ripe = list(self.state.open.ripe(newest))
        if not ripe:
            return
        self.learned.quarters += ripe
        if not self.burning - LEARNT:
            self.learned.words.append(self.state.words.copy())
            self.learned.habits.append(
                (self.state.heard, self.state.complaints.waiting(newest) * self.state.complaints.scale)
            )
        self.state.heard = Heard()

    # --- looking

    def _rise(self, scene: Scene) -> None:
        """Takes the slow sums along to the newest minute; before anything is usual, they begin there."""
        surge = self.state.surge
        if scene.at <= surge.at:
            return
        usual = scene.usual(WINDOW_MINUTES).posts
        if usual is None:
            surge.restart(scene.at)
            return
        ended = surge.step(scene.at, usual / WINDOW_MINUTES)
        if ended is not None:
            self.learned.peaks.append(ended)

    def _scene(self, window: Window, known: Knowledge) -> Scene:
        state = self.state

        def usual(minutes: int) -> Usual:
            return self._usual_in(known, window.newest, minutes)

        def bar(kind: CrisisKind, minutes: int) -> float:
            return known.bars.factor(self._name, kind, window.newest, minutes)

        return Scene(
            at=window.newest,
            window=window,
            surge=state.surge,
            peaks=lambda: known.baseline().peaks,
            usual=usual,
            bar=bar,
            habit=known.habit,
            sensitivity=known.sensitivity,
            words=state.words,
            usual_words=known.usual_words,
            threads=state.threads,
            copies=state.copies,
            quarrels=state.quarrels,
            complaints=state.complaints,
            slot=lambda: slot_of(known.calendar.hour_of_week(start_of_minute(window.newest))),
        )

    def _usual_in(self, known: Knowledge, newest: int, minutes: int) -> Usual:
        """Asked several times a second and the same for a minute, so remembered."""
        recent = self.state.open.recent(newest)
        if self._usual_for != (newest, recent):
            self._usual, self._usual_for = {}, (newest, recent)
        if minutes not in self._usual:
            usual = known.baseline().usual(start_of_minute(newest + 1) - timedelta(minutes=minutes / 2), recent)
            if usual.posts is not None and minutes != WINDOW_MINUTES:
                usual = replace(usual, posts=usual.posts * minutes / WINDOW_MINUTES)
            self._usual[minutes] = usual
        return self._usual[minutes]

    def _looked(self, known: Knowledge, scene: Scene) -> Iterator[Said]:
        seen: dict[Key, Sighting] = {}
        for detector in DETECTORS:
            told = any(kind in detector.told_by for kind, _ in self.state.episodes)
            for sighting in detector.look(scene):
                key = detector.kind, sighting.about
                if key in self.state.episodes or (sighting.finding.alarming and not told):
                    seen[key] = sighting
        storm = all((kind, "") in seen and seen[kind, ""].finding.alarming for kind in BURSTS)
        for key, sighting in seen.items():
            yield from self._advance(key, sighting, storm, known, scene)
        for key in [key for key in self.state.episodes if key not in seen]:
            yield from self._unseen(key, scene.at)

    def _advance(self, key: Key, sighting: Sighting, storm: bool, known: Knowledge, scene: Scene) -> Iterator[Said]:
        before = self.state.episodes.get(key)
        if before is None and not self._room_for(key[0]):
            return
        severity = graver(sighting.least, _burst_severity(key[0], sighting, storm))
        episode, says = advance(before, sighting.finding, scene.at, sighting.began, severity)
        if episode is None:
            yield from self._unseen(key, scene.at)
            return
        if before is None:
            # What burns in one corner begins with what the whole burns with; once is enough.
            firsts = () if key[1] else self.state.shown.began_with(episode.onset)
            episode = replace(episode, firsts=firsts)
        self.state.episodes[key] = episode
        if says:
            yield self._alarm(key, sighting, known, scene)

    def _room_for(self, kind: CrisisKind) -> bool:
        episodes = self.state.episodes
        return len(episodes) < EPISODES_KEPT and sum(each is kind for each, _ in episodes) < EPISODES_OF_A_KIND

    def _unseen(self, key: Key, at: int) -> Iterator[Said]:
        before = self.state.episodes[key]
        episode = quiet(before, at)
        if episode is not None:
            self.state.episodes[key] = episode
            return
        del self.state.episodes[key]
        yield ended(self._name, *key, onset=before.onset, at=at, peak=before.peak)

    # --- saying

    def _alarm(self, key: Key, sighting: Sighting, known: Knowledge, scene: Scene) -> Alarm:
        kind, about = key
        episode = self.state.episodes[key]
        said = scene.words.most_said(known.usual_words())
        firsts = episode.firsts or self.state.shown.began_with(episode.onset)
        return Alarm(
            id=alarm_id(self._name, kind, about, episode.onset, episode.level),
            kind=kind,
            about=about,
            severity=episode.severity,
            onset=episode.onset,
            minute=scene.at,
            figures=_figures(kind, sighting, scene, said),
            examples=self.state.shown.examples(self._name, sighting.example),
            highlights=self.state.shown.highlights(self._name, said, firsts),
        )

    # --- silence

    def _silence(self, known: Knowledge, name: str, delivery: Delivery, until: int) -> Silence | None:
        deliveries = self.state.deliveries
        if not deliveries.steady(name, until) or deliveries.posts <= 0:
            return None

        def usually(minute: int) -> tuple[float, float] | None:
            usual = known.baseline().usual(start_of_minute(minute) + timedelta(minutes=WINDOW_MINUTES / 2))
            return None if usual.posts is None else (usual.posts / WINDOW_MINUTES, usual.dispersion)

        bar = known.bars.factor(self._name, CrisisKind.SILENCE, until, max(1, until - delivery.last))
        per_post = delivery.events / deliveries.posts
        threshold = known.sensitivity.threshold()
        return silence(name, delivery, per_post, until, usually, threshold=threshold, bar=bar)

    def _back_again(self, known: Knowledge) -> Iterator[Said]:
        """The ends of silences, found by the question that found them; other gaps are usual ones from now on."""
        for name, delivery, minute in self._back:
            was = self._silence(known, name, delivery, minute)
            if was is None:
                self.state.deliveries.usual_gap(name, minute - delivery.last - 1)
                continue
            self.state.open.burn(was.since // MINUTES_PER_QUARTER, minute // MINUTES_PER_QUARTER)
            yield ended(self._name, CrisisKind.SILENCE, name, onset=was.since, at=minute, peak=was.minutes)
        self._back.clear()


def _burst_severity(kind: CrisisKind, sighting: Sighting, storm: bool) -> Severity:
    finding = sighting.finding
    by_itself = finding.factor >= CRITICAL_FACTOR and finding.measure >= CRITICAL_MEASURE
    return Severity.CRITICAL if kind in BURSTS and (storm or by_itself) else Severity.LOW


def _figures(kind: CrisisKind, sighting: Sighting, scene: Scene, most_said: tuple[str, ...]) -> Figures:
    window, minutes = scene.window, sighting.minutes
    usual = scene.usual(minutes)
    posts, negative = window.posts_within(minutes), window.negative_within(minutes)
    growing = {CrisisKind.NEGATIVITY_BURST: window.negative, CrisisKind.REPORT_FLOOD: window.reports}
    figures = {
        "window_minutes": minutes,
        "posts": posts,
        "usual_posts": None if usual.posts is None else round(usual.posts, 1),
        "negative": negative,
        "negative_share": round(negative / posts, 3) if posts else None,
        "usual_negative_share": round(usual.share, 3),
        "reports": window.reports_within(minutes),
        "reporters": window.reporters,
        "authors": window.authors,
        "new_authors": window.new_authors,
        "regular_authors": window.regular_authors,
        "reach": window.reach,
        "doubling_minutes": window.doubling_minutes(growing.get(kind, window.posts)),
        "surprise": round(min(sighting.finding.surprise, 1e6), 1),
        "bar": round(sighting.bar, 2),
        "most_said": most_said,
        "done": window.done,
    }
    return Figures.model_validate(figures | dict(sighting.figures))
