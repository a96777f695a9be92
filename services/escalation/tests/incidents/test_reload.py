"""Communities and policies that change while the incidents task runs."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from feuerwache.common.clock import ManualClock
from feuerwache.common.config.catalog import Catalog
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident, IncidentChanged
from feuerwache.common.kafka.record import Outgoing, Output, Record
from feuerwache.common.kafka.topics import ALARMS_RAISED, INCIDENTS_CHANGED, TopicNames
from feuerwache.escalation.incidents.task import IncidentsTask
from feuerwache.escalation.policy.house import House, load_house
from support.incidents import NIGHT, alarm, minutes

CONFIG = Path(__file__).parents[4] / "config"
NEW = """
  - {id: morgenrot-app, title: App, brand: morgenrot, rules: brand-de, policy: brand}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONFIG, tmp_path / "config"))


class Station:
    """One task over all communities (one shard), handed its records one by one."""

    def __init__(self, config: Path) -> None:
        self.catalog: Catalog[House] = Catalog(load_house, config)
        self.task = IncidentsTask(0, 1, lambda: self.catalog.current, ManualClock(NIGHT), TopicNames())

    def takes(self, event: Event[Any]) -> Output:
        sent = Outgoing.of(ALARMS_RAISED.name, 0, b"0", event)
        return asyncio.run(self.task.handle([Record(sent.topic, 0, 0, 0, sent.key, sent.value, tuple(sent.headers))]))


def incident(output: Output) -> Incident:
    assert not output.dead_letters
    (sent,) = [each for each in output.outgoing if each.topic == INCIDENTS_CHANGED.name]
    changed = Record(sent.topic, 0, 0, 0, sent.key, sent.value, tuple(sent.headers)).event().data
    assert isinstance(changed, IncidentChanged)
    return changed.incident


def test_an_alarm_of_a_community_that_was_added_pages_somebody(config: Path) -> None:
    station = Station(config)
    file = config / "communities.yaml"
    assert station.takes(alarm(community="morgenrot-app")).dead_letters
    file.write_text(file.read_text() + NEW)
    assert station.catalog.refresh()
    output = station.takes(alarm(community="morgenrot-app"))
    assert incident(output).community_title == "App"
    assert len(output.outgoing) == 2, "the incident and its first page"


def test_a_running_incident_keeps_its_policy_until_it_gets_worse(config: Path) -> None:
    station = Station(config)
    begun = incident(station.takes(alarm()))
    file = config / "policies.yaml"
    file.write_text(file.read_text().replace("wait: 10m", "wait: 11m").replace("wait: 5m", "wait: 6m"))
    assert station.catalog.refresh()

    joined = incident(station.takes(alarm(NIGHT + minutes(1))))
    assert (joined.incident_id, joined.policy) == (begun.incident_id, begun.policy)
    another = incident(station.takes(alarm(community="morgenrot-facebook")))
    assert another.policy.steps[0].wait_seconds == 11 * 60
    assert another.policy.config_hash != begun.policy.config_hash
    worse = incident(station.takes(alarm(NIGHT + minutes(2), severity=Severity.CRITICAL)))
    assert worse.policy.steps[0].wait_seconds == 6 * 60


def test_a_broken_policy_leaves_the_last_good_one(config: Path) -> None:
    station = Station(config)
    file = config / "policies.yaml"
    file.write_text(file.read_text().replace("wait: 10m", "wait: soon"))
    assert station.catalog.refresh()
    assert f"{file}:" in str(station.catalog.problem)
    assert incident(station.takes(alarm())).policy.steps[0].wait_seconds == 10 * 60
