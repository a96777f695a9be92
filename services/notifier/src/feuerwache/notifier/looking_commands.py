"""`feuerwache oncall who | calendar | fairness | export | address | token`: looking, and showing it to others."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from feuerwache.notifier.options import CONFIG, AsJson, Config, ScheduleId, WithOverrides, Zone

# What a command needs is imported inside of it: `feuerwache --help` must not wait for a service's libraries.
# ruff: noqa: PLC0415

INSTANT = "2026-11-14T21:00 by the schedule's clock, with an offset, a date, a duration such as 3h, or now."
Person = Annotated[str | None, typer.Option("--person", metavar="ID", help="Only this person.")]


def who(
    *,
    at: Annotated[str, typer.Option(help=INSTANT)] = "now",
    config: Config = CONFIG,
    schedule: ScheduleId = None,
    zone: Zone = None,
    overrides: WithOverrides = False,
    as_json: AsJson = False,
) -> None:
    """Who is on call at an instant, layer by layer, and until when. Exit code 1 when a layer has nobody.

    With --overrides it also says who of them, or of those that come on next, was called at night and should rest then.

    Examples: feuerwache oncall who --overrides

    feuerwache oncall who --at 2026-11-14T21:00 --json | jq -r '.[] | select(.layer == "first") | .people[]'
    """
    from feuerwache.notifier import asking
    from feuerwache.notifier.duty import until
    from feuerwache.notifier.rest import short_of_rest
    from feuerwache.notifier.roster.wording import moment as said
    from feuerwache.notifier.schedule.oncall import who as found_in

    house = asking.directory(config)
    exceptions = asking.on_record() if overrides else ()
    incidents = asking.incidents_on_record() if overrides else []
    present = asking.now()
    rows = []
    for one in asking.wanted(house, schedule):
        instant = asking.moment(at, one.zone, present, "--at")
        shown = asking.zone(zone, one.zone)
        for layer in one.layers:
            found = found_in(one, layer.id, instant, exceptions)
            change = until(one, layer.id, instant, exceptions)
            after = found_in(one, layer.id, change, exceptions) if change is not None else ()
            tired, _ = short_of_rest(found, instant, incidents)
            coming, _ = short_of_rest({*after} - {*found}, change or instant, incidents)
            rows.append(
                {
                    "schedule": one.id,
                    "layer": layer.id,
                    "at": instant.isoformat(),
                    "people": list(found),
                    "until": change.astimezone(shown).isoformat() if change is not None else None,
                    "short_of_rest": [
                        {
                            "person": woken.person_id,
                            "comes_next": woken in coming,
                            "paged_at": woken.at.astimezone(shown).isoformat(),
                            "rest_until": woken.rest_until.astimezone(shown).isoformat(),
                        }
                        for woken in (*tired, *coming)
                    ],
                }
            )
            if not as_json:
                end = f", until {said(change.astimezone(shown), 'en')}" if change is not None else ""
                typer.echo(f"{one.id}/{layer.id}: {asking.names(house.people, found)}{end}")
                for woken in (*tired, *coming):
                    name, comes = (
                        asking.names(house.people, [woken.person_id]),
                        " comes on next," if woken in coming else "",
                    )
                    paged, rest = (said(at.astimezone(shown), "en") for at in (woken.at, woken.rest_until))
                    typer.echo(f"  {name}{comes} was called at night ({paged}) and should rest until {rest}")
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
    holes = [f"{row['schedule']}/{row['layer']}" for row in rows if not row["people"]]
    if holes:
        asking.stop(f"Nobody is on call in {', '.join(holes)}.", asking.EX_REFUSED)


def calendar(
    *,
    start: Annotated[str, typer.Option("--from", help=INSTANT)] = "now",
    days: Annotated[int, typer.Option(min=1, max=400, help="How many days.")] = 14,
    person: Person = None,
    config: Config = CONFIG,
    schedule: ScheduleId = None,
    zone: Zone = None,
    language: Annotated[Literal["de", "en"], typer.Option(help="Of the weeks and the page.")] = "en",
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page that stands alone instead.")] = None,
    overrides: WithOverrides = False,
    as_json: AsJson = False,
) -> None:
    """Who is on call over the next days: a table per week, hours without anybody in red.

    With `--json` one row per turn, holes included. The page of `--html` fits a phone and A4 paper.

    Examples: feuerwache oncall calendar --days 28 --zone Europe/London

    feuerwache oncall calendar --days 90 --language de --html bereitschaft.html
    """
    from rich.console import Console

    from feuerwache.notifier import asking
    from feuerwache.notifier.duty import duties
    from feuerwache.notifier.roster.page import render
    from feuerwache.notifier.roster.terminal import show
    from feuerwache.notifier.roster.week import roster

    house = asking.directory(config)
    schedules = asking.wanted(house, schedule)
    if person is not None:
        asking.person(house.people, person, "--person")
    exceptions = asking.on_record() if overrides else ()
    present = asking.now()
    shown = asking.zone(zone, schedules[0].zone)
    first = asking.moment(start, shown, present, "--from")
    last = first + timedelta(days=days)
    found = [duty for duty in duties(schedules, first, last, exceptions) if person is None or person in duty.people]
    if as_json:
        zones = {one.id: asking.zone(zone, one.zone) for one in schedules}
        typer.echo(
            json.dumps(
                [
                    {
                        "schedule": duty.schedule,
                        "layer": duty.layer,
                        "from": duty.start.astimezone(zones[duty.schedule]).isoformat(),
                        "to": duty.end.astimezone(zones[duty.schedule]).isoformat(),
                        "hours": duty.hours,
                        "people": list(duty.people),
                    }
                    for duty in found
                ],
                ensure_ascii=False,
            )
        )
        return
    sheet = roster(schedules, house.people, first, last, zone=shown, now=present, overrides=exceptions, person=person)
    if html is not None:
        html.write_text(render(sheet, language, present))
        typer.echo(f"Written: {html}", err=True)
        return
    show(Console(), sheet, found, language, {each.id: each.name for each in house.people.people})


def fairness(
    *,
    start: Annotated[str, typer.Option("--from", help="Default: the year so far and ahead.")] = "",
    days: Annotated[int, typer.Option(min=1, max=1100, help="How many days.")] = 365,
    config: Config = CONFIG,
    schedule: ScheduleId = None,
    overrides: WithOverrides = False,
    as_json: AsJson = False,
) -> None:
    """Who has how many hours, and how many of them on weekends, holidays and at night; most free hours first.

    `above`: free hours (weekend or holiday) above the mean of the layer. With --overrides it counts who really was or
    will be called, take-overs and absences included.

    Example: feuerwache oncall fairness --from 2026-01-01 --days 365 --overrides
    """
    from dataclasses import asdict

    from rich.console import Console
    from rich.table import Table

    from feuerwache.notifier import asking
    from feuerwache.notifier.schedule.fairness import shares

    house = asking.directory(config)
    schedules = asking.wanted(house, schedule)
    present = asking.now()
    clock = schedules[0].zone
    first = asking.moment(start or f"{present.astimezone(clock):%Y}-01-01", clock, present, "--from")
    exceptions = asking.on_record() if overrides else ()
    found = shares(schedules, first, first + timedelta(days=days), exceptions)
    if as_json:
        typer.echo(json.dumps([asdict(share) for share in found], ensure_ascii=False))
        return
    figures = ("hours", "nights", "weekend", "holiday", "free", "stays", "above")
    typer.echo(f"Hours from {first:%Y-%m-%d} on, {days} days")
    for place in dict.fromkeys((share.schedule, share.layer) for share in found):
        table = Table("/".join(place))
        for name in figures:
            table.add_column(name, justify="right", no_wrap=True)
        for share in found:
            if (share.schedule, share.layer) == place:
                cells = (f"{getattr(share, name):{'+' if name == 'above' else ''}.0f}" for name in figures)
                table.add_row(asking.names(house.people, [share.person]), *cells)
        Console().print(table)


def export(
    *,
    ics: Annotated[bool, typer.Option("--ics", help="iCalendar (RFC 5545); the only format there is.")] = False,
    person: Person = None,
    team: Annotated[str | None, typer.Option(metavar="ID", help="Everybody of this team.")] = None,
    schedule: ScheduleId = None,
    start: Annotated[str, typer.Option("--from", help=INSTANT)] = "now",
    days: Annotated[int, typer.Option(min=1, max=400, help="How many days.")] = 180,
    language: Annotated[Literal["de", "en"], typer.Option(help="Of the titles.")] = "de",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: standard output.")
    ] = None,
    config: Config = CONFIG,
    overrides: WithOverrides = False,
) -> None:
    """The duties of a person, a team or a schedule as a calendar file. Turns are whole and keep their ids.

    A file is a copy of today; a program that subscribes to an address (`feuerwache oncall address`) sees swaps too.

    Example: feuerwache oncall export --ics --person anna.bergmann --overrides -o anna.ics
    """
    from feuerwache.notifier import asking
    from feuerwache.notifier.ical.feed import write
    from feuerwache.notifier.ical.subject import Subject, UnknownSubject, feed_of

    if not ics:
        asking.usage("say in which format; there is --ics", "--ics")
    asked: tuple[Subject | None, ...] = (
        Subject("person", person) if person is not None else None,
        Subject("team", team) if team is not None else None,
        Subject("schedule", schedule) if schedule is not None else None,
    )
    chosen = [subject for subject in asked if subject is not None]
    if len(chosen) != 1:
        asking.usage("give one of them", "--person, --team or --schedule")
    house = asking.directory(config)
    exceptions = asking.on_record() if overrides else ()
    present = asking.now()
    reader = house.people.person(person) if person is not None else None
    timezone = reader.timezone if reader is not None else house.schedules.schedules[0].timezone
    first = asking.moment(start, asking.zone(timezone, house.schedules.schedules[0].zone), present, "--from")
    try:
        feed = feed_of(
            chosen[0], house, exceptions, first, first + timedelta(days=days), language=language, timezone=timezone
        )
    except UnknownSubject as error:
        asking.usage(str(error), f"--{chosen[0].kind}")
    body = write(feed, house.people, datetime.now(UTC))
    if output is None:
        sys.stdout.write(body.decode())
    else:
        output.write_bytes(body)
        typer.echo(f"Written: {output} ({len(feed.duties)} duties)", err=True)


def address(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Whose address: an id in people.yaml.")],
    *,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """The addresses at which a person's calendar program finds their duties, their teams' and each schedule's.

    An address is a password: whoever has it can read who is on call when. It has no end; raise `feed` of the person in
    people.yaml by one, and it is good for nothing. The notifier must serve HTTP (FEUERWACHE_HTTP_PORT), and
    FEUERWACHE_NOTIFIER_URL say under which name the outside reaches it.

    Example: feuerwache oncall address anna.bergmann
    """
    from feuerwache.common.errors import FeuerwacheError
    from feuerwache.notifier import asking
    from feuerwache.notifier.ical.web import addresses
    from feuerwache.notifier.settings import NotifierSettings

    house = asking.directory(config)
    reader = asking.person(house.people, person, "PERSON")
    own = NotifierSettings.from_environment()
    teams = [team.id for team in house.people.teams if reader.id in team.members]
    schedules = [one.id for one in house.schedules.schedules]
    try:
        secret = own.link_secret.get_secret_value().encode()
        found = addresses(own.notifier_url, reader, secret, teams, schedules)
    except FeuerwacheError as error:
        asking.stop(str(error), asking.EX_REFUSED)
    if as_json:
        typer.echo(json.dumps({"person": reader.id, "page": found[0].removesuffix("me.ics"), "calendars": found}))
        return
    for each in (found[0].removesuffix("me.ics"), *found):
        typer.echo(each)


def token(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object: token, token_sha256.")] = False,
) -> None:
    """A fresh API token for a program that asks over gRPC who is on call, and its hash.

    The token goes to the program and is shown only now; the hash into the file of FEUERWACHE_API_TOKENS_FILE:

        {"status-page": "<token_sha256>"}

    Example: feuerwache oncall token
    """
    from feuerwache.notifier.apitoken import hash_of, new_token

    fresh = new_token()
    if as_json:
        typer.echo(json.dumps({"token": fresh, "token_sha256": hash_of(fresh)}))
        return
    typer.echo(f"token         {fresh}")
    typer.echo(f"token_sha256  {hash_of(fresh)}")


def add_to(app: typer.Typer) -> None:
    commands: tuple[tuple[str, Any], ...] = (
        ("who", who),
        ("calendar", calendar),
        ("fairness", fairness),
        ("export", export),
        ("address", address),
        ("token", token),
    )
    for name, command in commands:
        app.command(name)(command)
