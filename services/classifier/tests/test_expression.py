"""The language of patterns and watchlists."""

from __future__ import annotations

import pytest

from feuerwache.classifier.model.expression import BadExpression, parse
from feuerwache.classifier.model.phrases import MAX_TRIES, FoldedText, Phrases
from feuerwache.classifier.model.tokens import tokenise


def found(say: str, text: str, unless: tuple[str, ...] = ()) -> list[str]:
    phrases = Phrases([(parse(say), "it")], {0: [parse(guard) for guard in unless]})
    return [text[each.start : each.end] for each in phrases.find(FoldedText(text, tokenise(text)))]


@pytest.mark.parametrize(
    ("say", "text", "expected"),
    [
        ("du idiot", "Na, DU Idiot!", ["DU Idiot"]),
        ("du idiot", "du, Idiot", ["du, Idiot"]),
        ("du idiot", "du. Idiot", []),
        ("idiot", "Idiotensicher", []),
        ("rückruf*", "Die Rueckrufaktion läuft", ["Rueckrufaktion"]),
        ("*laden", "So ein Saftladen.", ["Saftladen"]),
        ("*druck*", "Hochdruckpumpe", ["Hochdruckpumpe"]),
        ("(ich|wir) komm*", "Wir kommen und ich komme", ["Wir kommen", "ich komme"]),
        ("ich (dich|) sehe", "ich sehe, ich dich sehe", ["ich sehe", "ich dich sehe"]),
        ("ich [0-2] komme", "ich gleich vielleicht komme", ["ich gleich vielleicht komme"]),
        ("ich [0-2] komme", "ich eins zwei drei komme", []),
        ("(an die wand|vor gericht)", "Stellt sie vor Gericht!", ["vor Gericht"]),
        ("wann [0-9] ?", "Wann kommt er? Heute.", ["Wann kommt er"]),
        ("f**k", "f**k", ["f**k"]),
        ("😡", "so nicht 😡", ["😡"]),
    ],
)
def test_what_expressions_mean(say: str, text: str, expected: list[str]) -> None:
    assert found(say, text) == expected


def test_a_guard_takes_back_what_stands_in_its_sentence_only() -> None:
    text = "Ein Idiot. Das ist idiotensicher. Idiot, idiotensicher."
    assert found("idiot", text, ("idiotensicher",)) == ["Idiot"]


@pytest.mark.parametrize("say", ["", "[0-3]", "(ich|)", "a*", "*", "(|)", "[3-1] wort"])
def test_what_names_no_word_is_refused(say: str) -> None:
    with pytest.raises(BadExpression):
        parse(say)


def test_tries_are_bounded() -> None:
    text = "wort " * 5_000
    assert 1 <= len(found("wort", text)) <= MAX_TRIES * 200
