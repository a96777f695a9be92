"""How surprising a count is: upper tail probabilities, in nats (-ln p), so that tiny ones stay numbers.

Counts of posts vary more than Poisson's (moods, days), so they are taken as negative binomial: variance = mean +
dispersion * mean². Shares vary more than binomial, so negatives among posts are taken as beta-binomial with an
intra-class correlation. Both tails are summed from the observed value upwards by the ratio of neighbouring terms.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, lgamma, log

#: A sum is done when its next term adds less than this share to it.
PRECISION = 1e-9
#: A smaller dispersion makes no difference but to the logarithms.
POISSON = 1e-6


def count_surprise(count: int, mean: float, dispersion: float) -> float:
    """-ln P(X >= count) for X negative binomial. 0 for a count that is not above the mean. Dispersion 0 is Poisson."""
    if mean <= 0:
        return inf if count > 0 else 0.0
    if count <= mean:
        return 0.0
    if dispersion < POISSON:
        first = count * log(mean) - mean - lgamma(count + 1)
        return -first - log(_tail(lambda k: mean / (k + 1), count))
    size = 1 / dispersion
    chance = mean / (size + mean)
    first = (
        lgamma(count + size) - lgamma(size) - lgamma(count + 1) + size * log(size / (size + mean)) + count * log(chance)
    )
    return -first - log(_tail(lambda k: (k + size) / (k + 1) * chance, count))


def share_surprise(hits: int, of: int, share: float, correlation: float) -> float:
    """-ln P(X >= hits) for X beta-binomial of `of` trials with mean `share`. 0 if not above the mean."""
    if hits <= of * share:
        return 0.0
    spread = (1 - correlation) / correlation
    a, b = share * spread, (1 - share) * spread
    first = (
        lgamma(of + 1) - lgamma(hits + 1) - lgamma(of - hits + 1) + _log_beta(hits + a, of - hits + b) - _log_beta(a, b)
    )
    return -first - log(_tail(lambda k: (of - k) / (k + 1) * (k + a) / (of - k - 1 + b), hits, of))


def _tail(ratio: Callable[[int], float], start: int, end: int | None = None) -> float:
    """1 + r(start) + r(start) r(start + 1) + …: the tail in units of its first term."""
    total = term = 1.0
    k = start
    while end is None or k < end:
        term *= ratio(k)
        total += term
        k += 1
        if term < PRECISION * total:
            break
    return total


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
