"""Which of two overlapping layers wins is what PagerDuty's own entries say, whichever way they are listed."""

from __future__ import annotations

from feuerwache.notifier.pagerduty.document import Answer, PagerDutySchedule
from feuerwache.notifier.pagerduty.precedence import TURNED, translated
from feuerwache.notifier.schedule.model import Schedule
from feuerwache.notifier.schedule.oncall import who
from support.pagerduty import daily, document, dumped, entry, layer, user
from support.watchroom import berlin

PERSONS = {"PADA001": "ada", "PBO0002": "bo", "PCY0003": "cy"}
NOW = berlin(2026, 3, 1)
NIGHTS = layer(name="Nights", users=[user("PBO0002")], restrictions=[daily("18:00:00", 14)])
ALWAYS = layer(name="Always", users=[user("PADA001")])
ENTRIES = [
    entry("2026-03-02T08:00:00+01:00", "2026-03-02T18:00:00+01:00", "PADA001"),
    entry("2026-03-02T18:00:00+01:00", "2026-03-03T08:00:00+01:00", "PBO0002"),
]


def source(*layers: dict[str, object], entries: list[dict[str, object]]) -> PagerDutySchedule:
    final = {"name": "Final Schedule", "rendered_schedule_entries": entries}
    return Answer.model_validate_json(dumped(document(*layers, final_schedule=final))).schedule


def at_night(given: PagerDutySchedule) -> tuple[tuple[str, ...], bool, list[str]]:
    done, wrong = translated(given, PERSONS, NOW)
    assert done.schedule is not None
    return who(Schedule.model_validate(done.schedule), "first", berlin(2026, 3, 2, 22)), TURNED in done.notes, wrong


def test_the_first_one_listed_wins() -> None:
    assert at_night(source(NIGHTS, ALWAYS, entries=ENTRIES)) == (("bo",), False, [])
    assert at_night(source(NIGHTS, ALWAYS, entries=[])) == (("bo",), False, [])


def test_the_last_one_does_where_pagerdutys_own_entries_say_so() -> None:
    assert at_night(source(ALWAYS, NIGHTS, entries=ENTRIES)) == (("bo",), True, [])


def test_where_neither_direction_agrees_the_difference_is_said() -> None:
    stranger = [entry("2026-03-02T08:00:00+01:00", "2026-03-02T18:00:00+01:00", "PCY0003")]
    people, turned, wrong = at_night(source(NIGHTS, ALWAYS, entries=stranger))
    assert (people, turned) == (("bo",), False)
    assert len(wrong) == 1 and "PagerDuty has cy, here it is ada" in wrong[0]
