"""Whatever somebody writes, an adapter makes something of it that the examination takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from feuerwache.ingest.adapters import legible
from feuerwache.ingest.adapters.addresses import links
from feuerwache.ingest.submission import Line, Link
from feuerwache.ingest.text import MAX_LINKS, post_text

ANYTHING = st.text(st.characters(codec=None), max_size=60)  # lone halves of pairs as well
LINE, ADDRESS = TypeAdapter(Line), TypeAdapter(Link)


@given(ANYTHING)
def test_a_text_is_taken_or_there_is_nothing_to_see_in_it(text: str) -> None:
    made = legible.body(text)
    if made is not None:
        assert post_text(made) == made
        assert made.encode()


@given(ANYTHING)
def test_a_name_is_a_line_that_is_taken(text: str) -> None:
    made = legible.name(text)
    if made is not None:
        assert LINE.validate_python(made) == made == made.strip()


@given(ANYTHING, st.lists(st.one_of(ANYTHING, st.none(), st.integers()), max_size=5))
def test_addresses_are_taken(text: str, beside: list[object]) -> None:
    for each in links(text, beside) or ():
        assert ADDRESS.validate_python(each) == each


@pytest.mark.parametrize("letter", ("a", "\x07", "\u0958", "\U0001f600", "e\u0301"))
def test_a_long_text_is_cut_and_not_refused(letter: str) -> None:
    made = legible.body(letter * 100_000)
    assert made is not None and len(made) == 40_000 and post_text(made) == made


def test_what_may_not_be_carried_is_replaced_one_for_one() -> None:
    assert legible.body("a\x00b\x07c\nd") == "a\ufffdb\ufffdc\nd"
    assert legible.body("\u200b\u200b") is None and legible.body("") is None and legible.body(None) is None
    assert legible.name(" a\n\tb\x07 ") == "a b" and legible.name("\n") is None and legible.name(None) is None


def test_addresses_stand_there_once_and_are_bounded() -> None:
    assert links("https://a.example x", ["https://a.example", "b.example", "\u2800", "x" * 3_000, 5]) == [
        "https://a.example",
        "b.example",
    ]
    assert links("https://a.example", [None]) is None
    assert len(links("", [f"https://{at}.example" for at in range(200)]) or ()) == MAX_LINKS
