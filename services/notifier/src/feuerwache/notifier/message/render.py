"""A requested page becomes a message: pure, from the page, the reader and the link.

The subject alone says how bad, what and where, because at three in the morning the lock screen shows no more. HTML is
escaped by the template engine, and no post is quoted in it anyway.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from feuerwache.common.events.page import PageRequested
from feuerwache.common.vocabulary import Language
from feuerwache.notifier.message.message import Message
from feuerwache.notifier.message.wording import WORDS, Words, duration, figures_line, moment

#: A page that is later than this says so.
LATE = timedelta(minutes=1)

TEMPLATES = Environment(
    loader=PackageLoader("feuerwache.notifier.message"),
    autoescape=lambda name: name is not None and ".html" in name,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads it. `link` opens the incident; a personal one acts in the reader's name and is a secret."""

    name: str
    language: Language
    timezone: str
    link: str = field(repr=False)
    personal: bool = True


def render(page_id: UUID, page: PageRequested, reader: Reader, *, possible_repeat: bool = False) -> Message:
    """The page as this reader gets it."""
    words = WORDS[reader.language]
    values = _values(page, reader, words, possible_repeat)
    return Message(
        language=reader.language,
        subject=subject(page, words, possible_repeat=possible_repeat),
        text=TEMPLATES.get_template("page.txt.j2").render(values),
        html=TEMPLATES.get_template("page.html.j2").render(values),
        data=_data(page_id, page, reader, values, possible_repeat=possible_repeat),
    )


def subject(page: PageRequested, words: Words, *, possible_repeat: bool) -> str:
    """ "Kritisch: Welle der Empörung – Morgenrot auf Facebook (12 min verspätet)", always one line."""
    about = page.subject
    late = timedelta(seconds=page.late_seconds)
    marks = [words.late_mark.format(how_late=duration(late, words))] if late >= LATE else []
    marks += [words.repeat_mark] if possible_repeat else []
    line = f"{words.severity[about.severity]}: {_what(page, words)} – {about.community_title}"
    return " ".join((line + (f" ({', '.join(marks)})" if marks else "")).split())


def _what(page: PageRequested, words: Words) -> str:
    title = page.subject.rule_title
    return title.get(words.language) or title.get("en") or words.kind[page.subject.kind]


def _values(page: PageRequested, reader: Reader, words: Words, possible_repeat: bool) -> dict[str, Any]:
    about, zone = page.subject, ZoneInfo(reader.timezone)
    late = timedelta(seconds=page.late_seconds)
    return {
        "words": words,
        "severity": words.severity[about.severity],
        "what": _what(page, words),
        "where": about.community_title,
        "figures": figures_line(about.figures, words) or words.no_figures,
        "began": f"{moment(about.onset.astimezone(zone), words)} ({reader.timezone})",
        "late": words.late.format(how_late=duration(late, words)) if late >= LATE else None,
        "repeat": words.repeat if possible_repeat else None,
        "step": words.step.format(step=page.step + 1) if page.step > 0 or page.round > 0 else None,
        "following": words.following.format(when=page.deadline.astimezone(zone).strftime(words.time))
        if page.deadline is not None
        else None,
        "link": reader.link,
        "personal": reader.personal,
        "greeting": words.greeting.format(name=reader.name) if reader.personal else None,
        "canary": page.canary,
    }


def _data(
    page_id: UUID, page: PageRequested, reader: Reader, values: dict[str, Any], *, possible_repeat: bool
) -> dict[str, Any]:
    about = page.subject
    return {
        "type": "feuerwache.page.v1",
        "timestamp": page.due_at.isoformat(),
        "data": {
            "page_id": str(page_id),
            "incident_id": str(page.incident_id),
            "step": page.step,
            "round": page.round,
            "urgency": page.urgency.value,
            "community": about.community,
            "community_title": about.community_title,
            "kind": about.kind.value,
            "severity": about.severity.value,
            "onset": about.onset.isoformat(),
            "figures": about.figures.model_dump(mode="json", exclude_none=True, exclude={"most_said"}),
            "summary": f"{values['what']}: {values['figures']}",
            "late_seconds": page.late_seconds,
            "possible_repeat": possible_repeat,
            "link": reader.link,
        },
    }
