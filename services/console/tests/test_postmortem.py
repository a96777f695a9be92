"""The draft of a post-mortem: what is on record is in it, in the reader's zone and language; the rest are blanks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import TickPlanStep
from feuerwache.common.events.page import PageReceipt, ReceiptStatus
from feuerwache.common.kafka.keys import alarm_shard
from feuerwache.console.page.reader import Reader
from feuerwache.console.postmortem.render import md, render_post_mortem
from feuerwache.console.postmortem.story import Story
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.escalation.incidents.ladder import page_id
from support.desk import PLANS, people
from support.dossiers import FIGURES
from support.incidents import (
    ANNA,
    BRAND,
    COMMUNITY,
    NIGHT,
    acknowledge,
    alarm,
    comment,
    event,
    hand_over,
    house,
    minutes,
    need_help,
    receipt,
    resolve,
)


def lived_through() -> Story:
    """A night: an alarm, two pages, a worse alarm, somebody takes over, comments, ticks, hands over, ends it."""
    book = IncidentBook(alarm_shard(COMMUNITY, BRAND, 8), 8, replace(house(), plans=PLANS, people=people()))
    book.apply(alarm(kind=CrisisKind.NEGATIVITY_BURST, figures=FIGURES), NIGHT)
    (incident,) = book
    one = incident.incident_id
    told: list[PageReceipt] = []

    def at(after: float, *events: Event[PageReceipt]) -> None:
        book.due(NIGHT + minutes(after))
        for what in events:
            if isinstance(what.data, PageReceipt):
                told.append(what.data)
            book.apply(what, NIGHT + minutes(after))

    at(1, receipt(one, page_id(one, 0, 0), NIGHT + minutes(1), ReceiptStatus.FAILED))
    at(10.5)
    at(12, alarm(NIGHT + minutes(12), severity=Severity.CRITICAL, figures=FIGURES))
    at(14, acknowledge(one, NIGHT + minutes(14)), comment(one, NIGHT + minutes(14)))
    tick = TickPlanStep(incident_id=one, actor=ANNA, plan="shitstorm", plan_step="read")
    at(20, event(tick, NIGHT + minutes(20)), need_help(one, NIGHT + minutes(20)))
    at(70, hand_over(one, "selin.yildiz", NIGHT + minutes(70)))
    at(180, resolve(one, NIGHT + minutes(180), reason="calmed_down"))
    (incident,) = book
    return Story(incident, incident.timeline, tuple(told))


def draft(story: Story, person: str = "anna.bergmann") -> str:
    reader = people().person(person)
    assert reader is not None
    return render_post_mortem(story, Reader(reader, reader.language, people(), NIGHT + minutes(5000)), "Shitstorm")


def section(text: str, title: str) -> str:
    return text.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_the_key_figures_are_measured_from_the_onset_in_the_readers_zone() -> None:
    text = draft(lived_through())
    figures = section(text, "Eckdaten")
    for line in (
        "| Beginn | 21:55 Uhr |",
        "| Erster Alarm | 22:00 Uhr (5 min nach dem Beginn) |",
        "| Erste Alarmierung | 22:00 Uhr (5 min nach dem Beginn) |",
        "| Übernommen | 22:14 Uhr von Anna Bergmann (19 min nach dem Beginn) |",
        "| Stufe | Dringend, zuletzt Kritisch |",
        "| Höchste Zahl der Beiträge im Fenster | 1214 |",
    ):
        assert line in figures
    assert "So., 15.11., 01:00 Uhr von Anna Bergmann (185 min nach dem Beginn)" in figures
    assert "Alle Zeiten: Europe/Berlin. Zeiten ohne Datum sind vom 14.11.2026." in text


def test_the_same_in_english_and_london() -> None:
    text = draft(lived_through(), "murat.oezdemir")
    assert text.startswith("# Post-mortem: Wave of outrage, Morgenrot-Forum")
    assert "| Taken over | 21:14 by Anna Bergmann (19 min after the onset) |" in text
    assert "of 2026-11-14" in text and "Übernommen" not in text


def test_decisions_are_those_of_people_and_the_timeline_is_everything() -> None:
    story = lived_through()
    text = draft(story)
    decisions = section(text, "Wer hat was entschieden")
    for said in (
        "hat übernommen",
        "hat abgehakt: Die Beispiele",
        "hat Verstärkung gerufen",
        "an Selin Yıldız übergeben",
    ):
        assert said in decisions
    assert "Stufe 1 alarmiert" not in decisions and "Ich rufe die Technik an" not in decisions
    timeline = section(text, "Verlauf")
    assert timeline.count("\n| ") == len(story.timeline) + 1
    assert "Stufe 2 alarmiert" in timeline and "Ich rufe die Technik an." in timeline


def test_the_plan_says_what_was_done_and_what_was_left_open() -> None:
    plan = section(draft(lived_through()), "Einsatzplan: Shitstorm")
    assert "- [x] Die Beispiele und den auslösenden Beitrag lesen" in plan and "Anna Bergmann, 22:20 Uhr" in plan
    assert plan.count("- [ ] ") == 9 and plan.count("(offen geblieben)") == 9


def test_pages_and_their_outcome() -> None:
    pages = section(draft(lived_through()), "Wer wurde alarmiert")
    assert "| Anna Bergmann | Stufe 1 | E-Mail | nicht zugestellt |" in pages


def test_what_only_people_know_is_left_blank() -> None:
    text = draft(lived_through())
    for title in ("Was lief gut", "Was besser werden muss", "Wo wir Glück hatten", "Maßnahmen"):
        assert "[…]" in section(text, title)
    assert "Fehlalarm" not in text


def test_a_false_alarm_asks_how_the_detector_could_have_known() -> None:
    story = lived_through()
    wrong = story.incident.model_copy(update={"resolved_reason": "false_alarm"})
    assert "als Fehlalarm beendet" in draft(replace(story, incident=wrong))


def test_an_incident_that_nobody_led_has_a_draft_too() -> None:
    book = IncidentBook(alarm_shard(COMMUNITY, BRAND, 8), 8, house())
    book.apply(alarm(), NIGHT)
    (incident,) = book
    text = draft(Story(incident.model_copy(update={"plan": None}), incident.timeline))
    assert "| Übernommen | nie |" in text and "| Beendet | noch nicht beendet |" in text
    assert "Niemand hat etwas entschieden." in text and "Dieser Einsatz trug keinen Plan." in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", r"a\|b"),
        ("<script>", r"\<script\>"),
        ("[x](http://evil)", r"\[x\](http://evil)"),
        ("zwei\nZeilen | und\tmehr", r"zwei Zeilen \| und mehr"),
    ],
)
def test_what_people_wrote_has_no_power_over_the_document(text: str, shown: str) -> None:
    assert md(text) == shown


def test_the_template_is_shipped_with_the_package() -> None:
    package = Path(__file__).parents[1] / "src" / "feuerwache" / "console"
    assert (package / "templates" / "post-mortem.md.j2").is_file()
