"""`feuerwache page test | drill`: whether a page would really reach people, tried on the running notifier."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feuerwache.notifier.options import CONFIG, AsJson, Config

# What a command needs is imported inside of it: `feuerwache --help` must not wait for a service's libraries.
if TYPE_CHECKING:
    from feuerwache.common.config.people import Person
    from feuerwache.notifier.drill.drill import Report, Trial

page = typer.Typer(no_args_is_help=True, help="Drills: whether a page would really reach people.")

Channel = Annotated[
    str | None, typer.Option("--channel", metavar="NAME", help="Only this one: sms, or sms:2 for the second.")
]
Within = Annotated[float, typer.Option("--within", min=1, max=3600, help="Seconds to wait for the providers.")]


@page.command("test")
def test(
    *,
    person: Annotated[str, typer.Option("--person", metavar="ID", help="Whom; as in people.yaml.")],
    channel: Channel = None,
    within: Within = 60,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Sends a drill to each contact of one person, waits, and prints what came of it. Exit code 0: all were reached.

    Example: feuerwache page test --person anna.bergmann --channel sms
    """
    _run(_people(config, [person], ()), channel, within, as_json=as_json)


@page.command("drill")
def drill(
    *,
    person: Annotated[list[str] | None, typer.Option("--person", metavar="ID", help="Whom (repeatable).")] = None,
    team: Annotated[list[str] | None, typer.Option("--team", metavar="ID", help="A whole team (repeatable).")] = None,
    channel: Channel = None,
    within: Within = 120,
    config: Config = CONFIG,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    as_json: AsJson = False,
) -> None:
    """The monthly drill: every contact of everybody (or of the named ones) at once, and a report.

    Exit code 1 when a contact was not reached. Example: feuerwache page drill --yes --json > drill.json
    """
    people = _people(config, person or (), team or ())
    if not yes:
        names = ", ".join(one.name for one in people)
        typer.confirm(f"This pages {names}. Now?", abort=True, err=True)
    _run(people, channel, within, as_json=as_json)


def _people(config: Path, persons: Sequence[str], teams: Sequence[str]) -> list[Person]:
    """Those that are named; everybody if nobody is."""
    from feuerwache.common.config.people import load_people  # noqa: PLC0415 - see above

    people = load_people(config)
    ids = list(persons)
    for team_id in teams:
        team = people.team(team_id)
        if team is None:
            raise typer.BadParameter(f"no team {team_id!r} in people.yaml", param_hint="--team")
        ids += team.members
    found = []
    for person_id in dict.fromkeys(ids):
        one = people.person(person_id)
        if one is None:
            known = ", ".join(each.id for each in people.people)
            raise typer.BadParameter(f"no person {person_id!r}; there is: {known}", param_hint="--person")
        found.append(one)
    return found or list(people.people)


def _run(people: Sequence[Person], channel: str | None, within: float, *, as_json: bool) -> None:
    from datetime import timedelta  # noqa: PLC0415 - see above

    from feuerwache.common.errors import FatalError, FeuerwacheError  # noqa: PLC0415 - see above
    from feuerwache.common.settings import CommonSettings  # noqa: PLC0415 - see above
    from feuerwache.notifier.drill.drill import trials  # noqa: PLC0415 - see above
    from feuerwache.notifier.drill.running import drill as run_drill  # noqa: PLC0415 - see above

    wanted = trials(people, channel)
    if not wanted:
        raise typer.BadParameter(f"none of them has a contact {channel!r}", param_hint="--channel")
    say = (lambda _: None) if as_json else _line
    try:
        report = asyncio.run(run_drill(CommonSettings.from_environment(), wanted, timedelta(seconds=within), say))
    except FeuerwacheError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code if isinstance(error, FatalError) else 1) from error
    if as_json:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        _sum_up(report)
    raise typer.Exit(0 if report.whole else 1)


def _line(trial: Trial) -> None:
    after = f" after {trial.seconds:.1f} s" if trial.seconds is not None else ""
    why = f": {trial.reason}" if trial.reason and not trial.reached else ""
    typer.echo(f"{trial.name}, {trial.contact}: {trial.status}{after}{why}")


def _sum_up(report: Report) -> None:
    for trial in report.trials:
        if not trial.ended:
            _line(trial)
    reached = sum(trial.reached for trial in report.trials)
    typer.echo(f"{reached} of {len(report.trials)} contacts reached")
    if report.unreached_people:
        typer.echo(f"Nothing reached: {', '.join(report.unreached_people)}")
