"""What `simulate` and `replay` share: configuration and recording read with a bar, the report told as it is wanted."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from feuerwache.cli.simulate.page import render
from feuerwache.cli.simulate.recording import Recording, read
from feuerwache.cli.simulate.report import Report
from feuerwache.cli.simulate.simulation import simulate
from feuerwache.cli.simulate.station import Station, load_station
from feuerwache.cli.simulate.table import show
from feuerwache.cli.simulate.weekend import Circumstances
from feuerwache.common.config.duration import parse
from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.vocabulary import Language
from feuerwache.escalation.crisis.csvfile import read_counts
from feuerwache.escalation.crisis.settings import CrisisSettings
from feuerwache.escalation.rules.judging.judging import Options
from feuerwache.escalation.rules.settings import RulesSettings


class NotWritable(FeuerwacheError):  # noqa: N818 - it names what was found
    """The page cannot be written where it is wanted."""


class BadSpan(FeuerwacheError):  # noqa: N818 - it names what was given
    """Not a span of time."""


@dataclass(frozen=True, slots=True)
class Session:
    """A recording and everything under which it is played. `name` is what the report calls it."""

    name: str
    station: Station
    recording: Recording
    circumstances: Circumstances

    def simulated(self, console: Console, processes: int | None = 1) -> Report:
        """Plays it through the pure cores, with a bar on this console."""
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("Simulating", total=len(self.recording.lines))
            return simulate(
                self.name,
                self.recording,
                self.station,
                self.circumstances,
                lambda done: progress.advance(task, done),
                processes=processes,
            )


def prepare(
    file: Path,
    config: Path,
    console: Console,
    *,
    baseline: Path | None = None,
    answer: str = "never",
    after: str = "2h",
    overrides: bool = False,
    integration: str | None = None,
    batch: int = 5,
) -> Session:
    """Reads everything; the rules' and the detectors' settings come from the environment, as the services take them.

    Raises `ConfigError`, `NothingToRead`, `BadFile`, `BadSpan`; with `overrides`, which are asked of Kafka,
    `TransientError`.
    """
    rules, crisis = RulesSettings.from_environment(), CrisisSettings.from_environment()
    circumstances = Circumstances(
        counts=read_counts(baseline) if baseline is not None else (),
        overrides=_overrides() if overrides else (),
        answer=None if answer == "never" else span(answer),
        after=span(after),
        shards=rules.shards,
        options=Options(report_threshold=rules.rules_report_threshold, label_threshold=rules.rules_label_threshold),
        false_alarms_per_week=crisis.crisis_false_alarms_per_week,
        batch=timedelta(seconds=batch),
    )
    station = load_station(config)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Reading", total=file.stat().st_size if file.is_file() else None)
        recording = read(file, station.integrations, integration, lambda size: progress.advance(task, size))
    return Session(file.name, station, recording, circumstances)


def tell(report: Report, console: Console, *, as_json: bool, html: Path | None, language: Language) -> None:
    """On standard output as a table or as JSON, and as a page where one is wanted."""
    if html is not None:
        html.write_text(render(report, language), "utf-8")
    if as_json:
        console.out(report.model_dump_json(indent=1), highlight=False)
    else:
        show(report, console)


def writable(page: Path | None) -> None:
    """Said before the work is done. Raises `NotWritable`."""
    if page is None:
        return
    if page.is_dir() or not page.parent.is_dir():
        raise NotWritable(f"--html {page}: {'is a folder' if page.is_dir() else 'there is no such folder'}")
    if not os.access(page if page.exists() else page.parent, os.W_OK):
        raise NotWritable(f"--html {page}: may not be written")


def span(text: str) -> timedelta:
    """`90s`, `7m`, `2h`, as in the policies. Raises `BadSpan`."""
    try:
        length = parse(text)
    except ValueError as error:
        raise BadSpan(str(error)) from error
    assert isinstance(length, timedelta)
    return length


def _overrides() -> tuple[OnCallOverridden, ...]:
    """Who stands in for whom, as Kafka has it."""
    from feuerwache.common.settings import CommonSettings  # noqa: PLC0415 - who does not ask Kafka needs no client
    from feuerwache.notifier.overrides import read_overrides  # noqa: PLC0415

    return asyncio.run(read_overrides(CommonSettings.from_environment()))
