"""`feuerwache incidents post-mortem`: the draft of a post-mortem, out of SQL where there is one, else out of Kafka.

SQL holds the whole timeline; without it the incident's own newest lines have to do, and the command says so.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from feuerwache.common.config.people import People
from feuerwache.common.config.people import Person as Somebody
from feuerwache.common.errors import FatalError, FeuerwacheError
from feuerwache.common.events.incident import MAX_TIMELINE, Incident, IncidentChanged
from feuerwache.common.events.page import PageReceipt
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.topics import INCIDENTS_CHANGED, PAGES_RECEIPTS
from feuerwache.common.vocabulary import Language
from feuerwache.console import decide_commands, queue_commands
from feuerwache.console.handbook import Handbook, load_handbook
from feuerwache.console.page.reader import Reader
from feuerwache.console.postmortem.render import render_post_mortem
from feuerwache.console.postmortem.story import Story
from feuerwache.console.review import commands as review_commands
from feuerwache.console.settings import ConsoleSettings
from feuerwache.console.store.database import opened
from feuerwache.console.store.reading import read_dossier, read_incident_ids
from feuerwache.console.store.timeline import read_timeline

app = typer.Typer()
incidents = typer.Typer()
app.add_typer(incidents, name="incidents")
app.add_typer(queue_commands.app, name="decisions")
decide_commands.add_to(queue_commands.app)
review_commands.add_to(queue_commands.app)


@incidents.command("post-mortem")
def post_mortem(
    incident_id: Annotated[str, typer.Argument(metavar="INCIDENT", help="The id, or its unique beginning.")],
    language: Annotated[str, typer.Option(help="de or en; your own with --as, else German.")] = "",
    person: Annotated[
        str, typer.Option("--as", envvar="FEUERWACHE_PERSON", help="For whom: their language and time zone.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="Write it to this file instead of standard output.")] = None,
) -> None:
    """The draft of a post-mortem as Markdown: figures, timeline, who decided what, the plan, and blanks to fill in.

    Example: feuerwache incidents post-mortem 3f2a --language en --out post-mortem.md
    """
    if language not in ("", "de", "en"):
        raise typer.BadParameter("de or en", param_hint="--language")
    try:
        settings = ConsoleSettings.from_environment()
        handbook = load_handbook(settings.config_dir)
        story = asyncio.run(story_of(settings, incident_id))
    except FeuerwacheError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code if isinstance(error, FatalError) else 1) from error
    if story is None:
        typer.echo(
            f"no incident, or more than one, has an id that begins with {incident_id!r}; "
            "see `feuerwache incidents list --all`",
            err=True,
        )
        raise typer.Exit(1)
    if len(story.timeline) == MAX_TIMELINE == len(story.incident.timeline):
        typer.echo(
            f"without the console's SQL only the newest {MAX_TIMELINE} lines of the timeline are known", err=True
        )
    text = render_post_mortem(story, *reading(story.incident, handbook, person, language))
    if out is None:
        typer.echo(text, nl=False)
        return
    out.write_text(text, "utf-8")
    typer.echo(f"written: {out}", err=True)


def reading(incident: Incident, handbook: Handbook, person: str, language: str) -> tuple[Reader, str]:
    """Through whose eyes it is written, and the plan's name in their language."""
    reader = somebody(handbook.people, person)
    chosen: Language = "en" if language == "en" else "de" if language == "de" else reader.language
    plan = handbook.plans.get(incident.plan.plan_id) if incident.plan is not None else None
    return Reader(reader, chosen, handbook.people, incident.onset), plan.title.both()[chosen] if plan else ""


def somebody(people: People, person_id: str) -> Somebody:
    """The person named; without a name a reader of German in Berlin, as `people.yaml` takes them to be."""
    if not person_id:
        defaults = Somebody.model_fields
        return people.people[0].model_copy(
            update={"language": defaults["language"].default, "timezone": defaults["timezone"].default}
        )
    person = people.person(person_id)
    if person is None:
        typer.echo(f"{person_id!r} does not stand in people.yaml", err=True)
        raise typer.Exit(2)
    return person


async def story_of(settings: ConsoleSettings, beginning: str) -> Story | None:
    """Out of SQL when there is one that knows the incident, else out of the topics."""
    if settings.database_url is not None or (settings.data_dir / "console.sqlite").exists():
        async with opened(settings.database()) as engine:
            ids = await read_incident_ids(engine, beginning)
            dossier = await read_dossier(engine, ids[0]) if len(ids) == 1 else None
            if dossier is not None:
                timeline = await read_timeline(engine, dossier.incident)
                return Story(dossier.incident, timeline, dossier.receipts)
    return await story_in_kafka(settings, beginning)


async def story_in_kafka(settings: ConsoleSettings, beginning: str) -> Story | None:
    names, states = settings.topics(), dict[UUID, Incident]()
    for record in await read_topic(settings, names.of(INCIDENTS_CHANGED)):
        if record.value is not None and isinstance(changed := record.event().data, IncidentChanged):
            states[changed.incident.incident_id] = changed.incident
    found = [incident for key, incident in states.items() if str(key).startswith(beginning.lower())]
    if len(found) != 1:
        return None
    receipts = [record.event().data for record in await read_topic(settings, names.of(PAGES_RECEIPTS))]
    mine = tuple(one for one in receipts if isinstance(one, PageReceipt) and one.incident_id == found[0].incident_id)
    return Story(found[0], found[0].timeline, mine)
