"""The demo from beginning to end: own data, own stack, own clock; play, watch, answer, check, tell."""

from __future__ import annotations

import asyncio
import csv
import json
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from feuerwache.common.clock import Clock
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.settings import CommonSettings
from feuerwache.local import credentials, tables
from feuerwache.local.demo import picture
from feuerwache.local.demo.flow import Flow, follow
from feuerwache.local.demo.manager import Manager
from feuerwache.local.demo.player import Player
from feuerwache.local.demo.script import Line, own_posts, written_night
from feuerwache.local.demo.summary import Summary, Timing, main_incident, summarise
from feuerwache.local.demo.written import weeks_beside, write_lines
from feuerwache.local.fresh import LEAD_FACTOR, LEAD_SECONDS, fast_settings, launch_fresh, until
from feuerwache.local.handle import Handle, resident_mb
from feuerwache.local.invariant import Verdict, settled
from feuerwache.local.ledger import Ledger
from feuerwache.local.night import BEGIN, ordinary_weeks
from feuerwache.local.places import Places
from feuerwache.local.plan import FastClock, Plan
from feuerwache.local.progress import TerminalReporter
from feuerwache.local.services import WITHOUT_PLATFORMS

NAME = "demo"
#: Real seconds to wait for what must still come once the script is over.
ACKNOWLEDGED_SECONDS, RESOLVED_SECONDS = 45.0, 30.0
REFRESH_SECONDS, LINE_SECONDS = 0.25, 5.0


@dataclass(frozen=True, slots=True)
class Options:
    """`own` plays a file instead of the night, over `span` of civil time. `speed` is civil seconds per real one."""

    root: Path
    own: Path | None = None
    span: timedelta = timedelta(hours=2)
    speed: float = 120.0
    keep: bool = False


class Demo:
    """One run. `run` returns the exit code."""

    def __init__(self, options: Options, console: Console) -> None:
        self._options = options
        self._console = console
        self._reporter = TerminalReporter(console)
        self._places = Places(options.root, NAME)
        self._began = time.monotonic()
        self._resident = 0.0
        self._ready_after = 0.0
        self._flow = Flow()
        self._clock = FastClock(start=BEGIN, factor=options.speed, lead_seconds=LEAD_SECONDS, lead_factor=LEAD_FACTOR)

    async def run(self) -> int:
        script = script_of(self._options)
        handle = self._launch()
        try:
            known = await asyncio.to_thread(handle.wait_ready, self._reporter.say)
            self._ready_after = time.monotonic() - self._began
            summary = await self._play(known, handle, script)
        except BaseException:
            handle.stop()
            raise
        if self._options.keep:
            self._console.print(tables.addresses(known))
            self._console.print("Everything keeps running; feuerwache down ends it.")
        else:
            self._reporter.say("Ending the services, then Redis and Kafka …")
            await asyncio.to_thread(handle.stop)
        return 1 if summary.problems else 0

    def _launch(self) -> Handle:
        """A stack with nothing in it from an earlier demo, and with four ordinary weeks behind it."""
        weeks = self._places.home / "ordinary-weeks.csv"
        plan = Plan(
            root=self._options.root,
            name=NAME,
            clock=self._clock,
            first=(("baseline", "import", str(weeks)),),
            only=WITHOUT_PLATFORMS,
            lifeline=not self._options.keep,
        )
        return launch_fresh(plan, self._reporter, lambda: write_weeks(weeks))

    async def _play(self, known: Ledger, handle: Handle, script: list[Line]) -> Summary:
        settings = fast_settings(known, self._clock)
        clock = settings.clock()
        secrets = credentials.kept(self._places.secrets, self._options.root / "config")
        manager = Manager(self._places.mail, secrets.link_secret.encode(), clock)
        player = Player(script, known.ingest, secrets, clock)
        total = sum(line.is_post for line in script)
        self._reporter.say(f"Playing {total:,} posts; the clock runs {self._options.speed:g} times as fast.")
        watching = [
            follow(settings, self._flow),
            manager.watch(),
            self._show(clock, total, player, manager),
            self._measure(handle),
        ]
        try:
            verdict = await self._watched(settings, manager, player, watching)
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        timing = Timing(
            seconds=time.monotonic() - self._began,
            seconds_to_first_page=None if manager.first_mail_at is None else manager.first_mail_at - self._began,
            resident_mb=self._resident,
            services_ready_seconds=self._ready_after,
        )
        summary = summarise(verdict, self._flow, player.sent, timing, night=self._options.own is None)
        path = self._places.home / "summary.json"
        path.write_text(json.dumps(summary.figures, indent=1, ensure_ascii=False), "utf-8")
        self._tell(summary, path)
        return summary

    async def _watched(
        self, settings: CommonSettings, manager: Manager, player: Player, watching: list[Coroutine[Any, Any, None]]
    ) -> Verdict:
        """Plays the script, waits for what must follow and checks it, while the other work goes on."""
        async with asyncio.TaskGroup() as tasks:
            background = [tasks.create_task(work) for work in watching]
            await player.play()
            await self._finish(manager)
            verdict = await settled(settings)
            for task in background:
                task.cancel()
        return verdict

    async def _finish(self, manager: Manager) -> None:
        """After the last post: until somebody has taken over the fire, and until all that burnt is resolved."""
        flow = self._flow

        def taken_over() -> bool:
            fire = main_incident(list(flow.incidents.values()))
            return fire is None or fire.acknowledged_at is not None

        def open_incidents() -> list[Incident]:
            return [one for one in flow.incidents.values() if one.state is not IncidentState.RESOLVED]

        async def resolved() -> bool:
            for incident in open_incidents():
                if incident.incident_id not in asked and await manager.resolve(incident.incident_id):
                    asked.add(incident.incident_id)
            return not open_incidents()

        asked: set[object] = set()
        await until(taken_over, ACKNOWLEDGED_SECONDS)
        await until(resolved, RESOLVED_SECONDS)

    async def _show(self, clock: Clock, total: int, player: Player, manager: Manager) -> None:
        shown = 0

        def letters() -> None:
            nonlocal shown
            for mail in manager.mails[shown:2]:
                self._console.print(picture.letter(mail))
            shown = max(shown, len(manager.mails))

        if not self._console.is_terminal:
            while True:
                letters()
                self._console.print(picture.line(clock.now(), self._flow), highlight=False, soft_wrap=True)
                await asyncio.sleep(LINE_SECONDS)
        with Live(console=self._console, auto_refresh=False) as live:
            while True:
                letters()
                view = picture.picture(clock.now(), total, player.sent, self._flow, manager.mails)
                live.update(view, refresh=True)
                await asyncio.sleep(REFRESH_SECONDS)

    async def _measure(self, handle: Handle) -> None:
        while True:
            known = handle.ledger()
            if known is not None:
                self._resident = max(self._resident, await asyncio.to_thread(resident_mb, known))
            await asyncio.sleep(1.0)

    def _tell(self, summary: Summary, path: Path) -> None:
        for incident in sorted(self._flow.incidents.values(), key=lambda one: one.opened_at):
            self._console.print(picture.story(incident, self._flow))
        table = Table(title="What came of it", title_justify="left", show_header=False)
        for name, value in summary.figures.items():
            if not isinstance(value, dict | list):
                table.add_row(name.replace("_", " "), "–" if value is None else str(value))
        self._console.print(table)
        for name, place in (
            ("figures", path),
            ("mails", self._places.mail),
            ("logs", self._places.logs),
        ):
            self._console.print(f"{name:8} {place}", highlight=False, soft_wrap=True)
        for line in summary.put_aside:
            self._console.print(f"Put aside: {line}", style="yellow", highlight=False, markup=False)
        for problem in summary.problems:
            self._console.print(f"Not as it must be: {problem}", style="red", highlight=False)
        if not summary.problems:
            self._console.print("Nothing lost, nothing twice.", style="green")


def script_of(options: Options) -> list[Line]:
    """What is to be played. Raises `BadInput`."""
    if options.own is not None:
        return own_posts(options.own, BEGIN, options.span)
    return written_night()


def write_script(path: Path, options: Options) -> tuple[Path, Path]:
    """Writes the posts to `path` and the weeks before them beside it; returns both."""
    write_lines(path, script_of(options), options.root / "config")
    write_weeks(weeks_beside(path))
    return path, weeks_beside(path)


def write_weeks(path: Path) -> None:
    """Four ordinary weeks before the night as CSV: what `feuerwache baseline import` reads."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["community", "start", "posts", "negative"])
        for count in ordinary_weeks(BEGIN):
            writer.writerow([count.community, count.start.isoformat(), count.posts, count.negative])
