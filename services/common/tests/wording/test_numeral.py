"""Numbers, spans and times as each language writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from feuerwache.common.wording.numeral import NO_BREAK, counted, moment, number, percent, span
from feuerwache.common.wording.tongue import DE, EN


@pytest.mark.parametrize(
    ("value", "german", "english"),
    [
        (1240, "1.240", "1,240"),
        (1234567, "1.234.567", "1,234,567"),
        (12.4, "12", "12"),
        (2.5, "2,5", "2.5"),
        (9.96, "10", "10"),
        (3.0, "3", "3"),
        (0, "0", "0"),
        (0.04, "0", "0"),
    ],
)
def test_numbers(value: float, german: str, english: str) -> None:
    assert (number(value, DE), number(value, EN)) == (german, english)


def test_shares() -> None:
    assert percent(0.614) == f"61{NO_BREAK}%"


@pytest.mark.parametrize(
    ("minutes", "short", "spelled", "english"),
    [
        (0.5, "30 Sek.", "30 Sekunden", "30 s"),
        (0, "1 Sek.", "1 Sekunde", "1 s"),
        (1, "1 Min.", "1 Minute", "1 min"),
        (4.5, "4,5 Min.", "4,5 Minuten", "4.5 min"),
        (47.2, "47 Min.", "47 Minuten", "47 min"),
        (60, "1 Std.", "1 Stunde", "1 h"),
        (90, "90 Min.", "90 Minuten", "90 min"),
        (120, "2 Std.", "2 Stunden", "2 h"),
        (190, "3 Std. 10 Min.", "3 Stunden 10 Minuten", "3 h 10 min"),
        (3 * 24 * 60, "3 Tage", "3 Tage", "3 days"),
    ],
)
def test_spans(minutes: float, short: str, spelled: str, english: str) -> None:
    told = (span(minutes, DE), span(minutes, DE, spelled=True), span(minutes, EN))
    assert tuple(text.replace(NO_BREAK, " ") for text in told) == (short, spelled, english)


def test_nouns_agree_with_the_number_that_is_written() -> None:
    assert counted(1, "post", DE) == f"1{NO_BREAK}Beitrag"
    assert counted(1.02, "post", EN) == f"1{NO_BREAK}post"
    assert counted(0, "post", EN) == f"0{NO_BREAK}posts"


def test_times_name_the_day_of_the_week_in_the_readers_zone() -> None:
    at = datetime(2026, 11, 21, 21, 14, tzinfo=UTC)
    assert moment(at.astimezone(ZoneInfo("Europe/Berlin")), DE) == "Sa., 21.11., 22:14 Uhr"
    assert moment(at.astimezone(ZoneInfo("Asia/Tokyo")), EN) == "Sun 22 Nov, 06:14"
