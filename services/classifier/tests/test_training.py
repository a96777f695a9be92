"""Training on a small made-up set: the same bytes twice, and a model that has understood the difference."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from feuerwache.classifier.model.classifier import Classifier
from feuerwache.classifier.model.ngrams import BUCKETS, word_features
from feuerwache.classifier.model.weights import unpack
from feuerwache.classifier.training.corpora import (
    DE_HATE,
    DE_INSULT,
    DE_OFFENSIVE,
    DE_PROFANITY,
    HEADS,
    Corpus,
    Example,
    distinct,
    example,
    germeval,
    iwg,
    key_of,
    own,
    rows,
)
from feuerwache.classifier.training.figures import macro_f1
from feuerwache.classifier.training.fit import design, fit
from feuerwache.classifier.training.train import platt, train

RUDE = ["du mieser lurch", "so ein lurchiger kerl", "ihr lurche alle", "mieser lurch bleib weg", "lurch du bist mies"]
KIND = [
    "schöner tag heute",
    "der kuchen ist fein",
    "danke dir fürs rezept",
    "morgen scheint die sonne",
    "feiner kaffee heute",
]


def made_up() -> list[Example]:
    texts = [(f"{text} {n}x", 1.0) for n in "abcdef" for text in RUDE]
    texts += [(f"{text} {n}x", 0.0) for n in "abcdef" for text in KIND]
    return [example(text, "made up", dict.fromkeys(HEADS, answer)) for text, answer in texts]


def test_the_same_examples_give_the_same_bytes() -> None:
    first, second = train(made_up()), train(made_up())
    assert first.packed == second.packed
    said = Classifier(unpack(first.packed)).classify(["ihr miesen lurche!", "der kaffee ist heute fein"])
    assert said[0].labels["insult"] > 0.8
    assert said[1].labels["insult"] < 0.2
    assert [report.head.label for report in first.reports] == [label for _, label in HEADS]


def test_the_order_of_examples_hardly_matters() -> None:
    forward = unpack(train(made_up()).packed)
    backward = unpack(train(made_up()[::-1]).packed)
    assert np.allclose(forward.table.astype(float), backward.table.astype(float), atol=0.02)


def test_a_masked_example_teaches_nothing() -> None:
    posts = design([["gut"], ["schlecht"], ["seltsam"]])
    target = np.array([0.0, 1.0, 1.0])
    masked = fit(posts, target, np.array([1.0, 1.0, 0.0]), 0.1)
    only = set(word_features(["seltsam"]).buckets) - set(word_features(["gut", "schlecht"]).buckets)
    places = np.isin(posts.columns, list(only))
    assert np.all(masked.weights[places] == 0.0)


def test_repeats_and_what_judges_are_left_out() -> None:
    answers = {DE_HATE: 1.0}
    texts = ["Hallo @anna, du!", "hallo @bert du", "HALLO DU https://x.example", "anders", "geprüft", "@anna"]
    kept = distinct([example(text, "s", answers) for text in texts], {key_of(("geprueft",))})
    assert [each.text for each in kept] == ["Hallo @anna, du!", "anders"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"coarse": "OTHER", "fine": "OTHER"}, {DE_OFFENSIVE: 0, DE_INSULT: 0, DE_PROFANITY: 0, DE_HATE: 0}),
        ({"coarse": "OFFENSE", "fine": "ABUSE"}, {DE_OFFENSIVE: 1, DE_HATE: 1}),
        ({"coarse": "OFFENSE", "fine": "INSULT"}, {DE_OFFENSIVE: 1, DE_INSULT: 1}),
        ({"coarse": "OFFENSE", "fine": "PROFANITY"}, {DE_OFFENSIVE: 1, DE_INSULT: 0, DE_PROFANITY: 1}),
    ],
)
def test_what_a_set_cannot_say_is_left_open(row: dict[str, str], expected: dict[tuple[str, str], float]) -> None:
    assert germeval(row) == expected


def test_experts_must_agree() -> None:
    yes = {"hate_both": "1", "hate_expert1": "1", "hate_expert2": "1", "rating": "5"}
    no = {"hate_both": "0", "hate_expert1": "0", "hate_expert2": "0", "rating": "1"}
    assert iwg(yes) == {DE_HATE: 1.0}
    assert iwg(no) == {DE_HATE: 0.0}
    assert iwg({**no, "hate_expert1": "1"}) == {}


def test_sets_are_read_without_quoting(tmp_path: Path) -> None:
    text = 'sie sagt "so" und \\ gut'
    with (tmp_path / "a.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE, escapechar="\\")
        writer.writerows([["id", "text"], ["1", text]])
    assert rows(Corpus("a", "A", "none", ("a.tsv",), lambda _row: {}), tmp_path)[0]["text"] == text


def test_platt_finds_the_chances() -> None:
    logits = np.repeat([-2.0, 2.0], 1000)
    target = np.concatenate([np.arange(1000) < 100, np.arange(1000) < 700]).astype(float)
    slope, offset = platt(logits, target, np.ones(2000))
    assert 1 / (1 + np.exp(-(2 * slope + offset))) == pytest.approx(0.7, abs=0.01)
    assert 1 / (1 + np.exp(-(-2 * slope + offset))) == pytest.approx(0.1, abs=0.01)


def test_features_of_a_word_do_not_depend_on_its_neighbours() -> None:
    alone, among = word_features(["kaffee"]), word_features(["tee", "kaffee", "a"])
    assert sorted(alone.buckets) == sorted(among.buckets[among.starts[1] : among.starts[2]])
    assert len(alone.buckets) == 4 * len("kaffee") - 2 + 1
    assert np.all((among.buckets >= 0) & (among.buckets < BUCKETS))


def test_macro_f1() -> None:
    truth, said = np.array([True, True, False, False]), np.array([True, False, False, False])
    assert macro_f1(truth, said) == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_own_sentences_are_enough_and_none_judges_what_it_taught() -> None:
    friendly, displeased = own("friendly"), own("displeased")
    judging = [*own("friendly_judge"), *own("friendly_unseen")]
    assert min(len(friendly), len(judging)) >= 60
    assert not {key_of(text.split()) for text in judging} & {key_of(text.split()) for text in friendly + displeased}
