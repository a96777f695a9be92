"""Pages while several notifiers are killed with SIGKILL at named points, before real peers that count what they get.

Held against each other afterwards: what was asked for, what the receipts say, what the peers have. An urgent page must
have arrived. It may have arrived twice only if its receipts say "outcome unknown" in between, and then the second copy
must say so itself. A quiet page whose outcome is unknown is not repeated: it is counted, and the receipts say it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from uuid import UUID, uuid4

from chaos.peers import Peers, peers
from feuerwache.common import chaos
from feuerwache.common.errors import TransientError
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import (
    PageReceipt,
    PageRequested,
    PageSubject,
    PersonTarget,
    ReceiptStatus,
    Urgency,
)
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.keys import incident_key, partition_of
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import PAGES_RECEIPTS, PAGES_REQUESTED
from feuerwache.common.settings import CommonSettings
from feuerwache.local.group import ProcessGroup
from feuerwache.notifier.delivery.entry import delivery_id_of
from support.kafka import until

SHARDS = 4
POINTS = ("after_handle", "after_send", "after_commit", "before_channel", "after_channel")
SECRET = "whsec_c2VjcmV0LW9mLXRoZS13ZWJob29rLWhlcmU="
SCHEDULES = """
schedules:
  - {id: s, layers: [{id: first, shifts: [{id: all, from: "00:00", to: "00:00", since: 2020-01-06, people: [m0]}]}]}
"""
GOOD = frozenset({ReceiptStatus.SENT, ReceiptStatus.DELIVERED})
KILL_SECONDS = 180.0
#: Every third page is a quiet one.
QUIET = 3


@dataclass(frozen=True, slots=True)
class Figures:
    """`seen` counts messages at the peers. `repeats_declared`: copies in the outcome-unknown window, marked as such."""

    requested: int
    urgent: int
    settled: int
    seen: int
    lost: int
    doubled_outside: int
    repeats_declared: int
    repeats_unmarked: int
    outcomes_unknown: int
    quiet_not_repeated: int
    unsettled: int
    seconds: float
    kills: Mapping[str, int]

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled_outside or self.repeats_unmarked or self.unsettled)


def judge(
    pages: Mapping[UUID, PageRequested],
    receipts: Sequence[PageReceipt],
    seen: Mapping[str, Sequence[bool]],
    kills: Mapping[str, int],
    seconds: float,
) -> Figures:
    """The verdict, pure. Each page has one recipient with one contact."""
    by_page: defaultdict[UUID, list[PageReceipt]] = defaultdict(list)
    for receipt in receipts:
        by_page[receipt.page_id].append(receipt)
    count: Counter[str] = Counter()
    for page_id, page in pages.items():
        said = by_page[page_id]
        unknown = sum(receipt.status is ReceiptStatus.OUTCOME_UNKNOWN for receipt in said)
        settled = any(receipt.status in GOOD for receipt in said)
        copies = seen.get(str(delivery_of(page_id, page)), ())
        quiet = page.urgency is Urgency.QUIET
        count["unknown"] += unknown
        count["settled"] += settled
        count["unsettled"] += not settled and not (quiet and unknown)
        count["quiet_not_repeated"] += quiet and unknown > 0
        count["lost"] += not copies and not (quiet and unknown)
        allowed = 1 if quiet else 1 + unknown
        count["outside"] += max(0, len(copies) - allowed)
        count["declared"] += max(0, min(len(copies), allowed) - 1)
        count["unmarked"] += max(0, sum(not marked for marked in copies) - 1)
    urgent = sum(page.urgency is Urgency.URGENT for page in pages.values())
    return Figures(
        requested=len(pages),
        urgent=urgent,
        settled=count["settled"],
        seen=sum(map(len, seen.values())),
        lost=count["lost"],
        doubled_outside=count["outside"],
        repeats_declared=count["declared"],
        repeats_unmarked=count["unmarked"],
        outcomes_unknown=count["unknown"],
        quiet_not_repeated=count["quiet_not_repeated"],
        unsettled=count["unsettled"],
        seconds=seconds,
        kills=dict(kills),
    )


def delivery_of(page_id: UUID, page: PageRequested) -> UUID:
    (target,) = page.targets
    assert isinstance(target, PersonTarget)
    return delivery_id_of(page_id, target.person_id, "email" if target.person_id.startswith("m") else "webhook")


@dataclass
class Notifiers:
    """Notifiers in processes of their own, in a group that ends with this process, however that ends; logs go to
    `folder`."""

    group: ProcessGroup
    folder: Path
    environment: Mapping[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    started: int = 0

    def join(self, extra: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        self.started += 1
        name = f"notifier-{self.started}"
        command = [sys.executable, "-m", "feuerwache.notifier"]
        own = {**os.environ, **self.environment, **(extra or {})}
        process = self.group.spawn(name, command, self.folder / f"{name}.log", own).process
        self.running.append(process)
        return process

    async def killed_at(self, point: str) -> None:
        """One more joins, and dies when it comes by the point."""
        marker = self.folder / f"{point}-{self.started}"
        victim = self.join({chaos.VARIABLE: f"notifier.{point}@{marker}"})
        code = await asyncio.to_thread(victim.wait, KILL_SECONDS)
        self.running.remove(victim)
        assert code == -signal.SIGKILL and marker.exists(), f"it ended with {code}, not at {point}"

    def kill_oldest(self) -> None:
        """SIGKILL wherever it is; another one takes its place."""
        self.join()
        victim = self.running.pop(0)
        victim.kill()
        victim.wait()

    def close(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()
        self.running.clear()


class Source:
    """Asks for pages at a steady rate for as long as it runs, and remembers each."""

    def __init__(self, settings: CommonSettings, people: Sequence[str], rate: float) -> None:
        self._settings, self._people, self._rate = settings, people, rate
        self.pages: dict[UUID, PageRequested] = {}

    async def run(self, stop: asyncio.Event) -> None:
        name = self._settings.topics().of(PAGES_REQUESTED)
        async with EventProducer(self._settings) as producer:
            while not stop.is_set():
                page_id, number = uuid4(), len(self.pages)
                page = page_for(self._people[number % len(self._people)], quiet=number % QUIET == 0)
                key = incident_key(page.incident_id)
                event = Event(page_id, "/chaos", page.due_at, page)
                self.pages[page_id] = page
                await insisted(producer, Outgoing.of(name, partition_of(key, SHARDS), key, event))
                await asyncio.sleep(1 / self._rate)


async def insisted(producer: EventProducer, record: Outgoing) -> None:
    """Sends it until the broker has it; twice the same page is one page."""
    while True:
        try:
            await producer.send(record)
        except TransientError:
            continue  # a broker that is busy: the producer connects anew
        return


def page_for(person: str, *, quiet: bool) -> PageRequested:
    now = datetime.now(UTC)
    about = PageSubject(
        community="c", community_title="C", kind=CrisisKind.VOLUME_BURST, severity=Severity.HIGH, onset=now
    )
    return PageRequested(
        incident_id=uuid4(),
        step=0,
        targets=(PersonTarget(person_id=person),),
        urgency=Urgency.QUIET if quiet else Urgency.URGENT,
        subject=about,
        due_at=now,
    )


def configure(folder: Path, people: int, http_port: int) -> list[str]:
    """Half of the people have mail, half a webhook; returns their ids."""
    folder.mkdir()
    lines = ["people:"]
    ids = [f"{kind}{number}" for number in range(people // 2) for kind in "mh"]
    for one in ids:
        hook = f'{{channel: webhook, url: "http://127.0.0.1:{http_port}/{one}", secret: {SECRET}}}'
        contact = f"{{channel: email, address: {one}@x.example}}" if one.startswith("m") else hook
        lines.append(f"  - {{id: {one}, name: {one}, contacts: [{contact}]}}")
    (folder / "people.yaml").write_text("\n".join(lines) + "\n")
    (folder / "schedules.yaml").write_text(SCHEDULES)
    return ids


def environment_of(settings: CommonSettings, config: Path, peer: Peers) -> dict[str, str]:
    """What is told together would be one message for many pages; here each page is to be counted."""
    return {
        "FEUERWACHE_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "FEUERWACHE_TOPIC_PREFIX": settings.topic_prefix,
        "FEUERWACHE_SHARDS": str(settings.shards),
        "FEUERWACHE_CONFIG_DIR": str(config),
        "FEUERWACHE_LINK_SECRET": "a-secret-for-links-in-tests-32-chars",
        "FEUERWACHE_SMTP_HOST": "127.0.0.1",
        "FEUERWACHE_SMTP_PORT": str(peer.smtp_port),
        "FEUERWACHE_HTTP_ALLOW": "127.0.0.0/8",
        "FEUERWACHE_PAGE_GATHER_SECONDS": "0",
        "FEUERWACHE_PAGE_CAP": "0",
    }


async def night(
    bootstrap: str,
    prefix: str,
    folder: Path,
    *,
    points: Sequence[str],
    kills: int = 0,
    instances: int = 2,
    rate: float = 20.0,
) -> Figures:
    """One notifier after the other dies at `points`, then `kills` more wherever they are; `instances` live on."""
    settings = CommonSettings(kafka_bootstrap=bootstrap, topic_prefix=prefix, shards=SHARDS)
    await ensure_topics(settings)
    began = monotonic()
    async with AsyncExitStack() as stack:
        peer = await stack.enter_async_context(peers())
        people = configure(folder / "config", 40, peer.http_port)
        group = stack.enter_context(ProcessGroup())
        notifiers = Notifiers(group, folder, environment_of(settings, folder / "config", peer))
        source, stop = Source(settings, people, rate), asyncio.Event()
        done: Counter[str] = Counter()
        try:
            for _ in range(instances):
                notifiers.join()
            sending = asyncio.create_task(source.run(stop))
            for point in points:
                await notifiers.killed_at(point)
                done[point] += 1
            for _ in range(kills):
                notifiers.kill_oldest()
                done["anywhere"] += 1
                await asyncio.sleep(8)
            stop.set()
            await sending

            async def all_said() -> bool:
                figures = judge(source.pages, await receipts(settings), peer.seen(), done, 0.0)
                return figures.unsettled == 0

            await until(all_said, "every page settled", 120)
            return judge(source.pages, await receipts(settings), peer.seen(), done, monotonic() - began)
        finally:
            stop.set()
            notifiers.close()


async def receipts(settings: CommonSettings) -> list[PageReceipt]:
    records = await read_topic(settings, settings.topics().of(PAGES_RECEIPTS))
    return [data for record in records if isinstance(data := record.event().data, PageReceipt)]
