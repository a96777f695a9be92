"""What each word adds, remembered: per head its share of the score, its length, its evidence for a language.

A word's features lie within the word, so this depends on nothing but the word and is computed once, for all new words
of a batch in one array operation. A post's score is then the sum of a few rows. The table holds `CAPACITY` words and
starts afresh when it is full.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from feuerwache.classifier.model.language import evidence
from feuerwache.classifier.model.ngrams import word_features
from feuerwache.classifier.model.weights import Weights

CAPACITY = 30_000
#: New words whose buckets are gathered at once: bounds the memory of a batch.
CHUNK = 2_000

Rows = NDArray[np.float32]


class WordTable:
    """Columns: one per head, then squared length, then evidence for German, English, others."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.heads = len(weights.heads)
        self._numbers: dict[str, int] = {}
        self._rows = np.zeros((CAPACITY, self.heads + 4), np.float32)

    def rows(self, words: Sequence[str]) -> Rows:
        """A row for each word, in order."""
        numbers = self._numbers
        new = [word for word in dict.fromkeys(words) if word not in numbers]
        if len(numbers) + len(new) > CAPACITY:
            numbers.clear()
            new = list(dict.fromkeys(words))
        if len(new) > CAPACITY:
            return self._computed(words)
        for start in range(0, len(new), CHUNK):
            chunk = new[start : start + CHUNK]
            first = len(numbers)
            self._rows[first : first + len(chunk)] = self._computed(chunk)
            numbers.update(zip(chunk, range(first, first + len(chunk)), strict=True))
        return self._rows[[numbers[word] for word in words]]

    def _computed(self, words: Sequence[str]) -> Rows:
        features = word_features(words)
        gathered = self._weights.table[features.buckets].astype(np.float32)
        rows = np.empty((len(words), self.heads + 4), np.float32)
        # Every word has at least its own bucket, so no two starts are the same.
        rows[:, : self.heads + 1] = np.add.reduceat(gathered, features.starts[:-1], axis=0)
        rows[:, self.heads + 1 :] = [evidence(word) for word in words]
        return rows
