"""Every channel through one table, over real sockets: what the other side does, what the channel says about it, and
that nothing secret is left behind in any of these cases."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from feuerwache.notifier.channels.channel import Result
from support.peers.leak import everything_is_logged, leaked, traces
from support.peers.peer import DEADLINE, DELIVERY_ID, INCIDENT_ID, LINK_TOKEN, PRIVATE, REFERENCE, Peer, message
from support.peers.table import PEERS

GOOD = "accepted or delivered"
ROWS: dict[str, tuple[Result | str, str]] = {
    "success": (GOOD, ""),
    "success over TLS": (GOOD, ""),
    "refused for good": (Result.PERMANENT, "400|554"),
    "not allowed": (Result.PERMANENT, "401|535"),
    "too many": (Result.TRANSIENT, "429|421"),
    "refused for now": (Result.TRANSIENT, "503|450"),
    "error inside": (Result.PERMANENT, ""),
    "silence": (Result.TRANSIENT, "in time"),
    "reset": (Result.TRANSIENT, "connection"),
    "slow drip": (Result.TRANSIENT, "in time"),
    "slow body": (Result.TRANSIENT, "in time"),
    "nonsense": (Result.TRANSIENT, "in time|connection"),
    "nobody listens": (Result.TRANSIENT, "connection"),
    "redirect": (Result.PERMANENT, "redirects are not followed"),
    "forbidden address": (Result.PERMANENT, "not public"),
    "huge answer": (GOOD, ""),
    "certificate does not hold": (Result.PERMANENT, "certificate"),
}
#: Rows in which the page must not have reached the peer.
UNREACHED = {"forbidden address", "certificate does not hold"}


def rows() -> list[tuple[Peer, str]]:
    """Each peer meets each row but those it says it cannot; "error inside" only where it has such an answer."""
    return [(peer, what) for peer in PEERS for what in ROWS if what not in peer.without and has(peer, what)]


def has(peer: Peer, what: str) -> bool:
    return what != "error inside" or what in getattr(peer, "replies", {})


@pytest.mark.parametrize(("peer", "what"), rows(), ids=lambda value: value if isinstance(value, str) else value.name)
def test_what_the_other_side_does(
    peer: Peer, what: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    everything_is_logged()
    caplog.set_level(logging.DEBUG)
    page = message()

    async def main() -> None:
        async with peer.case(what, tmp_path) as case:
            async with asyncio.timeout(DEADLINE):
                outcome = await case.send(page)
            left = traces(case.channel, caplog.records, outcome, case.contact, page)
        result, reason = ROWS[what]
        result = peer.expected.get(what, result)
        assert case.complaints == []
        assert outcome.success if result == GOOD else outcome.result is result, outcome
        assert what in peer.expected or any(part in outcome.reason for part in reason.split("|")), outcome
        assert outcome.retry_after == (peer.waits if what == "too many" else None)
        assert case.trapped == []
        if what in UNREACHED:
            assert case.seen == []
        printed = "".join(capfd.readouterr())
        assert leaked(left + printed, (*peer.secrets, LINK_TOKEN, REFERENCE)) == []
        assert leaked(repr(outcome), (PRIVATE.decode(), "localhost", "127.0.0.1")) == []

    asyncio.run(main())


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_channel_is_named_as_its_contact_and_refuses_the_contacts_of_others(peer: Peer, tmp_path: Path) -> None:
    async def main() -> None:
        async with peer.case("success", tmp_path) as case:
            assert case.channel.name == case.contact.channel == peer.name
            others = [other for other in PEERS if other is not peer]
            async with others[0].case("success", tmp_path) as other:
                case.contact = other.contact
            outcome = await case.send()
        assert outcome.result is Result.PERMANENT
        assert case.seen == []

    asyncio.run(main())


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_repeat_of_one_delivery_says_that_it_is_the_same(peer: Peer, tmp_path: Path) -> None:
    """What a channel with `dedup: message_id` promises: `check` of the peer looks at the id each time."""

    async def main() -> None:
        async with peer.case("success", tmp_path) as case:
            first, second = await case.send(), await case.send()
        assert first.success and second.success
        assert case.complaints == []

    assert DELIVERY_ID != INCIDENT_ID
    asyncio.run(main())
