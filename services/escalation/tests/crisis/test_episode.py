"""One fire, few words: when an episode begins, says so again, goes quiet, ends."""

from __future__ import annotations

from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.episode import LONGEST_MINUTES, QUIET_MINUTES, Episode, advance
from feuerwache.escalation.crisis.finding import NOTHING, Finding


def burning(measure: int) -> Finding:
    return Finding(measure, 3.0, 50.0, alarming=True, quiet=False)


def test_from_alarm_to_quiet() -> None:
    episode, says = advance(None, burning(100), 1000, 990, Severity.HIGH)
    assert episode == Episode(990, Severity.HIGH, 0, 100, 1000, peak=100) and says
    episode, says = advance(episode, burning(250), 1014, 1, Severity.HIGH)
    assert episode is not None and not says and episode.onset == 990, "the window is still filling"
    episode, says = advance(episode, burning(199), 1015, 1, Severity.HIGH)
    assert episode is not None and not says
    episode, says = advance(episode, burning(200), 1016, 1, Severity.HIGH)
    assert episode is not None and says and (episode.level, episode.said) == (1, 200)
    episode, says = advance(episode, burning(201), 1017, 1, Severity.CRITICAL)
    assert episode is not None and says and (episode.level, episode.severity) == (2, Severity.CRITICAL)
    episode, says = advance(episode, burning(150), 1018, 1, Severity.HIGH)
    assert episode is not None and not says and episode.severity is Severity.CRITICAL, "it never gets milder"
    assert episode.peak == 250
    episode, _ = advance(episode, NOTHING, 1020, 1, Severity.HIGH)
    assert episode is not None and episode.quiet_since == 1020
    episode, _ = advance(episode, burning(50), 1025, 1, Severity.HIGH)
    assert episode is not None and episode.quiet_since is None, "it flared up again"
    episode, _ = advance(episode, NOTHING, 1030, 1, Severity.HIGH)
    episode, _ = advance(episode, NOTHING, 1030 + QUIET_MINUTES, 1, Severity.HIGH)
    assert episode is None


def test_what_burns_for_days_is_learnt_in_the_end() -> None:
    episode = Episode(0, Severity.HIGH, 0, 100, 0)
    assert episode.keeps_out(LONGEST_MINUTES)
    assert not episode.keeps_out(LONGEST_MINUTES + 1)
