"""What is recognised by what it says, without training data: one file per label, German first.

Each group of expressions has a weight: how surely the label is meant when one of them is met, as judged by whoever
wrote it and held to by the tests (`tests/test_patterns.py`). Several distinct ones add up as independent evidence:
1 - Π(1 - weight). `unless` are expressions that take a find back when they stand in the same sentence.
"""

from feuerwache.classifier.patterns import (
    complaint,
    insult,
    mood,
    praise,
    profanity,
    question,
    self_harm,
    sexual,
    spam,
    suggestion,
    threat,
)
from feuerwache.classifier.patterns.pattern import Pattern

PATTERNS: tuple[Pattern, ...] = (
    *threat.PATTERNS,
    *self_harm.PATTERNS,
    *insult.PATTERNS,
    *profanity.PATTERNS,
    *sexual.PATTERNS,
    *spam.PATTERNS,
    *complaint.PATTERNS,
    *praise.PATTERNS,
    *question.PATTERNS,
    *suggestion.PATTERNS,
    *mood.PATTERNS,
)

__all__ = ["PATTERNS", "Pattern"]
