"""`feuerwache replay`: a recording through the real services, on a stack of its own whose clock runs faster.

It begins at the recording's first instant with everything empty, sends each line when its time has come, and goes on
until nothing is due any more. What came of it is read from the topics, as anybody could.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console

from feuerwache.cli.simulate.recording import Recording
from feuerwache.cli.simulate.report import Report
from feuerwache.cli.simulate.station import Station
from feuerwache.cli.simulate.usual import Usual
from feuerwache.common.clock import Clock
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.incident import Acknowledge, IncidentState
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.incidents.register import give
from feuerwache.local import credentials
from feuerwache.local.demo import picture
from feuerwache.local.demo.flow import REACHED, Flow, follow
from feuerwache.local.demo.player import Player
from feuerwache.local.demo.script import Line
from feuerwache.local.fresh import LEAD_FACTOR, LEAD_SECONDS, fast_settings, launch_fresh, until
from feuerwache.local.invariant import settled
from feuerwache.local.ledger import Ledger
from feuerwache.local.places import Places
from feuerwache.local.plan import FastClock, Plan
from feuerwache.local.progress import Reporter
from feuerwache.local.replay_books import report_of
from feuerwache.local.services import WITHOUT_PLATFORMS

NAME = "replay"
LINE_SECONDS = 5.0
#: Real seconds that everything under way is given to arrive, once nothing is due any more.
GRACE_SECONDS = 4.0
#: So much real time may pass beyond what the clock says: the services may be a little behind.
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.2
#: The states in which time alone does something.
WAITING = frozenset({IncidentState.TRIGGERED, IncidentState.REOPENED, IncidentState.SNOOZED})


@dataclass(frozen=True, slots=True)
class Options:
    """`speed` is civil seconds per real one; `answer`: how long after being reached the first person takes over.

    `kafka` and `redis` None are embedded ones of its own; given ones must be empty.
    """

    root: Path
    config: Path
    baseline: Path | None = None
    speed: float = 60.0
    answer: timedelta | None = None
    after: timedelta = timedelta(hours=2)
    kafka: str | None = None
    redis: str | None = None


class Replay:
    """One run; `run` returns what came of it. The stack is ended before it returns, whatever happens."""

    def __init__(self, options: Options, station: Station, reporter: Reporter, console: Console) -> None:
        self._options = options
        self._station = station
        self._reporter = reporter
        self._console = console
        self._flow = Flow()

    async def run(self, name: str, recording: Recording, usual: Usual) -> Report:
        """Raises `StackFailed`, `NotTaken`."""
        options = self._options
        clock = FastClock(
            start=recording.begin, factor=options.speed, lead_seconds=LEAD_SECONDS, lead_factor=LEAD_FACTOR
        )
        first = (("baseline", "import", str(options.baseline.resolve())),) if options.baseline is not None else ()
        plan = Plan(
            root=options.root,
            name=NAME,
            kafka=options.kafka,
            redis=options.redis,
            clock=clock,
            first=first,
            only=WITHOUT_PLATFORMS,
            config=options.config.resolve(),
        )
        handle = launch_fresh(plan, self._reporter)
        try:
            known = await asyncio.to_thread(handle.wait_ready, self._reporter.say)
            settings = fast_settings(known, clock)
            player = self._player(recording, known, settings)
            self._reporter.say(
                f"Playing {len(recording.lines):,} events; the clock runs {options.speed:g} times as fast."
            )
            await self._played(recording, player, settings)
            return await report_of(
                name,
                recording,
                self._station,
                settings,
                flow=self._flow,
                sent=player.sent,
                verdict=await settled(settings),
                usual=usual,
                until=settings.clock().now(),
            )
        finally:
            self._reporter.say("Ending the services, then Redis and Kafka …")
            await asyncio.to_thread(handle.stop)

    def _player(self, recording: Recording, known: Ledger, settings: CommonSettings) -> Player:
        secrets = credentials.kept(Places(self._options.root, NAME).secrets, self._options.config)
        lines = [Line(line.at, line.integration.id, line.body) for line in recording.lines]
        return Player(lines, known.ingest, secrets, settings.clock())

    async def _played(self, recording: Recording, player: Player, settings: CommonSettings) -> None:
        """Sends the lines and waits until everything has come that must still come."""
        clock = settings.clock()
        watching: list[Coroutine[Any, Any, None]] = [follow(settings, self._flow), self._show(clock)]
        if self._options.answer is not None:
            watching.append(self._answer(self._options.answer, settings, clock))
        try:
            async with asyncio.TaskGroup() as tasks:
                background = [tasks.create_task(work) for work in watching]
                await player.play()
                await settled(settings)
                await self._calm(recording.end, clock)
                for task in background:
                    task.cancel()
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _calm(self, end: datetime, clock: Clock) -> None:
        """Until no step is due before the end of the run; detectors are given the window after the last line."""
        last = end + self._options.after

        def calm() -> bool:
            if clock.now() > last:
                return True
            waiting = [one.due_at for one in self._flow.incidents.values() if one.state in WAITING]
            return not any(due is not None and due <= last for due in waiting)

        longest = self._options.after.total_seconds() / self._options.speed + PATIENCE_SECONDS
        await asyncio.sleep(GRACE_SECONDS)
        await until(calm, longest)
        await asyncio.sleep(GRACE_SECONDS)

    async def _answer(self, delay: timedelta, settings: CommonSettings, clock: Clock) -> None:
        """Takes over what somebody was reached about, so long after the first one was."""
        answered: set[UUID] = set()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for incident in list(self._flow.incidents.values()):
                reached = [one for one in self._flow.paged(incident.incident_id) if one.status in REACHED]
                person = reached[0].recipient if reached else None
                if person is None or incident.incident_id in answered or reached[0].at + delay > clock.now():
                    continue
                answered.add(incident.incident_id)
                actor = Actor(person_id=person, via=Via.LINK)
                await give(settings, incident, Acknowledge(incident_id=incident.incident_id, actor=actor))

    async def _show(self, clock: Clock) -> None:
        while True:
            self._console.print(picture.line(clock.now(), self._flow), highlight=False, soft_wrap=True)
            await asyncio.sleep(LINE_SECONDS)
