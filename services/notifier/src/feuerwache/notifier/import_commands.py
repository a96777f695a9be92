"""`feuerwache oncall import pagerduty | ics`: plans that were made elsewhere."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feuerwache.notifier.options import CONFIG, AsJson, Config, DryRun, GivenBy, LayerId, ScheduleId

# What a command needs is imported inside of it: `feuerwache --help` must not wait for a service's libraries.
# ruff: noqa: PLC0415
if TYPE_CHECKING:
    from pydantic import SecretStr

    from feuerwache.notifier.pagerduty.document import PagerDutySchedule, Reference

imports = typer.Typer(no_args_is_help=True, help="Plans that were made elsewhere: PagerDuty, a calendar.")
#: How far PagerDuty is asked to say who is on call, to compare with what we made of it.
COMPARED = timedelta(days=28)


@imports.command("pagerduty")
def pagerduty(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]…", help="Answers of GET /schedules/{id}.")
    ] = None,
    *,
    schedule_id: Annotated[list[str] | None, typer.Option("--id", help="Ask the API for this schedule.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Ask the API for all schedules.")] = False,
    said: Annotated[list[str] | None, typer.Option("--map", metavar="USER=PERSON", help="Who is who.")] = None,
    layer: Annotated[str, typer.Option(help="What the layer is called here.")] = "first",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Default: standard output.")] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="Holds the API token (or FEUERWACHE_PAGERDUTY_TOKEN).")
    ] = None,
    address: Annotated[str, typer.Option(help="In the EU: https://api.eu.pagerduty.com")] = "https://api.pagerduty.com",
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Schedules of PagerDuty as a schedules.yaml, and in words what could not be translated.

    From files, or from the API with a read-only token. Users are found in people.yaml by mail address (from the API) or
    name, or by --map. What PagerDuty itself says about the next 28 days is compared with what was made of it. Exit code
    1 when anything was lost or differs: read the notes before you use the file.

    Examples: feuerwache oncall import pagerduty schedule-PI7DH85.json -o schedules.yaml

    FEUERWACHE_PAGERDUTY_TOKEN=… feuerwache oncall import pagerduty --all --map PXPGF42=anna.bergmann
    """
    from feuerwache.common.config.source import ConfigError
    from feuerwache.notifier import asking
    from feuerwache.notifier.pagerduty import people as persons_of
    from feuerwache.notifier.pagerduty.precedence import translated
    from feuerwache.notifier.pagerduty.yaml import dump

    if bool(files) == bool(schedule_id or every):
        asking.usage("give files, or --id or --all to ask the API", "FILE")
    house = asking.directory(config)
    present = asking.now()
    if files:
        sources = [_from_file(path) for path in files]
        users = persons_of.users_of(sources)
    else:
        since, until = present.isoformat(), (present + COMPARED).isoformat()
        asked = _from_api(_token(token_file), address, None if every else schedule_id, since, until)
        sources, users = asked
    mapped = {}
    for pair in said or ():
        user, _, person = pair.partition("=")
        mapped[user] = asking.person(house.people, person, "--map").id
    persons, strangers = persons_of.match(users, house.people, mapped)
    made, lost, notes = [], [], list(strangers)
    for source in sources:
        done, wrong = translated(source, persons, present, layer)
        lost += [f"{source.title}: {text}" for text in done.untold]
        notes += [f"{source.title}: {text}" for text in done.notes]
        if done.schedule is not None:
            made.append(done.schedule)
            lost += [f"{source.title}: {text}" for text in wrong]
    try:
        text = dump(made)
    except ConfigError as error:
        asking.stop(str(error), asking.EX_REFUSED)
    if as_json:
        document = {"schedules": made, "not_translated": lost, "notes": notes}
        typer.echo(json.dumps(document, ensure_ascii=False, default=str))
    elif output is not None:
        output.write_text(text)
        typer.echo(f"Written: {output} ({len(made)} schedules)", err=True)
    else:
        sys.stdout.write(text)
    for note in notes:
        typer.echo(f"note: {note}", err=True)
    for text in lost:
        typer.echo(f"NOT TRANSLATED: {text}", err=True)
    raise typer.Exit(asking.EX_REFUSED if lost or strangers or not made else 0)


@imports.command("ics")
def ics(
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="A calendar (RFC 5545).")],
    *,
    given_by: GivenBy,
    person: Annotated[str | None, typer.Option(metavar="ID", help="All events are shifts of this person.")] = None,
    schedule: ScheduleId = None,
    layer: LayerId = None,
    start: Annotated[str, typer.Option("--from", help="From when on.")] = "now",
    days: Annotated[int, typer.Option(min=1, max=730, help="How far ahead.")] = 90,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """The events of a calendar become the shifts of a layer: who is planned there is on call, above the schedule.

    Whose shift an event is: --person; else the mail address that takes part; else the name in its title. Read the same
    calendar again, and what has changed changes here, what is gone is taken back.

    Example: feuerwache oncall import ics https://calendar.example/weekends.ics --as kaethe.gross --dry-run
    """
    from feuerwache.notifier import asking
    from feuerwache.notifier.exception import Place
    from feuerwache.notifier.exception_commands import put_and_tell
    from feuerwache.notifier.ical.importing import shifts

    house = asking.directory(config)
    one = asking.one_schedule(house, schedule)
    where = asking.one_layer(one, layer)
    actor = asking.actor(house.people, given_by)
    if person is not None:
        asking.person(house.people, person, "--person")
    present = asking.now()
    begin = asking.moment(start, one.zone, present, "--from")
    raw = asking.calendar(source)
    known = asking.on_record()
    made = asking.understood(
        lambda: shifts(
            raw,
            source,
            begin,
            begin + timedelta(days=days),
            place=Place(one.id, where.id),
            people=house.people,
            zone=one.zone,
            actor=actor,
            known=known,
            person=person,
        )
    )
    put_and_tell(house, [one], made, known, dry_run=dry_run, as_json=as_json)


def _from_file(path: Path) -> PagerDutySchedule:
    from pydantic import ValidationError

    from feuerwache.notifier import asking
    from feuerwache.notifier.pagerduty.document import Answer

    try:
        return Answer.model_validate_json(path.read_bytes()).schedule
    except OSError as error:
        asking.stop(f"{path} cannot be read: {error.strerror}", asking.EX_USAGE)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        asking.stop(f"{path} is no answer of GET /schedules/{{id}}: {where}: {first['msg']}", asking.EX_USAGE)


def _from_api(
    token: SecretStr, address: str, ids: list[str] | None, since: str, until: str
) -> tuple[list[PagerDutySchedule], dict[str, Reference]]:
    from feuerwache.common.http.guard import AddressGuard
    from feuerwache.notifier import asking
    from feuerwache.notifier.pagerduty.api import PagerDuty
    from feuerwache.notifier.pagerduty.people import users_of
    from feuerwache.notifier.settings import NotifierSettings

    guard = AddressGuard(NotifierSettings.from_environment().http_allow)

    async def asked() -> tuple[list[PagerDutySchedule], dict[str, Reference]]:
        async with PagerDuty(token, guard, address=address) as remote:
            wanted = await remote.list_ids() if ids is None else ids
            found = [await remote.schedule(each, since, until) for each in wanted]
            users = users_of(found)
            return found, {
                user_id: user if user.deleted_at else await remote.user(user_id) for user_id, user in users.items()
            }

    return asking.run(asked())


def _token(path: Path | None) -> SecretStr:
    import os

    from pydantic import SecretStr

    from feuerwache.notifier import asking

    try:
        text = path.read_text().strip() if path is not None else os.environ.get("FEUERWACHE_PAGERDUTY_TOKEN", "")
    except OSError as error:
        asking.stop(f"{path} cannot be read: {error.strerror}", asking.EX_USAGE)
    if not text:
        asking.usage("the API needs a token: FEUERWACHE_PAGERDUTY_TOKEN, or", "--token-file")
    return SecretStr(text)


def add_to(app: typer.Typer) -> None:
    app.add_typer(imports, name="import")
