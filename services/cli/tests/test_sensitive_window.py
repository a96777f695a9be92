"""An incident of the simulation is known to the rules for what is judged after it, and to nothing before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from feuerwache.cli.simulate.burning import Burning
from feuerwache.cli.simulate.recording import read
from feuerwache.cli.simulate.report import Report
from feuerwache.cli.simulate.simulation import simulate
from feuerwache.cli.simulate.station import Station, load_station
from feuerwache.cli.simulate.weekend import Circumstances
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import FrozenPolicy, Incident, IncidentState
from feuerwache.escalation.crisis.csvfile import read_counts
from feuerwache.escalation.rules.community.fire import NO_FIRES
from support.evening import FACEBOOK, FIRE, FORUM, Items, evening, post, weeks, write

SHIPPED = Path(__file__).parents[3] / "config"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture(scope="module")
def station() -> Station:
    return load_station(SHIPPED)


def burst() -> Items:
    """Ten minutes, of which the last five burn in one of the two communities."""
    return evening(FIRE - 5 * MINUTE, FIRE, FIRE + 60 * MINUTE, FIRE + 5 * MINUTE)


def played(folder: Path, station: Station, items: Sequence[dict[str, Any]], processes: int = 1) -> Report:
    weeks_file, file = folder / "weeks.csv", folder / "evening.jsonl"
    weeks_file.write_text(weeks(), "utf-8")
    write(file, sorted(items, key=itemgetter("created_at")))
    circumstances = Circumstances(counts=read_counts(weeks_file), after=10 * MINUTE)
    return simulate("evening", read(file, station.integrations), station, circumstances, processes=processes)


def newcomer(number: int, at: datetime, community: str = FORUM) -> dict[str, Any]:
    author = {"id": f"newcomer-{number}", "created_at": "2024-05-01T08:00:00Z"}
    text = f"Hallo zusammen, ich lese hier gerne mit. ({number})"
    return post(9000 + number, at, text, community, author=author)


def first_alarm(report: Report) -> datetime:
    [fire] = [each for each in report.incidents if each.kind is CrisisKind.NEGATIVITY_BURST]
    assert fire.community == FACEBOOK
    return fire.first_alarm


def test_newcomers_wait_from_the_incident_on_also_next_door_and_not_a_moment_before(
    tmp_path: Path, station: Station
) -> None:
    base = played(tmp_path, station, burst())
    alarm = first_alarm(base)
    assert alarm > FIRE + 15 * SECOND
    welcome = [newcomer(0, FIRE - MINUTE), newcomer(1, FIRE + SECOND), newcomer(2, alarm - 10 * SECOND)]
    held = [newcomer(number, alarm + number * 5 * SECOND) for number in range(3, 8)]
    report = played(tmp_path, station, [*burst(), *welcome, *held])
    assert first_alarm(report) == alarm
    more = Counter(report.decisions)
    more.subtract(base.decisions)
    assert {action: count for action, count in more.items() if count} == {"welcome": len(welcome), "hold": len(held)}
    two = played(tmp_path, station, [*burst(), *welcome, *held], processes=2)
    assert two.model_dump_json() == report.model_dump_json()


def incident(incident_id: UUID, **fields: Any) -> Incident:
    began = datetime(2026, 11, 14, 20, tzinfo=UTC)
    known: dict[str, Any] = {
        "incident_id": incident_id,
        "revision": 1,
        "shard": 0,
        "community": FACEBOOK,
        "community_title": "Morgenrot",
        "kind": CrisisKind.NEGATIVITY_BURST,
        "severity": Severity.HIGH,
        "state": IncidentState.TRIGGERED,
        "onset": began,
        "opened_at": began,
        "last_alarm_at": began,
        "policy": FrozenPolicy(policy_id="brand", config_hash="", steps=()),
        "step": None,
    }
    return Incident.model_validate(known | fields)


def test_what_is_resolved_burns_no_more_and_what_comes_back_burns_again() -> None:
    burning, one, other = Burning(), uuid4(), uuid4()
    burning.learn(incident(one))
    burning.learn(incident(other, kind=CrisisKind.DRILL))
    assert [fire.kind for fire in burning.fires.communities[FACEBOOK]] == [CrisisKind.NEGATIVITY_BURST]
    burning.learn(incident(one, state=IncidentState.ACKNOWLEDGED, severity=Severity.CRITICAL, revision=2))
    assert [fire.severity for fire in burning.fires.communities[FACEBOOK]] == [Severity.CRITICAL]
    burning.learn(incident(one, state=IncidentState.RESOLVED, revision=3))
    assert burning.fires == NO_FIRES
    burning.learn(incident(one, state=IncidentState.REOPENED, revision=4))
    assert len(burning.fires.communities[FACEBOOK]) == 1
