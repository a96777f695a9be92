"""The volume detector: are there far more posts in these 15 minutes than this community has at this hour?"""

from __future__ import annotations

from feuerwache.escalation.crisis.baseline import Usual
from feuerwache.escalation.crisis.finding import NOTHING, QUIET_PART, Finding, Sensitivity
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
