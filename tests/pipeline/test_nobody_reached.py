"""Every contact of everybody fails: incidents and notifier as they run, over a real Kafka, in seconds, not in hours."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from feuerwache.common.events.alarm import AlarmRaised, CrisisKind
from feuerwache.common.events.page import PageReceipt, PersonTarget, ReceiptStatus
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.topics import ALARMS_RAISED, ONCALL_OVERRIDES, PAGES_RECEIPTS
from feuerwache.common.settings import CommonSettings
from feuerwache.local.places import checkout
from support.incidents import alarm
from support.kafka import until
from support.notifier import SECRET
from support.notifier import TOPICS as NOTIFIER_TOPICS
from support.servers import KafkaServer
from support.station import TOPICS, Station, environment, spawned

#: An address inside of this machine is refused before it is called, so each contact fails at once and for good.
DEAF = [
    {"channel": "webhook", "url": f"http://127.0.0.1:9/{name}", "secret": "whsec_c2VjcmV0LW9mLXRoZS13ZWJob29rLWhlcmU="}
    for name in ("first", "second")
]
STOP_SECONDS = 30


@pytest.fixture
def settings(kafka: KafkaServer, topic_prefix: str, tmp_path: Path) -> CommonSettings:
    """The demo's configuration, with nobody who can be reached."""
    config = Path(shutil.copytree(checkout(Path(__file__).parent) / "config", tmp_path / "config"))
    people = YAML(typ="safe").load((config / "people.yaml").read_text("utf-8"))
    for person in people["people"]:
        person["contacts"] = DEAF
    (config / "people.yaml").write_text(json.dumps(people), "utf-8")  # JSON is YAML
    return CommonSettings(
        kafka_bootstrap=kafka.bootstrap, topic_prefix=topic_prefix, shards=1, post_partitions=1, config_dir=config
    )


@contextmanager
def services(settings: CommonSettings, folder: Path) -> Iterator[None]:
    own = os.environ | environment(settings) | {"FEUERWACHE_LINK_SECRET": SECRET}
    with (folder / "notifier.log").open("wb") as log:
        command = [sys.executable, "-m", "feuerwache.notifier"]
        processes = [subprocess.Popen(command, env=own, stdout=log, stderr=log)]
    processes.append(spawned(settings, folder / "incidents.log"))
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        codes = [process.wait(STOP_SECONDS) for process in processes]
    assert codes == [0, 0]


def test_a_ladder_of_which_every_contact_fails_is_through_at_once_and_raises_the_alarm(
    settings: CommonSettings, tmp_path: Path
) -> None:
    async def scene() -> None:
        await ensure_topics(settings, {*TOPICS, *NOTIFIER_TOPICS, ONCALL_OVERRIDES})
        station, began = Station(settings), datetime.now(UTC)
        with services(settings, tmp_path):
            cause = alarm(began)
            await station.send(ALARMS_RAISED, cause)

            async def raised() -> list[AlarmRaised]:
                records = await read_topic(settings, settings.topics().of(ALARMS_RAISED))
                found = [record.event().data for record in records]
                return [one for one in found if isinstance(one, AlarmRaised) and one.kind is CrisisKind.NOBODY_REACHED]

            async def heard() -> bool:
                return bool(await raised())

            await until(heard, "the alarm that nobody was reached", 90)
            ended = datetime.now(UTC)
            incident = next(one for one in await station.incidents() if one.kind is cause.data.kind)
        pages = [page for page in await station.pages() if page.data.incident_id == incident.incident_id]
        ladder = [page.data for page in pages if page.data.reason == "step"]
        assert [page.step for page in ladder] == list(range(len(ladder)))
        assert len(ladder) >= 2, "it went up"
        assert ladder[0].deadline is not None
        assert ended - began < timedelta(minutes=5) < ladder[0].deadline - ladder[0].due_at, "without waiting"
        assert "nobody_reached" in [entry.what for entry in incident.timeline]
        last = [page.data for page in pages if page.data.reason == "last_resort"]
        assert {target.person_id for page in last for target in page.targets if isinstance(target, PersonTarget)} == {
            "kaethe.gross",
            "selin.yildiz",
        }
        records = await read_topic(settings, settings.topics().of(PAGES_RECEIPTS))
        said = [receipt for record in records if isinstance(receipt := record.event().data, PageReceipt)]
        for page in pages[: len(ladder)]:
            mine = [receipt for receipt in said if receipt.page_id == page.id]
            assert {receipt.status for receipt in mine} == {ReceiptStatus.CLAIMED, ReceiptStatus.FAILED}
            assert {receipt.channel for receipt in mine} == {"webhook", "webhook:2"}
            assert [receipt.exhausted for receipt in mine].count(True) == 1

    asyncio.run(scene())
