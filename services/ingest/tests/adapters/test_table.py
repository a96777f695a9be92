"""Files of posts: lines, quotes, marks and bombs of CSV and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feuerwache.ingest.adapters.table import LONGEST_LINE, TableAdapter, TableSettings
from feuerwache.ingest.envelope import Unreadable
from feuerwache.ingest.item import Item

HEADER = "post_id,author.id,text,created_at\n"


def read(lines: Iterable[str], **settings: Any) -> list[tuple[int, Item]]:
    found = TableAdapter(TableSettings.model_validate(settings)).lines(lines)
    return [(line, item) for line, item in found if isinstance(item, Item)]


def texts(lines: Iterable[str], **settings: Any) -> list[str]:
    return [dict(item.data)["text"] for _, item in read(lines, **settings)]  # type: ignore[call-overload]  # objects here


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+49 30",
        "-2",
        "@SUM(A1)",
        '=HYPERLINK("http://x")',
        "'=1",
        "\t=1",
        "a\x00b",
        "\ufeffb",
        "{item.text}",
        "${x}",
    ],
)
def test_a_cell_is_data_whatever_a_spreadsheet_would_make_of_it(cell: str) -> None:
    quoted = cell.replace('"', '""')
    assert texts([HEADER, f'1,a,"{quoted}",2024-07-01T10:00:00Z\n']) == [cell]


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n")).filter(str.strip), min_size=1, max_size=5)
)
def test_every_text_comes_out_as_it_went_in(cells: list[str]) -> None:
    rows = ['{},a,"{}",t\n'.format(at, cell.replace('"', '""')) for at, cell in enumerate(cells)]
    assert texts([HEADER, *rows]) == cells


def test_a_mark_before_the_first_letter_is_none_of_the_name() -> None:
    for mark in ("", "\ufeff"):
        assert texts([mark + HEADER, "1,a,gut,2024-07-01T10:00:00Z\r\n"]) == ["gut"]
    assert len(read(["\ufeff" + '{"post_id": "1"}\n'], format="jsonl")[0][1].problems) == 0


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["post_id,textt\n"], "line 1: 'textt' is no field; did you mean 'text'?"),
        (["Nr;Text\n"], "line 1: 'Nr;Text' is no field; say in `columns`"),
        (["text,text\n"], "line 1: the column 'text' stands there twice"),
        ([",".join(["text"] * 201) + "\n"], "line 1: has more than 200 columns"),
        ([HEADER, '1,a,"open,2024\n', *["x\n"] * 200_000], "line 2: field larger than field limit"),
        ([HEADER, "1,a,gut,t\n", '2,a,"gut"x,t\n'], "line 3: ',' expected after '\"'"),
        ([HEADER, "1,a," + "x" * (LONGEST_LINE + 1) + ",t\n"], "line 2: field larger than field limit"),
        ([HEADER, "1,a,x\ry,t\n"], "line 2: new-line character seen in unquoted field"),
    ],
)
def test_where_a_table_breaks_off_its_line_is_named(lines: list[str], reason: str) -> None:
    with pytest.raises(Unreadable) as error:
        read(lines)
    assert reason in str(error.value)


def test_a_column_that_is_mapped_must_be_there() -> None:
    columns = {"post_id": "Nr", "text": "Beitrag"}
    with pytest.raises(Unreadable, match=r"there is no column 'Beitrag'; did you mean 'Beiträge'\?"):
        read(["Nr,Beiträge\n"], columns=columns)
    assert texts(["Nr,Mehr,Beitrag\n", "1,x,gut\n"], columns=columns) == ["gut"]


@pytest.mark.parametrize(
    "line",
    [
        "[" * 100_000,
        '{"a":' * 50 + "1" + "}" * 50,
        "nonsense",
        '{"a": "\\ud800"}',
        '{"a": NaN}',
        '"' + "x" * 1_000,
        "\x00",
    ],
)
def test_a_line_that_is_no_json_is_told_and_the_next_one_is_read(line: str) -> None:
    first, second = read([line + "\n", '{"post_id": "1"}\n'], format="jsonl")
    assert (first[0], [problem.code for problem in first[1].problems]) == (1, ["not_json"])
    assert second[0] == 2
    assert second[1].data == {"post_id": "1", "historic": True}
    assert line[:20] not in json.dumps([str(problem) for problem in first[1].problems]) or line == "\x00"


def test_what_is_imported_lies_in_the_past_unless_it_is_said_otherwise() -> None:
    lines = [HEADER, "1,a,gut,2024-07-01T10:00:00Z\n"]
    assert [dict(item.data)["historic"] for _, item in read(lines)] == [True]  # type: ignore[call-overload]  # an object
    assert "historic" not in str(read(lines, historic=False))


def test_a_time_in_the_hour_that_comes_twice_is_its_first() -> None:
    header = "post_id,author.id,text,created_at\n"
    [(_, item)] = read([header, "1,a,x,2026-10-25 02:30:00\n"], timezone="Europe/Berlin")
    assert dict(item.data)["created_at"] == "2026-10-25T02:30:00+02:00"  # type: ignore[call-overload]  # an object


@pytest.mark.parametrize(
    "settings",
    [
        {"format": "csv", "rules": [{"skip": "ping"}]},
        {"format": "jsonl", "columns": {"post_id": "x"}},
        {"format": "jsonl", "timezone": "Europe/Berlin"},
        {"timezone": "Europe/Nirgends"},
        {"timezone": "/etc/passwd"},
        {"delimiter": "ab"},
        {"columns": {"nonsense": "x"}},
    ],
)
def test_settings_that_do_nothing_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        TableSettings.model_validate(settings)
