"""Overrides are followed past what is none, and whoever stops following them says so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from aiokafka.errors import KafkaConnectionError
from prometheus_client import REGISTRY

from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.events.page import PageRequested
from feuerwache.common.kafka import follow
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import ONCALL_OVERRIDES
from feuerwache.common.settings import CommonSettings
from feuerwache.notifier.overrides import Overrides
from support.kafka import settings_for, until
from support.samples import event, sample
from support.servers import KafkaServer

NIGHT = datetime(2026, 11, 14, 20, tzinfo=UTC)


def override(name: str) -> Event[OnCallOverridden]:
    data = sample(OnCallOverridden).model_copy(update={"override_id": name})
    return Event(derived_id("test", name), "/test", NIGHT, data)


def test_what_is_no_override_is_counted_and_passed_over(kafka: KafkaServer, topic_prefix: str) -> None:
    settings = settings_for(kafka.bootstrap, topic_prefix)
    topic = settings.topics().of(ONCALL_OVERRIDES)

    async def main() -> None:
        await ensure_topics(settings, [ONCALL_OVERRIDES])
        one, two = (Outgoing.of(topic, 0, b"k", override(name)) for name in ("one", "two"))
        no_header = [(name, None if name == "ce_id" else text) for name, text in two.headers]
        followed = Overrides(settings)
        assert "not been read yet" in str(followed.health())
        async with EventProducer(settings) as producer, followed.following():
            await producer.send_all([one, Outgoing(topic, 0, b"k", b"garbage"), Outgoing(topic, 0, b"k", None)])
            await producer.send(Outgoing(topic, 0, b"k", two.value, no_header))
            await producer.send_all([Outgoing.of(topic, 0, b"k", event(PageRequested)), two])

            async def both() -> bool:
                return [known.override_id for known in followed.current()] == ["one", "two"]

            await until(both, "both overrides are known")
            assert REGISTRY.get_sample_value("feuerwache_notifier_overrides_unreadable") == 3
            await until(healthy(followed), "it is well")

    asyncio.run(main())


class Breaking(Overrides):
    """Fails when told to, having caught up before."""

    def __init__(self, settings: CommonSettings, error: Exception) -> None:
        super().__init__(settings)
        self._error = error
        self.fail = asyncio.Event()

    async def _read(self) -> None:
        self._trouble, self._caught_up = None, True
        await self.fail.wait()
        self.fail.clear()
        raise self._error


def healthy(followed: Overrides, said: str | None = None) -> Callable[[], Awaitable[bool]]:
    async def condition() -> bool:
        return followed.health() is None if said is None else said in str(followed.health())

    return condition


def test_it_is_not_well_while_it_cannot_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "AGAIN_SECONDS", 0.5)

    async def main() -> None:
        followed = Breaking(settings_for("127.0.0.1:1", "t."), KafkaConnectionError())
        async with followed.following():
            await until(healthy(followed), "it has caught up", 5)
            followed.fail.set()
            await until(healthy(followed, "cannot be read: KafkaConnectionError"), "it says why not", 5)
            await until(healthy(followed), "it is well again", 5)

    asyncio.run(main())


def test_it_is_not_well_when_it_has_died() -> None:
    async def main() -> None:
        followed = Breaking(settings_for("127.0.0.1:1", "t."), ZeroDivisionError("a bug"))
        with pytest.raises(ZeroDivisionError):
            async with followed.following():
                await until(healthy(followed), "it has caught up", 5)
                followed.fail.set()
                await until(healthy(followed, "no longer followed: ZeroDivisionError"), "it says so", 5)

    asyncio.run(main())
