"""Posts come in over HTTP while every service of a running stack is killed, one after the other; then the books.

Ingest is killed too: what it had not acknowledged is sent again, as a platform would. The supervisor starts each
killed service anew; the next one dies when the last is ready again. On request the groups of the runner are made to
rebalance all the while.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from uuid import uuid4

from chaos.intruder import intrude_everywhere
from feuerwache.common.clock import SystemClock
from feuerwache.common.settings import CommonSettings
from feuerwache.local import credentials, ledger
from feuerwache.local.demo.player import Player, Sent
from feuerwache.local.demo.script import Line, own_posts
from feuerwache.local.handle import launch
from feuerwache.local.invariant import Verdict, read, settled
from feuerwache.local.ledger import Ledger, Running
from feuerwache.local.places import Places
from feuerwache.local.plan import Plan
from feuerwache.local.progress import Silent
from feuerwache.local.services import SERVICES

#: Real seconds over which the posts of one kill are spread.
SECONDS_PER_KILL = 12.0
#: And of one rebalance: three groups side by side, whose members notice at their next heartbeat.
SECONDS_PER_REBALANCE = 1.0
READY_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What was sent, how long each killed service was away (real seconds), and what the books say.

    `booked` are the posts of this run that stand accepted in the books; the verdict is over all of the stack's.
    """

    sent: Sent
    booked: int
    away: dict[str, float]
    rebalances: int
    verdict: Verdict

    @property
    def clean(self) -> bool:
        """Nothing lost anywhere: not between ingest's answer and the log either, and nothing put aside."""
        taken = self.sent.posts - self.sent.refused.total()
        return self.verdict.holds and 0 < taken == self.booked and self.verdict.dead_letters == 0


async def massacre(
    root: Path,
    stack: str,
    file: Path,
    *,
    names: Sequence[str],
    say: Callable[[str], None],
    posts: int | None = None,
    rebalances: int = 0,
) -> Aftermath:
    """Kills the services of these names in turn while the file's posts come in. Launches the stack if need be."""
    span = timedelta(seconds=SECONDS_PER_KILL * len(names) + SECONDS_PER_REBALANCE * rebalances)
    async with _standing(root, stack, say) as places:
        known = _known(places)
        assert known.ingest is not None and known.kafka is not None, "the stack has not said where it is"
        lines = _lines(file, span, posts)
        player = Player(
            lines,
            known.ingest,
            credentials.kept(places.secrets, root / "config"),
            SystemClock(),
        )
        settings = CommonSettings(kafka_bootstrap=known.kafka)
        playing = asyncio.create_task(player.play())
        intruding = asyncio.create_task(intrude_everywhere(settings, rebalances) if rebalances else _none())
        away: dict[str, float] = {}
        try:
            for name in names:
                await asyncio.sleep(1.0)  # some work in flight before each kill
                away[name] = await _kill(places, name)
                say(f"{name} was killed and is back after {away[name]:.1f} s")
            generations = await intruding
            say(f"{generations} rebalances, {player.sent.posts} posts sent so far")
            await playing
        finally:
            for task in (playing, intruding):
                task.cancel()
            await asyncio.wait({playing, intruding})
        say(f"{player.sent.posts} posts sent, waiting for the rest of the way …")
        verdict = await settled(settings)
        booked = {post_id for _, post_id, _ in (await read(settings)).accepted} & {_post_id(line) for line in lines}
        return Aftermath(player.sent, len(booked), away, generations, verdict)


async def _none() -> int:
    return 0


def killable() -> tuple[str, ...]:
    return tuple(service.name for service in SERVICES)


def _lines(file: Path, span: timedelta, posts: int | None) -> list[Line]:
    """The file's posts from now on, under ids of this run: a second run is not a repeat."""
    run = uuid4().hex[:8]
    lines = own_posts(file, datetime.now(UTC), span)
    chosen = lines[:: max(1, len(lines) // posts)] if posts else lines
    return [
        replace(line, body={**line.body, "post_id": f"{run}-{number}-{_post_id(line)}"})
        for number, line in enumerate(chosen)
    ]


def _post_id(line: Line) -> str:
    return str(line.body["post_id"])


@asynccontextmanager
async def _standing(root: Path, stack: str, say: Callable[[str], None]) -> AsyncIterator[Places]:
    places = Places(root, stack)
    known = ledger.read(places.home)
    if known is not None and known.alive():
        yield places
        return
    handle = await asyncio.to_thread(launch, Plan(root=root, name=stack), Silent())
    try:
        await asyncio.to_thread(handle.wait_ready, say)
        yield places
    finally:
        await asyncio.to_thread(handle.stop)


async def _kill(places: Places, name: str) -> float:
    """SIGKILL; returns after how many seconds another process of that name was ready."""
    before, began = _entry(places, name), monotonic()
    process = before.process()
    assert process is not None, f"{name} does not run"
    process.send_signal(signal.SIGKILL)
    while True:
        now = _entry(places, name)
        if now.pid != before.pid and now.ready:
            return monotonic() - began
        assert monotonic() - began < READY_SECONDS, f"{name} did not come back"
        await asyncio.sleep(0.1)


def _known(places: Places) -> Ledger:
    known = ledger.read(places.home)
    assert known is not None, "no stack runs"
    return known


def _entry(places: Places, name: str) -> Running:
    return next(entry for entry in _known(places).processes if entry.name == name)
