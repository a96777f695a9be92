"""`feuerwache decisions page` and `show`: the address of a person's queue, and one post as they read it there."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

import typer

from feuerwache.common.config.duration import parse
from feuerwache.common.config.people import People, Person
from feuerwache.common.errors import FatalError, FeuerwacheError
from feuerwache.common.shownname import Names
from feuerwache.common.vocabulary import Language
from feuerwache.console.handbook import Handbook, load_handbook
from feuerwache.console.page.case import PostView, post_view
from feuerwache.console.page.queue_wording import QUEUE_UI
from feuerwache.console.page.reader import Reader
from feuerwache.console.review.token import issue
from feuerwache.console.settings import ConsoleSettings
from feuerwache.console.store.database import opened
from feuerwache.console.store.queue import Case, read_case

#: An address is given out for so long at most: whoever leaves the house must not keep one for a year.
LONGEST = timedelta(days=90)

Somebody = Annotated[
    str, typer.Option("--as", envvar="FEUERWACHE_PERSON", metavar="PERSON", help="Whose: an id of people.yaml.")
]


def add_to(app: typer.Typer) -> None:
    app.command("page")(page)
    app.command("show")(show)


def page(
    *,
    person: Somebody,
    lives: Annotated[str, typer.Option("--for", help="How long the address is good: 12h, 30d; at most 90d.")] = "7d",
) -> None:
    """Prints the address of a person's review queue. It is theirs alone: whoever has it decides in their name.

    It ends by itself, when the person leaves people.yaml, and when their `feed` is raised there.

    Example: feuerwache decisions page --as anna.bergmann --for 30d
    """
    settings, handbook = _setup()
    known = _person(handbook.people, person)
    span = _span(lives)
    secret = settings.link_secret.get_secret_value().encode()
    try:
        token = issue(known, settings.clock().real_now() + span, secret)
    except FeuerwacheError as error:
        raise _failed(error) from error
    typer.echo(f"{settings.console_url.rstrip('/')}/q/{token}")


def show(
    platform: Annotated[str, typer.Argument(metavar="PLATFORM", help="As `queue` shows it.")],
    post_id: Annotated[str, typer.Argument(metavar="POST_ID", help="As `queue` shows it.")],
    *,
    person: Somebody,
    language: Annotated[str, typer.Option(help="de or en; your own if not said.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """One post with all that was decided and said about it, notes of humans included, as that person may read it.

    Example: feuerwache decisions show discourse 4711 --as anna.bergmann
    """
    if language not in ("", "de", "en"):
        raise typer.BadParameter("de or en", param_hint="--language")
    settings, handbook = _setup()
    known = _person(handbook.people, person)
    chosen: Language = "en" if language == "en" else "de" if language == "de" else known.language
    try:
        case = asyncio.run(_read(settings, platform, post_id))
    except FeuerwacheError as error:
        raise _failed(error) from error
    if case is None:
        typer.echo(f"nothing is known of {platform} {post_id}; a post of the last seconds needs a moment", err=True)
        raise typer.Exit(1)
    names = Names(handbook.communities, settings.naming_key())
    reader = Reader(known, chosen, handbook.people, settings.clock().now(), names)
    community = handbook.communities.get(case.ref.community)
    view = post_view(case, reader, community.title if community is not None else case.ref.community, whole=True)
    typer.echo(json.dumps(document(view), ensure_ascii=False) if as_json else "\n".join(lines(view, chosen)))


def document(view: PostView) -> dict[str, Any]:
    """What a script reads: the words of the page, without its buttons."""
    told = asdict(view)
    for name in ("buttons", "answers", "why_not", "under_way", "tone", "seen", "appeal_seen", "notes", "parts"):
        del told[name]
    return {**told, "text": "".join(part.text for part in view.parts) or None}


def lines(view: PostView, language: Language) -> list[str]:
    ui = QUEUE_UI[language]
    told = [f"{view.platform}/{view.post_id}  {view.author}, {view.community}, {view.at}"]
    if view.waiting:
        told.append(f"{view.urgency}: {view.why}; {view.since} ({', '.join(view.kinds)})")
    told += ["", *(("".join(part.text for part in view.parts)) or view.gap).splitlines(), ""]
    told.append(f"{ui['queue_rule']}: {view.rule}  {view.rule_id}".rstrip())
    if view.scores:
        told.append(f"{ui['queue_scores']}: " + ", ".join(f"{name} {score}" for name, score in view.scores))
    told.append(f"{ui['queue_author']}: " + "; ".join(view.history))
    told.append(f"{ui['queue_story']}:")
    for one in view.story:
        told.append(f"  {one.at}  {one.text}")
        told += [f"      {said}" for said in one.said.splitlines()]
    if view.statement is not None:
        told += [f"{ui['queue_statement']}:", *(f"  {text}" for text in view.statement.paragraphs)]
    return told


async def _read(settings: ConsoleSettings, platform: str, post_id: str) -> Case | None:
    async with opened(settings.database()) as engine:
        return await read_case(engine, platform, post_id)


def _span(written: str) -> timedelta:
    """How long an address is good. Raises `typer.BadParameter`."""
    try:
        days = written.removesuffix("d")
        span = timedelta(days=int(days)) if days != written and days.isdecimal() else parse(written)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{written!r}: write 12h or 30d", param_hint="--for") from error
    assert isinstance(span, timedelta)
    if not timedelta() < span <= LONGEST:
        raise typer.BadParameter(f"more than nothing, at most {LONGEST.days}d", param_hint="--for")
    return span


def _setup() -> tuple[ConsoleSettings, Handbook]:
    try:
        settings = ConsoleSettings.from_environment()
        return settings, load_handbook(settings.config_dir)
    except FeuerwacheError as error:
        raise _failed(error) from error


def _person(people: People, person_id: str) -> Person:
    known = people.person(person_id)
    if known is None:
        typer.echo(f"{person_id!r} does not stand in people.yaml", err=True)
        raise typer.Exit(2)
    return known


def _failed(error: FeuerwacheError) -> typer.Exit:
    typer.echo(str(error), err=True)
    return typer.Exit(error.exit_code if isinstance(error, FatalError) else 1)
