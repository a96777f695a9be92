"""The review queue over HTTP: what waits, decided with a click that the real rules carry out, by whom it may be."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feuerwache.common.events.base import Event, Payload, derived_id
from feuerwache.common.events.decision import Action, AnswerAppeal, AppealState, ReviewDecision, Standing
from feuerwache.common.kafka.keys import author_key
from feuerwache.common.linktoken import LinkToken
from feuerwache.common.linktoken import issue as issue_link
from feuerwache.common.shownname import pseudonym
from feuerwache.console.page import queue_wording
from feuerwache.console.page.plan_wording import PLAN_UI
from feuerwache.console.page.wording import WORDS
from feuerwache.console.review.desk import SIZE
from feuerwache.console.review.urgency import Urgency
from feuerwache.console.review.verdict import Verdict
from feuerwache.console.store import claim
from feuerwache.console.store.claim import Claim
from feuerwache.console.store.database import transaction
from feuerwache.console.store.queue import KINDS, ORDERS
from feuerwache.console.store.words import forget_words
from support.desk import SECRET
from support.reviews import HATE, KEY, THREAT, ReviewCounter, complaint, post, review_counter
from support.rules import COMMUNITY, NOW, PLATFORM, deleted, minutes, moderated, reported, stood

Scenario = Callable[[ReviewCounter], Awaitable[None]]
FORUM = "morgenrot-forum"


def at_the_desk(folder: Path, scenario: Scenario) -> None:
    async def run() -> None:
        async with review_counter(folder) as desk:
            await scenario(desk)

    asyncio.run(run())


def shown(html: str) -> list[str]:
    """The ids of the posts of a page, in its order."""
    return list(dict.fromkeys(re.findall(r'name="post_id" value="([^"]+)"', html)))


def told(html: str) -> str:
    found = re.search(r"<strong data-told>(.*?)</strong>", html)
    return found[1].replace("&#39;", "'") if found else ""


def threat(post_id: str, **more: Any) -> Event[Payload]:
    return post(post_id, "Ich weiß, wo du wohnst.", THREAT, author=f"author of {post_id}", **more)


def test_a_post_is_decided_with_one_click_and_waits_no_longer(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(threat("p1"))
        page = await desk.look()
        assert "1 Beitrag wartet." in page.text
        after = await desk.press(page, "decide-1", "remove", note="Anzeige ist raus")
        assert told(after.text) == "Eingetragen: entfernt."
        assert "Nichts wartet." in after.text
        assert shown(after.text) == []
        (command,) = desk.producer.commands
        assert isinstance(command.data, ReviewDecision)
        assert (command.data.actor.person_id, command.data.actor.via) == ("anna.bergmann", "link")
        assert command.data.note == "Anzeige ist raus"
        decision = desk.in_force("p1").data
        assert (decision.action, decision.automated, decision.cause) == (Action.REMOVE, False, "human")

    at_the_desk(tmp_path, scenario)


def test_a_word_goes_to_the_partition_of_its_author(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        seen = []
        send = desk.producer.send

        async def kept(outgoing: object) -> None:
            seen.append(outgoing)
            await send(outgoing)  # type: ignore[arg-type]  # handed on as it came

        desk.producer.send = kept  # type: ignore[method-assign]  # a test looks over its shoulder
        await desk.tell(threat("p1"))
        await desk.press(await desk.look(), "decide-1", "hide")
        assert [(one.topic, one.key) for one in seen] == [  # type: ignore[attr-defined]  # an `Outgoing`
            ("decisions.commands.v1", author_key(COMMUNITY, "author of p1"))
        ]

    at_the_desk(tmp_path, scenario)


@pytest.mark.parametrize("verdict", tuple(Verdict))
def test_every_button_is_an_action_that_the_rules_take(tmp_path: Path, verdict: Verdict) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(threat("p1"))
        page = await desk.look()
        assert f'value="{verdict.value}" data-key=' in page.text
        after = await desk.press(page, "decide-1", verdict.value)
        assert desk.in_force("p1").data.actions == (verdict.action,)
        assert shown(after.text) == (["p1"] if verdict is Verdict.REVIEW else [])

    at_the_desk(tmp_path, scenario)


def test_the_card_says_why_who_what_and_on_what_ground(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(post("p0", "Alles gut hier.", {}, author="a7", at=NOW - minutes(60 * 24 * 40)))
        text = "Ich weiß, wo du wohnst <script>alert(1)</script>"
        await desk.tell(post("p1", text, THREAT, author="a7", why=("wo du wohnst",)))
        page = (await desk.look()).text
        assert "Von Rita" not in page and "von Rita Regenbogen, Morgenrot auf Facebook" in page
        assert "Kann nicht warten" in page and "vermutlich eine Drohung; wartet seit 21:00 Uhr" in page
        assert '<mark title="Drohung">wo du wohnst</mark> &lt;script&gt;' in page and "<script>alert" not in page
        assert "Drohung 96\u00a0%" in page and "Regel: Drohung <code>threat</code>" in page
        assert "dabei seit 40 Tagen, 1\u00a0Beitrag bisher" in page and "nichts zu beanstanden" in page
        assert "Grundlage ist unsere Hausregel »Drohung«" in page
        assert "Regel „Drohung“: zurückgehalten, eskaliert" in page
        english = (await desk.look("murat.oezdemir")).text
        assert "probably a threat; waits since 20:00" in english and "Europe/London" in english
        assert "Rule: Threat" in english and '<html lang="en">' in english

    at_the_desk(tmp_path, scenario)


def test_the_most_urgent_stands_on_top_and_the_order_can_be_chosen(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(post("insulted", labels={}, author="a1"), threat("threat"), post("banned-1", "Hallo.", {}))
        await desk.tell(stood(Standing.BANNED, author="b"), post("held", "Guten Tag.", {}, author="b"))
        for number in range(4):
            await desk.tell(reported("insulted", f"r{number}", reporter=f"u{number}", reason="hate"))
        assert shown((await desk.look()).text) == ["threat", "insulted", "held"]
        assert shown((await desk.look(order="newest")).text) == ["insulted", "held", "threat"]
        assert shown((await desk.look(order="oldest")).text) == ["threat", "held", "insulted"]
        assert shown((await desk.look(kind="reported")).text) == ["insulted"]
        assert shown((await desk.look(kind="held")).text) == ["threat", "held"]
        assert shown((await desk.look(kind="appeal")).text) == []
        assert "mehrere haben den Beitrag gemeldet" in (await desk.look(kind="reported")).text

    at_the_desk(tmp_path, scenario)


def test_a_community_can_be_chosen_and_the_choice_stays_after_a_decision(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(threat("p1"), threat("p2", community=FORUM), threat("p3", community=FORUM))
        page = await desk.look(community=FORUM, kind="held", order="oldest")
        assert shown(page.text) == ["p2", "p3"]
        assert '<option value="morgenrot-forum" selected>Morgenrot-Forum' in page.text
        after = await desk.press(page, "decide-1", "approve")
        assert shown(after.text) == ["p3"]
        assert after.url.params["community"] == FORUM and after.url.params["kind"] == "held"
        empty = await desk.look(community=FORUM, kind="appeal")
        assert "Mit dieser Auswahl wartet nichts." in empty.text

    at_the_desk(tmp_path, scenario)


def test_an_empty_queue_says_so(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        assert "Gerade wartet nichts auf Sie." in (await desk.look()).text
        assert "Nothing waits for you right now." in (await desk.look("murat.oezdemir")).text

    at_the_desk(tmp_path, scenario)


@pytest.mark.parametrize("order", ORDERS)
def test_pages_neither_repeat_nor_skip_what_waits_though_others_decide_and_more_comes_in(
    tmp_path: Path, order: str
) -> None:
    count = 2 * SIZE + 5

    async def scenario(desk: ReviewCounter) -> None:
        every = [f"p{number:02}" for number in range(count)]
        for number, name in enumerate(every):
            labels = THREAT if number % 3 == 0 else HATE
            await desk.tell(post(name, "Pfui.", labels, author=f"a{number}"))
            if number % 3:
                await desk.tell(complaint(desk.in_force(name), "Warum?"))
        page = await desk.look(order=order)
        first = shown(page.text)
        assert len(first) == SIZE
        assert f"{count} Beiträge warten." in page.text
        # Somebody else works off the first page, and new ones come in, before the next page is asked for.
        for name in first[:7]:
            await desk.tell(deleted(name, author=f"a{int(name[1:])}"))
        await desk.tell(threat("new"))
        seen = list(first)
        while (following := re.search(r'rel="next" href="([^"]+)"', page.text)) is not None:
            page = await desk.http.get(following[1].replace("&amp;", "&"))
            seen += shown(page.text)
            assert len(seen) == len(set(seen)), "no page shows again what another one has shown"
        assert set(every) <= set(seen)
        assert "Zum Anfang" in page.text

    at_the_desk(tmp_path, scenario)


def test_a_place_that_no_page_has_offered_is_the_beginning(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(threat("p1"))
        for nonsense in ("x", "W10", "eyJhIjoxfQ", "WzEsMiwzLDRd", "WzFlOTksMSwieCIsInkiXQ", "\u00fc", "A" * 3000):
            assert shown((await desk.look(after=nonsense, kind="?", order="?")).text) == ["p1"]

    at_the_desk(tmp_path, scenario)


def test_who_comes_second_is_told_who_was_faster_and_changes_nothing(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(threat("p1"))
        annas, murats = await desk.look(), await desk.look("murat.oezdemir")
        await desk.press(annas, "decide-1", "hide")
        after = await desk.press(murats, "decide-1", "approve")
        assert told(after.text) == "Anna Bergmann was faster: hidden. Your click has changed nothing."
        assert len(desk.producer.commands) == 1
        assert desk.in_force("p1").data.action is Action.HIDE
        again = await desk.press(annas, "decide-1", "remove")
        assert told(again.text).startswith("Sie haben hier schon entschieden: ausgeblendet.")
        assert len(desk.producer.commands) == 1

    at_the_desk(tmp_path, scenario)


def test_two_clicks_at_once_are_one_word_before_the_rules_have_heard_of_either(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(threat("p1"))
        annas, murats = await desk.look(), await desk.look("murat.oezdemir")
        desk.producer.obeys = False
        mine, other = await asyncio.gather(
            desk.press(annas, "decide-1", "hide"), desk.press(murats, "decide-1", "approve")
        )
        (command,) = desk.producer.commands
        faster, slower = (mine, other) if command.data.actor.person_id == "anna.bergmann" else (other, mine)
        assert "data-pending" in faster.text
        assert ("was faster" in told(slower.text)) or ("war schneller" in told(slower.text))
        for page in (await desk.look(), await desk.look("emma.agent")):
            assert shown(page.text) == [], "nobody is offered what is being decided"
            assert "hat gerade entschieden" in page.text
        desk.producer.obeys = True
        await desk.tell(command)
        assert desk.in_force("p1").data.actor == command.data.actor

    at_the_desk(tmp_path, scenario)


def test_pressing_twice_is_one_command(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(threat("p1"))
        desk.producer.obeys = False
        page = await desk.look()
        for _ in range(2):
            after = await desk.press(page, "decide-1", "hide")
            assert told(after.text) == "Wird eingetragen: ausgeblendet …"
        assert len({command.id for command in desk.producer.commands}) == 1
        desk.producer.obeys = True
        for command in list(desk.producer.commands):
            await desk.tell(command)
        assert [event.data.cause for event in desk.made] == ["post", "human"]
        state = (await desk.http.get(str(after.url).replace("?", "/revision?", 1))).json()
        assert (state["told"], state["pending"]) == ("Eingetragen: ausgeblendet.", False)

    at_the_desk(tmp_path, scenario)


def test_a_click_that_nothing_came_of_holds_nobody_up_for_long(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(threat("p1"))
        seen = str(desk.in_force("p1").id)
        dead = Claim(PLATFORM, "p1", seen, "x", "murat.oezdemir", "hide", datetime.now(UTC) - claim.HOLDS * 2)
        await claim.take(desk.engine, dead)
        after = await desk.press(await desk.look(), "decide-1", "approve")
        assert told(after.text) == "Eingetragen: bleibt sichtbar."

    at_the_desk(tmp_path, scenario)


def test_without_the_broker_nothing_is_said_to_be_done_and_it_can_be_tried_again(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(threat("p1"))
        page = await desk.look()
        desk.producer.away = True
        failed = await desk.press(page, "decide-1", "hide")
        assert failed.status_code == 503 and "Nichts wurde geändert." in failed.text
        desk.producer.away = False
        other = await desk.press(await desk.look("murat.oezdemir"), "decide-1", "approve")
        assert told(other.text) == "On record: stays visible."

    at_the_desk(tmp_path, scenario)


def test_a_post_that_changed_under_the_click_is_looked_at_again(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(threat("p1"))
        page = await desk.look()
        edited = threat("p1", revision=1, at=NOW + minutes(1))
        await desk.tell(edited)
        after = await desk.press(page, "decide-1", "approve")
        assert told(after.text).startswith("Der Beitrag wurde inzwischen neu beurteilt: zurückgehalten")
        await desk.tell(deleted("p1", author="author of p1"))
        gone = await desk.press(after, "decide-1", "approve")
        assert told(gone.text) == "Der Beitrag wurde inzwischen gelöscht. Ihr Klick hat nichts geändert."
        assert desk.producer.commands == []

    at_the_desk(tmp_path, scenario)


def test_an_appeal_shows_its_authors_words_and_is_answered_with_one_click(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(post("p1", author="a1"), post("p2", author="a2"))
        for name in ("p1", "p2"):
            await desk.tell(complaint(desk.in_force(name), f"Das war Ironie <b>{name}</b>."))
        page = await desk.look()
        assert "Das war Ironie &lt;b&gt;p1&lt;/b&gt;." in page.text
        assert 'id="decide-1"' not in page.text
        assert 'value="remove" data-key="6"' in page.text, "a digit means the same as where nobody has appealed"
        assert page.text.count("Das war Ironie &lt;b&gt;p1&lt;/b&gt;.") == 2, "in the card, and in what happened"
        after = await desk.press(page, "answer-1", "uphold", note="Nein, war es nicht")
        assert told(after.text) == "Eingetragen: Entscheidung bleibt bestehen."
        last = await desk.press(after, "answer-1", "approve", note="Stimmt")
        assert told(last.text) == "Eingetragen: bleibt sichtbar."
        assert shown(last.text) == []
        answers = [command.data for command in desk.producer.commands]
        assert [(one.upheld, one.action) for one in answers if isinstance(one, AnswerAppeal)] == [
            (True, None),
            (False, Action.APPROVE),
        ]
        assert desk.judge.last.appeals[-1].data.state is AppealState.REPLACED
        story = (await desk.http.get(f"{desk.address()}/post", params={"platform": PLATFORM, "post_id": "p1"})).text
        assert "Anna Bergmann: Entscheidung bleibt bestehen" in story and "Notiz: Nein, war es nicht" in story
        assert "Beschwerde eingelegt" in story
        late = await desk.press(page, "answer-1", "approve")
        assert told(late.text).startswith("Sie haben hier schon entschieden")

    at_the_desk(tmp_path, scenario)


def test_a_held_post_whose_appeal_was_refused_waits_no_longer(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(threat("p1"))
        await desk.tell(complaint(desk.in_force("p1"), "Wieso?"))
        after = await desk.press(await desk.look(), "answer-1", "uphold")
        assert shown(after.text) == [] and "Nichts wartet." in after.text

    at_the_desk(tmp_path, scenario)


def test_what_humans_said_before_is_shown_with_who_said_it(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(threat("p1"))
        await desk.press(await desk.look("emma.agent"), "decide-1", "review", note="Kann das wer von euch ansehen?")
        word = stood(Standing.RESTRICTED, author="author of p1", at=NOW + minutes(2))
        await desk.tell(word)
        page = (await desk.look()).text
        assert "Emma Arndt: zur Durchsicht" in page and "Notiz: Kann das wer von euch ansehen?" in page
        assert "Anna Bergmann: eingeschränkt" in page

    at_the_desk(tmp_path, scenario)


def test_notes_and_appeals_go_with_the_text_of_a_deleted_post_and_after_a_year(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(threat("p1"), threat("p2"))
        page = await desk.look("emma.agent")
        await desk.press(page, "decide-1", "review", note="Notiz eins")
        await desk.press(page, "decide-2", "review", note="Notiz zwei")
        assert "Notiz eins" in (await desk.look()).text
        await desk.tell(deleted("p1", author="author of p1"))
        await desk.tell(desk.producer.commands[0])
        case = await desk.http.get(f"{desk.address()}/post", params={"platform": PLATFORM, "post_id": "p1"})
        assert "Notiz eins" not in case.text and "Dieser Beitrag wurde gelöscht." in case.text
        async with transaction(desk.engine) as connection:
            assert await forget_words(connection, int(datetime.now(UTC).timestamp() * 1000) + 10_000) == 1
        assert "Notiz zwei" not in (await desk.look()).text

    at_the_desk(tmp_path, scenario)


def test_what_a_moderator_did_on_the_platform_is_told_as_theirs(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(threat("p1"), moderated("p1", "removed", author="author of p1"))
        assert shown((await desk.look()).text) == []
        case = await desk.http.get(f"{desk.address()}/post", params={"platform": PLATFORM, "post_id": "p1"})
        assert "t: entfernt" in case.text
        assert "Dieser Beitrag wartet nicht. Sie können trotzdem neu entscheiden." in case.text
        after = await desk.press(case, "decide-1", "approve")
        assert told(after.text) == "Eingetragen: bleibt sichtbar." and after.url.path.endswith("/post")

    at_the_desk(tmp_path, scenario)


@pytest.mark.parametrize(
    ("person", "decides", "answers"),
    [
        ("emma.agent", True, False),
        ("anna.bergmann", True, True),
        ("selin.yildiz", True, True),
        ("olaf.operator", False, False),
    ],
)
def test_buttons_and_posts_go_by_role(tmp_path: Path, person: str, decides: bool, answers: bool) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(threat("p1"), post("p2", author="a2"))
        await desk.tell(complaint(desk.in_force("p2"), "Warum?"))
        page = await desk.look(person)
        assert ('id="decide-1"' in page.text, 'id="answer-2"' in page.text) == (decides, answers)
        fields = {"platform": PLATFORM, "note": "", "verdict": "approve"}
        address = desk.address(person)
        seen = {name: str(desk.in_force(name).id) for name in ("p1", "p2")}
        first = await desk.http.post(f"{address}/decide", data={**fields, "post_id": "p1", "seen": seen["p1"]})
        second = await desk.http.post(f"{address}/answer", data={**fields, "post_id": "p2", "seen": seen["p2"]})
        assert (first.status_code, second.status_code) == (303 if decides else 403, 303 if answers else 403)
        assert len(desk.producer.commands) == decides + answers

    at_the_desk(tmp_path, scenario)


@pytest.mark.parametrize(
    ("person", "named"), [("anna.bergmann", False), ("olaf.operator", False), ("selin.yildiz", True)]
)
def test_pseudonymous_authors_are_named_to_the_one_role_alone(tmp_path: Path, person: str, named: bool) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        desk.pseudonymous(COMMUNITY)
        text = "Rita77 weiß, wo @otto.m wohnt."
        await desk.tell(
            post("p1", text, THREAT, author="secret-1", why=("Rita77", "wohnt"), url="https://x.example/rita77")
        )
        await desk.press(await desk.look("emma.agent"), "decide-1", "review", note="Das ist doch Rita Regenbogen?")
        await desk.tell(complaint(desk.in_force("p1"), "Hier ist rita77, warum?"))
        hidden = pseudonym(COMMUNITY, "secret-1", KEY)
        page = (await desk.look(person)).text
        assert (hidden in page) is not named
        for name in ("Rita Regenbogen", "rita77", "@otto.m", "https://x.example"):
            assert (name.casefold() in page.casefold()) is named, name
        assert "secret-1" not in page
        assert "Das ist doch" in page and "warum?" in page and "wohnt" in page

    at_the_desk(tmp_path, scenario)


def test_a_post_whose_text_is_gone_names_nobody_either(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        desk.pseudonymous(COMMUNITY)
        desk.judge.take(threat("p1"))
        await desk.show(*desk.judge.last.decisions)
        page = (await desk.look()).text
        assert "author of p1" not in page and pseudonym(COMMUNITY, "author of p1", KEY) in page
        assert "Der Text dieses Beitrags liegt hier nicht (mehr) vor." in page

    at_the_desk(tmp_path, scenario)


def test_an_address_is_one_persons_ends_and_can_be_revoked(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        address = desk.address()
        assert (await desk.http.get(address)).status_code == 200
        ended = await desk.http.get(desk.address(lives=-timedelta(seconds=1)))
        assert ended.status_code == 410 and "feuerwache decisions page" in ended.text
        changed = address[:-2] + ("A" if address[-2] != "A" else "B") + address[-1]
        for wrong in (changed, address[:-9], "/q/x", "/q/%FF", f"/q/{'A' * 4000}"):
            answer = await desk.http.get(wrong)
            assert answer.status_code == 403, wrong
            assert "Diese Adresse gilt nicht" in answer.text
        everybody = desk.people()
        raised = [one.model_copy(update={"feed": 2}) if one.id == "anna.bergmann" else one for one in everybody.people]
        desk.people = lambda: everybody.model_copy(update={"people": tuple(raised)})
        assert (await desk.http.get(address)).status_code == 403
        desk.people = lambda: everybody.model_copy(update={"people": everybody.people[1:]})
        assert (await desk.http.get(address)).status_code == 403

    at_the_desk(tmp_path, scenario)


def test_no_token_of_another_purpose_opens_the_queue_and_the_queues_opens_no_incident(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        ends = datetime.now(UTC) + timedelta(days=1)
        link = issue_link(LinkToken(derived_id("test", 1), "anna.bergmann", ends), SECRET.encode())
        assert (await desk.http.get(f"/q/{link}")).status_code == 403
        assert (await desk.http.get(desk.address().replace("/q/", "/i/"))).status_code == 403

    at_the_desk(tmp_path, scenario)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
def test_a_form_on_a_foreign_page_decides_nothing(tmp_path: Path, site: str) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(threat("p1"))
        fields = {"platform": PLATFORM, "post_id": "p1", "seen": str(desk.in_force("p1").id), "verdict": "remove"}
        answer = await desk.http.post(f"{desk.address()}/decide", data=fields, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 403 and desk.producer.commands == []
        own = await desk.http.post(f"{desk.address()}/decide", data=fields, headers={"Sec-Fetch-Site": "same-origin"})
        assert own.status_code == 303 and len(desk.producer.commands) == 1

    at_the_desk(tmp_path, scenario)


def test_looking_decides_nothing_and_what_was_not_offered_is_refused(tmp_path: Path) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(threat("p1"))
        address, seen = desk.address(), str(desk.in_force("p1").id)
        assert (await desk.http.get(f"{address}/decide")).status_code == 405
        good = {"platform": PLATFORM, "post_id": "p1", "seen": seen, "verdict": "hide"}
        for wrong in (
            {"verdict": "escalate"},
            {"verdict": ""},
            {"verdict": "uphold"},
            {"post_id": ""},
            {"platform": ""},
        ):
            answer = await desk.http.post(f"{address}/decide", data={**good, **wrong})
            assert answer.status_code == 422, wrong
        assert (await desk.http.post(f"{address}/decide", data={**good, "post_id": "p9"})).status_code == 404
        assert (await desk.http.post(f"{address}/decide", data={**good, "note": "x" * 20_000})).status_code == 413
        late = await desk.http.post(f"{address}/decide", data={**good, "seen": ""})
        assert late.status_code == 303 and "id=" not in late.headers["location"]
        assert desk.producer.commands == []

    at_the_desk(tmp_path, scenario)


def test_nothing_of_a_post_or_an_address_is_logged_or_cached(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(desk: ReviewCounter) -> None:
        await desk.tell(threat("p1"))
        with caplog.at_level(logging.DEBUG, "feuerwache"):
            page = await desk.look()
            await desk.press(page, "decide-1", "hide", note="geheime Notiz")
        heard = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("feuerwache"))
        for secret in ("wo du wohnst", "geheime Notiz", desk.address()[3:20]):
            assert secret not in heard
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        for foreign in ("http://", "style=", "onclick", "<script>"):
            assert foreign not in page.text

    at_the_desk(tmp_path, scenario)


def test_both_languages_say_the_same_things() -> None:
    for name in ("VERDICT", "KIND", "ORDER", "URGENCY", "WHY", "STANDING", "COUNTED", "QUEUE_UI"):
        german, english = (getattr(queue_wording, name)[language] for language in ("de", "en"))
        assert german.keys() == english.keys(), name
        if name == "QUEUE_UI":
            for key, text in german.items():
                assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", english[key])), key
    assert set(queue_wording.VERDICT["de"]) == set(Verdict)
    assert set(queue_wording.KIND["de"]) == set(KINDS)
    assert set(queue_wording.ORDER["de"]) == set(ORDERS)
    assert set(queue_wording.URGENCY["de"]) == set(Urgency)
    assert set(queue_wording.STANDING["de"]) == {standing.value for standing in Standing}
    others = WORDS["de"].ui.keys() | PLAN_UI["de"].keys()
    assert not others & queue_wording.QUEUE_UI["de"].keys(), "one word would hide the other"
