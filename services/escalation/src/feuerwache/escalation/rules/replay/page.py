"""The HTML page of a replay: one file with everything in it, no script, nothing fetched from anywhere, no text of a
post: a file is kept, and texts live in their topics alone.
"""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.vocabulary import SEVERITY, Language
from feuerwache.escalation.rules.replay.change import Change
from feuerwache.escalation.rules.replay.wording import WORDS, Saying


class NotWritable(FeuerwacheError):  # noqa: N818 - it names what was found
    """The page cannot be written where it is wanted."""


def render(change: Change, language: Language) -> str:
    """The whole page. Deterministic."""
    environment = Environment(
        loader=PackageLoader("feuerwache.escalation.rules.replay"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("change.html.j2").render(
        change=change,
        words=WORDS[language],
        say=Saying(language, ZoneInfo(change.timezone)),
        language=language,
        severity=SEVERITY[language],
        most=max((max(each.before, each.after) for each in change.actions), default=1) or 1,
    )


def writable(page: Path | None) -> None:
    """Said before the work is done. Raises `NotWritable`."""
    if page is None:
        return
    if page.is_dir() or not page.parent.is_dir():
        raise NotWritable(f"--html {page}: {'is a folder' if page.is_dir() else 'there is no such folder'}")
    if not os.access(page if page.exists() else page.parent, os.W_OK):
        raise NotWritable(f"--html {page}: may not be written")
