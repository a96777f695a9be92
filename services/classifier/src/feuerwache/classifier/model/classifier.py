"""The whole judgement of a batch of texts: learnt heads, patterns, mood, watchlists, and the reasons for it.

For a label that is both learnt and written down, the higher score counts. A post is flagged when a harmful label
reaches its threshold (`THRESHOLDS`); only then are reasons worked out. Every reason is a `Span` of the original text:
watchlist hits first, then patterns (weight 1.0), then the words that moved a learnt label most.
Any text gets a judgement: empty, one emoji, forty thousand characters, lone surrogates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from feuerwache.classifier.model.mood import negative
from feuerwache.classifier.model.phrases import FoldedText
from feuerwache.classifier.model.recognised import Recognised, Recogniser
from feuerwache.classifier.model.scores import Heads, Scored
from feuerwache.classifier.model.tokens import tokenise
from feuerwache.classifier.model.watchlist import Watch
from feuerwache.classifier.model.weights import Weights
from feuerwache.common.events.classification import Classification, Label, Span, WatchlistHit

#: The harmful labels and the score from which a post is flagged. How they were chosen: MODEL_CARD.md.
THRESHOLDS: dict[str, float] = {
    Label.THREAT: 0.6,
    Label.SELF_HARM: 0.6,
    Label.HATE: 0.65,
    Label.INSULT: 0.65,
    Label.OFFENSIVE: 0.7,
    Label.PROFANITY: 0.8,
    Label.SEXUAL: 0.7,
    Label.SPAM: 0.7,
    Label.PERSONAL_DATA: 0.7,
}
#: Spans per label and in all that are given as reasons.
REASONS_PER_LABEL, REASONS = 3, 12
#: Words that add less than this to the logit are no reason.
SLIGHT = 0.15
#: Characters scored in one go, so that a batch of long posts takes no more memory than one of short ones.
CHUNK = 100_000

_LABELS = tuple(label.value for label in Label)
WATCHLIST_LABEL = "watchlist:"


class Classifier:
    """Weights and patterns, ready to judge. `watch` may be replaced at any time between two batches."""

    def __init__(self, weights: Weights, watch: Watch | None = None) -> None:
        self._weights = weights
        self._heads = Heads(weights)
        self.watch = watch or Watch()
        self.version = f"builtin-{weights.version}"
        self._recogniser = Recogniser()

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        """One judgement per text, in order."""
        judged: list[Classification] = []
        for chunk in _chunks(texts):
            folded = [FoldedText(text, tokenise(text)) for text in chunk]
            distinct = [list(dict.fromkeys(token.folded for token in each.tokens)) for each in folded]
            scored = self._heads.score(distinct)
            judged += map(self._judge, folded, distinct, scored)
        return judged

    def _judge(self, text: FoldedText, distinct: Sequence[str], scored: Scored) -> Classification:
        recognised = self._recogniser.recognise(text)
        scores = higher(scored.chances, recognised.scores())
        scores[Label.NEGATIVE] = negative(scores, self._weights.mood)
        hits = self.watch.hits(text)
        harmful = [label for label, threshold in THRESHOLDS.items() if scores.get(label, 0.0) >= threshold]
        reasons = [*_watched(hits), *_recognised_words(text.text, recognised, harmful)]
        for label in harmful:
            if scored.chances.get(label, 0.0) >= THRESHOLDS[label]:
                reasons += self._moving_words(text, distinct, label, scored.heads[label])
        return Classification(
            labels={label: round(scores.get(label, 0.0), 4) for label in _LABELS},
            language=scored.language,
            flagged=bool(harmful),
            why=tuple(reasons[:REASONS]),
            watchlists=hits,
            model_version=self.version,
        )

    def _moving_words(self, text: FoldedText, distinct: Sequence[str], label: str, head: int) -> Iterator[Span]:
        """The words that add most to a label's score, where they stand first."""
        shares = self._heads.shares(distinct, head)
        ranked = sorted(zip(shares, distinct, strict=True), key=lambda each: -each[0])
        for share, word in ranked[:REASONS_PER_LABEL]:
            if share >= SLIGHT:
                place = next((token.start, token.end) for token in text.tokens if token.folded == word)
                yield _span(text.text, place, label, round(share, 3))


def higher(learnt: Mapping[str, float], written: Mapping[str, float]) -> dict[str, float]:
    """Of each label the higher score."""
    scores = dict(learnt)
    for label, score in written.items():
        scores[label] = max(scores.get(label, 0.0), score)
    return scores


def _recognised_words(text: str, recognised: Recognised, labels: Sequence[str]) -> Iterator[Span]:
    for label in labels:
        yield from (_span(text, place, label) for place in recognised.places(label)[:REASONS_PER_LABEL])


def _watched(hits: Sequence[WatchlistHit]) -> Iterator[Span]:
    for hit in hits[:REASONS_PER_LABEL]:
        yield Span(text=hit.text, start=hit.start, end=hit.end, label=f"{WATCHLIST_LABEL}{hit.watchlist}")


def _span(text: str, place: tuple[int, int], label: str, weight: float = 1.0) -> Span:
    start, end = place
    return Span(text=text[start:end], start=start, end=end, label=str(label), weight=weight)


def _chunks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    chunk: list[str] = []
    length = 0
    for text in texts:
        chunk.append(text)
        length += len(text)
        if length >= CHUNK:
            yield chunk
            chunk, length = [], 0
    if chunk:
        yield chunk
