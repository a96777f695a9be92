"""The label `negative`: whether a post is in a bad mood, weighed from what else is known about it.

A logistic combination of five signs in 0..1. Its coefficients come with the weights; they are fitted on sentences
written for the project (friendly, displeased) and on insults, because the public sets of German moods may only judge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp

from feuerwache.classifier.patterns.mood import GLOOM, JOY
from feuerwache.common.events.classification import Label

#: The signs, in the order of the coefficients; the intercept comes last.
SIGNS = ("abuse", "complaint", "gloom", "joy", "praise")


def signs(scores: Mapping[str, float]) -> tuple[float, ...]:
    """The five signs from the scores of the other labels. Abuse is one only where it is likelier than not."""
    abuse = max(scores.get(label, 0.0) for label in (Label.INSULT, Label.HATE, Label.OFFENSIVE, Label.THREAT))
    return (
        max(0.0, 2.0 * abuse - 1.0),
        scores.get(Label.COMPLAINT, 0.0),
        scores.get(GLOOM, 0.0),
        scores.get(JOY, 0.0),
        scores.get(Label.PRAISE, 0.0),
    )


def negative(scores: Mapping[str, float], coefficients: Sequence[float]) -> float:
    logit = coefficients[-1] + sum(c * sign for c, sign in zip(coefficients, signs(scores), strict=False))
    return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, logit))))
