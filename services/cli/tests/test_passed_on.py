"""What was passed on in a recording and nobody answered shows up again when it is due, and a manager sees it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from feuerwache.cli.simulate.page import render
from feuerwache.cli.simulate.recording import read
from feuerwache.cli.simulate.report import Report
from feuerwache.cli.simulate.simulation import simulate
from feuerwache.cli.simulate.station import Station, load_station
from feuerwache.cli.simulate.table import show
from feuerwache.cli.simulate.weekend import Circumstances
from support.evening import BEGIN, FACEBOOK, FORUM, post, write

SHIPPED = Path(__file__).parents[3] / "config"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SERVICE = "customer-service"
#: Eight office hours after a Saturday evening: they begin on Monday at eight in Berlin.
MONDAY = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
COMPLAINTS = (
    "Die Maschine ist seit drei Wochen in Reparatur und niemand meldet sich.",
    "Zum zweiten Mal undicht. Ich möchte mein Geld zurück.",
    "Seit drei Wochen warte ich auf meine Lieferung und keiner antwortet mir!",
    "Der Kundendienst hat mich schon wieder vertröstet, das Gerät ist immer noch kaputt.",
)


@pytest.fixture(scope="module")
def station() -> Station:
    return load_station(SHIPPED)


def played(
    folder: Path, station: Station, items: Iterable[dict[str, Any]], after: timedelta, processes: int = 1
) -> Report:
    recording = read(write(folder / "evening.jsonl", items), station.integrations)
    return simulate("evening", recording, station, Circumstances(after=after), processes=processes)


def complaints(community: str = FACEBOOK, first: int = 0) -> list[dict[str, Any]]:
    return [post(first + n, BEGIN + n * MINUTE, text, community) for n, text in enumerate(COMPLAINTS)]


def about(number: int, kind: str, minutes: int, **more: Any) -> dict[str, Any]:
    at = (BEGIN + minutes * MINUTE).isoformat()
    return {"kind": kind, "community": FACEBOOK, "post_id": f"post-{number}", f"{kind}_at": at, **more}


def test_what_nobody_answers_shows_up_again_by_office_hours(tmp_path: Path, station: Station) -> None:
    report = played(tmp_path, station, complaints(), after=MONDAY - BEGIN)
    assert {each.post_id for each in report.unanswered} == {f"post-{n}" for n in range(len(COMPLAINTS))}
    assert {(each.department, each.due, each.came_up) for each in report.unanswered} == {(SERVICE, MONDAY, MONDAY)}
    assert [each.passed_on - BEGIN for each in report.unanswered] == [
        n * MINUTE + timedelta(seconds=5) for n in range(4)
    ]
    assert report.forwards == {SERVICE: {"passed_on": 4, "overdue": 4}}
    assert report.decisions == {"forward": 4, "review": 4}
    assert report.dead_letters == {}


def test_what_is_not_due_before_the_end_is_still_waited_for(tmp_path: Path, station: Station) -> None:
    report = played(tmp_path, station, complaints(), after=2 * HOUR)
    assert {(each.due, each.came_up) for each in report.unanswered} == {(MONDAY, None)}
    assert report.forwards == {SERVICE: {"passed_on": 4}}
    assert "review" not in report.decisions


def test_what_the_team_answers_or_a_human_decides_and_what_is_deleted_does_not_show_up(
    tmp_path: Path, station: Station
) -> None:
    answer = post(9, BEGIN + 10 * MINUTE, "Wir melden uns morgen.", author={"id": "morgenrot-team"})
    more = [
        answer | {"parent_id": "post-0"},
        about(1, "deleted", 11),
        about(2, "moderated", 12, action="approve", moderator_id="anna"),
    ]
    report = played(tmp_path, station, [*complaints(), *more], after=50 * HOUR)
    assert [each.post_id for each in report.unanswered] == ["post-3"]
    counts = report.forwards[SERVICE]
    assert counts == {"passed_on": 4, "answered_in_thread": 1, "withdrawn": 1, "decided": 1, "overdue": 1}


def test_how_many_processes_judge_changes_nothing_about_it(tmp_path: Path, station: Station) -> None:
    items = [*complaints(), *complaints(FORUM, 20)]
    reports = [played(tmp_path, station, items, after=50 * HOUR, processes=count) for count in (1, 2)]
    assert len(reports[0].unanswered) == 8
    assert reports[0].model_dump_json() == reports[1].model_dump_json()


def test_the_terminal_and_the_page_tell_it(tmp_path: Path, station: Station) -> None:
    late, waiting = (played(tmp_path, station, complaints(), after=after) for after in (50 * HOUR, HOUR))

    def told(report: Report) -> str:
        shown = StringIO()
        show(report, Console(file=shown, width=200))
        return shown.getvalue()

    assert "4: 4 shown up again, 0 still waited for" in told(late)
    assert "facebook post-3, Morgenrot auf Facebook" in told(late)
    assert "4: 0 shown up again, 4 still waited for" in told(waiting)
    assert told(waiting).count("not yet") == told(late).count("Mon 16 Nov 2026 16:00") / 2 == 4
    page = render(late, "de")
    assert "Weitergegeben und nicht beantwortet" in page
    assert page.count("Mo. 16.11.2026 16:00") == 8
    assert render(waiting, "en").count("not yet") == 4
