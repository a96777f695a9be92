"""What the `feuerwache oncall` commands have in common: the files, the exceptions on record, times, people, errors.

Whoever can write to the broker with these credentials may make exceptions; `--as` says on whose behalf, and that person
must stand in `people.yaml` and be allowed to (docs/roles.md). It is on record as given by token.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import typer

from feuerwache.common.config.people import People, Person, load_people
from feuerwache.common.errors import FatalError, FeuerwacheError
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.incident import Incident
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.http.guard import AddressGuard
from feuerwache.common.permission import override_refusal, role_of
from feuerwache.common.settings import CommonSettings
from feuerwache.common.wording.refusal import refusal_text
from feuerwache.notifier.delivery.directory import Directory
from feuerwache.notifier.exception import Refused
from feuerwache.notifier.ical.fetch import fetch
from feuerwache.notifier.ical.recurrence import BadCalendar
from feuerwache.notifier.incidents import read_incidents
from feuerwache.notifier.instant import HOW, instant
from feuerwache.notifier.overrides import read_overrides, record
from feuerwache.notifier.schedule.model import Layer, Schedule, load_schedules
from feuerwache.notifier.settings import NotifierSettings

#: Exit codes beside 0: refused, or nobody is on call; and a wrong argument.
EX_REFUSED, EX_USAGE = 1, 2
T = TypeVar("T")


def settings() -> CommonSettings:
    return CommonSettings.from_environment()


def now() -> datetime:
    """Civil time, in which schedules live."""
    return settings().clock().now()


def directory(config: Path) -> Directory:
    """Raises `ConfigError`, which the root command prints with file and line."""
    people = load_people(config)
    return Directory(people, load_schedules(config, people))


def on_record() -> tuple[OnCallOverridden, ...]:
    return run(read_overrides(settings()))


def incidents_on_record() -> list[Incident]:
    return run(read_incidents(settings()))


def wanted(house: Directory, schedule_id: str | None) -> list[Schedule]:
    schedules = house.schedules.schedules
    found = [one for one in schedules if schedule_id in (None, one.id)]
    if not found:
        usage(f"no schedule {schedule_id!r}; there is: {', '.join(one.id for one in schedules)}", "--schedule")
    return found


def one_schedule(house: Directory, schedule_id: str | None) -> Schedule:
    found = wanted(house, schedule_id)
    if len(found) > 1:
        usage(f"say which schedule; there is: {', '.join(one.id for one in found)}", "--schedule")
    return found[0]


def one_layer(schedule: Schedule, layer_id: str | None) -> Layer:
    layer = schedule.layers[0] if layer_id is None else schedule.layer(layer_id)
    if layer is None:
        known = ", ".join(each.id for each in schedule.layers)
        usage(f"no layer {layer_id!r} in schedule {schedule.id!r}; there is: {known}", "--layer")
    return layer


def person(people: People, person_id: str, option: str) -> Person:
    found = people.person(person_id)
    if found is None:
        known = ", ".join(each.id for each in people.people)
        usage(f"{person_id!r} does not stand in people.yaml; it names: {known}", option)
    return found


def actor(people: People, person_id: str) -> Actor:
    return Actor(person_id=person(people, person_id, "--as").id, via=Via.TOKEN)


def zone(name: str | None, default: ZoneInfo) -> ZoneInfo:
    if name is None:
        return default
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        usage(f"{name!r} is no time zone; write an IANA name such as Europe/Berlin", "--zone")


def moment(text: str, zone_of: ZoneInfo, present: datetime, option: str, *, ends: bool = False) -> datetime:
    try:
        return instant(text, zone_of, present, ends=ends)
    except ValueError as error:
        reason = str(error)
        usage(reason if "write" in reason else f"{reason}; write {HOW}", option)


def put_on_record(people: People, overrides: Sequence[OnCallOverridden]) -> None:
    """All of them, or none: ends with a clear word when one is not allowed."""
    for override in overrides:
        reason = override_refusal(override, people)
        if reason is not None:
            text = refusal_text(reason, role_of(override.actor, people), "en")
            stop(f"Not recorded: {text} Who may do what stands in docs/roles.md.", EX_REFUSED)
    run(record(settings(), overrides))


def run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except FeuerwacheError as error:
        stop(str(error), error.exit_code if isinstance(error, FatalError) else EX_REFUSED)


def usage(reason: str, option: str) -> NoReturn:
    raise typer.BadParameter(reason, param_hint=option)


def stop(text: str, code: int) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)


def understood(make: Callable[[], T]) -> T:
    """What `make` gives; what makes no sense, or cannot be read, ends with its reason."""
    try:
        return make()
    except (Refused, BadCalendar) as error:
        stop(str(error), EX_USAGE)


def calendar(source: str) -> bytes:
    """The bytes of a calendar file or address."""
    own = NotifierSettings.from_environment()
    return run(fetch(source, AddressGuard(own.http_allow)))


def names(people: People, ids: Sequence[str]) -> str:
    return ", ".join(_names(people, ids)) or "nobody"


def _names(people: People, ids: Sequence[str]) -> Iterator[str]:
    for person_id in ids:
        known = people.person(person_id)
        yield known.name if known is not None else person_id
