"""The negativity detector: do far more people complain, and a far larger share of them, than is usual here?

Both must be surprising. A large share alone is three grumblers at night; a large count alone is a busy evening, and
the volume detector's business.
"""

from __future__ import annotations

from feuerwache.escalation.crisis.baseline import Usual
from feuerwache.escalation.crisis.finding import QUIET_PART, Finding, Sensitivity
from feuerwache.escalation.crisis.tails import count_surprise, share_surprise

#: While nobody knows how much is usual, twice as many negatives are needed.
UNKNOWN_FACTOR = 2


def negativity(posts: int, negative: int, usual: Usual, sensitivity: Sensitivity) -> Finding:
    """The surprise is the smaller one of the beta-binomial tail of the share and the negative binomial of the count.

    While the usual volume is unknown, the share alone is judged, against a share that is a guess at first.
    """
    hits = min(negative, posts)
    expected = posts * usual.share
    surprise = share_surprise(hits, posts, usual.share, usual.correlation)
    factor = hits / expected if expected > 0 else 0.0
    least = sensitivity.least_negative * UNKNOWN_FACTOR
    if usual.negative is not None:
        least = sensitivity.least_negative
        surprise = min(surprise, count_surprise(hits, usual.negative, usual.negative_dispersion))
    enough = hits >= least and factor >= sensitivity.least_factor
    needed = sensitivity.threshold()
    return Finding(
        measure=hits,
        factor=factor,
        surprise=surprise,
        alarming=enough and surprise >= needed,
        quiet=not enough or surprise < needed * QUIET_PART,
    )
