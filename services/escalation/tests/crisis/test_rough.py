"""Rough weather: storms, clocks that jump, rows that cannot be read, communities that vanish while they burn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from feuerwache.common.events.alarm import CrisisKind, Role
from feuerwache.common.events.base import Event
from feuerwache.common.events.pulse import CommunitiesPulsed, CopyGain, Example, QuarrelGain, ThreadGain
from feuerwache.common.faust.rows import row_key
from feuerwache.common.kafka.keys import alarm_shard
from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.state import State
from feuerwache.escalation.crisis.watched import Place, Watched
from feuerwache.escalation.crisis.week import Calendar, minute_of
from support.pulses import BERLIN, BRAND, COMMUNITY, EVENING, SHARD, SHARDS, Shard, even_weeks, increment
from support.watched import people

MINUTE = timedelta(minutes=1)
VOLUME, NEGATIVITY = CrisisKind.VOLUME_BURST, CrisisKind.NEGATIVITY_BURST


@pytest.fixture
def shard() -> Shard:
    shard = Shard()
    shard.learn(even_weeks(EVENING, 30, negative=1))
    return shard


def burning(shard: Shard, begin: datetime = EVENING, minutes: int = 15) -> datetime:
    for minute in range(minutes):
        shard.minute(begin + minute * MINUTE, 20, 12)
    return begin + minutes * MINUTE


def metric(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


def storm(random: Random, minute: int) -> dict[str, object]:
    """One minute in which everything burns that can."""

    def hashes(count: int) -> list[str]:
        return [f"{random.getrandbits(32):08x}" for _ in range(count)]

    def post(label: str = "complaint") -> Example:
        words = tuple(f"Kaffeemaschine{random.randint(0, 300)}" for _ in range(5))
        return Example(
            platform="facebook",
            post_id=f"100064556677889_{random.getrandbits(50)}",
            label=label,
            weight=random.random() * 2,
            reach=random.randint(0, 10**6),
            terms=words,
        )

    return {
        "reach": 9_999_999,
        "reports": 120,
        "labels": {"insult": 300, "hate": 99},
        "actions": {"approve": 100, "hide": 300, "hold": 70, "remove": 30, "review": 400, "escalate": 3, "warn": 5},
        "authors": hashes(400),
        "new_authors": hashes(100),
        "regular_authors": hashes(60),
        "reporters": hashes(50),
        "terms": {f"Kaffeemaschine{random.randint(0, 300)}": random.randint(1, 900) for _ in range(20)},
        "integrations": {f"integration-number-{each}": random.randint(1, 500) for each in range(10)},
        "complaints": hashes(60),
        "answered": hashes(10),
        "hot_threads": [
            ThreadGain(
                platform="facebook",
                thread=str(10**14 + random.randint(0, 30)),
                posts=90,
                hostile=40,
                authors=tuple(hashes(30)),
                depth=9,
            )
            for _ in range(20)
        ],
        "copies": [
            CopyGain(
                cluster=f"{2**60 + random.randint(0, 10):016x}",
                posts=40,
                authors=tuple(hashes(30)),
                new_authors=tuple(hashes(20)),
                example=post(),
            )
            for _ in range(10)
        ],
        "quarrels": [
            QuarrelGain(
                pair=f"{2**60 + random.randint(0, 10):016x}", forth=3, back=3, platform="facebook", example=post()
            )
            for _ in range(10)
        ],
        "examples": [post() for _ in range(5)],
    }


def test_in_the_heaviest_storm_a_row_stays_small_and_alarms_stay_few(shard: Shard) -> None:
    random = Random(3)
    sizes = []
    for minute in range(130):
        shard.minute(EVENING + minute * MINUTE, 3000, 1400, source=minute % 12, **storm(random, minute))
        sizes.append(len(shard.hot_row()))
    assert max(sizes) < 1950, "2 kB are promised, and names may be longer than these"
    assert {VOLUME, NEGATIVITY, CrisisKind.THREAD_ON_FIRE} <= {alarm.data.kind for alarm in shard.alarms}
    assert len(shard.alarms) < 40
    assert max(len(each.value or b"") for each in [shard.record(alarm) for alarm in shard.alarms]) < 16_384


def test_a_million_posts_in_a_minute_are_one_more_alarm(shard: Shard) -> None:
    shard.minute(EVENING, 1_000_000, 400_000, reports=300_000)
    shard.minute(EVENING + MINUTE, 1_000_000, 400_000, reports=300_000)
    assert {VOLUME, NEGATIVITY} <= {alarm.data.kind for alarm in shard.alarms}
    assert shard.dead == []


def test_alarms_and_ends_go_to_the_brands_shard(shard: Shard) -> None:
    end = burning(shard)
    for minute in range(120):
        shard.minute(end + minute * MINUTE, 2)
    assert shard.alarms and shard.ended
    assert shard.partitions == {alarm_shard(COMMUNITY, BRAND, SHARDS)}
    assert {alarm.data.brand for alarm in shard.alarms} == {BRAND} == {end.data.brand for end in shard.ended}
    (end_of_anger,) = [each.data for each in shard.ended if each.data.kind is NEGATIVITY]
    first = next(alarm.data for alarm in shard.alarms if alarm.data.kind is NEGATIVITY)
    assert end_of_anger.onset == first.onset
    assert end_of_anger.peak >= (first.figures.negative or 0)
    assert len({each.id for each in (*shard.alarms, *shard.ended)}) == len(shard.alarms) + len(shard.ended)


def test_a_fire_that_ends_in_silence_ends_all_the_same(shard: Shard) -> None:
    end = burning(shard)
    shard.tick(timedelta(hours=1))
    assert shard.ended == []
    shard.tick(timedelta(hours=1))
    said = {each.data.kind for each in shard.ended}
    assert said == {alarm.data.kind for alarm in shard.alarms}
    shard.minute(end + timedelta(hours=4), 2)
    ids = [each.id for each in shard.ended]
    assert len(ids) == 2 * len(set(ids)), "said once by the clock and once by the pulse, with the same ids"


def test_the_posts_beside_an_alarm_are_there_for_a_reason(shard: Shard) -> None:
    for minute in range(30):
        shard.minute(EVENING + minute * MINUTE, 2)
    spark = EVENING + 30 * MINUTE
    for minute in range(15):
        word = "Rückruf" if minute % 2 else "Kaffee"
        seen = 9000 if minute == 2 else minute
        shown = Example(
            platform="forum", post_id=f"p{minute}", label="complaint", weight=0.5, reach=seen, terms=(word, "Sieb")
        )
        shard.minute(spark + minute * MINUTE, 4, 4, terms={"Rückruf": 3}, examples=[shown])
    last = [alarm.data for alarm in shard.alarms if alarm.data.kind is NEGATIVITY][-1]
    by_role: dict[Role, list[str]] = {}
    for highlight in last.highlights:
        by_role.setdefault(highlight.role, []).append(highlight.ref.post_id)
    assert by_role[Role.MOST_SEEN] == ["p2"]
    assert int(by_role[Role.MOST_TYPICAL][0][1:]) % 2 == 1, "it has the burst's word"
    assert "p0" in by_role[Role.FIRST] and len(by_role[Role.FIRST]) <= 3
    assert len(by_role[Role.NEWEST]) == 1


def test_a_community_that_is_deleted_while_it_burns_ends_burning() -> None:
    places = {COMMUNITY: Place(Calendar(BERLIN), BRAND), "morgenrot-facebook": Place(Calendar(BERLIN), BRAND)}
    now = [Watched(places)]
    shard = Shard(watched=lambda: now[0])
    shard.learn(even_weeks(EVENING, 30, negative=1))
    end = burning(shard)
    kinds = {alarm.data.kind for alarm in shard.alarms}
    now[0] = Watched({name: place for name, place in places.items() if name != COMMUNITY})
    shard.tick()
    assert {each.data.kind for each in shard.ended} == kinds, "the clock notices"
    burning(shard, end, 3)
    assert shard.dead == []
    ids = [each.id for each in shard.ended]
    assert len(ids) == 2 * len(kinds) and len(set(ids)) == len(kinds), "and so does the next pulse, as the same ends"
    burning(shard, end + 3 * MINUTE, 3)
    assert len(shard.ended) == len(ids)


def test_a_clock_that_ran_ahead_blinds_nobody(shard: Shard) -> None:
    tomorrow = EVENING + timedelta(days=1)
    shard.minute(tomorrow, 5)
    # The clock is set right: what was taken for tomorrow cannot be.
    shard.clock.advance(EVENING - shard.clock.now())
    for minute in range(60):
        at = EVENING + minute * MINUTE
        event = shard.numbered([increment(at, 14, 10)])
        shard.give_records([shard.record(_written(event, at))])
    assert VOLUME in {alarm.data.kind for alarm in shard.alarms}


def test_a_clock_that_is_late_refuses_nothing(shard: Shard) -> None:
    shard.clock.advance(-timedelta(hours=1))
    now = shard.clock.now()
    for minute in range(15):
        at = EVENING + minute * MINUTE
        record = shard.record(_written(shard.numbered([increment(at, 14, 10)]), at))
        shard.clock.advance(now - shard.clock.now())
        shard.give_records([record])
    assert NEGATIVITY in {alarm.data.kind for alarm in shard.alarms}


def _written(event: Event[CommunitiesPulsed], at: datetime) -> Event[CommunitiesPulsed]:
    return Event(event.id, event.source, at, event.data)


@pytest.mark.parametrize("name", ["shard", f"hot/{COMMUNITY}", f"words/{COMMUNITY}", f"habit/{COMMUNITY}"])
@pytest.mark.parametrize("row", [b"", b"garbage", b"{}", b"[1, 2, 3]"])
def test_a_row_that_cannot_be_read_is_begun_anew(shard: Shard, name: str, row: bytes) -> None:
    end = burning(shard, minutes=2)
    before = metric("feuerwache_crisis_unreadable_rows_total")
    shard.rows[row_key(SHARD, name)] = row
    shard.restarted()
    burning(shard, end)
    assert shard.dead == []
    assert metric("feuerwache_crisis_unreadable_rows_total") >= before + name.startswith(("shard", "hot"))
    assert shard.alarms


@pytest.mark.parametrize(
    "day", [datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 10, 25, tzinfo=BERLIN)], ids=["forward", "back"]
)
def test_a_changeover_sunday_is_an_ordinary_day(day: datetime) -> None:
    """A community that is silent by night and busy by day, by the wall clock, on the day the clocks change."""
    begin = (day - timedelta(weeks=4)).astimezone(UTC)
    quarters = [each for each in even_weeks(day.astimezone(UTC), 40, weeks=4) if each.index * 900 >= begin.timestamp()]

    def busy(at: datetime) -> bool:
        return 8 <= at.astimezone(BERLIN).hour < 23

    shard = Shard()
    shard.learn(
        Quarter(each.index, each.posts if busy(datetime.fromtimestamp(each.index * 900, UTC)) else 1, 0)
        for each in quarters
    )
    at, end = day.astimezone(UTC), (day + timedelta(days=1)).astimezone(UTC)
    while at < end:
        shard.minute(at, 13 if busy(at) else 0)
        at += 5 * MINUTE
    assert shard.alarms == []
    night = (day + timedelta(days=1, hours=3)).astimezone(UTC)
    for minute in range(15):
        shard.minute(night + minute * MINUTE, 6)
    assert VOLUME in {alarm.data.kind for alarm in shard.alarms}


def minutes_of_a_fire() -> Sequence[tuple[int, int, int]]:
    """(minute, posts, negative): half an hour as usual, then a fire."""
    return [(minute, *((14, 8) if minute >= 30 else (2, 0))) for minute in range(60)]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 59), max_size=20), st.integers(1, 4))
def test_repeats_and_late_pulses_find_the_same_fires(late: list[int], sources: int) -> None:
    """Every source is in order, as the broker gives it; between them they may lag, and anything comes twice."""
    straight, crooked = Shard(), Shard()
    for each in (straight, crooked):
        each.learn(even_weeks(EVENING, 30, negative=1))
    for minute, posts, negative in minutes_of_a_fire():
        straight.minute(EVENING + minute * MINUTE, posts, negative)
    behind = []
    for minute, posts, negative in minutes_of_a_fire():
        source = 9 if minute in late else minute % sources
        event = crooked.numbered([increment(EVENING + minute * MINUTE, posts, negative)], source)
        behind.append(event) if minute in late else crooked.give([event, event])
    crooked.give(behind)
    crooked.give(behind)
    kinds = {alarm.data.kind for alarm in straight.alarms}
    assert kinds >= {VOLUME, NEGATIVITY}
    assert {alarm.data.kind for alarm in crooked.alarms} == kinds
    assert sum(_posts(crooked)) == sum(_posts(straight))


def _posts(shard: Shard) -> list[int]:
    state = State.from_row(shard.hot_row())
    assert state.window is not None and state.window.newest == minute_of(EVENING) + 59
    return state.window.posts


def test_people_are_counted_once_however_often_they_come(shard: Shard) -> None:
    for minute in range(15):
        shard.minute(EVENING + minute * MINUTE, 20, 12, authors=people(10), regular_authors=people(3))
    figures = shard.alarms[-1].data.figures
    assert figures.authors == pytest.approx(10, abs=1)
    assert figures.regular_authors == pytest.approx(3, abs=1)
