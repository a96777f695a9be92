"""Bars: how much, when and where, and where campaigns come from."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feuerwache.common.config.source import ConfigError
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.alarm import BarRaised, CrisisKind
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.kafka.keys import bar_key
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.crisis.bars import Bar, Bars
from feuerwache.escalation.crisis.told import Told
from feuerwache.escalation.crisis.watched import load_watched
from feuerwache.escalation.crisis.week import minute_of
from support.pulses import BERLIN, COMMUNITY, EVENING
from support.watched import POSTS, Evening, bar

CONFIG = Path(__file__).parents[4] / "config"
VOLUME, NEGATIVITY = CrisisKind.VOLUME_BURST, CrisisKind.NEGATIVITY_BURST


def one(factor: float, start: int = 100, until: int = 200, *kinds: CrisisKind) -> Bar:
    return Bar(f"b{factor}", COMMUNITY, frozenset(kinds), start, until, factor, "mute")


def test_a_bar_holds_while_the_window_touches_it() -> None:
    bars = Bars([one(3.0)])
    factors = [bars.factor(COMMUNITY, VOLUME, newest, 15) for newest in (99, 100, 199, 213, 214)]
    assert factors == [1.0, 3.0, 3.0, 3.0, 1.0]
    assert bars.factor("elsewhere", VOLUME, 150, 15) == 1.0


def test_several_multiply_up_to_ten() -> None:
    assert Bars([one(3.0), one(2.0)]).factor(COMMUNITY, VOLUME, 150, 15) == 6.0
    assert Bars([one(3.0), one(4.0)]).factor(COMMUNITY, VOLUME, 150, 15) == 10.0


def test_it_holds_for_its_kinds() -> None:
    bars = Bars([one(3.0, 100, 200, VOLUME)])
    assert bars.factor(COMMUNITY, VOLUME, 150, 15) == 3.0
    assert bars.factor(COMMUNITY, NEGATIVITY, 150, 15) == 1.0


def test_an_announced_crowd_is_no_burst_but_its_anger_is() -> None:
    told, untold, angry = Evening(bar(4.0)), Evening(), Evening(bar(4.0))
    for evening in (told, untold, angry):
        evening.quiet(60)
        for minute in range(30):
            evening.minute(POSTS * 4, POSTS * 3 if evening is angry else minute % 2)
    assert VOLUME in untold.kinds() and not told.kinds()
    assert NEGATIVITY in angry.kinds()
    assert angry.alarms(NEGATIVITY)[0].figures.bar == 4.0


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONFIG, tmp_path / "config"))


def campaign(**fields: str) -> str:
    given = {"id": "a", "title": "A", "brand": "morgenrot", "start": "2026-12-01T08:00", "until": "2026-12-01T22:00"}
    lines = [f"{name}: {value}" for name, value in (given | {"factor": "3"} | fields).items() if value]
    return "campaigns:\n  - " + "\n    ".join(lines) + "\n"


def test_campaigns_are_bars_on_the_wall_clock_of_each_community(config: Path) -> None:
    (config / "campaigns.yaml").write_text(campaign(kinds="[volume_burst]"))
    bars = list(load_watched(config).campaigns)
    assert {each.community for each in bars} >= {COMMUNITY, "morgenrot-facebook"}
    begin = datetime(2026, 12, 1, 8, 0, tzinfo=BERLIN)
    assert {each.start for each in bars} == {minute_of(begin)}
    assert {each.kinds for each in bars} == {frozenset({VOLUME})}


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)], ids=["spring forward", "fall back"]
)
def test_a_day_on_a_changeover_sunday_has_its_hours(config: Path, day: str, hours: int) -> None:
    after = (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()
    (config / "campaigns.yaml").write_text(campaign(start=f"{day}T00:00", until=f"{after}T00:00"))
    (first, *_) = load_watched(config).campaigns
    assert first.until - first.start == hours * 60


@pytest.mark.parametrize(
    ("fields", "line", "reason"),
    [
        ({"brand": "nobody"}, 4, "nobody"),
        ({"communities": "[elsewhere]"}, 8, "elsewhere"),
        ({"brand": ""}, 2, "needs communities or a brand"),
        ({"until": "2026-12-01T07:00"}, 2, "ends before it begins"),
        ({"start": "2026-12-01T08:00+01:00"}, 5, "wall clock"),
        ({"factor": "11"}, 7, "10"),
        ({"factor": "1"}, 7, "greater than 1"),
        ({"kind": "volume_burst"}, 8, "Extra inputs"),
    ],
)
def test_mistakes_are_told_with_file_and_line(config: Path, fields: dict[str, str], line: int, reason: str) -> None:
    (config / "campaigns.yaml").write_text(campaign(**fields))
    with pytest.raises(ConfigError) as raised:
        load_watched(config)
    assert str(raised.value).startswith(f"{config / 'campaigns.yaml'}:{line}:")
    assert reason in str(raised.value)


def test_no_campaigns_are_no_mistake(config: Path) -> None:
    (config / "campaigns.yaml").unlink()
    assert list(load_watched(config).campaigns) == []


def record(bar_id: str, factor: float = 2.0) -> Record:
    data = BarRaised(
        bar_id=bar_id,
        community=COMMUNITY,
        start=EVENING,
        until=EVENING + timedelta(hours=1),
        factor=factor,
        cause="false_alarm",
        actor=Actor(person_id="anna.bergmann", via=Via.LINK),
    )
    sent = Outgoing.of("bars", 0, bar_key(COMMUNITY, bar_id), Event(derived_id("t", bar_id), "/t", EVENING, data))
    return Record(sent.topic, 0, 0, 0, sent.key, sent.value, tuple(sent.headers))


def test_the_newest_word_about_a_bar_holds_until_it_is_taken_away() -> None:
    told, newest = Told(CommonSettings()), minute_of(EVENING)
    assert told.current().factor(COMMUNITY, VOLUME, newest, 15) == 1.0
    told.take(record("one"))
    told.take(record("one", 3.0))
    told.take(record("two", 2.0))
    current = told.current()
    assert current.factor(COMMUNITY, VOLUME, newest, 15) == 6.0
    assert told.current() is current, "the same object while nothing changes"
    told.take(Record("bars", 0, 0, 0, b"x", b"garbage"))
    told.take(Record("bars", 0, 0, 0, bar_key(COMMUNITY, "one"), None))
    assert told.current().factor(COMMUNITY, VOLUME, newest, 15) == 2.0


def test_times_are_instants() -> None:
    assert Bar.of(record("one").event().data).start == int(EVENING.astimezone(UTC).timestamp() // 60)
