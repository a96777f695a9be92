"""What a person reads: in their language and zone, in every state, with nothing from a post acting on the page."""

from __future__ import annotations

import ast
from dataclasses import fields
from pathlib import Path

import pytest

from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import ReceiptStatus
from feuerwache.common.shownname import Names
from feuerwache.common.vocabulary import Language
from feuerwache.console.orders import REASONS
from feuerwache.console.page.leading import Order, Sent
from feuerwache.console.page.reader import Reader
from feuerwache.console.page.render import render_incident, render_notice
from feuerwache.console.page.view import IncidentView, view
from feuerwache.console.page.wording import DE, EN, WORDS
from feuerwache.console.store.reading import ExamplePost
from feuerwache.escalation import incidents as incidents_package
from feuerwache.escalation.incidents.ladder import page_id
from support.dossiers import Story, classified, decided, people, ref
from support.incidents import JONAS, NIGHT, acknowledge, alarm, comment, house, minutes, receipt, resolve, snooze

NAMED = Names(house().communities)


def reader(story: Story, person_id: str = "anna.bergmann") -> Reader:
    team = people()
    person = team.person(person_id)
    assert person is not None
    return Reader(person, person.language, team, story.now, NAMED)


def seen(
    story: Story, person_id: str = "anna.bergmann", sent: Sent | None = None, *examples: ExamplePost
) -> IncidentView:
    return view(story.dossier(*examples), reader(story, person_id), Order(sent) if sent else None)


def html(shown: IncidentView, language: Language = "de") -> str:
    return render_incident(shown, language, "/i/token", REASONS)


@pytest.mark.parametrize("field", [field.name for field in fields(DE)])
def test_both_languages_say_the_same_things(field: str) -> None:
    german, english = getattr(DE, field), getattr(EN, field)
    assert type(german) is type(english)
    if isinstance(german, dict):
        assert german.keys() == english.keys()
        placeholders = {key: placeholders_of(text) for key, text in german.items()}
        assert placeholders == {key: placeholders_of(text) for key, text in english.items()}


def placeholders_of(text: str) -> set[str]:
    return {part.split("}")[0] for part in text.split("{")[1:]}


def test_every_entry_the_incidents_write_has_its_sentence() -> None:
    """Collected from the code that writes them: the third argument of `noted`, the fifth of `unowned`."""
    written: set[str] = set()
    for source in Path(incidents_package.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"noted", "unowned"}:
                place = 2 if node.func.id == "noted" else 4
                written |= {
                    constant.value
                    for constant in ast.walk(node.args[place])
                    if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
                }
    assert len(written) > 15
    assert written - DE.timeline.keys() == set()


def test_three_lines_say_what_how_much_and_who() -> None:
    shown = seen(Story())
    assert tuple(line.replace("\u00a0", " ") for line in shown.lines) == (
        "Morgenrot-Forum, seit 21:55 Uhr.",
        "1.214 Beiträge in 15 Min., sonst 12; 61 % negativ (sonst 14 %); verdoppelt sich alle 4,5 Min.; "
        "am häufigsten: Rückruf, Lieferung, Kabel",
        "Noch hat niemand übernommen. Übernimmt niemand, wird um 22:10 Uhr die nächste Stufe alarmiert.",
    )
    assert (shown.tone, shown.may_acknowledge, shown.may_resolve) == ("burning", True, True)


def test_the_same_in_english_and_london() -> None:
    shown = seen(Story(), "murat.oezdemir")
    assert shown.title == "Wave of outrage"
    assert tuple(line.replace("\u00a0", " ") for line in shown.lines) == (
        "Morgenrot-Forum, since 20:55.",
        "1,214 posts in 15 min, usually 12; 61 % negative (usually 14 %); doubles every 4.5 min; "
        "most said: Rückruf, Lieferung, Kabel",
        "Nobody has taken over yet. If nobody takes over, the next step is paged at 21:10.",
    )


def test_the_next_day_the_date_is_said() -> None:
    story = Story()
    story.now += minutes(24 * 60)
    assert "Sa., 14.11., 21:55 Uhr" in seen(story).lines[0]


@pytest.mark.parametrize(
    ("person", "line"),
    [
        ("anna.bergmann", "Sie haben um 22:00 Uhr übernommen."),
        ("jonas.keller", "Anna Bergmann hat um 22:00 Uhr übernommen."),
    ],
)
def test_who_has_it(person: str, line: str) -> None:
    story = Story()
    story.tell(acknowledge(story.incident.incident_id))
    shown = seen(story, person)
    assert (shown.lines[2], shown.tone, shown.may_acknowledge, shown.may_resolve) == (line, "held", False, True)


def test_who_comes_too_late_is_told_who_has_it() -> None:
    story = Story()
    story.tell(acknowledge(story.incident.incident_id))
    shown = seen(story, "jonas.keller", "acknowledge")
    assert shown.notice == "Dieser Einsatz ist bereits übernommen: von Anna Bergmann um 22:00 Uhr."
    assert seen(story, "anna.bergmann", "acknowledge").notice is None
    story.tell(resolve(story.incident.incident_id))
    assert seen(story, "jonas.keller", "acknowledge").notice == "Dieser Einsatz ist bereits beendet."


@pytest.mark.parametrize(("sent", "pending"), [("acknowledge", "Wird übernommen …"), ("resolve", "Wird beendet …")])
def test_what_is_under_way_is_shown_as_that_and_offers_no_button(sent: Sent, pending: str) -> None:
    shown = seen(Story(), "anna.bergmann", sent)
    assert (shown.pending, shown.may_acknowledge, shown.may_resolve) == (pending, False, False)
    assert "http-equiv" in html(shown) and "<form" not in html(shown)


def test_the_end_and_its_reason() -> None:
    story = Story()
    story.tell(resolve(story.incident.incident_id, reason="false_alarm"))
    shown = seen(story)
    assert (shown.lines[2], shown.tone, shown.may_resolve) == ("Beendet um 22:00 Uhr: Fehlalarm.", "over", False)


def test_a_ladder_at_its_end_says_so() -> None:
    story = Story().wait(10).wait(15)
    assert seen(story).lines[2] == "Noch hat niemand übernommen. Die letzte Stufe ist alarmiert."
    assert "niemand hat geantwortet" in seen(story.wait(30)).lines[2]


def test_snoozed_says_until_when() -> None:
    story = Story()
    story.tell(snooze(story.incident.incident_id, NIGHT + minutes(90)))
    shown = seen(story)
    assert shown.lines[2] == "Zurückgestellt bis 23:30 Uhr; dann wird wieder alarmiert."
    assert shown.may_acknowledge


def test_who_was_reached_is_the_last_word_about_each_delivery() -> None:
    story = Story()
    page = page_id(story.incident.incident_id, 0, 0)
    claimed = receipt(story.incident.incident_id, page, status=ReceiptStatus.CLAIMED)
    sent_later = claimed.data.model_copy(update={"status": ReceiptStatus.SENT, "at": NIGHT + minutes(1)})
    story.receipts = [sent_later, claimed.data]
    story.tell(
        receipt(story.incident.incident_id, page, status=ReceiptStatus.UNREACHABLE, recipient=None, channel=None)
    )
    assert [(one.who, one.status, one.good) for one in seen(story).reached] == [
        ("Anna Bergmann", "verschickt", True),
        ("die ganze Stufe", "niemand erreichbar", False),
    ]


def test_an_example_shows_its_text_its_labels_and_its_decision() -> None:
    post = classified("p1", "Meine Aurora riecht verbrannt!", url="https://forum.example/p1").data
    one = ExamplePost(ref("p1"), post, decided("p1").data)
    (shown,) = seen(Story(), "anna.bergmann", None, one).examples
    assert (shown.text, shown.labels, shown.action) == (
        "Meine Aurora riecht verbrannt!",
        ("Beschwerde", "negativ"),
        "ausgeblendet",
    )
    assert shown.url == "https://forum.example/p1"


def test_an_example_says_that_nobody_acts_on_its_decision_and_that_its_author_has_appealed() -> None:
    person, marks = "anna.bergmann", ("nur beobachtet, nichts getan", "Beschwerde wartet auf Antwort")
    post = classified("p1", "Meine Aurora riecht verbrannt!").data
    watched = decided("p1").data.model_copy(update={"dry_run": True})
    (shown,) = seen(Story(), person, None, ExamplePost(ref("p1"), post, watched, appealed=True)).examples
    assert shown.marks == marks
    page = html(seen(Story(), person, None, ExamplePost(ref("p1"), post, watched, appealed=True)))
    assert all(mark in page for mark in marks)


def test_what_is_gone_is_not_shown() -> None:
    gone, expired = seen(
        Story(), "anna.bergmann", None, ExamplePost(ref("p1"), deleted=True), ExamplePost(ref("p2"))
    ).examples
    assert (gone.text, gone.gap) == (None, "Dieser Beitrag wurde gelöscht.")
    assert "nicht (mehr)" in expired.gap


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example"])
def test_a_post_cannot_act_on_the_page(url: str) -> None:
    post = classified("p1", "<script>alert(1)</script> {{ 7*7 }} </blockquote>", url=url).data
    page = html(seen(Story(), "anna.bergmann", None, ExamplePost(ref("p1"), post)))
    assert "<script>alert" not in page and "</blockquote>&" not in page and url not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in page
    assert "Kaffeetante &lt;b&gt;77&lt;/b&gt;" in page


def full_story() -> Story:
    story = Story().wait(10)
    one = story.incident.incident_id
    story.tell(receipt(one, page_id(one, 0, 1), status=ReceiptStatus.FAILED, step=1))
    story.tell(alarm(NIGHT + minutes(1))).tell(alarm(NIGHT + minutes(2)))
    story.tell(alarm(NIGHT + minutes(3), severity=Severity.CRITICAL))
    story.tell(acknowledge(one)).tell(acknowledge(one, actor=JONAS)).tell(comment(one))
    return (
        story.tell(snooze(one, NIGHT + minutes(30)))
        .wait(200)
        .wait(0)
        .tell(resolve(one))
        .tell(acknowledge(one, actor=JONAS))
    )


@pytest.mark.parametrize("language", WORDS)
def test_a_long_story_is_told_in_sentences(language: Language) -> None:
    story = full_story()
    shown = view(story.dossier(), Reader(people().people[0], language, people(), story.now))
    texts = [entry.text for entry in shown.timeline]
    assert len(texts) == len(story.incident.timeline) > 10
    assert not [text for text in texts if "{" in text or "None" in text or text.strip() in WORDS[language].timeline]
    if language == "de":
        assert "Jonas Keller wollte übernehmen; Anna Bergmann hatte schon übernommen" in texts
        assert "3 weitere Alarme, zuletzt: Kritisch" in texts
        assert any("zu spät nach einer Störung" in text for text in texts)
    assert html(shown, language).count("<li class=") == len(texts)


def test_a_word_of_a_newer_writer_is_shown_as_it_is() -> None:
    story = Story()
    incident = story.incident
    newer = incident.timeline[0].model_copy(update={"what": "teleported", "detail": {"x": 1}})
    story.book.restore(incident.model_copy(update={"timeline": (newer,)}))
    assert [entry.text for entry in seen(story).timeline] == ["teleported"]


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("name", ["home", "bad", "ended", "missing", "unavailable", "invalid", "nowhere"])
def test_every_notice_renders(name: str, language: Language) -> None:
    page = render_notice(name, language, back="/i/x")
    assert f'<html lang="{language}">' in page and WORDS[language].ui[f"{name}_title"] in page


def test_the_page_is_named_labelled_and_self_contained() -> None:
    page = html(seen(Story()))
    for needle in ('id="acknowledge"', 'method="post"', 'id="resolve"', '<label for="reason">', '<main id="content"'):
        assert needle in page
    for foreign in ("http://", "https://", "style=", "onclick", "<script>"):
        assert foreign not in page


def test_a_very_long_post_is_shown_as_far_as_it_helps() -> None:
    post = classified("p1", "Kaffee " * 5000).data
    (shown,) = seen(Story(), "anna.bergmann", None, ExamplePost(ref("p1"), post)).examples
    assert shown.text is not None and shown.text.endswith("Kaffee …") and len(shown.text) < 720
