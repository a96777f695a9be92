"""The sets the model learns from and is judged by, each with its licence, and what its labels mean to our heads.

Texts come from a folder outside of the repository and never enter it; what is committed is the model and the project's
own sentences (`own/*.txt`). A text that stands in several places, compared without names, addresses, punctuation and
case, is kept once; whatever stands in a set that judges is removed from those that teach.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from feuerwache.classifier.model.language import ENGLISH, GERMAN
from feuerwache.classifier.model.tokens import STOPS, tokenise
from feuerwache.common.events.classification import Label

Row = Mapping[str, str]
#: Head (language, label) → 1.0, 0.0, or absent where the set cannot say.
Answers = dict[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Example:
    """A text as its folded words, what is known about it, and how much it counts."""

    text: str
    source: str
    words: tuple[str, ...]
    answers: Answers
    weight: float = 1.0
    key: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Corpus:
    """A set: its files below the data folder, its licence, and how a row answers."""

    name: str
    title: str
    licence: str
    paths: tuple[str, ...]
    answers: Callable[[Row], Answers]


DE_OFFENSIVE, DE_INSULT = (GERMAN, Label.OFFENSIVE.value), (GERMAN, Label.INSULT.value)
DE_PROFANITY, DE_HATE = (GERMAN, Label.PROFANITY.value), (GERMAN, Label.HATE.value)
EN_OFFENSIVE, EN_HATE = (ENGLISH, Label.OFFENSIVE.value), (ENGLISH, Label.HATE.value)
HEADS = (DE_OFFENSIVE, DE_INSULT, DE_PROFANITY, DE_HATE, EN_OFFENSIVE, EN_HATE)

#: Own sentences count as much as so many others: they are few and are what a community mostly consists of.
OWN_WEIGHT = 4.0


def germeval(row: Row) -> Answers:
    """Fine labels exclude each other there, so an abusive post may insult as well: unknown is left open."""
    fine = row["fine"]
    answers: Answers = {DE_OFFENSIVE: float(row["coarse"] == "OFFENSE")}
    if fine != "ABUSE":
        answers[DE_INSULT] = float(fine == "INSULT")
    if fine in ("PROFANITY", "OTHER"):
        answers[DE_PROFANITY] = float(fine == "PROFANITY")
    if fine in ("ABUSE", "OTHER"):
        answers[DE_HATE] = float(fine == "ABUSE")
    return answers


def gahd(row: Row) -> Answers:
    return {DE_HATE: float(row["hate"])}


def iwg(row: Row) -> Answers:
    """Both experts must say yes, or both no with a rating of harmless."""
    if row["hate_both"] == "1":
        return {DE_HATE: 1.0}
    harmless = row["hate_expert1"] == row["hate_expert2"] == "0" and float(row["rating"]) <= 2
    return {DE_HATE: 0.0} if harmless else {}


def davidson(row: Row) -> Answers:
    return {EN_OFFENSIVE: float(row["label"] != "neither"), EN_HATE: float(row["label"] == "hate")}


def surge(row: Row) -> Answers:
    return {EN_OFFENSIVE: float(row["toxic"])}


TEACHING = (
    Corpus("germeval2018", "GermEval 2018, training part", "CC BY 4.0", ("germeval2018/train.tsv",), germeval),
    Corpus("gahd", "GAHD, train and dev", "CC BY 4.0", ("gahd/train.tsv", "gahd/dev.tsv"), gahd),
    Corpus("iwg_refugees", "IWG hate speech, refugees", "CC BY-SA 3.0", ("iwg_refugees/all.tsv",), iwg),
    Corpus("davidson_en", "Davidson et al. 2017", "MIT", ("davidson_en/all.tsv",), davidson),
    Corpus("surge_toxicity_en", "Surge AI toxicity", "MIT", ("surge_toxicity_en/all.tsv",), surge),
)
GAHD_TEST = Corpus("gahd_test", "GAHD, test", "CC BY 4.0", ("gahd/test.tsv",), gahd)
HATECHECK = Corpus(
    "hatecheck_en", "HateCheck", "CC BY 4.0", ("hatecheck_en/test.tsv",), lambda row: {EN_HATE: float(row["hate"])}
)
SB10K = Corpus("sb10k", "SB10k", "unclear, judges only", ("sb10k/all.tsv",), lambda _row: {})
JUDGING = (GAHD_TEST, HATECHECK, SB10K)


def rows(corpus: Corpus, data: Path) -> list[Row]:
    """The rows of a set's files. Raises `OSError` when one is missing."""
    found: list[Row] = []
    for path in corpus.paths:
        with (data / path).open(encoding="utf-8", newline="") as file:
            found += csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE, escapechar="\\")
    return found


def folded(text: str) -> tuple[str, ...]:
    return tuple(token.folded for token in tokenise(text))


def key_of(words: Iterable[str]) -> str:
    """What makes two texts the same: their words, without names, addresses and punctuation."""
    return " ".join(word for word in words if word not in STOPS and not word.startswith("{"))


def own(name: str) -> list[str]:
    """The project's own sentences: friendly and displeased teach, friendly_judge and friendly_unseen judge."""
    text = files("feuerwache.classifier.training").joinpath("own", f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line]


def teaching_examples(data: Path) -> list[Example]:
    """Everything there is to learn from, without repeats and without what judges."""
    judged = {key_of(folded(row["text"])) for corpus in JUDGING for row in rows(corpus, data)}
    judged |= {key_of(folded(text)) for name in ("friendly_judge", "friendly_unseen") for text in own(name)}
    return distinct([*_own_examples(), *_examples(TEACHING, data)], judged)


def distinct(examples: Iterable[Example], without: set[str]) -> list[Example]:
    """The first of each text; none whose key is in `without`, and none that says nothing."""
    seen = {"", *without}
    kept: list[Example] = []
    for example in examples:
        if example.answers and example.key not in seen:
            seen.add(example.key)
            kept.append(example)
    return kept


def example(text: str, source: str, answers: Answers, weight: float = 1.0) -> Example:
    words = folded(text)
    return Example(text, source, words, answers, weight, key_of(words))


def _own_examples() -> list[Example]:
    harmless = dict.fromkeys(HEADS, 0.0)
    return [
        example(text, f"own/{name}", harmless, OWN_WEIGHT) for name in ("friendly", "displeased") for text in own(name)
    ]


def _examples(corpora: Iterable[Corpus], data: Path) -> list[Example]:
    return [example(row["text"], corpus.name, corpus.answers(row)) for corpus in corpora for row in rows(corpus, data)]
