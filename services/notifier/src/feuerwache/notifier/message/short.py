"""What a push or a chat shows: a first line that says how bad, what and where, and little below it.

It lights up on phones that lie on a table, so it quotes nobody unless its reader wants that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.page import PageRequested, PageSubject
from feuerwache.common.wording.numeral import NO_BREAK

#: A longer digest is read on the page.
MOST_ENTRIES = 10


def discreet(about: PageSubject) -> PageSubject:
    """The same without the words of posts: what is said most, and the word a topic is named by."""
    said = about.figures.model_copy(update={"most_said": ()})
    named = "" if about.kind is CrisisKind.TOPIC_SURGE else about.about
    return about.model_copy(update={"figures": said, "about": named})


def discreet_page(page: PageRequested) -> PageRequested:
    entries = tuple(entry.model_copy(update={"subject": discreet(entry.subject)}) for entry in page.digest)
    return page.model_copy(update={"subject": discreet(page.subject), "digest": entries})


def short(
    headline: str, alarm: Mapping[str, Any], frame: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]
) -> str:
    """`alarm`, `frame` and `entries` are the values of the mail's template (`render.py`)."""
    if entries:
        lines = [f"{entry['severity']}: {entry['what']} – {entry['where']}. {entry['why']}" for entry in entries]
        return _plain([headline, *lines[:MOST_ENTRIES]])
    began = ": ".join(alarm["lines"][0])
    return _plain([headline, alarm["figures"], alarm["also"], frame["step"], began, frame["following"]])


def _plain(lines: Sequence[str | None]) -> str:
    return "\n".join(" ".join(line.replace(NO_BREAK, " ").split()) for line in lines if line)
