"""Cutting and folding: variants become alike, places stay those of the original, nothing is too strange."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feuerwache.classifier.model.phrases import FoldedText
from feuerwache.classifier.model.tokens import MAIL, MAX_TOKEN, NAME, URL, fold, tokenise


def folded(text: str) -> list[str]:
    return [token.folded for token in tokenise(text)]


@pytest.mark.parametrize(
    ("written", "same_as"),
    [
        ("Rückruf", "rueckruf"),
        ("Ru\u0308ckruf", "rückruf"),
        ("SCHEISSE", "scheiße"),
        ("1d10t", "idiot"),
        ("Id\u00adi\u200bot", "idiot"),
        ("𝗜𝗱𝗶𝗼𝘁", "idiot"),
        ("Ｉｄｉｏｔ", "idiot"),
        ("I\u0334\u0301d\u0330i\u0334o\u0301t", "idiot"),
        ("Idiooooot", "idioot"),
        ("geht’s", "geht's"),
        ("Café", "cafe"),
    ],
)
def test_variants_are_the_same_word(written: str, same_as: str) -> None:
    assert folded(written) == folded(same_as)
    assert len(folded(written)) == 1


@pytest.mark.parametrize("kept", ["28cm", "anna42", "h2o", "mahlzeit42"])
def test_digits_that_are_digits_stay(kept: str) -> None:
    assert fold(kept) == kept


def test_names_addresses_and_numbers_are_placeholders() -> None:
    assert folded("@anna_b schreibt an a.b@c.example, siehe https://x.example/1?a=b 2026!") == [
        NAME,
        "schreibt",
        "an",
        MAIL,
        "siehe",
        URL,
        "0000",
        "!",
    ]


def test_a_word_without_end_is_cut() -> None:
    tokens = tokenise("x" * 40_000)
    assert max(token.end - token.start for token in tokens) == MAX_TOKEN
    assert tokens[-1].end == 40_000


STRANGE = [
    "",
    "\x00",
    "\ud800",
    "👍",
    "🏳️‍🌈",
    "مرحبا بالعالم",
    "שלום",
    "\u200b\u200d",
    "*" * 50,
    "a" * 100 + "!" * 100,
    "ß̈",
]


@pytest.mark.parametrize("text", STRANGE)
def test_strange_texts_are_cut_too(text: str) -> None:
    assert_places_hold(text)


@given(st.text(alphabet=st.characters(), max_size=300))
def test_places_are_those_of_the_original(text: str) -> None:
    assert_places_hold(text)


def assert_places_hold(text: str) -> None:
    tokens = tokenise(text)
    last = 0
    for token in tokens:
        assert last <= token.start < token.end <= len(text)
        assert token.folded
        assert " " not in token.folded
        last = token.end
    whole = FoldedText(text, tokens)
    for token in tokens:
        at = whole.joined.index(f" {token.folded} ") + 1
        start, end = whole.span(at, at + len(token.folded) + 1)
        assert text[start:end]
