"""Puts the commands of all members together. Each declares a typer app as entry point `feuerwache.commands`.

Their commands and groups stand side by side at the top level; a group that two members have is one group with the
commands of both (`incidents`: escalation leads them, the console writes the post-mortem). A member that cannot be
imported, or that uses a name that is taken, is named with the reason and left out; the others work.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from importlib.metadata import EntryPoint, entry_points

import typer
from typer.models import DefaultPlaceholder

ENTRY_POINTS = "feuerwache.commands"


def installed() -> list[EntryPoint]:
    """The declared members, in a fixed order."""
    return sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name)


def merge(root: typer.Typer, members: Iterable[EntryPoint]) -> list[str]:
    """Adds every member's commands to `root`; returns what could not be added, one sentence each."""
    problems: list[str] = []
    own = [_name_of(command) for command in root.registered_commands]
    own += [_name_of(group) for group in root.registered_groups]
    owners = dict.fromkeys(own, "feuerwache")
    for member in members:
        try:
            app = member.load()
        except Exception as error:  # noqa: BLE001 - whatever a member's import does, the others go on
            problems.append(f"the commands of {member.name} cannot be loaded: {type(error).__name__}: {error}")
            continue
        if not isinstance(app, typer.Typer):
            problems.append(f"the commands of {member.name} cannot be used: {member.value} is no typer app")
            continue
        for command in app.registered_commands:
            if _claim(owners, _name_of(command), member.name, problems):
                root.registered_commands.append(command)
        for group in app.registered_groups:
            name = _name_of(group)
            there = next((one for one in root.registered_groups if _name_of(one) == name), None)
            if there is not None and group.typer_instance is not None:
                problems += _join(root, there, group, member.name)
            elif _claim(owners, name, member.name, problems):
                root.registered_groups.append(group)
    return problems


def _join(root: typer.Typer, there: typer.models.TyperInfo, more: typer.models.TyperInfo, member: str) -> list[str]:
    """Adds the commands of a group to the one of the same name; the members' own apps stay as they are."""
    assert there.typer_instance is not None
    assert more.typer_instance is not None
    group, joined = copy(there), copy(there.typer_instance)
    if not joined.info.help or isinstance(joined.info.help, DefaultPlaceholder):
        joined.info = more.typer_instance.info
    taken = {_name_of(command) for command in joined.registered_commands}
    new = [command for command in more.typer_instance.registered_commands if _name_of(command) not in taken]
    joined.registered_commands = [*joined.registered_commands, *new]
    group.typer_instance = joined
    root.registered_groups[root.registered_groups.index(there)] = group
    return [
        f"the command '{_name_of(there)} {_name_of(command)}' of {member} is left out: there is one of that name"
        for command in more.typer_instance.registered_commands
        if _name_of(command) in taken
    ]


def _claim(owners: dict[str, str], name: str, member: str, problems: list[str]) -> bool:
    owner = owners.setdefault(name, member)
    if owner != member:
        problems.append(f"the command {name!r} of {member} is left out: {owner} has one of that name")
    return owner == member


def _name_of(info: typer.models.CommandInfo | typer.models.TyperInfo) -> str:
    """The name it goes by on the command line."""
    if info.name:
        return str(info.name)
    if isinstance(info, typer.models.TyperInfo):
        return str(info.typer_instance.info.name) if info.typer_instance is not None else ""
    return info.callback.__name__.replace("_", "-") if info.callback is not None else ""
