"""Every channel through one table, over real sockets: what the other side does, what the channel says about it, and
that nothing secret is left behind in any of these cases (`support/peers/rows.py`)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from feuerwache.notifier.channels.channel import Dedup, Result
from support.peers.peer import DELIVERY_ID, INCIDENT_ID, Peer
from support.peers.rows import meet, rows_of
from support.peers.table import PEERS

MEETINGS = [(peer, what) for peer in PEERS for what in rows_of(peer)]


@pytest.mark.parametrize(("peer", "what"), MEETINGS, ids=lambda value: value if isinstance(value, str) else value.name)
def test_what_the_other_side_does(
    peer: Peer, what: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(meet(peer, what, tmp_path, caplog, capfd))


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_channel_is_named_as_its_contact_and_refuses_the_contacts_of_others(peer: Peer, tmp_path: Path) -> None:
    async def main() -> None:
        async with peer.case("success", tmp_path) as case:
            assert case.channel.name == case.contact.channel == peer.name
            other = next(other for other in PEERS if other is not peer)
            async with other.case("success", tmp_path) as foreign:
                case.contact = foreign.contact
            outcome = await case.send()
        assert outcome.result is Result.PERMANENT
        assert case.seen == []

    asyncio.run(main())


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_repeat_carries_the_same_id_where_the_channel_says_so(peer: Peer, tmp_path: Path) -> None:
    async def main() -> None:
        async with peer.case("success", tmp_path) as case:
            first, second = await case.send(), await case.send()
        assert first.success and second.success
        assert case.complaints == []
        if case.channel.dedup is Dedup.MESSAGE_ID:
            sent = [f"{request.headers} {request.body.decode()}" for request in case.seen]
            assert all(str(DELIVERY_ID) in one or str(INCIDENT_ID) in one for one in sent)

    asyncio.run(main())
