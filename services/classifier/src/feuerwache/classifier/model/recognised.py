"""What the written patterns and the search for personal data find in a text, and the scores that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from feuerwache.classifier.model.expression import parse
from feuerwache.classifier.model.personal_data import Detail, personal_data
from feuerwache.classifier.model.phrases import FoldedText, Found, Phrases
from feuerwache.classifier.patterns import PATTERNS, Pattern
from feuerwache.common.events.classification import Label


@dataclass(frozen=True, slots=True)
class Recognised:
    """Matches of patterns and personal details, with their places in the original."""

    patterns: Sequence[Found[Pattern]]
    details: Sequence[Detail]

    def scores(self) -> dict[str, float]:
        """Per label 1 - Π(1 - weight) over its distinct patterns, taken as independent evidence."""
        doubt: dict[str, float] = {}
        for pattern in dict.fromkeys(each.what for each in self.patterns):
            doubt[pattern.label] = doubt.get(pattern.label, 1.0) * (1.0 - pattern.weight)
        for detail in self.details:
            doubt[Label.PERSONAL_DATA] = doubt.get(Label.PERSONAL_DATA, 1.0) * (1.0 - detail.weight)
        return {label: 1.0 - remaining for label, remaining in doubt.items()}

    def places(self, label: str) -> list[tuple[int, int]]:
        """Where a label was recognised, without repeats."""
        if label == Label.PERSONAL_DATA:
            return [(detail.start, detail.end) for detail in self.details]
        return list(dict.fromkeys((each.start, each.end) for each in self.patterns if each.what.label == label))


class Recogniser:
    """All patterns of the package, compiled once."""

    def __init__(self, patterns: Sequence[Pattern] = PATTERNS) -> None:
        entries = [(parse(pattern.say), pattern) for pattern in patterns]
        guards = {number: [parse(guard) for guard in each.unless] for number, each in enumerate(patterns)}
        self._phrases: Phrases[Pattern] = Phrases(entries, guards)

    def recognise(self, text: FoldedText) -> Recognised:
        return Recognised(self._phrases.find(text), personal_data(text.text))
