"""The learnt heads at work: chances per label for a batch of posts, and the words that moved them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feuerwache.classifier.model.language import ENGLISH, GERMAN, Evidence, decide
from feuerwache.classifier.model.table import WordTable
from feuerwache.classifier.model.weights import Weights


@dataclass(frozen=True, slots=True)
class Scored:
    """One post: its language, the chance per label, and per label the head that gave it."""

    language: str
    chances: dict[str, float]
    heads: dict[str, int]


class Heads:
    """Scores posts given as their distinct folded words.

    Each language has heads of its own; where the language is not certain, the highest chance of any counts, which
    friendly posts survive because all heads have seen them.
    """

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._table = WordTable(weights)

    def score(self, posts: Sequence[Sequence[str]]) -> list[Scored]:
        sums = self._sums(posts)
        count = self._table.heads
        lengths = np.sqrt(np.maximum(sums[:, count], 1.0))
        bias = np.array([head.bias for head in self._weights.heads], np.float32)
        slope = np.array([head.slope for head in self._weights.heads], np.float32)
        offset = np.array([head.offset for head in self._weights.heads], np.float32)
        logits = (sums[:, :count] / lengths[:, None] + bias) * slope + offset
        chances = 0.5 * (1.0 + np.tanh(0.5 * logits))
        return [
            self._scored(decide(Evidence(*evidence)), row)
            for evidence, row in zip(sums[:, count + 1 :].tolist(), chances.tolist(), strict=True)
        ]

    def _scored(self, language: str, chances: Sequence[float]) -> Scored:
        best: dict[str, float] = {}
        heads: dict[str, int] = {}
        for number, head in enumerate(self._weights.heads):
            if language in (GERMAN, ENGLISH) and head.language != language:
                continue
            if chances[number] > best.get(head.label, -1.0):
                best[head.label], heads[head.label] = chances[number], number
        return Scored(language, best, heads)

    def _sums(self, posts: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """The rows of each post's words, added up."""
        sums = np.zeros((len(posts), self._table.heads + 4), np.float32)
        spoken = [number for number, words in enumerate(posts) if words]
        if spoken:
            rows = self._table.rows([word for number in spoken for word in posts[number]])
            sizes = [len(posts[number]) for number in spoken]
            starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
            sums[spoken] = np.add.reduceat(rows, starts, axis=0)
        return sums

    def shares(self, words: Sequence[str], head: int) -> list[float]:
        """What each of a post's distinct words adds to the calibrated logit of a head: together, all but the bias."""
        if not words:
            return []
        rows = self._table.rows(words)
        length = max(float(np.sum(rows[:, self._table.heads])), 1.0) ** 0.5
        slope = self._weights.heads[head].slope
        return [float(share) for share in rows[:, head] * (slope / length)]
