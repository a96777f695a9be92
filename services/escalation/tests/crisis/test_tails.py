"""The tails against sums written out."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import comb, exp, factorial, fsum, gamma, lgamma, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.escalation.crisis.tails import count_surprise, share_surprise


def poisson_tail(count: int, mean: float) -> float:
    below: float = sum(exp(-mean) * mean**k / factorial(k) for k in range(count))
    return 1 - below


def negative_binomial_tail(count: int, mean: float, dispersion: float) -> float:
    size = 1 / dispersion
    chance = size / (size + mean)
    below: float = sum(
        gamma(k + size) / gamma(size) / factorial(k) * chance**size * (1 - chance) ** k for k in range(count)
    )
    return 1 - below


def beta_binomial_tail(hits: int, of: int, share: float, correlation: float) -> float:
    spread = (1 - correlation) / correlation
    a, b = share * spread, (1 - share) * spread

    def beta(x: float, y: float) -> float:
        return exp(lgamma(x) + lgamma(y) - lgamma(x + y))

    return sum(comb(of, k) * beta(k + a, of - k + b) / beta(a, b) for k in range(hits, of + 1))


@pytest.mark.parametrize(("count", "mean"), [(5, 2.0), (20, 12.0), (30, 12.0)])
def test_poisson(count: int, mean: float) -> None:
    assert count_surprise(count, mean, 0.0) == pytest.approx(-log(poisson_tail(count, mean)), rel=1e-4)


@pytest.mark.parametrize(("count", "mean", "dispersion"), [(5, 2.0, 0.5), (20, 8.0, 0.1), (60, 20.0, 0.2)])
def test_negative_binomial(count: int, mean: float, dispersion: float) -> None:
    expected = -log(negative_binomial_tail(count, mean, dispersion))
    assert count_surprise(count, mean, dispersion) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(("hits", "of", "share"), [(5, 20, 0.1), (30, 60, 0.2), (12, 12, 0.3)])
def test_beta_binomial(hits: int, of: int, share: float) -> None:
    expected = -log(beta_binomial_tail(hits, of, share, 0.05))
    assert share_surprise(hits, of, share, 0.05) == pytest.approx(expected, rel=1e-6)


def written_out(first: float, ratios: Iterable[float]) -> float:
    """-ln of a first term (its logarithm is given) times the sum of the products of ratios."""
    terms = [1.0]
    for ratio in ratios:
        terms.append(terms[-1] * ratio)
        if terms[-1] < 1e-20:
            break
    return -first - log(fsum(terms))


@pytest.mark.parametrize("mean", [0.03, 0.7, 8.0, 150.0, 4000.0])
@pytest.mark.parametrize("dispersion", [0.0, 1e-5, 0.01, 0.3, 4.0])
@pytest.mark.parametrize("times", [1.0, 1.3, 2.0, 12.0])
def test_counts_are_as_the_sum_of_all_terms(mean: float, dispersion: float, times: float) -> None:
    count = int(mean * times) + 1
    if dispersion == 0:
        first = count * log(mean) - mean - lgamma(count + 1)
        expected = written_out(first, (mean / (k + 1) for k in range(count, 10**6)))
    else:
        size, chance = 1 / dispersion, mean * dispersion / (1 + mean * dispersion)
        first = lgamma(count + size) - lgamma(size) - lgamma(count + 1) + size * log(1 - chance) + count * log(chance)
        expected = written_out(first, ((k + size) / (k + 1) * chance for k in range(count, 10**6)))
    assert count_surprise(count, mean, dispersion) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("of", [1, 12, 90, 400])
@pytest.mark.parametrize("share", [Fraction(1, 50), Fraction(1, 5), Fraction(3, 5)])
@pytest.mark.parametrize("spread", [4, 19, 150])
def test_shares_are_as_exact_fractions(of: int, share: Fraction, spread: int) -> None:
    a, b = share * spread, (1 - share) * spread
    chances = [Fraction(1)]
    for k in range(of):
        chances.append(chances[-1] * (of - k) / (k + 1) * (k + a) / (of - k - 1 + b))
    above = int(of * share) + 1
    for hits in {above, (above + of) // 2, of}:
        expected = -log(float(sum(chances[hits:]) / sum(chances)))
        assert share_surprise(hits, of, float(share), 1 / (spread + 1)) == pytest.approx(expected, rel=1e-6)


@settings(deadline=None)
@given(st.integers(0, 3000), st.floats(0.5, 500), st.floats(0, 2))
def test_more_is_never_less_surprising(count: int, mean: float, dispersion: float) -> None:
    here, above = count_surprise(count, mean, dispersion), count_surprise(count + 1, mean, dispersion)
    assert 0 <= here <= above + 1e-6


@settings(deadline=None)
@given(st.integers(0, 400), st.integers(0, 400), st.floats(0.01, 0.9), st.floats(0.005, 0.3))
def test_a_larger_share_is_never_less_surprising(hits: int, more: int, share: float, correlation: float) -> None:
    of = hits + more + 1
    assert 0 <= share_surprise(hits, of, share, correlation) <= share_surprise(hits + 1, of, share, correlation) + 1e-6


def test_what_cannot_be_has_no_end() -> None:
    assert count_surprise(1_000_000, 10.0, 0.1) > 1000
    assert count_surprise(3, 0.0, 0.1) == float("inf")
    assert count_surprise(0, 0.0, 0.1) == 0.0
