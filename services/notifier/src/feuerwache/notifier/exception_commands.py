"""`feuerwache oncall take-over | swap | absent | cancel | exceptions`: what the schedule could not know.

Each says what it changes before anybody has to find out at night, and how it is taken back.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from feuerwache.notifier.options import CONFIG, AsJson, Config, DryRun, GivenBy, LayerId, ScheduleId

# What a command needs is imported inside of it: `feuerwache --help` must not wait for a service's libraries.
# ruff: noqa: PLC0415
if TYPE_CHECKING:
    from feuerwache.common.events.oncall import OnCallOverridden
    from feuerwache.notifier.delivery.directory import Directory
    from feuerwache.notifier.schedule.model import Schedule

FROM = "now, 3h, 2026-11-14T21:00 (by the schedule's clock, or with an offset), or a date."
UNTIL = "As --from; a date means the end of that day."
#: What a conflict means, after the person's name.
MEANS = {
    "absent_twice": "is away then already",
    "named_before": "was to be there then, and is not any more",
    "named_away": "is away then, and is called all the same, because naming them now counts as their yes",
}
From = Annotated[str, typer.Option("--from", help=FROM)]


def take_over(
    *,
    given_by: GivenBy,
    start: From = "now",
    until: Annotated[str | None, typer.Option(help=UNTIL + " Default: the end of the present turn.")] = None,
    person: Annotated[str | None, typer.Option(metavar="ID", help="Who takes over. Default: you.")] = None,
    replaces: Annotated[str | None, typer.Option(metavar="ID", help="Only where this person would be on call.")] = None,
    schedule: ScheduleId = None,
    layer: LayerId = None,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Somebody is on call instead, at once or for a span.

    Examples: feuerwache oncall take-over --as anna.bergmann

    feuerwache oncall take-over --as anna.bergmann --from 2026-11-14T20:00 --until 2026-11-15T08:00 --layer deputy
    """
    from feuerwache.notifier import asking, exception
    from feuerwache.notifier.duty import until as change_of

    house = asking.directory(config)
    one = asking.one_schedule(house, schedule)
    where = asking.one_layer(one, layer)
    actor = asking.actor(house.people, given_by)
    who = asking.person(house.people, person or given_by, "--person").id
    if replaces is not None:
        asking.person(house.people, replaces, "--replaces")
    known, present = asking.on_record(), asking.now()
    begin = asking.moment(start, one.zone, present, "--from")
    end = (
        asking.moment(until, one.zone, present, "--until", ends=True)
        if until is not None
        else change_of(one, where.id, begin, known)
    )
    if end is None:
        asking.usage("this layer has no end of a turn in sight; say until when", "--until")
    place = exception.Place(one.id, where.id)
    made = asking.understood(lambda: exception.take_over(place, who, begin, end, actor=actor, replaces=replaces))
    put_and_tell(house, [one], [made], known, dry_run=dry_run, as_json=as_json)


def swap(
    *,
    given_by: GivenBy,
    with_person: Annotated[str, typer.Option("--with", metavar="ID", help="Who has your turn.")],
    person: Annotated[str | None, typer.Option(metavar="ID", help="Whose turn is given. Default: yours.")] = None,
    at: Annotated[str, typer.Option(help="A time in the turn that is given; the next one otherwise. " + FROM)] = "now",
    their: Annotated[str, typer.Option(help="A time in the turn that is taken; the next one otherwise.")] = "now",
    schedule: ScheduleId = None,
    layer: LayerId = None,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Two people swap whole turns of a layer: each has the other's.

    Example: feuerwache oncall swap --as anna.bergmann --with jonas.keller --at 2026-12-26 --their 2027-01-02
    """
    from feuerwache.notifier import asking, exception

    house = asking.directory(config)
    one = asking.one_schedule(house, schedule)
    where = asking.one_layer(one, layer)
    actor = asking.actor(house.people, given_by)
    mine = asking.person(house.people, person or given_by, "--person").id
    other = asking.person(house.people, with_person, "--with").id
    if mine == other:
        asking.usage("that is the same person", "--with")
    known, present = asking.on_record(), asking.now()
    first = asking.moment(at, one.zone, present, "--at")
    second = asking.moment(their, one.zone, present, "--their")

    def made() -> tuple[OnCallOverridden, OnCallOverridden]:
        given = exception.turn_of(one, where.id, mine, first, known)
        taken = exception.turn_of(one, where.id, other, second, known)
        return exception.swap(given, taken, mine, other, actor)

    put_and_tell(house, [one], asking.understood(made), known, dry_run=dry_run, as_json=as_json)


def absent(
    *,
    given_by: GivenBy,
    person: Annotated[str | None, typer.Option(metavar="ID", help="Who is away. Default: you.")] = None,
    start: From = "now",
    until: Annotated[str | None, typer.Option(help=UNTIL)] = None,
    ics: Annotated[
        str | None, typer.Option(metavar="FILE|URL", help="The person's calendar of absences instead.")
    ] = None,
    only: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only events with this in title or category.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=730, help="How far ahead the calendar is read.")] = 365,
    reason: Annotated[Literal["vacation", "illness"], typer.Option(help="Why; it is on record.")] = "vacation",
    stand_in: Annotated[str | None, typer.Option(metavar="ID", help="Default: the schedule's rule finds one.")] = None,
    schedule: Annotated[str, typer.Option(metavar="ID", help="Only from this one. Default: from all.")] = "*",
    layer: Annotated[str, typer.Option(metavar="ID", help="Only from this layer of it. Default: from all.")] = "*",
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Somebody is away. The next in the rotation who is there has the turn, or who you say.

    With --ics, every event of the calendar is an absence; an event that is gone when the same calendar is read again is
    taken back. Repeating events count. Times without a zone, and whole days, are by the person's own clock.

    Examples: feuerwache oncall absent --as jonas.keller --reason illness --until 2026-11-16

    feuerwache oncall absent --as anna.bergmann --ics https://calendar.example/anna.ics --only Urlaub
    """
    from feuerwache.notifier import asking, exception

    house = asking.directory(config)
    actor = asking.actor(house.people, given_by)
    away = asking.person(house.people, person or given_by, "--person")
    if stand_in is not None:
        asking.person(house.people, stand_in, "--stand-in")
    schedules = asking.wanted(house, None if schedule == "*" else schedule)
    if layer != "*":
        asking.one_layer(asking.one_schedule(house, None if schedule == "*" else schedule), layer)
    place = exception.Place(schedule, layer)
    clock = asking.zone(away.timezone, schedules[0].zone)
    present = asking.now()
    if ics is None:
        if until is None:
            asking.usage("say until when; an absence without an end is forgotten", "--until")
        begin = asking.moment(start, clock, present, "--from")
        end = asking.moment(until, clock, present, "--until", ends=True)
        made: Sequence[OnCallOverridden] = [
            asking.understood(
                lambda: exception.absent(
                    away.id, begin, end, reason=reason, actor=actor, stand_in=stand_in, place=place
                )
            )
        ]
        known = asking.on_record()
    else:
        from feuerwache.notifier.ical.importing import absences

        begin = asking.moment(start, clock, present, "--from")
        known = asking.on_record()
        raw = asking.calendar(ics)
        made = asking.understood(
            lambda: absences(
                raw,
                ics,
                begin,
                begin + timedelta(days=days),
                person=away.id,
                zone=clock,
                only=only,
                reason=reason,
                stand_in=stand_in,
                place=place,
                actor=actor,
                known=known,
            )
        )
    put_and_tell(house, schedules, made, known, dry_run=dry_run, as_json=as_json)


def cancel(
    exception_id: Annotated[str, typer.Argument(metavar="ID", help="As much of the id as is unique.")],
    *,
    given_by: GivenBy,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Takes an exception back: the schedule holds again.

    Example: feuerwache oncall cancel 3f2a --as anna.bergmann
    """
    from feuerwache.notifier import asking, exception

    house = asking.directory(config)
    actor = asking.actor(house.people, given_by)
    known = asking.on_record()
    made = asking.understood(lambda: exception.taken_back(exception.chosen(known, exception_id), actor))
    put_and_tell(house, house.schedules.schedules, [made], known, dry_run=dry_run, as_json=as_json)


def exceptions(
    *,
    every: Annotated[bool, typer.Option("--all", help="Past and cancelled ones too.")] = False,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """The exceptions on record that hold or will: take-overs, swaps, absences.

    Example: feuerwache oncall exceptions
    """
    from feuerwache.notifier import asking

    house = asking.directory(config)
    present = asking.now()
    shown = [each for each in asking.on_record() if every or (not each.cancelled and each.end > present)]
    shown.sort(key=lambda each: each.start)
    if as_json:
        typer.echo(json.dumps([each.model_dump(mode="json") for each in shown], ensure_ascii=False))
        return
    for each in shown:
        typer.echo(_line(each, house))
    typer.echo(f"{len(shown)} exceptions", err=True)


def put_and_tell(
    house: Directory,
    schedules: Sequence[Schedule],
    made: Sequence[OnCallOverridden],
    known: Sequence[OnCallOverridden],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Puts them on record and says what changes; exits 0 although somebody may be missing then, which it says."""
    from feuerwache.notifier import asking
    from feuerwache.notifier.conflict import conflicts
    from feuerwache.notifier.exception import changes

    met = list(conflicts(made, (*house.schedules.schedules[0].absences, *known)))
    if not dry_run:
        asking.put_on_record(house.people, made)
    ids = {override.override_id for override in made}
    rest = [override for override in known if override.override_id not in ids]
    found = []
    if made:
        start, end = min(override.start for override in made), max(override.end for override in made)
        found = changes(schedules, start, end, known, (*rest, *made))
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "recorded": not dry_run,
                    "exceptions": [override.model_dump(mode="json") for override in made],
                    "changes": [
                        {
                            "schedule": change.after.schedule,
                            "layer": change.after.layer,
                            "from": change.after.start.isoformat(),
                            "to": change.after.end.isoformat(),
                            "before": list(change.before.people),
                            "after": list(change.after.people),
                        }
                        for change in found
                    ],
                    "conflicts": [
                        {"kind": one.kind, "person": one.person, "with": one.found.model_dump(mode="json")}
                        for one in met
                    ],
                },
                ensure_ascii=False,
            )
        )
        return
    from feuerwache.notifier.roster.wording import moment

    for override in made:
        typer.echo(_line(override, house))
    zones = {schedule.id: schedule.zone for schedule in schedules}
    for change in found:
        duty = change.after
        left, right = (moment(edge.astimezone(zones[duty.schedule]), "en") for edge in (duty.start, duty.end))
        now, was = asking.names(house.people, duty.people), asking.names(house.people, change.before.people)
        typer.echo(f"  {duty.schedule}/{duty.layer}: {left} – {right}: {now} instead of {was}")
        if not duty.people:
            typer.echo(f"  Nobody is on call then: feuerwache oncall take-over --layer {duty.layer} …", err=True)
    if not found:
        typer.echo("  Nobody's hours change by it.")
    for one in met:
        typer.echo(
            f"  {asking.names(house.people, [one.person])} {MEANS[one.kind]}: {_line(one.found, house)}", err=True
        )
    if dry_run:
        typer.echo("Nothing was recorded.", err=True)


def _line(override: OnCallOverridden, house: Directory) -> str:
    from feuerwache.notifier import asking
    from feuerwache.notifier.roster.wording import moment

    schedule = house.schedules.get(override.schedule) or house.schedules.schedules[0]
    left, right = (moment(edge.astimezone(schedule.zone), "en") for edge in (override.start, override.end))
    place = "everywhere" if override.schedule == "*" else f"{override.schedule}/{override.layer}"
    who = asking.names(house.people, [override.person_id]) if override.person_id is not None else "the next in turn"
    whom = asking.names(house.people, [override.replaces]) if override.replaces is not None else "whoever it is"
    state = "cancelled " if override.cancelled else ""
    return (
        f"{override.override_id[:8]}  {state}{override.reason}  {place}  {left} – {right}  {who} for {whom}"
        f"  (by {override.actor.person_id})"
    )


def add_to(app: typer.Typer) -> None:
    commands: tuple[tuple[str, Any], ...] = (
        ("take-over", take_over),
        ("swap", swap),
        ("absent", absent),
        ("cancel", cancel),
        ("exceptions", exceptions),
    )
    for name, command in commands:
        app.command(name)(command)
