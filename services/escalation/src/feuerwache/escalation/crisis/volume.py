"""The volume detector: are there far more posts in these 15 minutes than this community has at this hour?"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from feuerwache.escalation.crisis.baseline import Usual
from feuerwache.escalation.crisis.finding import NOTHING, QUIET_PART, Finding, Sensitivity
from feuerwache.escalation.crisis.peaks import Peaks
from feuerwache.escalation.crisis.surge import Surge
from feuerwache.escalation.crisis.tails import count_surprise


def volume(posts: int, usual: Usual, sensitivity: Sensitivity, threshold: float | None = None) -> Finding:
    """The surprise is the negative binomial tail of the count. Says nothing while nobody knows what is usual."""
    if usual.posts is None:
        return NOTHING
    needed = sensitivity.threshold() if threshold is None else threshold
    factor = posts / usual.posts
    surprise = count_surprise(posts, usual.posts, usual.dispersion)
    enough = posts >= sensitivity.least_posts and factor >= sensitivity.least_factor
    return Finding(
        measure=posts,
        factor=factor,
        surprise=surprise,
        alarming=enough and surprise >= needed,
        quiet=not enough or surprise < needed * QUIET_PART,
    )


@dataclass(frozen=True, slots=True)
class Count:
    """Posts of a window, and how many it usually holds."""

    posts: float
    usual: float


def surging(
    ordinary: Count,
    quick: Count,
    surge: Surge,
    peaks: Peaks,
    sensitivity: Sensitivity,
    *,
    bar: float = 1.0,
    announced: float = 0.0,
) -> Finding:
    """Judges the quick window (five minutes, or one row of a series), and the slow sums of `surge`, which is advanced
    to the same minute. `ordinary` is the window of 15 minutes, or of one row: its count is the measure. A `bar` (how
    many times the usual counts as usual) is in both windows' usual already; `announced` is what it makes usual in a
    minute.

    The surprise is that of the rarest scale, measured by the community's own peaks (`peaks.py`). Quiet is when the
    ordinary window holds less than 1.5 times the usual, though the slow sums may still be full of what was; or when
    nothing alarms, and the quick window holds no more than it does on every other day.
    """
    ratios = surge.ratios(quick.posts, quick.usual, announced)
    counted = (ordinary.posts, *surge.posts)
    needed, least = sensitivity.threshold(), log(sensitivity.least_factor)
    surprise, factor, alarming = 0.0, ordinary.posts / ordinary.usual, False
    for scale, ratio in enumerate(ratios):
        here = peaks.surprise(scale, ratio)
        surprise = max(surprise, here)
        enough = counted[scale] >= sensitivity.least_posts * bar and ratio >= least
        alarming = alarming or (enough and here >= needed)
    quiet = factor < sensitivity.least_factor or (not alarming and ratios[0] <= peaks.fitted[0].start)
    return Finding(round(ordinary.posts), factor, surprise, alarming, quiet)
