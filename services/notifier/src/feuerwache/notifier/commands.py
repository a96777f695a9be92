"""`feuerwache oncall …`: who is reached, when, by the files and, if asked for, the overrides on record."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

# What a command needs is imported inside of it: `feuerwache --help` must not wait for a service's libraries.
if TYPE_CHECKING:
    from feuerwache.common.config.people import People
    from feuerwache.common.events.oncall import OnCallOverridden
    from feuerwache.notifier.schedule.model import Schedule, Schedules

app = typer.Typer(no_args_is_help=True)
oncall = typer.Typer(no_args_is_help=True, help="Who is on call: at an instant, and over the next days.")
app.add_typer(oncall, name="oncall")

Config = Annotated[Path, typer.Option("--config", help="The configuration directory.")]
ScheduleId = Annotated[str | None, typer.Option("--schedule", help="Only this schedule.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
WithOverrides = Annotated[bool, typer.Option("--overrides", help="With the overrides on record (asks Kafka).")]
CONFIG = Path("config")
INSTANT = "2026-11-14T21:00 by the schedule's clock, or with an offset. Default: now."


@oncall.command("who")
def who_is(
    *,
    at: Annotated[str | None, typer.Option(help=INSTANT)] = None,
    config: Config = CONFIG,
    schedule: ScheduleId = None,
    overrides: WithOverrides = False,
    as_json: AsJson = False,
) -> None:
    """Who is on call at an instant, layer by layer. Exit code 1 when a layer has nobody.

    Example: feuerwache oncall who --at 2026-11-14T21:00
    """
    from feuerwache.notifier.schedule.oncall import who  # noqa: PLC0415 - see above

    people, schedules = _load(config)
    exceptions = _overrides() if overrides else ()
    rows = []
    for one in _wanted(schedules, schedule):
        instant = _instant(at, one)
        for layer in one.layers:
            found = who(one, layer.id, instant, exceptions)
            rows.append({"schedule": one.id, "layer": layer.id, "at": instant.isoformat(), "people": list(found)})
            if not as_json:
                typer.echo(f"{one.id}/{layer.id}: {_names(people, found)}")
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
    raise typer.Exit(0 if all(row["people"] for row in rows) else 1)


@oncall.command("calendar")
def calendar(
    *,
    start: Annotated[str | None, typer.Option("--from", help=INSTANT)] = None,
    days: Annotated[int, typer.Option(min=1, max=400, help="How many days.")] = 14,
    config: Config = CONFIG,
    schedule: ScheduleId = None,
    overrides: WithOverrides = False,
    as_json: AsJson = False,
) -> None:
    """Who is on call over the next days: one row per turn, hours without anybody included.

    Example: feuerwache oncall calendar --days 28 --json
    """
    from feuerwache.notifier.schedule.oncall import turns  # noqa: PLC0415 - see above

    people, schedules = _load(config)
    exceptions = _overrides() if overrides else ()
    rows = []
    for one in _wanted(schedules, schedule):
        first = _instant(start, one)
        for layer in one.layers:
            for turn in turns(one, layer.id, first, first + timedelta(days=days), exceptions):
                left, right = (edge.astimezone(one.zone) for edge in (turn.start, turn.end))
                hours = round((turn.end - turn.start).total_seconds() / 3600, 2)
                rows.append((one.id, layer.id, left, right, hours, turn.people))
    if as_json:
        keys = ("schedule", "layer", "from", "to", "hours", "people")
        typer.echo(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], default=_plain, ensure_ascii=False))
        return
    _table([(name, layer, left, right, hours, _names(people, ids)) for name, layer, left, right, hours, ids in rows])


def _table(rows: Sequence[tuple[str, str, datetime, datetime, float, str]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - see above
    from rich.table import Table  # noqa: PLC0415 - see above

    table = Table("schedule", "layer", "from", "to", "hours", "on call")
    for name, layer, left, right, hours, names in rows:
        table.add_row(name, layer, f"{left:%a %d %b %Y %H:%M}", f"{right:%a %d %b %Y %H:%M}", f"{hours:g}", names)
    Console().print(table)


def _load(config: Path) -> tuple[People, Schedules]:
    """Raises `ConfigError`, which the root command prints with file and line."""
    from feuerwache.common.config.people import load_people  # noqa: PLC0415 - see above
    from feuerwache.notifier.schedule.model import load_schedules  # noqa: PLC0415 - see above

    people = load_people(config)
    return people, load_schedules(config, people)


def _wanted(schedules: Schedules, schedule_id: str | None) -> Iterator[Schedule]:
    wanted = [one for one in schedules.schedules if schedule_id in (None, one.id)]
    if not wanted:
        known = ", ".join(one.id for one in schedules.schedules)
        raise typer.BadParameter(f"no schedule {schedule_id!r}; there is: {known}", param_hint="--schedule")
    yield from wanted


def _instant(text: str | None, schedule: Schedule) -> datetime:
    if text is None:
        return datetime.now(UTC).astimezone(schedule.zone)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no date and time; write {INSTANT}") from error
    return moment.replace(tzinfo=schedule.zone) if moment.tzinfo is None else moment


def _overrides() -> tuple[OnCallOverridden, ...]:
    from feuerwache.common.settings import CommonSettings  # noqa: PLC0415 - see above
    from feuerwache.notifier.overrides import read_overrides  # noqa: PLC0415 - see above

    return asyncio.run(read_overrides(CommonSettings.from_environment()))


def _names(people: People, ids: Sequence[str]) -> str:
    return ", ".join(person.name for person in map(people.person, ids) if person is not None) or "nobody"


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
