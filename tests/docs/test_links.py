"""Every relative link in the documents leads somewhere: to a file of this repository, to a heading that is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")})
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
#: Paths named in code and comments, as people copy them.
_NAMED = re.compile(r"docs/[\w./-]*\w\.md")
#: As Prometheus has them; the secret files of the same beginning are those of settings.
_METRIC = re.compile(r"`(feuerwache_(?!kafka|redis)[a-z0-9_]+)[`{]")
_CODE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_OUTSIDE = ("https://", "http://", "mailto:")


def links(document: Path) -> Iterator[str]:
    text = _CODE.sub("", document.read_text())
    return (link for link in _LINK.findall(text) if not link.startswith(_OUTSIDE))


def anchors(document: Path) -> set[str]:
    """As GitHub makes them of headings."""
    text = _CODE.sub("", document.read_text())
    headings = re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: str(each.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    broken = []
    for link in links(document):
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


def test_every_metric_that_is_named_is_one() -> None:
    code = "".join(each.read_text() for each in sorted((ROOT / "services").glob("*/src/**/*.py")))
    named = {(each, name) for each in DOCUMENTS for name in _METRIC.findall(each.read_text())}
    assert {name for _, name in named}, "no metric is named anywhere: the pattern is wrong"
    assert not {f"{each.relative_to(ROOT)}: {name}" for each, name in named if name not in code}


def test_code_names_only_documents_that_are_there() -> None:
    sources = [each for folder in ("services", "tests", "deploy", "config") for each in (ROOT / folder).rglob("*.py")]
    missing = {
        f"{source.relative_to(ROOT)}: {name}"
        for source in sources
        for name in _NAMED.findall(source.read_text())
        if not (ROOT / name).exists()
    }
    assert not missing
