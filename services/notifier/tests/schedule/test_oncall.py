from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from feuerwache.common.config.people import load_people
from feuerwache.common.config.source import ConfigError
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.notifier.schedule.model import load_schedules
from feuerwache.notifier.schedule.oncall import gaps, turns, who
from feuerwache.notifier.schedule.wallclock import instant_of
from support.oncall import BERLIN, override, schedule, shift

CONFIG = Path(__file__).parents[4] / "config"
DAY = timedelta(days=1)


def test_the_demo_night_has_the_people_it_needs() -> None:
    demo = load_schedules(CONFIG, load_people(CONFIG)).get("morgenrot")
    assert demo is not None
    saturday = datetime(2026, 11, 14, 19, 30, tzinfo=BERLIN)
    assert [who(demo, layer, saturday) for layer in ("first", "deputy", "head")] == [
        ("anna.bergmann",),
        ("jonas.keller",),
        ("selin.yildiz",),
    ]
    assert gaps(demo, saturday) == []
    year = [saturday + n * timedelta(hours=6) for n in range(4 * 365)]
    assert not [at for at in year if who(demo, "first", at) == who(demo, "deputy", at)]


def test_the_autumn_night_is_one_shift_of_fifteen_hours_and_the_spring_one_of_thirteen() -> None:
    nights = schedule(shift(rotate="each_shift"))
    for day, hours in ((date(2026, 10, 24), 15), (date(2027, 3, 27), 13)):
        start = datetime.combine(day, time(17), BERLIN)
        pieces = [piece for piece in turns(nights, "first", start, start + DAY) if piece.people]
        assert len(pieces) == 1
        assert pieces[0].end - pieces[0].start == timedelta(hours=hours)


def test_the_day_with_twenty_five_hours_is_one_turn() -> None:
    days = schedule(shift(start="00:00", end="00:00", rotate="each_shift"))
    start = datetime(2026, 10, 25, tzinfo=BERLIN)
    (turn, following) = list(turns(days, "first", start, datetime(2026, 10, 27, tzinfo=BERLIN)))
    assert turn.end - turn.start == timedelta(hours=25)
    assert following.people != turn.people


def test_a_handover_in_the_skipped_hour_happens_when_the_hour_ends() -> None:
    assert instant_of(date(2027, 3, 28), time(2, 30), BERLIN) == datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert instant_of(date(2026, 10, 25), time(2, 30), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_weekend_and_week_meet_without_gap_or_overlap() -> None:
    both = schedule(
        shift(id="weekend", begins=["friday"], ends="monday", people=["w"]),
        shift(id="week", begins=["monday"], ends="friday", people=["d"], start="08:00", end="18:00"),
    )
    start = datetime(2026, 3, 2, 9, tzinfo=BERLIN)
    pieces = list(turns(both, "first", start, start + 40 * DAY))
    assert all(left.end == right.start for left, right in pairwise(pieces))
    assert {piece.people for piece in pieces} == {("w",), ("d",)}
    assert gaps(both, start) == []


def test_gaps_are_found_to_the_minute() -> None:
    office = schedule(shift(begins=["monday"], people=["a"], start="09:00", end="17:00"))
    (gap, *_) = gaps(office, datetime(2026, 11, 16, 10, tzinfo=BERLIN), days=7)
    assert gap.start == datetime(2026, 11, 16, 17, tzinfo=BERLIN)
    assert gap.end == datetime(2026, 11, 23, 9, tzinfo=BERLIN)
    assert who(office, "no such layer", gap.start) == ()


def test_overrides() -> None:
    nights = schedule(shift(people=["a", "b", "c"]))
    night = datetime(2026, 1, 5, 20, tzinfo=BERLIN)
    span = (night - timedelta(hours=1), night + timedelta(hours=1))
    assert who(nights, "first", night) == ("a",)
    cases: list[tuple[list[OnCallOverridden], tuple[str, ...]]] = [
        ([override(*span, "x")], ("x",)),
        ([override(*span, "x", replaces="a")], ("x",)),
        ([override(*span, "x", replaces="b")], ("a",)),
        ([override(*span, None, replaces="a", reason="illness")], ("b",)),
        ([override(*span, None, reason="illness")], ("b",)),
        ([override(*span, None, replaces=p, reason="illness") for p in "abc"], ()),
        ([override(*span, None, replaces="a", reason="illness"), override(*span, "x", replaces="a")], ("x",)),
        ([override(*span, "x"), override(*span, "y", replaces="x")], ("y",)),
        ([override(*span, "x", cancelled=True)], ("a",)),
        ([override(*span, "x", layer="deputy")], ("a",)),
        ([override(*span, "x", schedule="other")], ("a",)),
    ]
    for overrides, expected in cases:
        assert who(nights, "first", night, overrides) == expected, overrides
    assert who(nights, "first", span[1], [override(*span, "x")]) == ("a",)
    midday = datetime(2026, 1, 5, 12, tzinfo=BERLIN)
    assert who(nights, "first", midday, [override(midday, night, "x")]) == ("x",)
    (piece,) = [p for p in turns(nights, "first", midday, night + DAY, [override(*span, "x")]) if p.people == ("x",)]
    assert (piece.start, piece.end) == span


def test_errors_say_where_they_stand(tmp_path: Path) -> None:
    people = load_people(CONFIG)
    text = (CONFIG / "schedules.yaml").read_text()
    for broken, line_of, reason in (
        (text.replace("begins: [friday]", "begins: [freitag]", 1), "begins: [freitag]", "no weekday"),
        (text.replace('from: "18:00"', "from: 1800", 1), "from: 1800", "hours and minutes"),
        (text.replace("[kaethe.gross", "[nobody", 1), "[nobody", "unknown person 'nobody'"),
        (text.replace("- id: deputy", "- id: first", 1), None, "twice"),
        (text.replace("Europe/Berlin", "Europe/Bärlin"), "Bärlin", "no IANA time zone"),
    ):
        (tmp_path / "schedules.yaml").write_text(broken)
        with pytest.raises(ConfigError, match=reason) as caught:
            load_schedules(tmp_path, people)
        if line_of is not None:
            line = next(n for n, row in enumerate(broken.splitlines(), 1) if line_of in row)
            assert caught.value.problems[0].line == line
