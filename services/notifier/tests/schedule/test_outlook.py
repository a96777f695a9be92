"""What `feuerwache check` says about the next ninety days, each with the line in which it is to be mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from feuerwache.common.config.source import ConfigError, Problem, read
from feuerwache.notifier.schedule.model import load_schedules
from feuerwache.notifier.schedule.outlook import Outlook, outlook
from support.oncall import at, people

NOW = at("2026-01-10 12:00")  # a Saturday
KNOWN = people("a", "b", "c", "h")
PLAN = """\
schedules:
  - id: s
    region: DE-BY
    layers:
      - id: first
        shifts:
          - id: all
            from: "00:00"
            to: "00:00"
            since: 2026-01-05
            people: [a, b]
      - id: head
        shifts:
          - id: all
            from: "00:00"
            to: "00:00"
            since: 2026-01-05
            people: [h]
"""


def written(folder: Path, text: str) -> Path:
    (folder / "schedules.yaml").write_text(text, "utf-8")
    return folder


def line(text: str, of: str, number: int = 1) -> int:
    return [n for n, row in enumerate(text.splitlines(), 1) if of in row][number - 1]


def look(folder: Path, text: str) -> Outlook:
    schedules = load_schedules(written(folder, text), KNOWN)
    return outlook(read(folder / "schedules.yaml"), schedules, NOW)


def told(problems: tuple[Problem, ...]) -> list[tuple[int, str]]:
    return [(problem.line, problem.reason) for problem in problems]


def test_a_plan_without_faults_is_not_talked_about(tmp_path: Path) -> None:
    assert look(tmp_path, PLAN) == Outlook((), ())


def test_a_schedule_in_which_nobody_is_there_now_is_an_error(tmp_path: Path) -> None:
    text = PLAN.replace("- id: all", "- id: all\n            begins: [monday]")
    found = look(tmp_path, text)
    reason = "nobody at all is on call in 's' now; the next one comes at 2026-01-12 00:00"
    assert told(found.errors) == [(line(text, "- id: s"), reason)]


def test_a_layer_that_is_empty_now_is_a_warning_while_another_one_has_somebody(tmp_path: Path) -> None:
    text = PLAN.replace("- id: all", "- id: all\n            begins: [business_days]", 1)
    found = look(tmp_path, text)
    assert found.errors == ()
    reasons = [reason for at_line, reason in told(found.warnings) if at_line == line(text, "- id: first")]
    assert len(reasons) == len(found.warnings) == 6
    assert reasons[0] == "nobody is on call in 'first' from 2026-01-10 12:00 to 2026-01-12 00:00"
    assert reasons[-1].startswith("nobody is on call in 'first' 8 more times, ")
    assert look(tmp_path, text.replace("- id: first", "- id: first\n        partial: true")).warnings == ()


def test_one_person_in_two_places_at_once_is_told_once(tmp_path: Path) -> None:
    text = PLAN.replace("people: [h]", "people: [a, h]")
    ((at_line, reason),) = told(look(tmp_path, text).warnings)
    assert at_line == line(text, "- id: head")
    span = "from 2026-01-10 12:00 to 2026-01-12 00:00"
    assert reason == f"a is on call in s/first and s/head at once {span}, and 6 more times"


def test_one_person_in_several_schedules_is_told_in_one_line_unless_it_is_meant(tmp_path: Path) -> None:
    more = "".join(
        f"""
  - id: {name}
    layers:
      - id: first
        shifts: [{{id: all, from: "00:00", to: "00:00", since: 2026-01-05, people: [h]}}]
"""
        for name in ("t", "u")
    )
    text = PLAN.rstrip("\n") + more
    ((at_line, reason),) = told(look(tmp_path, text).warnings)
    assert at_line == line(text, "- id: first", 2)
    assert reason == (
        "h is on call in several schedules at once: s/head, t/first, u/first; "
        "first from 2026-01-10 12:00 to 2026-04-10 12:00 (if so meant: `in_several_schedules`)"
    )
    meant = text + "in_several_schedules: [h]\n"
    assert look(tmp_path, meant).warnings == ()
    twice = meant.replace("people: [h]", "people: [a, h]", 1)
    ((_, reason),) = told(look(tmp_path, twice).warnings)
    assert reason.startswith("a is on call in s/first and s/head at once"), "within a schedule it is never meant"
    with pytest.raises(ConfigError, match="unknown person 'x'"):
        look(tmp_path, text + "in_several_schedules: [x]\n")


def test_a_shift_that_has_not_begun_is_told(tmp_path: Path) -> None:
    text = PLAN.replace("since: 2026-01-05", "since: 2026-02-02", 1)
    found = told(look(tmp_path, text).warnings)
    hole = "nobody is on call in 'first' from 2026-01-10 12:00 to 2026-02-02 00:00"
    assert (line(text, "since:"), "lies in the future: there is no shift 'all' before 2026-02-02") in found
    assert (line(text, "- id: first"), hole) in found


ABSENCE = "absences:\n  - {person: a, from: 2026-01-10, through: 2026-01-20}\n"


@pytest.mark.parametrize(
    ("old", "new", "where", "reason"),
    [
        ("people: [a, b]", "people: [a, nobody]", "people: [a, nobody]", "unknown person 'nobody'; see people.yaml"),
        ("people: [a, b]", "people: []", "people: []", "is empty: a shift needs somebody who has it"),
        ("people: [a, b]", "delegate: t/first", "delegate:", "there is no schedule 't'"),
        ("people: [a, b]", "delegate: s/chief", "delegate:", "has no layer 'chief'; it has: first, head"),
        ("people: [a, b]", "delegate: s/first", "delegate:", "leads back to s/first: nobody would be on call"),
        ("people: [a, b]", "delegate: first", "delegate:", "pattern"),
        ("people: [a, b]", "people: [a]\n            delegate: s/head", "- id: all", "give either `people`, or"),
        ("people: [a, b]", "rotate: fair\n            people: [a, a]", "- id: all", "name each person once"),
        (
            "people: [a, b]",
            "rotate: fair\n            every: 2\n            people: [a]",
            "- id: all",
            "leave `every` out",
        ),
        ("people: [a, b]", "people: [a]\n            every: 0", "every: 0", "a cycle of 0 never comes round"),
        ("people: [a, b]", "people: [a]\n            every: -3", "every: -3", "a cycle of -3 never comes round"),
        ("people: [a, b]", "people: [a]\n            only: []", "only: []", "no hour of the shift would be left"),
        ("people: [a, b]", "people: [a]\n            begins: [sometimes]", "begins:", "no weekday and no kind of days"),
        ("people: [a, b]", "people: [a]\n            begins: []", "begins: []", "the shift would never begin"),
        ("people: [a, b]", 'people: [a]\n            never: [{from: "12:00"}]', "never:", "give both `from` and `to`"),
        ("people: [a, b]", "people: [a]\n            region: DE-XX", "region: DE-XX", "for region 'DE-XX'"),
        ("region: DE-BY", "region: Bayern", "region: Bayern", "no public holidays are known for region 'Bayern'"),
        ("region: DE-BY", "half_days: 12", "half_days: 12", "write hours and minutes"),
        ("since: 2026-01-05", "since: 1926-01-05", "since: 1926", "is too long ago"),
        ("- id: head", "- id: first", "- id: first", "layer 'first' stands there twice"),
        (
            "schedules:",
            "absences:\n  - {person: x, from: 2026-01-10, through: 2026-01-20}\nschedules:",
            "person: x",
            "unknown",
        ),
        ("schedules:", ABSENCE.replace("01-20", "01-09") + "schedules:", "person: a", "before it begins on 2026-01-10"),
        (
            "schedules:",
            ABSENCE.replace("20}", "20, instead: a}") + "schedules:",
            "person: a",
            "an absence of their own",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, where: str, reason: str) -> None:
    text = PLAN.replace(old, new, 1)
    assert text != PLAN
    with pytest.raises(ConfigError) as caught:
        load_schedules(written(tmp_path, text), KNOWN)
    (problem,) = caught.value.problems
    assert problem.file == str(tmp_path / "schedules.yaml")
    assert reason in problem.reason
    assert problem.line == line(text, where, 2 if where == "- id: first" else 1), problem


def test_empty_layers_and_shifts_given_twice(tmp_path: Path) -> None:
    shifts = PLAN[PLAN.index("        shifts:") : PLAN.index("      - id: head")]
    empty = PLAN.replace(shifts, "        shifts: []\n", 1)
    twice = PLAN.replace(shifts, shifts + shifts.removeprefix("        shifts:\n"), 1)
    for text, of, number, reason in (
        (empty, "shifts: []", 1, "nobody would ever be on call in this layer"),
        (twice, "- id: all", 2, "shift 'all' stands there twice"),
    ):
        with pytest.raises(ConfigError) as caught:
            load_schedules(written(tmp_path, text), KNOWN)
        (problem,) = caught.value.problems
        assert problem.line == line(text, of, number)
        assert reason in problem.reason


def test_absences_that_overlap_name_each_other(tmp_path: Path) -> None:
    text = PLAN + ABSENCE + "  - {person: a, from: 2026-01-20, through: 2026-01-25}\n"
    text += "  - {person: b, from: 2026-01-12, through: 2026-01-13, instead: a}\n"
    with pytest.raises(ConfigError) as caught:
        load_schedules(written(tmp_path, text), KNOWN)
    overlap, stand_in = caught.value.problems
    assert overlap.line == line(text, "from: 2026-01-20")
    assert overlap.reason == f"overlaps the absence of a in line {line(text, 'person: a')}, 2026-01-10 to 2026-01-20"
    assert stand_in.line == line(text, "instead: a")
    assert stand_in.reason == "a is away too, from 2026-01-10 to 2026-01-20"


def test_days_of_holidays_need_to_be_somebodys(tmp_path: Path) -> None:
    text = PLAN.replace("    region: DE-BY\n", "").replace("- id: all", "- id: all\n            begins: [holidays]", 1)
    with pytest.raises(ConfigError, match="neither the shift nor its schedule has a `region`") as caught:
        load_schedules(written(tmp_path, text), KNOWN)
    assert caught.value.problems[0].line == line(text, "- id: all")


def test_an_absence_of_everybody_shows_as_a_double_booking(tmp_path: Path) -> None:
    text = PLAN + ABSENCE + ABSENCE.splitlines()[1].replace("person: a", "person: b") + "\n"
    ((at_line, reason),) = told(look(tmp_path, text).warnings)
    assert at_line == line(text, "- id: head")
    assert reason == "h is on call in s/first and s/head at once from 2026-01-10 12:00 to 2026-01-21 00:00"
