"""`feuerwache forwards …`: what waits for a department, and saying that it is answered.

Authors are not printed: who looks here looks for posts. Whoever can write to the broker with these credentials may give
commands; `--as` says on whose behalf, and that person must stand in `people.yaml`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer

from feuerwache.common.config.people import load_people
from feuerwache.common.errors import FatalError, FeuerwacheError
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.rules.forwarding.passedon import PassedOn, answer, read_passed_on

app = typer.Typer(no_args_is_help=True, help="What was passed on to departments, and is to be answered.")

EX_FAILED, EX_USAGE = 1, 2
T = TypeVar("T")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Department = Annotated[str | None, typer.Option("--department", help="Only of this department (departments.yaml).")]


@app.callback()
def forwards() -> None:
    """What was passed on to departments, and is to be answered (docs/rules/forwarding.md)."""


@app.command("list")
def show(
    *,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what should have been answered by now.")] = False,
    department: Department = None,
    as_json: AsJson = False,
) -> None:
    """Lists what nobody has answered yet, the earliest due first, as the authors' journals say.

    Examples:

        feuerwache forwards list --overdue

        feuerwache forwards list --department customer-service --json
    """
    settings = CommonSettings.from_environment()
    now = settings.clock().now()
    found = [
        each
        for each in _run(read_passed_on(settings))
        if (not overdue or each.due <= now) and department in (None, each.department)
    ]
    if as_json:
        typer.echo(json.dumps({"forwards": [_document(each) for each in found]}, ensure_ascii=False))
        return
    for each in found:
        late = "on review" if each.came_up else "overdue" if each.due <= now else ""
        typer.echo(f"{each.due:%Y-%m-%d %H:%M}Z  {each.department:24}  {_post(each)}  {late}".rstrip())
    typer.echo(f"{len(found)} not answered", err=True)


@app.command("answer")
def answered(
    platform: Annotated[str, typer.Argument(metavar="PLATFORM", help="As `list` shows it.")],
    post_id: Annotated[str, typer.Argument(metavar="POST_ID", help="As `list` shows it.")],
    *,
    person: Annotated[
        str, typer.Option("--as", envvar="FEUERWACHE_PERSON", metavar="PERSON", help="Your id in people.yaml.")
    ],
    department: Department = None,
    note: Annotated[str, typer.Option(help="A sentence for the record.")] = "",
    wait: Annotated[float, typer.Option(help="Seconds to wait until the rules have taken it in.")] = 10.0,
) -> None:
    """Says that a department has answered a post, or that no answer is needed. Exit code 0 once it is on record.

    Example: feuerwache forwards answer facebook 1022_17 --department customer-service --as anna.bergmann
    """
    settings = CommonSettings.from_environment()
    try:
        known = load_people(settings.config_dir)
    except FeuerwacheError as error:
        raise _failed(error) from error
    if known.person(person) is None:
        raise _stopped(f"{person!r} does not stand in people.yaml", EX_USAGE)
    posts = [
        each for each in _run(read_passed_on(settings)) if (each.ref.platform, each.ref.post_id) == (platform, post_id)
    ]
    chosen = [each for each in posts if department in (None, each.department)]
    if not chosen:
        others = ", ".join(sorted({each.department for each in posts}))
        reason = f"it waits for {others}" if posts else "`feuerwache forwards list` says what does"
        raise _stopped(f"No department is waited for about {platform} {post_id} like that; {reason}", EX_FAILED)
    actor = Actor(person_id=person, via=Via.TOKEN)
    for each in chosen:
        if not _run(answer(settings, each, actor, note, wait)):
            raise _stopped(
                f"It is on record, but no rules process has taken it in within {wait:g} s: is one running?", EX_FAILED
            )
        typer.echo(f"answered by {each.department}: {_post(each)}")


def _document(each: PassedOn) -> dict[str, Any]:
    return {
        "community": each.ref.community,
        "platform": each.ref.platform,
        "post_id": each.ref.post_id,
        "department": each.department,
        "due": each.due.isoformat(),
        "on_review": each.came_up,
    }


def _post(each: PassedOn) -> str:
    return f"{each.ref.platform} {each.ref.post_id} in {each.ref.community}"


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except FeuerwacheError as error:
        raise _failed(error) from error


def _failed(error: FeuerwacheError) -> typer.Exit:
    return _stopped(str(error), error.exit_code if isinstance(error, FatalError) else EX_FAILED)


def _stopped(text: str, code: int) -> typer.Exit:
    typer.echo(text, err=True)
    return typer.Exit(code)
