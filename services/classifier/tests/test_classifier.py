"""The model that comes with the package: what it says, why, and that nothing makes it stumble."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feuerwache.classifier.model.classifier import CHUNK, REASONS, THRESHOLDS, WATCHLIST_LABEL, Classifier
from feuerwache.classifier.model.scores import Heads
from feuerwache.classifier.model.tokens import tokenise
from feuerwache.classifier.model.watchlist import Watch, Watchlist
from feuerwache.classifier.model.weights import SHIPPED, BadWeights, load, unpack
from feuerwache.classifier.training.corpora import own
from feuerwache.common.events.classification import Classification, Label

RECALL = Watchlist(
    id="safety", title={"de": "Sicherheit"}, category="safety", terms=("rückruf*",), allow=("kein rückruf",)
)
CLASSIFIER = Classifier(load(), Watch((RECALL,)))


def judge(text: str) -> Classification:
    return CLASSIFIER.classify([text])[0]


@pytest.mark.parametrize(
    ("text", "label", "least"),
    [
        ("Du bist doch zu dumm zum Kaffeekochen, du Vollidiot.", Label.INSULT, 0.8),
        ("Halt die Fresse, du dreckiges Stück Scheiße!", Label.OFFENSIVE, 0.7),
        ("Dieses Flüchtlingspack gehört sofort abgeschoben, alles Verbrecher und Vergewaltiger!", Label.HATE, 0.65),
        ("You are a fucking piece of shit, go to hell you bitch", Label.OFFENSIVE, 0.8),
        ("Ich bin sehr enttäuscht, die Maschine ist schon wieder kaputt und niemand antwortet.", Label.NEGATIVE, 0.7),
    ],
)
def test_harm_is_seen(text: str, label: str, least: float) -> None:
    assert judge(text).labels[label] >= least


def test_friendly_posts_are_left_alone() -> None:
    """They were written to judge and taught nothing; the model card says the same."""
    judged = CLASSIFIER.classify(own("friendly_judge"))
    assert sum(each.flagged for each in judged) <= 2
    assert sum(each.labels[Label.NEGATIVE] >= 0.5 for each in judged) <= 7


def test_displeased_but_civil_posts_are_negative_and_not_flagged() -> None:
    judged = CLASSIFIER.classify(own("displeased"))
    assert sum(each.flagged for each in judged) <= 1
    assert sum(each.labels[Label.NEGATIVE] >= 0.5 for each in judged) >= 35


def test_every_label_has_a_score_and_every_reason_its_place() -> None:
    text = "Unfassbar 😡 Ihr seid doch kom\u00adplette Idioten, ruft an: 0151 23456789, Rückruf!"
    judged = judge(text)
    assert judged.flagged
    assert set(judged.labels) == {label.value for label in Label}
    assert 0 < len(judged.why) <= REASONS
    assert_spans_hold(text, judged)
    assert {span.text for span in judged.why} >= {"Idioten", "0151 23456789"}
    assert judged.why[0].label == f"{WATCHLIST_LABEL}safety"


def test_an_ordinary_post_has_no_reasons() -> None:
    judged = judge("Welche Bohnen nehmt ihr für Espresso?")
    assert (judged.flagged, judged.why, judged.language) == (False, (), "de")
    assert judged.labels[Label.QUESTION] >= 0.8


def test_watchlists_hit_without_flagging() -> None:
    judged = judge("Gibt es eine Rückrufaktion?")
    assert [(hit.watchlist, hit.term, hit.text) for hit in judged.watchlists] == [
        ("safety", "rückruf*", "Rückrufaktion")
    ]
    assert not judged.flagged
    assert judge("Das ist kein Rückruf.").watchlists == ()


STRANGE = [
    "",
    " ",
    "\x00",
    "\ud800\udfff\ud800",
    "👍",
    "🏳️‍🌈" * 500,
    "مرحبا بالعالم " * 200,
    "Z\u0351\u036b\u0343\u036a\u0302a\u0334l\u0321g\u0358o\u0360 " * 400,
    "Idiot " * 10_000,
    "x" * 40_000,
    "\u0301" * 40_000,
    "a." * 20_000,
    "@" * 40_000,
    "(" * 40_000,
    "0" * 40_000,
    "ich weiß wo " * 3_000,
    "? " * 20_000,
    "A" * 30 + "weg 1" * 7_000,
    "https://" * 5_000,
]


@pytest.mark.parametrize("text", STRANGE, ids=range(len(STRANGE)))
def test_strange_texts_are_judged_like_any_other(text: str) -> None:
    judged = judge(text)
    assert all(0.0 <= score <= 1.0 for score in judged.labels.values())
    assert_spans_hold(text, judged)


@given(st.lists(st.text(max_size=120), max_size=4))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
def test_a_batch_says_what_each_text_says_alone(texts: list[str]) -> None:
    together = CLASSIFIER.classify(texts)
    alone = [judge(text) for text in texts]
    assert [each.flagged for each in together] == [each.flagged for each in alone]
    for one, other in zip(together, alone, strict=True):
        assert one.labels == pytest.approx(other.labels, abs=2e-4)


def test_long_batches_are_cut_and_stay_in_order() -> None:
    texts = ["Du Idiot! " + "Kaffee " * 12_000, "Guten Morgen zusammen", "Du Idiot! " + "Tee " * 9_000]
    assert sum(map(len, texts)) > CHUNK
    assert [each.labels[Label.INSULT] >= 0.8 for each in CLASSIFIER.classify(texts)] == [True, False, True]


def test_the_shares_of_the_words_make_up_the_score() -> None:
    weights = load()
    heads = Heads(weights)
    words = list(dict.fromkeys(token.folded for token in tokenise("Du bist ein verlogener Lump und Betrüger")))
    (scored,) = heads.score([words])
    number = scored.heads[Label.OFFENSIVE]
    head = weights.heads[number]
    logit = sum(heads.shares(words, number)) + head.slope * head.bias + head.offset
    assert scored.chances[Label.OFFENSIVE] == pytest.approx(1 / (1 + 2.718281828**-logit), abs=1e-3)


def test_weights_are_small_and_the_card_names_them() -> None:
    packed = SHIPPED.read_bytes()
    card = (SHIPPED.parent / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert len(packed) < 10_000_000
    assert sha256(packed).hexdigest() in card
    assert CLASSIFIER.version in card
    for label in THRESHOLDS:
        assert str(label) in card


def test_damaged_weights_are_refused() -> None:
    packed = SHIPPED.read_bytes()
    head = json.loads(packed.partition(b"\n")[0])
    assert head["format"] == 1
    for damaged in (b"", b"{}\n", packed[:-2], packed[:-1] + b"\x7f", b"\x93NUMPY" + packed):
        with pytest.raises(BadWeights):
            unpack(damaged)


def assert_spans_hold(text: str, judged: Classification) -> None:
    for span in judged.why:
        assert text[span.start : span.end] == span.text != ""
    for hit in judged.watchlists:
        assert text[hit.start : hit.end] == hit.text != ""
    from_lists = [span.label.startswith(WATCHLIST_LABEL) for span in judged.why]
    assert from_lists == sorted(from_lists, reverse=True)
