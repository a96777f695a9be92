"""The tails against sums written out."""

from __future__ import annotations

from math import comb, exp, factorial, gamma, lgamma, log

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
