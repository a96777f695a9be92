"""One poller's turns: what makes it wait and for how long, and what it must never do."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry

from feuerwache.common.clock import ManualClock
from feuerwache.common.errors import TransientError
from feuerwache.common.events.polling import PollingCursor
from feuerwache.ingest.adapters.adapter import Ask, Cursor, Fetch, Fetched, Page, Secrets, Skipped, SkipReason, Wait
from feuerwache.ingest.adapters.polled import PolledSettings
from feuerwache.ingest.envelope import Unreadable
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.item import Item
from feuerwache.ingest.polling.metrics import PollingMetrics
from feuerwache.ingest.polling.pace import Pace
from feuerwache.ingest.polling.poller import Errand, Poller
from feuerwache.ingest.security.keyring import MissingSecret

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)
OK = Fetched(200, {}, b"")


@dataclass
class World:
    """Everything around a poller, as a test wants it. `answers` are the platform's, in turn; `taken` what was accepted;
    `written` the cursors on record."""

    answers: deque[Fetched | str] = field(default_factory=deque)
    pages: deque[Page | Exception] = field(default_factory=deque)
    taken: list[Item] = field(default_factory=list)
    written: list[PollingCursor] = field(default_factory=list)
    asked: list[Cursor] = field(default_factory=list)
    units: int | None = 100_000
    leased: bool = True
    accepts: bool = True
    secret: bool = True
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOON))
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def poller(self) -> Poller:
        settings = PolledSettings.model_validate({"interval": "1m", "units_per_day": self.units})
        errand = Errand(
            Integration(id="tube", platform="youtube", communities=("c",)), self, settings, self.secrets, self.fetch
        )
        me = cast(Any, self)
        return Poller(
            errand,
            me,
            me,
            me,
            clock=self.clock,
            metrics=PollingMetrics(self.registry),
            shortest=15.0,
            pace=Pace(first=4.0, uniform=lambda _, most: most),
        )

    def count(self, outcome: str) -> float:
        labels = {"integration": "tube", "outcome": outcome}
        return self.registry.get_sample_value("feuerwache_ingest_polling_pages_total", labels) or 0.0

    # The adapter
    def begin(self, now: datetime) -> Cursor:
        return {"from": now.isoformat()}

    def ask(self, cursor: Cursor, now: datetime) -> tuple[Ask, ...]:  # noqa: ARG002 - a protocol's
        self.asked.append(cursor)
        return (Ask(Fetch("https://platform.example"), units=10),)

    def page(self, cursor: Cursor, asked: Ask, answer: Fetched, now: datetime) -> Page:  # noqa: ARG002 - a protocol's
        page = self.pages.popleft()
        if isinstance(page, Exception):
            raise page
        return page

    # What it fetches with, and where it puts what came
    async def secrets(self) -> Secrets:
        if not self.secret:
            raise MissingSecret("the variable YOUTUBE_KEY is not there")
        return {}

    async def fetch(self, fetch: Fetch, secrets: Secrets) -> Fetched | str:  # noqa: ARG002 - a protocol's
        return self.answers.popleft()

    async def take(self, items: Sequence[Item], integration: Integration, way: str) -> None:
        assert (integration.id, way) == ("tube", "poll")
        if not self.accepts:
            raise TransientError("Kafka is away")
        self.taken += items

    # The cursors
    def health(self) -> str | None:
        return None

    def of(self, integration: str) -> PollingCursor | None:
        assert integration == "tube"
        return self.written[-1] if self.written else None

    async def write(self, cursor: PollingCursor) -> None:
        self.written.append(cursor)

    # The lease
    async def keep(self) -> bool:
        return self.leased

    async def release(self) -> None:
        self.leased = False


def turn(poller: Poller) -> float:
    return asyncio.run(_turn(poller))


async def _turn(poller: Poller) -> float:
    return await poller.turn(asyncio.Event())


def test_without_the_lease_nothing_is_asked() -> None:
    world = World(leased=False)
    assert turn(world.poller()) == 1.0
    assert world.asked == []


def test_a_page_is_taken_then_its_cursor_is_written_then_the_next_one_is_asked_for() -> None:
    more = (Ask(Fetch("https://platform.example/2"), units=10),)
    world = World(
        answers=deque([OK, OK]),
        pages=deque([Page((Item({"post_id": "1"}),), {"at": 1}, more), Page((Item({"post_id": "2"}),), {"at": 2})]),
    )
    poller = world.poller()
    assert turn(poller) == 60.0
    assert [item.post_id for item in world.taken] == ["1", "2"]
    assert [(each.cursor, each.spent) for each in world.written] == [({"at": 1}, 10), ({"at": 2}, 20)]
    assert world.count("taken") == 2


def test_what_is_not_accepted_is_asked_for_again_from_the_same_cursor() -> None:
    world = World(answers=deque([OK, OK]), pages=deque([Page((), {"at": 1}), Page((), {"at": 1})]), accepts=False)
    poller = world.poller()
    assert turn(poller) == 4.0
    assert (world.written, world.count("not_accepted")) == ([], 1)
    world.accepts = True
    assert turn(poller) == 60.0
    assert world.asked == [{"from": NOON.isoformat()}, {"from": NOON.isoformat()}]
    assert [each.cursor for each in world.written] == [{"at": 1}]


@pytest.mark.parametrize(
    ("answer", "outcome", "seconds"),
    [
        (Fetched(429, {"retry-after": "120"}, b""), "rate", 124.0),
        (Fetched(429, {}, b""), "rate", 4.0),
        (Fetched(503, {"retry-after": "Sat, 14 Nov 2026 12:01:00 GMT"}, b""), "unavailable", 64.0),
        (Fetched(500, {}, b""), "unavailable", 4.0),
        ("no answer in time", "unanswered", 4.0),
    ],
)
def test_a_platform_that_gives_nothing_is_left_alone(answer: Fetched | str, outcome: str, seconds: float) -> None:
    world = World(answers=deque([answer, OK]), pages=deque([Page((), {})]))
    poller = world.poller()
    assert turn(poller) == seconds
    assert world.count(outcome) == 1
    assert turn(poller) == 60.0


@pytest.mark.parametrize(
    ("wait", "outcome", "seconds"),
    [
        (Wait("quota", until=NOON + timedelta(hours=1)), "quota", 3_600.0),
        (Wait("refused", seconds=600), "refused", 604.0),
        (Wait("rate"), "rate", 34.0),
        (Wait("a word of the adapter's own"), "refused", 34.0),
    ],
)
def test_an_adapter_says_how_long_to_wait(wait: Wait, outcome: str, seconds: float) -> None:
    answer = Fetched(403, {"retry-after": "30"}, b"")
    world = World(answers=deque([answer]), pages=deque([Page((), {"at": 1}, wait=wait)]))
    assert turn(world.poller()) == seconds
    assert world.count(outcome) == 1
    assert [each.cursor for each in world.written] == [{"at": 1}]


def test_a_page_that_cannot_be_read_or_breaks_the_adapter_is_asked_for_again_later() -> None:
    pages: deque[Page | Exception] = deque([Unreadable(400, "No items", "PRIVATE"), KeyError("PRIVATE"), Page((), {})])
    world = World(answers=deque([OK, OK, OK]), pages=pages)
    poller = world.poller()
    assert turn(poller) == 4.0
    assert turn(poller) == 64.0
    assert (world.count("unreadable"), world.count("failed")) == (1, 1)
    assert turn(poller) == 60.0


def test_without_its_key_nothing_is_asked_and_no_unit_is_spent() -> None:
    world = World(secret=False)
    assert turn(world.poller()) == 64.0
    assert world.count("no_secret") == 1


def test_when_the_units_of_the_day_are_gone_it_waits_for_the_next_one_also_after_a_restart() -> None:
    world = World(units=100, answers=deque([OK] * 11), pages=deque([Page((), {})] * 11))
    poller = world.poller()
    waits = [turn(poller) for _ in range(9)]
    assert waits[0] == pytest.approx(12 * 3600 * 10 / 90)  # what is left is spread over the day
    assert waits == sorted(waits)
    assert turn(poller) == 12 * 3600.0
    assert world.written[-1].spent == 100
    world.registry = CollectorRegistry()
    again = world.poller()
    assert turn(again) == 12 * 3600.0
    assert len(world.answers) == 1
    world.clock.advance(timedelta(hours=12))
    assert turn(again) < 12 * 3600.0
    assert (world.written[-1].spent, world.written[-1].day) == (10, "2026-11-15")


def test_what_is_passed_over_is_counted() -> None:
    page = Page((), {}, skipped=(Skipped(SkipReason.NOT_TEXT, "comment"),))
    world = World(answers=deque([OK]), pages=deque([page]))
    turn(world.poller())
    labels = {"integration": "tube", "reason": "not_text"}
    assert world.registry.get_sample_value("feuerwache_ingest_polling_skipped_total", labels) == 1


def test_the_delay_rises_until_a_pass_is_complete() -> None:
    world = World(answers=deque(["no answer in time", OK]), pages=deque([Page((), {})]))
    poller = world.poller()

    def delay() -> float | None:
        return world.registry.get_sample_value("feuerwache_ingest_polling_delay_seconds", {"integration": "tube"})

    world.clock.advance(timedelta(minutes=5))
    turn(poller)
    assert delay() == 300
    turn(poller)
    assert delay() == 0
