"""Leading an incident from its page: every button by every role, over HTTP, carried out by the real state machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import IncidentState
from feuerwache.common.vocabulary import Language
from feuerwache.console.orders import MAKERS
from feuerwache.console.page import plan_wording
from feuerwache.console.page.leading import ASKED, SENT
from feuerwache.console.postmortem.wording import POST_MORTEM
from feuerwache.escalation.incidents import permission as permission_module
from support.desk import Counter, Forms, counter
from support.dossiers import classified, ref
from support.incidents import alarm, minutes, resolve

LEADERS = {"hand-over", "merge", "split", "resolve"}


def at_the_counter(folder: Path, scenario: Callable[[Counter], Awaitable[None]], *events: Event[Any]) -> None:
    async def run() -> None:
        async with counter(folder) as desk:
            await desk.tell(*(events or (alarm(examples=(ref("p1"), ref("p2"), ref("p3"))),)))
            await scenario(desk)

    asyncio.run(run())


def distress(about: str = "self_harm") -> Event[Any]:
    return alarm(kind=CrisisKind.SINGLE_POST, severity=Severity.CRITICAL, about=about, examples=(ref("p1"),))


def test_a_step_is_ticked_taken_back_and_told_with_who_did_it(tmp_path: Path) -> None:
    async def scenario(desk: Counter) -> None:
        page = await desk.http.get(desk.link())
        assert "Einsatzplan: Shitstorm" in page.text and "0 von 10 Schritten erledigt" in page.text
        page = await desk.press(page, "tick-read")
        assert "1 von 10 Schritten erledigt" in page.text and "Anna Bergmann, 22:00 Uhr" in page.text
        assert "Anna Bergmann hat abgehakt: Die Beispiele und den auslösenden Beitrag lesen" in page.text
        assert 'aria-checked="true"' in page.text
        english = await desk.http.get(desk.link("murat.oezdemir"))
        assert "1 of 10 steps done" in english.text and "Anna Bergmann, 21:00" in english.text
        page = await desk.press(english, "tick-read")
        assert "0 of 10 steps done" in page.text
        assert [tick.step for tick in desk.incident().ticks] == []
        assert "Murat Özdemir hat wieder geöffnet" in (await desk.http.get(desk.link())).text

    at_the_counter(tmp_path, scenario)


def test_pressing_twice_is_one_command_and_two_steps_of_one_page_are_two(tmp_path: Path) -> None:
    async def scenario(desk: Counter) -> None:
        page = await desk.http.get(desk.link())
        desk.producer.obeys = False
        for form in ("tick-read", "tick-read", "tick-facts"):
            shown = await desk.press(page, form)
            assert "wird eingetragen …" in shown.text and "data-pending" in shown.text
        ids = [command.id for command in desk.producer.commands]
        assert ids[0] == ids[1] != ids[2]
        desk.producer.obeys = True
        await desk.tell(*desk.producer.commands)
        assert [tick.step for tick in desk.incident().ticks] == ["read", "facts"]
        assert len([one for one in desk.incident().timeline if one.what == "plan_step_done"]) == 2

    at_the_counter(tmp_path, scenario)


def test_looking_ticks_nothing_and_a_step_that_is_not_there_is_refused(tmp_path: Path) -> None:
    async def scenario(desk: Counter) -> None:
        path = desk.link()
        assert (await desk.http.get(f"{path}/tick")).status_code == 405
        for wrong in ({"step": "nonsense"}, {"plan": "raid"}, {"done": "maybe"}, {}):
            form = {"plan": "shitstorm", "step": "read", "done": "yes"} | wrong if wrong else {}
            assert (await desk.http.post(f"{path}/tick", data=form)).status_code == 422
        assert (await desk.http.post("/i/forged/tick", data={"step": "read"})).status_code == 403
        assert desk.producer.commands == []

    at_the_counter(tmp_path, scenario)


def test_comment_snooze_help_and_hand_over(tmp_path: Path) -> None:
    async def scenario(desk: Counter) -> None:
        page = await desk.http.get(desk.link())
        page = await desk.press(page, "comment", text="Rückruf bei der Technik: <b>22:30</b>")
        assert "Rückruf bei der Technik: &lt;b&gt;22:30&lt;/b&gt;" in page.text
        page = await desk.press(page, "help")
        assert "Anna Bergmann hat Verstärkung gerufen" in page.text
        page = await desk.press(page, "snooze", minutes="30")
        assert "Zurückgestellt bis 22:30 Uhr" in page.text
        page = await desk.press(page, "hand-over", to="selin.yildiz")
        assert "Anna Bergmann hat an Selin Yıldız übergeben" in page.text
        assert desk.incident().owner == "selin.yildiz"

    at_the_counter(tmp_path, scenario)


def test_posts_are_split_off_and_incidents_merged(tmp_path: Path) -> None:
    async def scenario(desk: Counter) -> None:
        await desk.show(classified("p2", "Die Filiale in Passau ist schlimm"))
        first = desk.incident().incident_id
        page = await desk.http.get(desk.link())
        assert "Die Filiale in Passau ist schlimm" in page.text and "merge" not in Forms(page.text).forms
        page = await desk.press(page, "split", **{"example-1": "yes"})
        assert "hat Beiträge in einen eigenen Einsatz ausgegliedert" in page.text
        (other,) = [one for one in desk.book if one.incident_id != first]
        assert [example.post_id for example in other.examples] == ["p2"]
        assert "p2" not in [example.post_id for example in desk.incident(first).examples]
        page = await desk.http.get(desk.link(incident_id=other.incident_id))
        page = await desk.press(page, "merge", into=str(first))
        assert desk.incident(other.incident_id).merged_into == first
        assert "Ein anderer Einsatz ist hier aufgegangen" in page.text, "the link of a merged one shows the other"

    at_the_counter(tmp_path, scenario)


def test_nothing_or_everything_cannot_be_split_off(tmp_path: Path) -> None:
    async def scenario(desk: Counter) -> None:
        page = await desk.http.get(desk.link())
        for chosen in ({}, {f"example-{number}": "yes" for number in range(3)}):
            assert (await desk.press(page, "split", **chosen)).status_code == 422

    at_the_counter(tmp_path, scenario)


@pytest.mark.parametrize(
    ("person", "missing", "words"),
    [
        ("emma.agent", LEADERS, "Als Agent können Sie hier nicht: beenden, übergeben, ausgliedern, zusammenlegen."),
        ("olaf.operator", {"resolve"}, "Als Betrieb können Sie hier nicht: beenden, abhaken."),
        ("selin.yildiz", set(), ""),
    ],
)
def test_who_may_not_finds_no_button_and_is_told_why(
    tmp_path: Path, person: str, missing: set[str], words: str
) -> None:
    async def scenario(desk: Counter) -> None:
        page = await desk.http.get(desk.link(person))
        forms = Forms(page.text).forms.keys()
        offered = {"acknowledge", "comment", "help", "snooze", "hand-over", "split", "resolve"}
        assert offered & forms == offered - missing
        assert words in page.text and ("können Sie hier nicht" in page.text) is bool(words)
        assert any(form.startswith("tick-") for form in forms) is (person != "olaf.operator")

    at_the_counter(tmp_path, scenario)


def test_who_posts_without_a_button_is_refused_in_words_and_nothing_is_on_record(tmp_path: Path) -> None:
    async def scenario(desk: Counter) -> None:
        path = desk.link("emma.agent")
        answer = await desk.http.post(f"{path}/resolve", data={"reason": "handled"})
        assert answer.status_code == 403 and "Die Rolle Agent darf das nicht." in answer.text
        answer = await desk.http.post(f"{path}/snooze", data={"minutes": "60"})
        assert answer.status_code == 403 and "So lange darf die Rolle Agent nicht zurückstellen." in answer.text
        assert (await desk.http.post(f"{path}/snooze", data={"minutes": "30"})).status_code == 303
        assert [type(command.data).__name__ for command in desk.producer.commands] == ["Snooze"]

    at_the_counter(tmp_path, scenario)


def test_who_lost_the_role_meanwhile_reads_what_the_incident_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permission_module, "refusal", lambda *_: "role")
    monkeypatch.setattr("feuerwache.escalation.incidents.book.refusal", lambda *_: "role", raising=False)
    monkeypatch.setattr("feuerwache.escalation.incidents.commanded.refusal", lambda *_: "role", raising=False)

    async def scenario(desk: Counter) -> None:
        page = await desk.press(await desk.http.get(desk.link()), "hand-over", to="selin.yildiz")
        assert "Das ging nicht: Die Rolle Community-Manager darf das nicht." in page.text
        assert "Anna Bergmann wollte übergeben; abgelehnt." in page.text
        assert desk.incident().owner is None

    at_the_counter(tmp_path, scenario)


def test_a_post_of_somebody_in_distress_comes_with_the_numbers_that_help(tmp_path: Path) -> None:
    async def scenario(desk: Counter) -> None:
        page = (await desk.http.get(desk.link())).text
        assert page.index('href="tel:08001110111"') < page.index('id="examples"')
        for number in ("0800 111 0 222", "116 123", ">142<", ">143<", ">112<"):
            assert number in page
        assert "Mögliche Selbstgefährdung" in page
        english = (await desk.http.get(desk.link("murat.oezdemir"))).text
        assert "TelefonSeelsorge (Germany)" in english and "Possible self-harm" in english

    at_the_counter(tmp_path, scenario, distress())


def test_a_threat_has_another_plan(tmp_path: Path) -> None:
    async def scenario(desk: Counter) -> None:
        page = (await desk.http.get(desk.link())).text
        assert "Einsatzplan: Drohung" in page and "Beweise sichern" in page and 'href="tel:110"' in page

    at_the_counter(tmp_path, scenario, distress("threat"))


def test_who_must_know_by_when_and_what_is_overdue(tmp_path: Path) -> None:
    async def scenario(desk: Counter) -> None:
        page = (await desk.http.get(desk.link())).text
        assert "bis 22:10 Uhr" in page and "war fällig" not in page
        desk.clock.advance(minutes(15))
        page = (await desk.http.get(desk.link())).text
        assert "war fällig bis 22:10 Uhr" in page
        assert '<strong>Presse</strong> <span class="chip">bis 22:30 Uhr</span>' in page

    at_the_counter(tmp_path, scenario)


def test_a_low_incident_says_who_need_not_know_yet(tmp_path: Path) -> None:
    async def scenario(desk: Counter) -> None:
        page = (await desk.http.get(desk.link())).text
        assert '<strong>Geschäftsleitung</strong> <span class="hint">ab Stufe Dringend</span>' in page

    at_the_counter(tmp_path, scenario, alarm(severity=Severity.LOW))


def test_prepared_words_are_ready_to_be_filled_in_and_copied(tmp_path: Path) -> None:
    async def scenario(desk: Counter) -> None:
        page = (await desk.http.get(desk.link())).text
        assert "verstehen, dass euch [Thema] ärgert" in page and ">Kopieren</button>" in page

    at_the_counter(tmp_path, scenario)


def test_after_the_end_the_plan_and_comments_stay_open_and_the_post_mortem_is_there(tmp_path: Path) -> None:
    async def scenario(desk: Counter) -> None:
        incident = desk.incident()
        await desk.tell(resolve(incident.incident_id))
        page = await desk.http.get(desk.link())
        forms = set(Forms(page.text).forms)
        assert {"comment", "tick-read"} <= forms and not forms & (LEADERS | {"acknowledge", "snooze", "help"})
        assert desk.incident().state is IncidentState.RESOLVED
        answer = await desk.http.get(f"{desk.link()}/post-mortem?lang=de")
        assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
        assert answer.text.startswith("# Nachbesprechung: Welle der Empörung, Morgenrot-Forum")

    at_the_counter(tmp_path, scenario)


def test_an_incident_of_an_older_writer_has_no_plan_and_its_page_works(tmp_path: Path) -> None:
    async def scenario(desk: Counter) -> None:
        desk.book.restore(desk.incident().model_copy(update={"plan": None, "ticks": ()}))
        await desk.press(await desk.http.get(desk.link()), "comment", text="Hallo")
        page = await desk.http.get(desk.link())
        assert page.status_code == 200 and "Einsatzplan" not in page.text

    at_the_counter(tmp_path, scenario)


def test_every_button_has_its_command() -> None:
    assert set(SENT) == set(ASKED) == set(MAKERS)


@pytest.mark.parametrize("table", ["DESK", "LEVER", "USE", "WANTED", "PLAN_UI"], ids=str.lower)
def test_both_languages_have_the_same_words(table: str) -> None:
    words: dict[Language, dict[Any, str]] = getattr(plan_wording, table)
    assert words["de"].keys() == words["en"].keys()
    for key, text in words["de"].items():
        assert blanks(text) == blanks(words["en"][key]), key


def test_no_word_is_named_as_what_a_dictionary_can_do() -> None:
    """In a template `ui.copy` would be the dictionary's own."""
    assert not [key for key in (*plan_wording.PLAN_UI["de"], *POST_MORTEM["de"]) if hasattr(dict, key)]


def test_the_post_mortem_has_the_same_words_in_both_languages() -> None:
    assert POST_MORTEM["de"].keys() == POST_MORTEM["en"].keys()
    for key, text in POST_MORTEM["de"].items():
        assert blanks(text) == blanks(POST_MORTEM["en"][key]), key


def blanks(text: str) -> set[str]:
    return {part.split("}")[0] for part in text.split("{")[1:]}
