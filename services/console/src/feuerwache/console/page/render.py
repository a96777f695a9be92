"""The templates: autoescaped HTML, and every name in them must be there."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from feuerwache.common.vocabulary import Language
from feuerwache.common.wording.tongue import TONGUES
from feuerwache.console.page.case import PostView
from feuerwache.console.page.plan_wording import PLAN_UI
from feuerwache.console.page.queue import QueueView
from feuerwache.console.page.queue_wording import QUEUE_UI
from feuerwache.console.page.view import IncidentView
from feuerwache.console.page.wording import WORDS


@cache
def templates() -> Environment:
    return Environment(
        loader=PackageLoader("feuerwache.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_incident(incident: IncidentView, language: Language, path: str, reasons: tuple[str, ...]) -> str:
    """`path`: where this incident's page stands, `/i/<token>`."""
    return _render("incident.html", language, incident=incident, path=path, reasons=reasons)


def render_queue(queue: QueueView, language: Language, path: str) -> str:
    """`path`: where this person's queue stands, `/q/<token>`."""
    return _render("queue.html", language, queue=queue, path=path)


def render_case(post: PostView, queue: QueueView, language: Language, path: str) -> str:
    """One post of the queue, or one that was in it. `queue` has what is told, and the way back to the list."""
    return _render("case.html", language, post=post, queue=queue, path=path)


def render_notice(
    name: str, language: Language, *, back: str | None = None, reload_seconds: int | None = None, detail: str = ""
) -> str:
    """A page that only says something: `home`, `bad`, `ended`, `missing`, `unavailable`, `invalid`, `not_allowed` …"""
    return _render("notice.html", language, name=name, back=back, reload_seconds=reload_seconds, detail=detail)


def _render(template: str, language: Language, **values: Any) -> str:
    other: Language = "en" if language == "de" else "de"
    words = WORDS[language]
    ui = {**words.ui, **PLAN_UI[language], **QUEUE_UI[language]}
    return (
        templates()
        .get_template(template)
        .render(words=words, ui=ui, language=language, other=other, tongue=TONGUES[language], **values)
    )
