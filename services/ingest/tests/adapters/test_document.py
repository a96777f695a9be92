"""A platform's JSON is looked at without trust, and places belong to communities."""

from __future__ import annotations

from typing import Any

import pytest

from feuerwache.ingest.adapters.document import document, identity, inside, number, objects, present, text
from feuerwache.ingest.adapters.settings import AdapterSettings
from feuerwache.ingest.envelope import Unreadable
from support.adapters import ODD


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"5", b'"x"', b"{", b"\xff", b"{" * 5_000, b'{"a": NaN}'])
def test_a_body_that_is_no_object_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        document(body)


@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:12])
def test_whatever_stands_there_each_look_gives_its_own_kind(value: Any) -> None:
    for around in (value, {"a": value}, {"a": {"b": value}}):
        assert isinstance(inside(around, "a", "b", "c"), dict)
        assert all(isinstance(each, dict) for each in objects(around, "a"))
        assert text(around, "a") is None or isinstance(text(around, "a"), str)
        found = identity(around, "a")
        assert found is None or (isinstance(found, str) and found)
        count = number(around, "a")
        assert count is None or (type(count) is int and count >= 0)


def test_what_is_there_is_found() -> None:
    found = document('{"a": {"b": {"id": 7}}, "l": [{"x": 1}, 5, null, {}], "t": "ä", "n": 3}'.encode())
    assert inside(found, "a", "b") == {"id": 7}
    assert identity(inside(found, "a", "b"), "id") == "7"
    assert objects(found, "l") == [{"x": 1}, {}]
    assert (text(found, "t"), number(found, "n"), number(found, "t")) == ("ä", 3, None)
    assert present(a=0, b="", c=None, d=False) == {"a": 0, "b": "", "d": False}


def test_true_is_neither_an_id_nor_a_count() -> None:
    assert identity({"id": True}, "id") is None
    assert number({"n": True}, "n") is None


def test_a_place_that_yaml_takes_for_a_number_is_its_digits() -> None:
    settings = AdapterSettings.model_validate({"places": {1234567890: "one", "b": "two"}})
    assert settings.community("1234567890") == "one"
    assert settings.community("nowhere", "b") == "two"
    assert settings.community("nowhere") is None
    assert settings.knows("nowhere", "b")
    assert not settings.knows("nowhere")


def test_without_places_everything_is_wanted() -> None:
    settings = AdapterSettings()
    assert settings.knows("anywhere")
    assert settings.community("anywhere") is None


def test_a_setting_that_is_misspelt_is_refused() -> None:
    with pytest.raises(ValueError, match="Extra inputs"):
        AdapterSettings.model_validate({"place": {}})
