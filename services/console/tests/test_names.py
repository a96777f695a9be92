"""Authors on the page: named where their community names them, else only to the role that the community says."""

from __future__ import annotations

from pathlib import Path

import pytest

from feuerwache.common.config.community import Communities
from feuerwache.common.config.people import People, Person, Role
from feuerwache.common.shownname import Names, pseudonym
from feuerwache.console.page.reader import Reader
from feuerwache.console.page.render import render_incident
from feuerwache.console.page.view import view
from feuerwache.console.settings import ConsoleSettings
from feuerwache.console.store.reading import ExamplePost
from support.dossiers import Story, classified, people, ref
from support.incidents import COMMUNITY, house

KEY = b"a key of this test"
TEXT = "Kaffeetante <b>77</b> grüßt @murat.oezdemir und kaffeetante: so geht es nicht weiter, sagt Anna."
URL = "https://netz.example/kaffeetante/1"


def communities(**changes: object) -> Communities:
    every = house().communities.communities
    return Communities(
        communities=tuple(one.model_copy(update=changes) if one.id == COMMUNITY else one for one in every)
    )


def page(names: Names, role: Role) -> str:
    """The rendered page about an incident with one example, for a person of this role."""
    team: People = people()
    person: Person = team.people[0].model_copy(update={"role": role})
    story = Story()
    dossier = story.dossier(ExamplePost(ref("p1"), classified("p1", TEXT, url=URL).data))
    return render_incident(view(dossier, Reader(person, "de", team, story.now, names)), "de", "/i/x", ())


@pytest.mark.parametrize("role", tuple(Role))
def test_a_community_that_names_its_authors_names_them_to_everybody(role: Role) -> None:
    shown = page(Names(communities(), KEY), role)
    assert "Kaffeetante &lt;b&gt;77&lt;/b&gt;" in shown
    assert "@murat.oezdemir" in shown
    assert URL in shown
    assert pseudonym(COMMUNITY, "u1", KEY) not in shown


@pytest.mark.parametrize("names_for", (Role.HEAD, Role.MANAGER))
@pytest.mark.parametrize("role", tuple(Role))
def test_pseudonymous_authors_are_named_to_the_one_role_alone(role: Role, names_for: Role) -> None:
    shown = page(Names(communities(authors="pseudonymous", names_for=names_for), KEY), role)
    assert ("Kaffeetante" in shown) is (role is names_for)
    assert ("@murat.oezdemir" in shown) is (role is names_for)
    assert (URL in shown) is (role is names_for)
    assert (pseudonym(COMMUNITY, "u1", KEY) in shown) is (role is not names_for)
    assert "so geht es nicht weiter" in shown
    if role is not names_for:
        assert "kaffeetante" not in shown.casefold()
        assert "u1" not in shown


def test_without_knowing_the_community_nobody_is_named() -> None:
    assert "Kaffeetante" not in page(Names(None, KEY), Role.HEAD)
    assert "Kaffeetante" not in page(Names(), Role.HEAD)


def test_the_key_is_that_of_the_pulses_and_else_that_of_the_links(tmp_path: Path) -> None:
    both = ConsoleSettings(link_secret="l" * 32, pulse_secret="p" * 80, config_dir=tmp_path)
    assert both.naming_key() == b"p" * 64
    assert ConsoleSettings(link_secret="l" * 32, config_dir=tmp_path).naming_key() == b"l" * 32
