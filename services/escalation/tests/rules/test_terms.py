"""Content words: what a post is about, nouns first."""

from __future__ import annotations

import pytest

from feuerwache.escalation.rules.community.terms import MAX_WORDS, NOUN, content_words


def test_terms_are_content_words_without_links_and_names() -> None:
    text = (
        "Hallo @anna, die Lieferung der Kaffeemühle war schon wieder NICHT da! https://x.example/Rückruf Grüße Jördis"
    )
    assert set(content_words(text, ("Jördis Beispiel",))) == {"lieferung", "kaffeemühle", "grüße"}


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("Hänge seit Tagen in der Warteschleife, gekauft im März", "de", ["tagen", "warteschleife", "märz"]),
        ("der deckel klemmt wieder, gekauft bei euch", "de", ["deckel", "klemmt"]),
        ("They promised a recall of the Aurora", "en", ["promised", "recall", "aurora"]),
        ("Der Deckel ist undicht und gefährlich", "de", ["deckel", "undicht", "gefährlich"]),
        ("Maschine spritzte, der Deckel sprang", "de", ["maschine", "deckel", "sprang"]),
    ],
)
def test_verbs_are_left_out_where_a_german_text_has_capitals(text: str, language: str, words: list[str]) -> None:
    assert list(content_words(text, (), language)) == words


def test_a_noun_within_a_sentence_and_a_hashtag_weigh_more() -> None:
    words = content_words("Rückruf sofort! Der Deckel springt #heißwasser undicht.")
    assert {word for word, weight in words.items() if weight == NOUN} == {"deckel", "heißwasser"}
    assert words["rückruf"] == words["undicht"] == 1


def test_a_novel_names_no_more_words_than_a_long_post() -> None:
    letters = "abcdefghij"
    novel = " ".join(f"wort{a}{b}" for a in letters for b in letters)
    assert len(content_words(novel)) == MAX_WORDS
