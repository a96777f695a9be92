"""No secret ever in a log, an error, a metric, a repr: every channel through the desk as in the notifier, and a look
at the net itself, which must catch a careless channel."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from prometheus_client import REGISTRY, Counter

from feuerwache.common.clock import SystemClock
from feuerwache.common.config.contact import Contact, NtfyContact
from feuerwache.common.config.people import load_people
from feuerwache.common.config.source import ConfigError
from feuerwache.notifier.channels.channel import Channel, Dedup, Delivery, Outcome, accepted, permanent
from feuerwache.notifier.delivery.desk import Desk, Job
from feuerwache.notifier.message.message import Message
from support.peers.leak import everything_is_logged, leaked, traces
from support.peers.peer import DEADLINE, DELIVERY_ID, INCIDENT_ID, LINK_TOKEN, REFERENCE, Peer, message
from support.peers.table import PEERS

SECRET = "swordfish"
log = logging.getLogger("feuerwache.careless")


async def through_the_desk(channel: Channel, contact: Contact, page: Message) -> Outcome:
    desk = Desk({channel.name: channel}, SystemClock())
    claim = (UUID(int=1), 1)
    desk.start(Job(claim, channel.name, Delivery(DELIVERY_ID, INCIDENT_ID, contact), page, seconds=0.0))
    await desk.close(DEADLINE)
    outcome = desk.outcome(claim)
    assert outcome is not None
    return outcome


@pytest.mark.parametrize("what", ["success", "refused for good"])
@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_page_leaves_no_secret_behind(
    peer: Peer, what: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    everything_is_logged()
    caplog.set_level(logging.DEBUG)

    async def main() -> str:
        page = message()
        async with peer.case(what, tmp_path) as case:
            outcome = await through_the_desk(case.channel, case.contact, page)
            delivery = Delivery(DELIVERY_ID, INCIDENT_ID, case.contact)
            return traces(case.channel, caplog.records, outcome, case.contact, delivery, page)

    left = asyncio.run(main()) + "".join(capfd.readouterr())
    assert f'channel="{peer.name}"' in left  # the metrics were looked at
    assert leaked(left, (*peer.secrets, LINK_TOKEN, REFERENCE)) == []


@dataclass(repr=False)
class Careless:
    """Does with its secret what `slip` does."""

    slip: Callable[[Careless], Outcome]
    token: str = SECRET
    name: str = "careless"
    dedup: Dedup = Dedup.NONE

    async def send(self, delivery: Delivery, message: Message) -> Outcome:  # noqa: ARG002 - a channel
        return self.slip(self)

    async def close(self) -> None: ...


def logs(channel: Careless) -> Outcome:
    log.debug("posting to https://api.example/%s/send", channel.token)
    return accepted()


def tells(channel: Careless) -> Outcome:
    return permanent(f"refused: bad token {channel.token}")


def labels(channel: Careless) -> Outcome:
    counter = Counter("careless_sends_total", "Sends by address", ["address"])
    counter.labels(channel.token).inc()
    return accepted()


@pytest.mark.parametrize("slip", [logs, tells, labels], ids=lambda slip: slip.__name__)
def test_a_careless_channel_is_caught(slip: Callable[[Careless], Outcome], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    channel = Careless(slip, token=SECRET)
    outcome = asyncio.run(through_the_desk(channel, NtfyContact(topic="t"), message()))
    channel.token = ""  # what it holds itself is not the point here
    try:
        assert leaked(traces(channel, caplog.records, outcome), [SECRET]) == [SECRET]
    finally:
        for collector in [found for found in REGISTRY._collector_to_names if "careless" in repr(found)]:
            REGISTRY.unregister(collector)


def test_a_channel_that_keeps_its_secret_as_plain_text_is_caught() -> None:
    assert leaked(traces(Careless(logs), []), [SECRET]) == [SECRET]


def test_what_a_channel_raises_is_told_by_its_kind_only(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def breaks(channel: Careless) -> Outcome:
        raise RuntimeError(f"https://api.example/{channel.token}")

    channel = Careless(breaks)
    outcome = asyncio.run(through_the_desk(channel, NtfyContact(topic="t"), message()))
    channel.token, channel.slip = "", logs
    assert outcome.reason == "the channel failed: RuntimeError"
    assert leaked(traces(channel, caplog.records, outcome), [SECRET]) == []


@pytest.mark.parametrize(
    "contact",
    [
        f"{{channel: apprise, url: 'json://{SECRET}', url_file: /f}}",
        f"{{channel: pagerduty, routing_key: {SECRET}, routing_key_file: /f}}",
        f"{{channel: webhook, url: 'ftp://{SECRET}', secret: whsec_{SECRET}}}",
        f"{{channel: webhook, url: 'https://x.example/', secret: [{SECRET}]}}",
        f"{{channel: ntfy, topic: 'not a topic {SECRET}'}}",
        f"{{channel: ntfy, topic: t, token: {SECRET}, tokken: {SECRET}}}",
    ],
)
def test_an_error_in_the_configuration_says_where_and_not_what(contact: str, tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text(
        f"people:\n  - {{id: anna, name: Anna, language: de, timezone: Europe/Berlin, contacts: [{contact}]}}\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_people(tmp_path)
    assert "people.yaml" in str(caught.value)
    assert leaked(f"{caught.value} {caught.value!r} {caught.value.__cause__!r}", [SECRET]) == []
