"""The web addresses of a post: those in its text, and those a platform tells beside it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from feuerwache.ingest.text import MAX_LINK, MAX_LINKS, links_in, visible


def links(text: str, beside: Iterable[object]) -> list[str] | None:
    """All of them, each once, those of the text first; None where there are none beside it, because those of the text
    are found anyway. What is no address of a bearable length is left out."""
    more = [each for each in beside if isinstance(each, str) and 0 < len(each) <= MAX_LINK and each.isprintable()]
    more = [each for each in more if visible(each)]
    return list(dict.fromkeys([*links_in(text), *more]))[:MAX_LINKS] if more else None
