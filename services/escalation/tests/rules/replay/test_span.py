"""Spans and gates as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feuerwache.escalation.rules.replay.gate import BadGate, Gate
from feuerwache.escalation.rules.replay.span import BadSpan, Span, instant

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("7d", NOW - timedelta(days=7)),
        ("36h", NOW - timedelta(hours=36)),
        ("2w", NOW - timedelta(days=14)),
        ("2026-11-14", datetime(2026, 11, 14, tzinfo=UTC)),
        ("2026-11-14T18:00", datetime(2026, 11, 14, 18, tzinfo=UTC)),
        ("2026-11-14T18:00+01:00", datetime(2026, 11, 14, 17, tzinfo=UTC)),
    ),
)
def test_instants(text: str, expected: datetime) -> None:
    assert instant(text, NOW) == expected


@pytest.mark.parametrize("text", ("", "7", "yesterday", "7 days", "2026-13-01", "-1d"))
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(BadSpan, match="write 7d"):
        instant(text, NOW)


def test_an_empty_span_is_refused() -> None:
    with pytest.raises(BadSpan, match="is empty"):
        Span.of("1d", "2d", None, NOW)
    with pytest.raises(BadSpan, match="is empty"):
        Span.of("2027-01-01", None, None, NOW)
    assert Span.of("2d", "1d", "90d", NOW) == Span(NOW - timedelta(days=2), NOW - timedelta(days=1), timedelta(days=90))


@pytest.mark.parametrize("text", ("remove", "remove>", "remove > x", "removd>1", "-changed>1", "a>1"))
def test_what_is_no_gate_is_refused(text: str) -> None:
    with pytest.raises(BadGate):
        Gate.of(text)


def test_gates_are_read_with_and_without_spaces() -> None:
    assert Gate.of(" removed > 10 ") == Gate("removed > 10", "remove", ">", 10)
    assert Gate.of("-held>=1").figure == "-hold"
