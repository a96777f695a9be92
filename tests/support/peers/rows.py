"""The rows of the table: what a peer can do, and what every channel must make of it.

`meet` plays one row and asserts everything that holds for all of them: the outcome and its reason, how long the other
side asks to wait, that nobody else was asked, and that no secret is left behind.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from feuerwache.notifier.channels.channel import Result
from support.peers.leak import everything_is_logged, leaked, traces
from support.peers.peer import DEADLINE, LINK_TOKEN, PRIVATE, REFERENCE, Peer, message

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
    "silence over TLS": (Result.TRANSIENT, "in time"),
    "reset": (Result.TRANSIENT, "connection"),
    "slow drip": (Result.TRANSIENT, "in time"),
    "slow body": (Result.TRANSIENT, "in time"),
    "nonsense": (Result.TRANSIENT, "in time|connection"),
    "nobody listens": (Result.TRANSIENT, "connection"),
    "redirect": (Result.PERMANENT, "redirects are not followed"),
    "forbidden address": (Result.PERMANENT, "not public"),
    "huge answer": (GOOD, ""),
    "speaks no TLS": (Result.PERMANENT, "TLS"),
    "certificate does not hold": (Result.PERMANENT, "certificate"),
}
#: Rows in which the page must not have reached the peer.
UNREACHED = frozenset({"forbidden address", "certificate does not hold"})


def rows_of(peer: Peer) -> list[str]:
    """All but those it says it cannot meet; "error inside" only where it has such an answer."""
    inside = "error inside" in getattr(peer, "replies", {})
    return [what for what in ROWS if what not in peer.without and (what != "error inside" or inside)]


async def meet(
    peer: Peer, what: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    everything_is_logged()
    caplog.set_level(logging.DEBUG)
    page = message()
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
