"""From examples to a weights file: one head after the other, judged on held-out fifths, calibrated, packed.

The folds follow from the texts themselves, the fit has no randomness, and the file has no time in it: the same data
give the same bytes on the same machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from feuerwache.classifier.model.classifier import THRESHOLDS
from feuerwache.classifier.model.mood import SIGNS, signs
from feuerwache.classifier.model.ngrams import BUCKETS
from feuerwache.classifier.model.phrases import FoldedText
from feuerwache.classifier.model.recognised import Recogniser
from feuerwache.classifier.model.tokens import tokenise
from feuerwache.classifier.model.weights import Head, pack
from feuerwache.classifier.training.corpora import DE_INSULT, DE_OFFENSIVE, EN_HATE, HEADS, Example
from feuerwache.classifier.training.figures import macro_f1, share
from feuerwache.classifier.training.fit import Design, Floats, design, fit, inverse_frequency, minimise, sigmoid
from feuerwache.common.events.classification import Label

FOLDS = 5
#: Ridge strength, chosen by cross-validation on GermEval 2018 and GAHD among 0.03, 0.1, 0.3 and 1.
STRENGTH = 0.2
#: Positives that are rare in their set count more, so that a score of 0.5 does not need a miracle.
POSITIVE_WEIGHT = {EN_HATE: 4.0}
#: Insults that teach the mood what a bad one is.
MOOD_INSULTS = 300
MOOD_STRENGTH = 1.0
#: How many posts in a good or no mood stand against one in a bad one, as in an ordinary week.
MOOD_ODDS = 3.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class HeadReport:
    """How a head did on fifths it had not seen: figures for the model card."""

    head: Head
    positives: int
    negatives: int
    macro_f1: float
    precision: float  # at the label's threshold
    recall: float


@dataclass(frozen=True, slots=True)
class Trained:
    packed: bytes
    reports: tuple[HeadReport, ...]


@dataclass(frozen=True, slots=True)
class _Learnt:
    report: HeadReport
    weights: Floats  # per column of the design
    chances: Floats  # per post, by a head that had not seen it


def train(examples: Sequence[Example], say: Say = lambda _line: None) -> Trained:
    """The weights file for these examples, every head of `HEADS` included, and how each head did."""
    words = design([example.words for example in examples])
    fold = np.array([crc32(example.key.encode("utf-8", "surrogatepass")) % FOLDS for example in examples])
    learnt: dict[tuple[str, str], _Learnt] = {}
    for number, key in enumerate(HEADS, 1):
        learnt[key] = _learn(examples, words, fold, key)
        report = learnt[key].report
        say(
            f"[{number}/{len(HEADS)}] {key[0]} {key[1]}: {report.positives} yes, {report.negatives} no, "
            f"macro-F1 {report.macro_f1:.3f} on held-out fifths"
        )
    mood = _mood(examples, np.maximum(learnt[DE_INSULT].chances, learnt[DE_OFFENSIVE].chances))
    say("mood: " + ", ".join(f"{name} {value:+.2f}" for name, value in zip(SIGNS, mood, strict=False)))
    heads = tuple(each.report.head for each in learnt.values())
    return Trained(
        pack(heads, mood, _table(words, [each.weights for each in learnt.values()])),
        tuple(each.report for each in learnt.values()),
    )


def _learn(examples: Sequence[Example], words: Design, fold: NDArray[np.int64], key: tuple[str, str]) -> _Learnt:
    target = np.array([example.answers.get(key, 0.0) for example in examples])
    known = np.array([key in example.answers for example in examples])
    weight = np.array([example.weight for example in examples]) * known
    weight = np.where(target > 0.5, POSITIVE_WEIGHT.get(key, 1.0), 1.0) * weight
    held_out = np.zeros(len(examples))
    for number in range(FOLDS):
        part = fit(words, target, weight * (fold != number), STRENGTH)
        held_out = np.where(fold == number, words.scores(part.weights) + part.bias, held_out)
    slope, offset = platt(held_out[known], target[known], weight[known])
    chances = sigmoid(slope * held_out + offset)
    whole = fit(words, target, weight, STRENGTH)
    head = Head(*key, whole.bias, slope, offset)
    # The figure is about the public sets: own sentences would flatter it.
    judged = known & np.array([not example.source.startswith("own/") for example in examples])
    truth, said = target[judged] > 0.5, chances[judged]
    flagged = said >= THRESHOLDS[key[1]]
    report = HeadReport(
        head,
        positives=int(np.sum(truth)),
        negatives=int(np.sum(~truth)),
        macro_f1=macro_f1(truth, said >= 0.5),
        precision=share(truth[flagged]),
        recall=share(flagged[truth]),
    )
    return _Learnt(report, whole.weights, chances)


def platt(logits: Floats, target: Floats, weight: Floats) -> tuple[float, float]:
    """Slope and offset that turn held-out scores into chances (Platt 1999, with his smoothed targets)."""
    yes, no = float(np.sum(target)), float(np.sum(1 - target))
    smooth = np.where(target > 0.5, (yes + 1) / (yes + 2), 1 / (no + 2))

    def loss(point: Floats) -> tuple[float, Floats]:
        scaled = point[0] * logits + point[1]
        value = np.sum(weight * (np.logaddexp(0.0, scaled) - smooth * scaled))
        residual = weight * (sigmoid(scaled) - smooth)
        return float(value), np.array([np.sum(residual * logits), np.sum(residual)])

    slope, offset = minimise(loss, np.array([1.0, 0.0]))
    return float(slope), float(offset)


def _mood(examples: Sequence[Example], abuse: Floats) -> tuple[float, ...]:
    """Coefficients of `model/mood.py`: displeased sentences and insults are negative, friendly ones are not."""
    recogniser = Recogniser()
    inputs: list[tuple[float, ...]] = []
    targets: list[float] = []
    insults = 0
    for number, example in enumerate(examples):
        insulting = example.answers.get(DE_INSULT, 0.0) > 0.5
        insults += insulting
        if not example.source.startswith("own/") and not (insulting and insults <= MOOD_INSULTS):
            continue
        scores = recogniser.recognise(FoldedText(example.text, tokenise(example.text))).scores()
        scores[Label.OFFENSIVE] = max(scores.get(Label.OFFENSIVE, 0.0), float(abuse[number]))
        inputs.append((*signs(scores), 1.0))
        targets.append(float(example.source != "own/friendly"))
    seen, target = np.array(inputs), np.array(targets)
    weight = np.where(target > 0.5, 1.0, MOOD_ODDS * np.sum(target) / max(1.0, np.sum(1.0 - target)))
    ridge = np.array([MOOD_STRENGTH] * len(SIGNS) + [0.0])

    def loss(point: Floats) -> tuple[float, Floats]:
        logits = np.sum(seen * point, axis=1)
        value = np.sum(weight * (np.logaddexp(0.0, logits) - target * logits)) + np.sum(ridge * point**2) / 2
        residual = weight * (sigmoid(logits) - target)
        return float(value), np.sum(seen * residual[:, None], axis=0) + ridge * point

    return tuple(float(value) for value in minimise(loss, np.zeros(len(SIGNS) + 1)))


def _table(words: Design, learnt: Sequence[Floats]) -> NDArray[np.float16]:
    """Per bucket the weight of each head with the idf in it, and the squared idf; unseen buckets are merely rare."""
    rarest = float(inverse_frequency(np.zeros(1), words.posts)[0])
    table = np.zeros((BUCKETS, len(learnt) + 1), np.float16)
    table[:, -1] = rarest**2
    table[words.columns, -1] = words.idf**2
    for number, weights in enumerate(learnt):
        table[words.columns, number] = weights * words.idf
    return table
