"""Finding the one record that a handler cannot take, without leaving its traces in the rows."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from feuerwache.common.errors import FatalError
from feuerwache.common.faust.rows import Rows
from feuerwache.common.faust.step import step
from feuerwache.common.kafka.record import Outgoing, Output, Record


def records(*values: bytes) -> list[Record]:
    return [Record("ticks", 3, offset, 0, None, value) for offset, value in enumerate(values)]


class Adding:
    """Adds up; writes before it raises, as a careless handler would."""

    def handle(self, shard: int, records: Sequence[Record], rows: Rows) -> Output:
        outgoing = []
        for record in records:
            total = int(rows.get("sum") or b"0")
            rows.put("sum", b"999")
            if record.value == b"fatal":
                raise FatalError("enough")
            total += int(record.value or b"")
            rows.put("sum", str(total).encode())
            outgoing.append(Outgoing("sums", shard, None, str(total).encode()))
        return Output(outgoing)


def test_all_good() -> None:
    done = step(Adding(), 3, records(b"1", b"2"), {b"3/sum": b"10"})
    assert done.written == {"sum": b"13"}
    assert [each.value for each in done.output.outgoing] == [b"11", b"13"]


def test_the_culprit_leaves_no_trace() -> None:
    done = step(Adding(), 3, records(b"1", b"nonsense", b"2"), {})
    assert done.written == {"sum": b"3"}
    assert [each.value for each in done.output.outgoing] == [b"1", b"3"]
    assert [(each.record.offset, each.error_class) for each in done.output.dead_letters] == [(1, "ValueError")]


def test_fatal_errors_are_not_blamed_on_a_record() -> None:
    with pytest.raises(FatalError):
        step(Adding(), 3, records(b"1", b"fatal"), {})
