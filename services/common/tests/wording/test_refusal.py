"""Refusals in words: the same in both languages, and each in a sentence of its own."""

from __future__ import annotations

from string import Formatter
from typing import get_args

from feuerwache.common.config.people import Role
from feuerwache.common.permission import Reason
from feuerwache.common.wording.refusal import REFUSAL, ROLE, refusal_text


def test_both_languages_refuse_with_the_same_words() -> None:
    assert REFUSAL["de"].keys() == REFUSAL["en"].keys()
    assert ROLE["de"].keys() == ROLE["en"].keys() == set(Role)
    for reason, text in REFUSAL["de"].items():
        blanks = [
            {field for _, field, _, _ in Formatter().parse(each) if field} for each in (text, REFUSAL["en"][reason])
        ]
        assert blanks[0] == blanks[1], reason


def test_whatever_the_permissions_refuse_is_a_sentence() -> None:
    assert set(get_args(Reason)) <= REFUSAL["de"].keys()
    assert refusal_text("role", Role.AGENT, "de") == "Die Rolle Agent darf das nicht."
    assert refusal_text("snooze_too_long", None, "en") == "The role ? may not snooze for so long."


def test_a_word_of_a_newer_writer_is_shown_as_it_is() -> None:
    assert refusal_text("too_{hot}", Role.HEAD, "en") == "This does not fit this incident (too_{hot})."
