"""What an alarm says: how much against usual, how fast it grows, who writes, what is said, and which posts show it."""

from __future__ import annotations

from feuerwache.common.events.alarm import CrisisKind, Figures
from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.alarm import Alarm, alarm_id
from feuerwache.escalation.crisis.episode import Episode
from feuerwache.escalation.crisis.scene import Scene, Sighting
from feuerwache.escalation.crisis.shown import Shown
from feuerwache.escalation.crisis.silence import Silence
from feuerwache.escalation.crisis.state import Key


def alarm(community: str, key: Key, episode: Episode, sighting: Sighting, scene: Scene, *, shown: Shown) -> Alarm:
    """The alarm that `episode` says at its level, with what the scene and the posts `shown` tell about it."""
    kind, about = key
    words = scene.words.most_said(scene.usual_words())
    firsts = episode.firsts or shown.began_with(episode.onset)
    return Alarm(
        id=alarm_id(community, kind, about, episode.onset, episode.level),
        kind=kind,
        about=about,
        severity=episode.severity,
        onset=episode.onset,
        minute=scene.at,
        figures=_figures(kind, sighting, scene, words),
        examples=shown.examples(community, sighting.example),
        highlights=shown.highlights(community, words, firsts),
    )


def alarm_of_silence(community: str, silent: Silence, now: int) -> Alarm:
    """The same whenever it is said again."""
    figures = Figures(
        silent_minutes=silent.minutes,
        usual_gap_minutes=round(silent.gap, 1),
        surprise=round(silent.surprise, 1),
    )
    kind = CrisisKind.SILENCE
    id_ = alarm_id(community, kind, silent.integration, silent.since, 0)
    return Alarm(id_, kind, silent.integration, Severity.HIGH, silent.since, now, figures)


def _figures(kind: CrisisKind, sighting: Sighting, scene: Scene, most_said: tuple[str, ...]) -> Figures:
    window, minutes = scene.window, sighting.minutes
    usual = scene.usual(minutes)
    posts, negative, reports = (
        count(minutes) for count in (window.posts_within, window.negative_within, window.reports_within)
    )
    growing = {CrisisKind.NEGATIVITY_BURST: window.negative, CrisisKind.REPORT_FLOOD: window.reports}
    figures = {
        "window_minutes": minutes,
        "posts": posts,
        "usual_posts": None if usual.posts is None else round(usual.posts, 1),
        "negative": negative,
        "negative_share": round(negative / posts, 3) if posts else None,
        "usual_negative_share": round(usual.share, 3),
        "reports": reports,
        # Estimated, and over a few minutes more: never more people than reports.
        "reporters": min(window.reporters, reports),
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
