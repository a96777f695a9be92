"""The post-mortem as Markdown. Pure: an incident's story and a reader in, a text out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from feuerwache.common.events.incident import TimelineEntry
from feuerwache.common.wording.tongue import TONGUES
from feuerwache.console.page.alarm import incident_title
from feuerwache.console.page.numbers import facts
from feuerwache.console.page.reader import Reader
from feuerwache.console.page.timeline import entry
from feuerwache.console.page.view import reached
from feuerwache.console.postmortem.story import Story
from feuerwache.console.postmortem.wording import POST_MORTEM

SPECIAL = "\\`*_[]<>#|~"


@cache
def template_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("feuerwache.console"),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["md"] = md
    return environment


def render_post_mortem(story: Story, reader: Reader, plan_title: str = "") -> str:
    """The draft in the reader's language and zone. `plan_title`: the plan's name where it is still known."""
    incident = story.incident
    reader = replace(reader, now=incident.onset)  # times of the day it began stand without a date
    words, ui = reader.words, POST_MORTEM[reader.language]
    first, last = (words.severity[severity] for severity in story.severities)
    where = [incident.community_title, *(part.community_title for part in incident.parts)]
    return (
        template_environment()
        .get_template("post-mortem.md.j2")
        .render(
            ui=ui,
            title=incident_title(incident, reader),
            community=incident.community_title,
            incident=incident,
            zone=reader.person.timezone,
            date=incident.onset.astimezone(ZoneInfo(reader.person.timezone)).strftime(
                "%d.%m.%Y" if reader.language == "de" else "%Y-%m-%d"
            ),
            onset=reader.time(incident.onset),
            opened=after(story, story.opened_at, reader),
            paged=moment(story, story.first("paged"), reader),
            acknowledged=moment(story, story.first("acknowledged", "handed_over"), reader),
            resolved=moment(story, story.last("resolved"), reader) if incident.resolved_at else ui["still_open"],
            severity=first if first == last else ui["worsened"].format(first=first, last=last),
            peak=story.peak,
            where=", ".join(dict.fromkeys(where)),
            numbers=facts(incident.figures, TONGUES[reader.language]),
            timeline=[entry(one, reader, incident.plan) for one in story.timeline],
            decisions=[entry(one, reader, incident.plan) for one in story.decisions],
            plan_title=plan_title or (incident.plan.plan_id if incident.plan else ""),
            steps=steps(story, reader),
            pages=reached(story.receipts, reader),
        )
    )


def steps(story: Story, reader: Reader) -> list[tuple[str, str | None]]:
    """The checklist: a line's title, and who did it when (None: left open)."""
    ticks = {tick.step: tick for tick in story.incident.ticks}
    plan = story.incident.plan
    return [
        (
            step.title.get(reader.language, step.id),
            f"{reader.name(ticks[step.id].actor.person_id)}, {reader.time(ticks[step.id].at)}"
            if step.id in ticks
            else None,
        )
        for step in (plan.steps if plan is not None else ())
    ]


def moment(story: Story, one: TimelineEntry | None, reader: Reader) -> str:
    ui = POST_MORTEM[reader.language]
    if one is None:
        return ui["never"]
    if one.actor is None:
        return after(story, one.at, reader)
    return ui["by"].format(at=reader.time(one.at), who=reader.name(one.actor.person_id), minutes=minutes(story, one.at))


def after(story: Story, at: datetime, reader: Reader) -> str:
    return POST_MORTEM[reader.language]["after"].format(at=reader.time(at), minutes=minutes(story, at))


def minutes(story: Story, at: datetime) -> int:
    return round(story.since_onset(at).total_seconds() / 60)


def md(text: str) -> str:
    """What people wrote, on one line and without power over the document."""
    line = " ".join(str(text).split())
    return "".join(f"\\{character}" if character in SPECIAL else character for character in line)
