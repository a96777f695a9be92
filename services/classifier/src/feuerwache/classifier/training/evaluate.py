"""How the finished model does on what it never saw: other people's test sets and our own friendly sentences.

The sets of other people choose nothing here. The first own friendly set did: thresholds were raised after a look at it,
so a second one was written afterwards, and nothing has been changed since it was first asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from feuerwache.classifier.model.classifier import THRESHOLDS, Classifier
from feuerwache.classifier.training.corpora import GAHD_TEST, HATECHECK, SB10K, own, rows
from feuerwache.classifier.training.figures import f1, macro_f1, share
from feuerwache.common.events.classification import Classification, Label

BATCH = 500


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every figure in 0..1. `functions`: HateCheck functionality → share answered rightly."""

    gahd_test: float
    hatecheck: float
    hatecheck_hate_found: float
    functions: dict[str, float]
    mood: float
    mood_negative: float
    friendly: int
    friendly_flagged: int
    unseen: int
    unseen_flagged: int
    unseen_negative: int
    friendly_labels: dict[str, int]
    friendly_negative: int
    displeased: int
    displeased_negative: int


def evaluate(classifier: Classifier, data: Path) -> Evaluation:
    """Raises `OSError` when a judging set is missing."""
    gahd = rows(GAHD_TEST, data)
    gahd_said = _said(classifier, [row["text"] for row in gahd], Label.HATE)
    hatecheck = rows(HATECHECK, data)
    hatecheck_truth = np.array([row["hate"] == "1" for row in hatecheck])
    hatecheck_said = _said(classifier, [row["text"] for row in hatecheck], Label.HATE)
    sb10k = rows(SB10K, data)
    bad_mood = np.array([row["sentiment"] == "negative" for row in sb10k])
    said_bad = _said(classifier, [row["text"] for row in sb10k], Label.NEGATIVE)
    friendly = classify(classifier, own("friendly_judge"))
    unseen = classify(classifier, own("friendly_unseen"))
    displeased = classify(classifier, own("displeased"))
    return Evaluation(
        gahd_test=macro_f1(np.array([row["hate"] == "1" for row in gahd]), gahd_said),
        hatecheck=macro_f1(hatecheck_truth, hatecheck_said),
        hatecheck_hate_found=share(hatecheck_said[hatecheck_truth]),
        functions=_by_function([row["functionality"] for row in hatecheck], hatecheck_truth == hatecheck_said),
        mood=macro_f1(bad_mood, said_bad),
        mood_negative=f1(bad_mood, said_bad),
        friendly=len(friendly),
        friendly_flagged=sum(each.flagged for each in friendly),
        unseen=len(unseen),
        unseen_flagged=sum(each.flagged for each in unseen),
        unseen_negative=sum(each.labels[Label.NEGATIVE] >= 0.5 for each in unseen),
        friendly_labels={
            label: count
            for label, threshold in THRESHOLDS.items()
            if (count := sum(each.labels[label] >= threshold for each in (*friendly, *unseen)))
        },
        friendly_negative=sum(each.labels[Label.NEGATIVE] >= 0.5 for each in friendly),
        displeased=len(displeased),
        displeased_negative=sum(each.labels[Label.NEGATIVE] >= 0.5 for each in displeased),
    )


def classify(classifier: Classifier, texts: Sequence[str]) -> list[Classification]:
    judged: list[Classification] = []
    for start in range(0, len(texts), BATCH):
        judged += classifier.classify(texts[start : start + BATCH])
    return judged


def _said(classifier: Classifier, texts: Sequence[str], label: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([each.labels[label] >= 0.5 for each in classify(classifier, texts)])


def _by_function(functions: Sequence[str], right: Sequence[np.bool_]) -> dict[str, float]:
    answers: dict[str, list[bool]] = defaultdict(list)
    for function, each in zip(functions, right, strict=True):
        answers[function].append(bool(each))
    return {function: sum(each) / len(each) for function, each in sorted(answers.items())}
