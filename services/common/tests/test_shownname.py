"""Who is shown which name of an author, and what no page can show because no event carries it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from feuerwache.common.config.community import Communities, Community
from feuerwache.common.config.people import Role
from feuerwache.common.events.alarm import AlarmRaised
from feuerwache.common.events.incident import IncidentChanged
from feuerwache.common.events.page import PageReceipt, PageRequested
from feuerwache.common.shownname import HIDDEN, Names, pseudonym

INSIDE = Community(id="netz", title="Netz", brand="b", rules="r", policy="p", authors="pseudonymous")
OUTSIDE = Community(id="seite", title="Seite", brand="b", rules="r", policy="p")
NAMES = Names(Communities(communities=(INSIDE, OUTSIDE)), b"key")


def test_the_name_is_shown_where_it_may_be() -> None:
    assert NAMES.shown("seite", "u1", "Käthe", None) == "Käthe"
    assert NAMES.shown("seite", "u1", None, None) is None
    assert NAMES.shown("netz", "u1", "Käthe", Role.HEAD) == "Käthe"
    assert INSIDE.names_for is Role.HEAD


@pytest.mark.parametrize("role", (None, Role.AGENT, Role.MANAGER, Role.OPERATOR))
def test_a_pseudonym_is_shown_to_all_others(role: Role | None) -> None:
    assert NAMES.shown("netz", "u1", "Käthe", role) == pseudonym("netz", "u1", b"key")
    assert NAMES.shown("unknown", "u1", "Käthe", role) == pseudonym("unknown", "u1", b"key")


def test_a_pseudonym_is_stable_and_another_one_elsewhere() -> None:
    one = pseudonym("netz", "u1", b"key")
    assert one == pseudonym("netz", "u1", b"key")
    others = {pseudonym("seite", "u1", b"key"), pseudonym("netz", "u2", b"key"), pseudonym("netz", "u1", b"other")}
    assert len({one, *others}) == 4


def test_own_names_and_people_addressed_are_taken_out_of_a_text() -> None:
    text = "Ich, Käthe Groß (@kgross), frage @murat.oe: warum? Mail: info@firma.example. Käthes Rad bleibt."
    hidden = NAMES.text("netz", text, ("Käthe Groß", "kgross", None), None)
    assert hidden == f"Ich, {HIDDEN} ({HIDDEN}), frage {HIDDEN}: warum? Mail: info@firma.example. Käthes Rad bleibt."
    assert NAMES.text("netz", text, ("Käthe Groß",), Role.HEAD) == text
    assert NAMES.text("seite", text, ("Käthe Groß",), None) == text


def models(kind: Any, seen: set[type]) -> Iterator[type[BaseModel]]:
    """The model and all that its fields are made of."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if kind in seen:
            return
        seen.add(kind)
        yield kind
        for field in kind.model_fields.values():
            yield from models(field.annotation, seen)
    for part in get_args(kind):
        yield from models(part, seen)


@pytest.mark.parametrize("event", (AlarmRaised, IncidentChanged, PageRequested, PageReceipt))
def test_no_alarm_incident_page_or_receipt_carries_an_author(event: type[BaseModel]) -> None:
    """So no mail, SMS, call, chat message, webhook or command that is made of them can name one."""
    named = {"author", "author_id", "handle", "display_name", "parent_author_id", "text", "url"}
    found = {(model.__name__, name) for model in models(event, set()) for name in model.model_fields if name in named}
    assert found <= {("Comment", "text")}


#: What reads an author of a post: by name or by id.
_READS = re.compile(r"\.display_name\b|\.author\.handle\b|author\.handle\b|\.author_id\b")
#: The edges towards people. The first three ask `Names`; the others carry an id into events and rows, and show none.
_EDGES = (
    "console/page/reader.py",
    "console/page/case.py",
    "console/page/record.py",
    "console/review/desk.py",
    "console/store/queue.py",
    "console/store/words.py",
    "cli/simulate/forwards.py",
    "cli/simulate/judgement.py",
    "cli/simulate/intake.py",
    "console/word.py",
    "console/decide_commands.py",
)


def test_no_other_code_towards_people_reads_an_author() -> None:
    """A new edge goes through `Names` and is written down here, with a test of its own."""
    services = Path(__file__).parents[2]
    folders = [services / name / "src" for name in ("console", "notifier", "cli")]
    folders.append(services / "escalation/src/feuerwache/escalation/incidents")
    sources = [each for folder in folders for each in folder.rglob("*.py")]
    assert len(sources) > 100
    found = {str(each) for each in sources if _READS.search(each.read_text("utf-8"))}
    assert {each for each in found if not each.endswith(_EDGES)} == set()
    assert any(each.endswith(_EDGES[0]) for each in found), "the pattern finds nothing"
