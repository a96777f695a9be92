"""How surprising a count is: tail probabilities, in nats (-ln p), so that tiny ones stay numbers.

Counts of posts vary more than Poisson's (moods, days), so they are taken as negative binomial: variance = mean +
dispersion * mean². Shares vary more than binomial, so negatives among posts are taken as beta-binomial with an
intra-class correlation. Both tails are their first term times a sum of ratios. That of the counts is the continued
fraction of the incomplete beta (and gamma) function, a dozen steps; that of the shares is summed.

DiDonato, Morris: Significant digit computation of the incomplete beta function ratios, ACM TOMS 18 (1992);
the way it is evaluated: Lentz, Applied Optics 15 (1976).
"""

from __future__ import annotations

from math import inf, lgamma, log, log1p

#: A fraction or a sum is done when its next step changes it by less than this part.
PRECISION = 1e-9
#: A smaller dispersion makes no difference but to the logarithms.
POISSON = 1e-6
#: A million posts against a mean of nearly a million need less than a thousand.
MOST_STEPS = 10_000
#: In place of a denominator of 0.
TINY = 1e-300


def count_surprise(count: int, mean: float, dispersion: float) -> float:
    """-ln P(X >= count) for X negative binomial. 0 for a count that is not above the mean. Dispersion 0 is Poisson."""
    if mean <= 0:
        return inf if count > 0 else 0.0
    if count <= mean:
        return 0.0
    if dispersion < POISSON:
        first = count * log(mean) - mean - lgamma(count + 1)
        return -first - log(_counts_above(count, 0.0, mean))
    size = 1 / dispersion
    chance = mean / (size + mean)
    first = (
        lgamma(count + size) - lgamma(size) - lgamma(count + 1) + size * log(size / (size + mean)) + count * log(chance)
    )
    return -first - log(_counts_above(count, chance, size * chance))


def few_surprise(count: int, mean: float, dispersion: float) -> float:
    """-ln P(X <= count) for X negative binomial: the lower tail, of `count` + 1 terms. 0 for one not below the mean.

    Raises `ValueError` for a dispersion that is not positive.
    """
    if dispersion <= 0:
        raise ValueError(f"the dispersion of a lower tail is above 0, not {dispersion}")
    if count >= mean:
        return 0.0
    size = 1 / dispersion
    chance = mean / (size + mean)
    first = lgamma(count + size) - lgamma(size) - lgamma(count + 1) - size * log1p(mean / size) + count * log(chance)
    total = term = 1.0
    for below in range(count, 0, -1):
        term *= below / ((below - 1 + size) * chance)
        total += term
        if term < PRECISION * total:
            break
    return -first - log(total)


def share_surprise(hits: int, of: int, share: float, correlation: float) -> float:
    """-ln P(X >= hits) for X beta-binomial of `of` trials with mean `share`. 0 if not above the mean."""
    if hits <= of * share:
        return 0.0
    spread = (1 - correlation) / correlation
    a, b = share * spread, (1 - share) * spread
    first = (
        lgamma(of + 1) - lgamma(hits + 1) - lgamma(of - hits + 1) + _log_beta(hits + a, of - hits + b) - _log_beta(a, b)
    )
    return -first - log(_shares_above(hits, of, a, b))


def _counts_above(count: int, chance: float, scaled: float) -> float:
    """P(X >= count) / P(X = count); `scaled` is size * chance. Converges fast where the count is above the mean.

    That is F(count + size, 1; count + 1; chance), which the incomplete beta function is made of (gamma: chance 0).
    """
    c = 1.0
    d = 1 / (1 - ((count * chance + scaled) / (count + 1) or TINY))
    result = d
    for step in range(1, MOST_STEPS):
        at = count + 2 * step
        rise = step * (scaled - step * chance) / ((at - 1) * at)
        d = 1 / (1 + rise * d or TINY)
        c = 1 + rise / c or TINY
        result *= c * d
        fall = -(count + step) * ((count + step) * chance + scaled) / (at * (at + 1))
        d = 1 / (1 + fall * d or TINY)
        c = 1 + fall / c or TINY
        result *= c * d
        if abs(c * d - 1) < PRECISION:
            break
    return result


def _shares_above(hits: int, of: int, a: float, b: float) -> float:
    """P(X >= hits) / P(X = hits): one, and the products of the ratios of neighbouring terms."""
    total = term = 1.0
    left, up, down = of - hits, hits + a, of - hits - 1 + b
    for above in range(hits + 1, of + 1):
        term *= left * up / (above * down)
        total += term
        if term < PRECISION * total:
            break
        left -= 1
        up += 1
        down -= 1
    return total


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
