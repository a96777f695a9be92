"""Logistic regression by L-BFGS on whole arrays: convex, no randomness, the same weights from the same data.

A post's score is b + Σ over its distinct words of Σ over the word's buckets of w[bucket] · idf[bucket], divided by the
square root of the sum of all idf². The idf (Sparck Jones 1972, smoothed) is taken over the training posts.
The sum goes over words first, of which there are far fewer than n-gram occurrences: one pass over 15,000 posts takes
some 20 ms. Sums are numpy's own, not BLAS's, whose order depends on threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feuerwache.classifier.model.ngrams import word_features

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MEMORY = 10
ITERATIONS = 120
TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class Design:
    """Posts as sums of words, words as sums of buckets. `columns` are the buckets that occur, ascending."""

    columns: Ints
    word_of: Ints  # per bucket occurrence: its word
    column_of: Ints  # per bucket occurrence: its column
    post_of: Ints  # per word occurrence: its post
    word_in_post: Ints  # per word occurrence: its word
    scale: Floats  # per post: 1 / √(Σ idf²)
    words: int
    idf: Floats  # per column

    @property
    def posts(self) -> int:
        return len(self.scale)

    def scores(self, weights: Floats) -> Floats:
        weighted = weights * self.idf
        per_word = np.bincount(self.word_of, weighted[self.column_of], minlength=self.words)
        per_post = np.bincount(self.post_of, per_word[self.word_in_post], minlength=self.posts)
        return np.asarray(per_post * self.scale)

    def gradient(self, residuals: Floats) -> Floats:
        scaled = residuals * self.scale
        per_word = np.bincount(self.word_in_post, scaled[self.post_of], minlength=self.words)
        return np.bincount(self.column_of, per_word[self.word_of], minlength=len(self.columns)) * self.idf


def design(posts: Sequence[Sequence[str]]) -> Design:
    """The design of posts given as their folded words; a word counts once per post."""
    index: dict[str, int] = {}
    post_of: list[int] = []
    word_in_post: list[int] = []
    for number, words in enumerate(posts):
        for word in dict.fromkeys(words):
            post_of.append(number)
            word_in_post.append(index.setdefault(word, len(index)))
    features = word_features(list(index))
    columns, column_of = np.unique(features.buckets, return_inverse=True)
    column_of = column_of.reshape(-1)
    word_of = np.repeat(np.arange(len(index)), np.diff(features.starts))
    owners, members = np.array(post_of, np.int64), np.array(word_in_post, np.int64)
    # A post is counted once per word that holds the bucket: an upper bound of the document frequency, cut at the whole.
    posts_with_word = np.bincount(members, minlength=len(index)).astype(np.float64)
    held = np.minimum(np.bincount(column_of, posts_with_word[word_of]), len(posts))
    idf = inverse_frequency(held, len(posts))
    squares = np.bincount(word_of, idf[column_of] ** 2, minlength=len(index))
    lengths = np.bincount(owners, squares[members], minlength=len(posts))
    scale = 1.0 / np.sqrt(np.maximum(lengths, 1.0))
    return Design(columns, word_of, column_of, owners, members, scale, len(index), idf)


def inverse_frequency(held: Floats, posts: int) -> Floats:
    return np.asarray(np.log((1.0 + posts) / (1.0 + held)) + 1.0)


@dataclass(frozen=True, slots=True)
class Fitted:
    weights: Floats
    bias: float


def fit(data: Design, target: Floats, weight: Floats, strength: float) -> Fitted:
    """Weights that minimise Σ weight · log-loss + strength/2 · |w|². `weight` 0 masks a post for this head."""

    def loss(point: Floats) -> tuple[float, Floats]:
        weights, bias = point[:-1], point[-1]
        logits = data.scores(weights) + bias
        value = np.sum(weight * (np.logaddexp(0.0, logits) - target * logits)) + strength / 2 * np.sum(weights**2)
        residual = weight * (sigmoid(logits) - target)
        return float(value), np.append(data.gradient(residual) + strength * weights, np.sum(residual))

    best = minimise(loss, np.zeros(len(data.columns) + 1))
    return Fitted(best[:-1], float(best[-1]))


def sigmoid(logits: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)))


def minimise(loss: Callable[[Floats], tuple[float, Floats]], start: Floats, iterations: int = ITERATIONS) -> Floats:
    """L-BFGS with a backtracking line search (Nocedal & Wright, Numerical Optimization, algorithm 7.5)."""
    point = start
    value, slope = loss(point)
    first = float(np.sqrt(np.sum(slope**2))) or 1.0
    steps: list[tuple[Floats, Floats, float]] = []
    for _ in range(iterations):
        direction = -_two_loops(slope, steps)
        descent = float(np.sum(direction * slope))
        length = 1.0 if steps else 1.0 / first
        while True:
            candidate = point + length * direction
            new_value, new_slope = loss(candidate)
            if new_value <= value + 1e-4 * length * descent or length < 1e-10:
                break
            length /= 2
        moved, bent = candidate - point, new_slope - slope
        curvature = float(np.sum(moved * bent))
        if curvature > 1e-12:
            steps = [*steps[-(MEMORY - 1) :], (moved, bent, 1.0 / curvature)]
        point, value, slope = candidate, new_value, new_slope
        if float(np.sqrt(np.sum(slope**2))) < TOLERANCE * first:
            break
    return point


def _two_loops(slope: Floats, steps: Sequence[tuple[Floats, Floats, float]]) -> Floats:
    direction = slope.copy()
    shares: list[float] = []
    for moved, bent, rho in reversed(steps):
        share = rho * float(np.sum(moved * direction))
        shares.append(share)
        direction -= share * bent
    if steps:
        moved, bent, rho = steps[-1]
        direction *= 1.0 / (rho * float(np.sum(bent**2)))
    for (moved, bent, rho), share in zip(steps, reversed(shares), strict=True):
        direction += moved * (share - rho * float(np.sum(bent * direction)))
    return direction
