"""What a rule can see of a post's text and of its time, and that the page about it lists every field."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from feuerwache.escalation.rules.language.context import COUNTED, SCHEMA, post_fields, text_fields, time_fields
from feuerwache.escalation.rules.sets.rule import RuleTest
from feuerwache.escalation.rules.sets.trial import context_of
from support.rules import written

BERLIN = ZoneInfo("Europe/Berlin")
PAGE = Path(__file__).parents[4] / "docs" / "how-to-add-a-rule.md"


@pytest.mark.parametrize(
    ("text", "words", "capitals"),
    [
        ("", 0, 0.0),
        ("12345 !!! 😀", 3, 0.0),
        ("SOFORT rückruf", 2, 6 / 13),
        ("ÄRGER", 1, 1.0),
        ("ärger überall", 2, 0.0),
        ("Ein Satz wie jeder andere auch.", 6, 2 / 25),
    ],
)
def test_words_and_capitals_follow_from_the_text(text: str, words: int, capitals: float) -> None:
    fields = text_fields(text)
    assert (fields["length"], fields["words"]) == (len(text), words)
    assert fields["capitals"] == pytest.approx(capitals)


@pytest.mark.parametrize(
    ("at", "region", "expected"),
    [
        (datetime(2026, 11, 18, 10, tzinfo=UTC), "DE-BY", {"holiday": False, "office_hours": True}),
        (datetime(2026, 11, 18, 10, tzinfo=UTC), "DE-SN", {"holiday": True, "office_hours": False}),  # Buß- und Bettag
        (datetime(2026, 11, 18, 17, tzinfo=UTC), "DE-BY", {"office_hours": False, "night": False}),  # 18:00 there
        (datetime(2026, 11, 21, 10, tzinfo=UTC), "DE-BY", {"weekend": True, "office_hours": False}),
        (datetime(2026, 12, 24, 23, 30, tzinfo=UTC), "DE-BY", {"holiday": True, "night": True, "hour": 0}),
    ],
)
def test_holidays_and_office_hours_are_those_of_the_community(
    at: datetime, region: str, expected: dict[str, object]
) -> None:
    fields = time_fields(at, BERLIN, region)
    assert {name: fields[name] for name in expected} == expected
    assert fields.keys() == SCHEMA["time"].keys()


def test_a_rule_test_gets_what_follows_from_what_it_gives() -> None:
    context = context_of(RuleTest(post={"text": "SOFORT her"}, time={"hour": 23}, expect=()))
    assert context["post"]["words"] == 2
    assert context["post"]["capitals"] == pytest.approx(6 / 9)
    assert context["time"]["night"]
    assert not context["time"]["office_hours"]
    assert not context_of(RuleTest(time={"weekend": True}, expect=()))["time"]["office_hours"]
    assert context_of(RuleTest(post={"text": "SOFORT", "capitals": 0.1}, expect=()))["post"]["capitals"] == 0.1


@pytest.mark.parametrize("name", tuple(SCHEMA))
def test_the_page_for_rule_writers_lists_every_field(name: str) -> None:
    rows = re.search(rf"^\| `{name}` \|.*\n(?:\| \|.*\n)*", PAGE.read_text(), re.MULTILINE)
    assert rows is not None
    assert not SCHEMA[name].keys() - set(re.findall(r"`([a-z0-9_]+)`", rows[0]))


def test_what_is_counted_in_a_text_is_left_out_where_no_rule_looks_at_it() -> None:
    data: Any = written(text="GROSS geschrieben").data
    assert post_fields(data.received.post, data.classification, "forum")["length"] == 17
    seen = post_fields(data.received.post, data.classification, "forum", {"text", "reach"})
    assert seen["text"] == "GROSS geschrieben"
    assert COUNTED.isdisjoint(seen)
