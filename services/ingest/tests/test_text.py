"""Links are found as a reader would read them."""

from __future__ import annotations

import pytest

from feuerwache.ingest.text import MAX_LINKS, links_in


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("kein Link, nur 3.5 und z.B. etwas", ()),
        ("Siehe https://example.org/a?b=c#d.", ("https://example.org/a?b=c#d",)),
        ("(www.example.org) und „https://exämple.de/ü“!", ("www.example.org", "https://exämple.de/ü")),
        ("HTTPS://EXAMPLE.ORG/A HTTPS://EXAMPLE.ORG/A", ("HTTPS://EXAMPLE.ORG/A",)),
        ("<a href='https://example.org/x'>hier</a>", ("https://example.org/x",)),
        ("https://", ()),
        ("WWW.Example.org und httpſ://example.de", ("WWW.Example.org", "httpſ://example.de")),
        ("://, www und http: sind keine", ()),
    ],
)
def test_links(text: str, links: tuple[str, ...]) -> None:
    assert links_in(text) == links


def test_links_are_bounded() -> None:
    assert len(links_in(" ".join(f"https://example.org/{n}" for n in range(1000)))) == MAX_LINKS
