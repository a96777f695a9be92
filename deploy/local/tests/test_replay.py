"""A recording through the running services: the same incidents and the same people called as in the simulation."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from feuerwache.cli.simulate.compare import differences, pairs
from feuerwache.cli.simulate.recording import read
from feuerwache.cli.simulate.session import prepare
from feuerwache.cli.simulate.simulation import usual_of
from feuerwache.common.config.community import load_communities
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.ingest.integration import load_integrations
from feuerwache.local import ledger
from feuerwache.local.demo.run import Options as DemoOptions
from feuerwache.local.demo.run import write_script
from feuerwache.local.places import Places, checkout
from feuerwache.local.progress import Silent
from feuerwache.local.replay import NAME, Options, Replay
from support.evening import FIRE, THREAT, evening, weeks, write
from support.servers import KafkaServer

MINUTE = timedelta(minutes=1)
CONFIG = checkout(Path(__file__).parent) / "config"


@pytest.mark.xdist_group("replay")
def test_the_running_services_and_the_simulation_lead_to_the_same_incidents(
    tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"TOPIC_PREFIX": topic_prefix, "POST_PARTITIONS": "2", "SHARDS": "2"}.items():
        monkeypatch.setenv(f"FEUERWACHE_{name}", value)
    quarter = evening(FIRE - 3 * MINUTE, FIRE, THREAT - 9 * MINUTE, FIRE + 7 * MINUTE)
    file, baseline = write(tmp_path / "quarter.jsonl", [*quarter, "{oops"]), tmp_path / "weeks.csv"
    baseline.write_text(weeks(), "utf-8")
    silent = Console(file=StringIO())
    session = prepare(file, CONFIG, silent, baseline=baseline, after="15m")
    simulated = session.simulated(silent)
    assert {each.kind for each in simulated.incidents} >= {CrisisKind.NEGATIVITY_BURST, CrisisKind.SINGLE_POST}

    options = Options(tmp_path, CONFIG, baseline, speed=60.0, after=15 * MINUTE, kafka=kafka.bootstrap, redis=redis_url)
    usual = usual_of(session.station, session.circumstances)
    replay = Replay(options, session.station, Silent(), silent)
    replayed = asyncio.run(replay.run("quarter.jsonl", session.recording, usual))

    assert differences(pairs(simulated, replayed)) == []
    # On the fast clock the rules hear of the fire later: fewer newcomers wait until somebody has looked.
    assert replayed.decisions.keys() | {"approve"} == simulated.decisions.keys() | {"approve"}
    assert 0 < replayed.decisions["hold"] <= simulated.decisions["hold"]
    assert (replayed.received, replayed.bad_lines) == (simulated.received, 1)
    assert sum(replayed.decisions.values()) == sum(simulated.decisions.values()) == len(quarter)
    said = [(slot.start, slot.posts, slot.negative) for talk in simulated.talk for slot in talk.slots]
    assert [(slot.start, slot.posts, slot.negative) for talk in replayed.talk for slot in talk.slots] == said
    known = ledger.read(Places(tmp_path, NAME).home)
    assert known is not None
    assert not known.alive()


def test_what_the_demo_plays_can_be_written_and_read_as_a_recording(tmp_path: Path) -> None:
    own = tmp_path / "own.tsv"
    own.write_text("text\nGuter Kaffee\nSchlechter Kaffee\n", "utf-8")
    for source, lines in ((None, 5000), (own, 2)):
        options = replace(DemoOptions(CONFIG.parent), own=source)
        path, csv = write_script(tmp_path / "night.jsonl", options)
        recording = read(path, load_integrations(CONFIG, load_communities(CONFIG)))
        assert recording.bad == []
        assert len(recording.lines) >= lines
        assert not recording.reordered
        assert csv == tmp_path / "night.weeks.csv"
        assert csv.read_text("utf-8").startswith("community,start,posts,negative\n")
    assert json.loads(path.read_text("utf-8").splitlines()[0])["text"] == "Guter Kaffee"
