"""CEL in a configuration: what is refused at load, what bounds the rest, and that no text of a platform gets out."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from feuerwache.ingest.adapters.expression import Absent, Expression, Failed, bounded, context_of
from feuerwache.ingest.envelope import Unreadable, parse

NAMES = ("item",)
CANARY = "kanarienvogel-4711"


def value(source: str, item: Any) -> Any:
    return Expression(source, NAMES).value(context_of(item=item))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("item.list.map(a, a)", "line 1, column 11: map is a loop"),
        ("item.list\n  .filter(item, true)", "line 2, column 4: filter is a loop"),
        ("item.list . exists /* no comment */ (a, a)", "line 1"),
        ("item.list.all(item, item > 0)", "all is a loop"),
        ("item.list.exists_one(a, a == 1)", "exists_one is a loop"),
        ("item.a.matches(item.b)", "column 8: write the pattern out"),
        ("item.a.matches('x' + item.b)", "column 20: write the pattern out"),
        ("matches(item.a, 'x')", "write the pattern out"),
        ("nothing.there", "there is no 'nothing' here; there are item"),
        ("item.a + body.b", "there is no 'body' here"),
        ("fetch(item.url)", "there is no function 'fetch'"),
        ("item.a.lower()", "there is no function 'lower'"),
        ("item.", "line 1, column 6: Syntax error"),
        ("'open", "line 1, column 1: "),
        ("item.a +\n * 2", "line 2, column 2: "),
        ("", "line 1, column 1: "),
        ("item." + "a" * 2_000, "is longer than 2000 characters"),
    ],
)
def test_what_could_grow_or_is_not_there_is_refused_at_load_with_its_place(source: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        Expression(source, NAMES)
    assert reason in str(error.value)


@pytest.mark.parametrize(
    "source",
    [
        "'item.list.map(a, a)'",
        '"x.filter(a, b)" + item.map',
        "r'\\' + item.a",
        "'''it's .all(a, b)''' + item.a",
        "item.a // .map(a, a)",
        "item.map",
        "item.a.matches('^(a|b)+$')",
    ],
)
def test_the_words_of_a_loop_may_stand_in_a_text_a_comment_or_a_field(source: str) -> None:
    assert Expression(source, NAMES).source == source


@pytest.mark.parametrize(
    ("source", "item", "expected"),
    [
        ("item.a", {"a": 1}, 1),
        ("has(item.b) ? item.b : null", {}, None),
        ("string(item.id)", {"id": 12}, "12"),
        ("time(item.at)", {"at": "2026-11-14T12:00:00+0100"}, "2026-11-14T11:00:00+00:00"),
        ("time(item.at)", {"at": "2026-11-14 12:00"}, "2026-11-14T12:00:00"),
        ("time(item.at, 'Europe/Berlin')", {"at": "2026-07-14 12:00:00"}, "2026-07-14T10:00:00+00:00"),
        ("time(item.at, item.zone)", {"at": "2026-07-14 12:00:00", "zone": "../../etc/passwd"}, "2026-07-14 12:00:00"),
        ("time(item.at)", {"at": "gestern"}, "gestern"),
        ("time(item.at)", {"at": 5}, 5),
        ("time_s(item.at)", {"at": 1_794_654_000}, "2026-11-14T11:00:00+00:00"),
        ("time_s(item.at)", {"at": "1794654000"}, "2026-11-14T11:00:00+00:00"),
        ("time_s(item.at)", {"at": 1_794_654_000_000}, 1_794_654_000_000),
        ("time_ms(item.at)", {"at": 1_794_654_000_500}, "2026-11-14T11:00:00.500000+00:00"),
        ("time_ms(item.at)", {"at": None}, None),
        ("plain(item.html)", {"html": "<p>a&amp;b</p>"}, "a&b"),
        ("plain(item.html)", {"html": 5}, 5),
        ("links(item.html)", {"html": '<a href="https://a.example">x</a>'}, ["https://a.example"]),
        ("links(item.html)", {"html": 5}, []),
        ("each(item.m, 'alt')", {"m": [{"alt": "a"}, {"alt": ""}, {"alt": 5}, 5, {}]}, ["a"]),
        ("each(item.m, 'alt')", {"m": "x"}, []),
        ("flat(item.m, 'c')", {"m": [{"c": [1, 2]}, {"c": 3}, None, {"c": [[4]]}]}, [1, 2, [4]]),
        ("revision(item.a, item.b)", {"a": "2026-01-01T00:00:00Z", "b": "2026-01-01T00:01:00Z"}, 60),
        ("revision(item.a, item.b)", {"a": "2026-01-01T00:00:00Z", "b": None}, 0),
        ("revision(item.a, item.b)", {"a": "x", "b": "y"}, "y"),
        ("item.a.matches('(a*)*b')", {"a": "a" * 10_000}, False),
    ],
)
def test_an_expression_gives_what_the_page_says(source: str, item: Any, expected: Any) -> None:
    assert value(source, item) == expected


@pytest.mark.parametrize("source", ["item.a", "item.b.c", "item.l[3]", "item['x']"])
def test_what_is_not_there_is_absent(source: str) -> None:
    with pytest.raises(Absent):
        value(source, {"b": {}, "l": [1]})


@pytest.mark.parametrize(
    "source",
    [
        "item.a + 1",
        "int(item.a)",
        "time()  + item.a + 1",
        "time(item.a, item.a, item.a)",
        "1 / item.n",
        "b'ab'",
        "item.a.x",
    ],
)
def test_what_does_not_fit_fails_and_says_nothing_of_the_text(source: str, caplog: pytest.LogCaptureFixture) -> None:
    """The engine logs what a function of ours raises; so ours raise nothing that quotes."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(Failed) as error:
        value(source, {"a": CANARY, "n": 0})
    assert CANARY not in str(error.value) + caplog.text


def test_a_whole_number_of_any_size_stays_itself_as_an_id() -> None:
    """The engine has 64 bits and would round: two posts would become one."""
    item = bounded(json.loads('{"a": 18446744073709551617, "b": 18446744073709551618, "c": -9223372036854775808}'))
    assert value("string(item.a)", item) == "18446744073709551617"
    assert value("string(item.b)", item) == "18446744073709551618"
    assert value("string(item.c)", item) == "-9223372036854775808"
    assert bounded(parse(b'{"a": 1e400}')) == {"a": None}
    assert value("string(item)", bounded(10**9_000)).startswith("0x")


@pytest.mark.parametrize(
    "document",
    [
        b"[" * 33 + b"]" * 33,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b"[" + b",".join([b"1"] * 20_000) + b"]",
        b"{" + b",".join(b'"%d":[]' % at for at in range(20_000)) + b"}",
    ],
)
def test_a_document_that_is_too_deep_or_too_wide_is_refused(document: bytes) -> None:
    with pytest.raises(Unreadable) as error:
        bounded(parse(document))
    assert error.value.status == 413


def test_a_document_at_the_limits_is_taken() -> None:
    assert bounded(parse(b"[" * 32 + b"]" * 32))
    assert len(bounded(parse(b"[" + b",".join([b"1"] * 19_999) + b"]"))) == 19_999


def test_a_text_that_is_no_unicode_is_refused_and_not_quoted() -> None:
    with pytest.raises(Unreadable) as error:
        context_of(item={"a": CANARY + "\ud800"})
    assert CANARY not in str(error.value)
