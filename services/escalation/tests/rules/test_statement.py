"""Statements of reasons: every action in both languages, word for word as people have read it in `golden`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from feuerwache.common.config.community import Community
from feuerwache.common.events.decision import Action, Discipline, Standing, StatementOfReasons, Step
from feuerwache.escalation.rules.house import load_house_rules
from feuerwache.escalation.rules.judging.statement import LANGUAGES, TOLD, Found, Reasons, spoken, statement
from feuerwache.escalation.rules.sets.rule import Rule, Words
from support.rules import COMMUNITY, CONFIG, Judge, moderated, reported, stood, written

GOLDEN = Path(__file__).parent / "golden" / "statements.md"
#: The night in which summer time ends in Munich: 00:30 UTC is 02:30 by the clock, for the first time.
AT = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
HOUSE = Community(id="c", title="Morgenrot-Forum", brand="morgenrot", rules="x", policy="x")
RULE = Rule(id="insult", title=Words(de="Beleidigung", en="Insult"), when="true", then=(Action.WARN,))
HELP = RULE.model_copy(
    update={
        "title": Words(de="Jemand in Not", en="Somebody in need"),
        "notice": Words(de="Hilfe: 112.", en="Help: 112."),
    }
)
RESTRICTION = Discipline(ladder="netiquette", step=Step.RESTRICTION, points=6, until=AT + timedelta(days=1))
HINT = Discipline(ladder="netiquette", step=Step.HINT, points=1)
WARNING = Discipline(ladder="netiquette", step=Step.WARNING, points=3)


def told(language: str, *actions: Action, **more: object) -> StatementOfReasons | None:
    reasons: dict[str, object] = {"automated": True, "found": "machine", "rule": RULE} | more
    return statement(Reasons(actions=actions, at=AT, community=HOUSE, language=language, **reasons))  # type: ignore[arg-type] # the parameters of one table


CRIME = RULE.model_copy(
    update={
        "title": Words(de="Drohung", en="Threat"),
        "law": Words(
            de="§ 241 des Strafgesetzbuchs (Bedrohung)", en="section 241 of the German Criminal Code (threat)"
        ),
    }
)

#: What is told, by name.
CASES: dict[str, tuple[tuple[Action, ...], dict[str, object]]] = {
    "remove": ((Action.REMOVE,), {}),
    "remove, as illegal content": ((Action.REMOVE,), {"rule": CRIME}),
    "remove, reported and decided by a person": (
        (Action.REMOVE,),
        {"automated": False, "found": "report", "rule": None},
    ),
    "hide, with a warning": ((Action.HIDE, Action.WARN), {"discipline": WARNING}),
    "hide, and a restriction until a time": ((Action.HIDE, Action.RESTRICT), {"discipline": RESTRICTION}),
    "hold": ((Action.HOLD,), {}),
    "hold, for a human's word about the author": ((Action.HOLD,), {"watched": Standing.RESTRICTED}),
    "hold, for a human's word about the author that ends": (
        (Action.HOLD,),
        {"watched": Standing.RESTRICTED, "watched_until": AT + timedelta(days=7)},
    ),
    "restrict until a time": ((Action.RESTRICT,), {"discipline": RESTRICTION}),
    "restrict without an end": ((Action.RESTRICT,), {}),
    "warn: hint": ((Action.WARN,), {"discipline": HINT}),
    "warn: warning": ((Action.WARN,), {"discipline": WARNING}),
    "move": ((Action.MOVE,), {"move_to": "Kaffeeküche"}),
    "move, by a person who did not say where": ((Action.MOVE,), {"automated": False, "found": "human", "rule": None}),
    "nothing done, with a notice": ((Action.REVIEW, Action.ESCALATE), {"rule": HELP}),
    "hide, found by a machine and decided by a person": (
        (Action.HIDE,),
        {"automated": False, "found": "machine", "rule": None},
    ),
}


def page() -> str:
    parts = ["# Statements of reasons, word for word\n"]
    for name, (actions, more) in CASES.items():
        parts.append(f"## {name}\n")
        for language in LANGUAGES:
            found = told(language, *actions, **more)
            assert found is not None
            parts.append(f"**{language}** {found.facts}\n\n{found.ground}\n\n{found.means}\n\n{found.redress}\n")
    return "\n".join(parts)


def test_every_statement_reads_as_it_did_when_people_read_it() -> None:
    """After a change of words: read the page, then write it with `python -m` of this test's `page`."""
    assert page() == GOLDEN.read_text()


@pytest.mark.parametrize(("action", "language"), [*product(Action, LANGUAGES)])
def test_every_action_is_told_whole_or_not_at_all(action: Action, language: str) -> None:
    found = told(language, action)
    assert (found is not None) is (action in TOLD)
    if found is not None:
        words = found.facts + found.ground + found.means + found.redress
        assert "{" not in words
        assert all(found.model_dump()[part] for part in ("facts", "ground", "means", "redress"))
        assert HOUSE.title in found.facts
        assert ("Beleidigung" if language == "de" else "Insult") in found.ground


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("automated", "found"), [*product((True, False), ("machine", "report", "human"))])
def test_the_means_say_who_noticed_and_who_decided(automated: bool, found: Found, language: str) -> None:
    said = told(language, Action.HIDE, automated=automated, found=found, rule=RULE if automated else None)
    assert said is not None
    assert said.automated is automated
    machine, person = ("Programm", "Mensch") if language == "de" else ("program", "person|omebody")
    decided = said.means.split(";")[1]
    assert bool(re.search(machine, decided)) is automated
    assert (machine in said.means.split(";")[0]) is (found == "machine")
    assert automated or re.search(person, decided)


def test_a_law_is_the_ground_only_where_the_rule_decides() -> None:
    illegal, watched = (
        told("de", Action.REMOVE, rule=CRIME),
        told("de", Action.HOLD, rule=CRIME, watched=Standing.BANNED),
    )
    assert illegal is not None
    assert watched is not None
    assert (illegal.illegal, watched.illegal) == (True, False)
    assert "§ 241" in illegal.ground
    assert "§ 241" not in watched.ground


def test_times_are_the_communitys_own() -> None:
    for zone, hour in (("Europe/Berlin", "02:30"), ("Europe/London", "01:30"), ("America/New_York", "20:30")):
        community = HOUSE.model_copy(update={"timezone": zone})
        reasons = Reasons((Action.HIDE,), AT, community, "de", automated=True, found="machine", rule=RULE)
        found = statement(reasons)
        assert found is not None
        assert hour in found.facts


def test_the_language_is_the_posts_then_the_communitys_then_english() -> None:
    french = HOUSE.model_copy(update={"language": "fr"})
    assert [spoken("en", HOUSE), spoken("fr", HOUSE), spoken("und", HOUSE)] == ["en", "de", "de"]
    assert [spoken("fr", french), spoken("de", french)] == ["en", "de"]


def test_a_statement_repeats_nothing_of_the_text_and_names_nobody() -> None:
    judge = Judge(load_house_rules(CONFIG))
    text = "Zitronenfalter an @petra: ich finde dich"
    judge.take(written(text=text, labels={"threat": 0.95}), reported(reporter="Petra", reason="threat"))
    judge.take(moderated(action="removed"))
    decisions = [event.data for event in judge.last.decisions]
    judge.take(written("p2", text=text, labels={"hate": 0.9}), stood(Standing.BANNED), written("p3", text=text))
    for decision in [*decisions, *(event.data for event in judge.last.decisions)]:
        words = str(getattr(decision, "statement", ""))
        for private in ("Zitronenfalter", "etra", "a1", "anna", COMMUNITY):
            assert private not in words
