"""Communities and policies that change while the incidents task runs."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from feuerwache.common.clock import ManualClock
from feuerwache.common.config.catalog import Catalog
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident, IncidentChanged
from feuerwache.common.kafka.keys import bar_key
from feuerwache.common.kafka.record import Outgoing, Output, Record
from feuerwache.common.kafka.topics import (
    ALARMS_RAISED,
    DETECTORS_BARS,
    INCIDENTS_CHANGED,
    PAGES_REQUESTED,
    TopicNames,
)
from feuerwache.escalation.incidents.task import IncidentsTask
from feuerwache.escalation.policy.house import House, load_house
from support.incidents import NIGHT, acknowledge, alarm, minutes, mute, resolve

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
        self.looks = 0
        self.clock = ManualClock(NIGHT)
        self.task = self.anew(None)

    def anew(self, look_again: Callable[[], Awaitable[House]] | None) -> IncidentsTask:
        return IncidentsTask(0, 1, lambda: self.catalog.current, self.clock, TopicNames(), look_again=look_again)

    async def look_again(self) -> House:
        self.looks += 1
        self.catalog.refresh()
        return self.catalog.current

    def takes(self, *events: Event[Any]) -> Output:
        return asyncio.run(self.task.handle([record(Outgoing.of(ALARMS_RAISED.name, 0, b"0", e)) for e in events]))


def record(sent: Outgoing) -> Record:
    return Record(sent.topic, 0, 0, 0, sent.key, sent.value, tuple(sent.headers))


def incident(output: Output) -> Incident:
    assert not output.dead_letters
    (sent,) = [each for each in output.outgoing if each.topic == INCIDENTS_CHANGED.name]
    changed = record(sent).event().data
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
    another = incident(station.takes(alarm(kind=CrisisKind.VOLUME_BURST)))
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


def test_an_alarm_that_is_faster_than_the_configuration_is_heard_all_the_same(config: Path) -> None:
    station = Station(config)
    station.task = station.anew(station.look_again)
    file = config / "communities.yaml"
    file.write_text(file.read_text() + NEW)
    output = station.takes(alarm(community="morgenrot-app"))
    assert incident(output).community_title == "App"
    assert station.looks == 1


def test_a_batch_of_unknown_communities_costs_one_look_and_each_is_refused(config: Path) -> None:
    station = Station(config)
    station.task = station.anew(station.look_again)
    output = station.takes(alarm(community="fremd"), mute(community="fremd"), alarm(community="fern"))
    assert station.looks == 1
    assert ["does not stand in communities.yaml" in dead.reason for dead in output.dead_letters] == [True] * 3


def test_an_incident_whose_community_was_deleted_stays_leadable_and_hears_no_new_alarm(config: Path) -> None:
    station = Station(config)
    begun = incident(station.takes(alarm(community="morgenrot-facebook")))
    file = config / "communities.yaml"
    file.write_text(file.read_text().replace("id: morgenrot-facebook", "id: morgenrot-faceboook"))
    assert station.catalog.refresh() and station.catalog.problem is None

    (dead,) = station.takes(alarm(NIGHT + minutes(1), community="morgenrot-facebook")).dead_letters
    assert "does not stand in communities.yaml" in dead.reason
    worse = incident(station.takes(alarm(NIGHT + minutes(2), severity=Severity.CRITICAL)))
    assert (worse.incident_id, worse.severity) == (begun.incident_id, Severity.CRITICAL)
    station.clock.advance(minutes(20))
    output = asyncio.run(station.task.tick())
    assert [sent.topic for sent in output.outgoing] == [INCIDENTS_CHANGED.name, PAGES_REQUESTED.name]
    assert incident(station.takes(acknowledge(begun.incident_id))).owner == "anna.bergmann"
    assert incident(station.takes(resolve(begun.incident_id))).resolved_reason == "handled"


def test_a_false_alarm_writes_its_bars_with_the_incident_and_a_mute_writes_one_alone(config: Path) -> None:
    station = Station(config)
    begun = incident(station.takes(alarm()))
    incident(station.takes(alarm(NIGHT + minutes(1), community="morgenrot-facebook")))
    output = station.takes(resolve(begun.incident_id, reason="false_alarm"))
    bars = [sent for sent in output.outgoing if sent.topic == DETECTORS_BARS.name]
    raised = [record(sent).event().data for sent in bars]
    assert {(bar.community, bar.kinds, bar.factor, bar.cause) for bar in raised} == {
        (name, (CrisisKind.NEGATIVITY_BURST,), 1.5, "false_alarm") for name in ("morgenrot-forum", "morgenrot-facebook")
    }
    assert [sent.key for sent in bars] == [bar_key(bar.community, bar.bar_id) for bar in raised]
    asyncio.run(station.task.committed())

    announced = mute()
    (sent,) = station.takes(announced).outgoing
    (again,) = station.takes(announced).outgoing
    assert sent.topic == DETECTORS_BARS.name and (sent.key, sent.value) == (again.key, again.value)
