"""The channel in docs/how-to-add-a-channel.md is taken out of the page and goes through the whole table."""

from __future__ import annotations

import asyncio
import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from feuerwache.notifier.channels.channel import Dedup
from support.peers.peer import HttpPeer
from support.peers.rows import ROWS, meet, rows_of
from support.peers.wire import Request

PAGE = Path(__file__).parents[4] / "docs/how-to-add-a-channel.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@cache
def gong() -> HttpPeer:
    """The peer that the page ends with; pydantic looks names up in a module, so the code becomes one."""
    module = ModuleType("example_of_the_page")
    sys.modules[module.__name__] = module
    exec(compile("\n".join(BLOCK.findall(PAGE.read_text())), str(PAGE), "exec"), vars(module))
    peer = module.__dict__["GONG"]
    assert isinstance(peer, HttpPeer)
    return peer


@pytest.mark.parametrize("what", ROWS)
def test_the_example_meets_every_row(
    what: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert what in rows_of(gong())
    asyncio.run(meet(gong(), what, tmp_path, caplog, capfd))


def test_the_example_is_what_the_page_says_about_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with gong().case("success", tmp_path) as case:
            assert case.channel.dedup is Dedup.MESSAGE_ID
            outcome = await case.send()
        assert outcome.provider_id == "7"

    asyncio.run(main())


def test_a_request_that_is_not_as_documented_is_a_complaint(tmp_path: Path) -> None:
    """The table's peers look: without this, a `check` that nobody calls would pass everything."""

    def never(request: Request) -> None:
        raise AssertionError(f"{request.method} is not documented")

    async def main() -> None:
        example = gong()
        peer = HttpPeer(example.name, example.make, never, example.secrets, example.success)
        async with peer.case("success", tmp_path) as case:
            assert not (await case.send()).success
            assert case.complaints == ["AssertionError: POST is not documented"]

    asyncio.run(main())
