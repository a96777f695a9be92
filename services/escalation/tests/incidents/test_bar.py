"""What people teach the detectors: an announced campaign, a false alarm."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.escalation.incidents.book import IncidentBook
from support.incidents import (
    ANNA,
    COMMUNITY,
    EMMA,
    FACEBOOK,
    NIGHT,
    SHARD,
    SHARDS,
    alarm,
    house,
    merge,
    minutes,
    mute,
    resolve,
)


def make_book() -> IncidentBook:
    return IncidentBook(SHARD, SHARDS, house())


def test_a_mute_raises_the_bar_for_its_time_and_told_twice_it_is_one_bar() -> None:
    announced = mute(note="Gewinnspiel " * 50)
    bar = make_book().mute(announced, NIGHT)
    assert (bar.data.community, bar.data.kinds, bar.data.factor, bar.data.cause, bar.data.actor) == (
        COMMUNITY,
        (CrisisKind.VOLUME_BURST,),
        3.0,
        "mute",
        ANNA,
    )
    assert (bar.data.start, bar.data.until) == (NIGHT, NIGHT + timedelta(days=2))
    assert len(bar.data.note) == 280
    again = make_book().mute(announced, NIGHT + minutes(600))
    assert (again.id, again.data.bar_id) == (bar.id, bar.data.bar_id)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"until": NIGHT}, "ends after it starts"),
        ({"until": NIGHT - minutes(1)}, "ends after it starts"),
        ({"until": NIGHT + timedelta(days=14, seconds=1)}, "14 days at most"),
        ({"factor": 1.0}, "raises no bar"),
        ({"factor": 10.1}, "raises no bar"),
        ({"factor": float("nan")}, "raises no bar"),
        ({"community": "fremd"}, r"communities\.yaml"),
        ({"actor": EMMA}, "may not mute"),
    ],
)
def test_a_mute_that_may_not_be_is_refused_with_its_reason(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidRecord, match=reason):
        make_book().mute(mute(**fields), NIGHT)


@pytest.mark.parametrize("fields", [{"until": NIGHT + timedelta(days=14)}, {"factor": 10.0}, {"factor": 1.01}])
def test_a_mute_at_the_limit_is_taken(fields: dict[str, Any]) -> None:
    assert make_book().mute(mute(**fields), NIGHT).data.cause == "mute"


def test_a_mute_on_the_wrong_shard_is_refused() -> None:
    with pytest.raises(InvalidRecord, match="belongs on partition"):
        IncidentBook((SHARD + 1) % SHARDS, SHARDS, house()).mute(mute(), NIGHT)


def test_a_false_alarm_raises_the_bar_for_each_community_and_kind_that_was_wrong() -> None:
    book = make_book()
    first = book.apply(alarm(), NIGHT)
    second = book.apply(alarm(kind=CrisisKind.VOLUME_BURST, community=FACEBOOK), NIGHT)
    assert first is not None and second is not None
    book.apply(merge(second.incident.incident_id, first.incident.incident_id), NIGHT)
    change = book.apply(resolve(first.incident.incident_id, reason="false_alarm"), NIGHT)
    assert change is not None
    bars = [bar.data for bar in change.bars]
    assert {(bar.community, bar.kinds) for bar in bars} == {
        (COMMUNITY, (CrisisKind.NEGATIVITY_BURST,)),
        (FACEBOOK, (CrisisKind.VOLUME_BURST,)),
    }
    assert {(bar.factor, bar.cause, bar.until - bar.start) for bar in bars} == {
        (1.5, "false_alarm", timedelta(days=28))
    }
    assert len({bar.bar_id for bar in bars}) == 2


@pytest.mark.parametrize(
    ("reason", "kind"), [("handled", CrisisKind.VOLUME_BURST), ("false_alarm", CrisisKind.SINGLE_POST)]
)
def test_other_ends_and_posts_of_a_rule_raise_no_bar(reason: str, kind: CrisisKind) -> None:
    book = make_book()
    begun = book.apply(alarm(kind=kind, rule_id="r"), NIGHT)
    assert begun is not None
    change = book.apply(resolve(begun.incident.incident_id, reason=reason), NIGHT)
    assert change is not None and change.bars == ()
