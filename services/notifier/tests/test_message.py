from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from feuerwache.common.events.alarm import CrisisKind, Figures
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import PageRequested, PageSubject
from feuerwache.notifier.message.render import Reader, render
from feuerwache.notifier.message.wording import DE, EN, WORDS, figures_line, number

PAGE_ID = UUID(int=1)
ONSET = datetime(2026, 11, 14, 20, 40, tzinfo=UTC)
LINK = "https://wache.example/i/token"
FIGURES = Figures(
    posts=214, window_minutes=15, usual_posts=12, negative_share=0.614, most_said=("Rückruf", "Lieferung")
)


def page(**changes: object) -> PageRequested:
    about = PageSubject(
        community="c",
        community_title="Kaffee & <Freunde>",
        kind=CrisisKind.NEGATIVITY_BURST,
        severity=Severity.CRITICAL,
        onset=ONSET,
        figures=FIGURES,
    )
    base = PageRequested(incident_id=UUID(int=2), step=0, targets=(), subject=about, due_at=ONSET)
    return base.model_copy(update=changes)


def reader(language: str = "de") -> Reader:
    return Reader("Anna Bergmann", "en" if language == "en" else "de", "Europe/Berlin", LINK)


def test_the_numbers_read_like_a_sentence() -> None:
    assert figures_line(FIGURES, DE) == (
        "214 Beiträge in 15 min, üblich 12; 61 % negativ; am häufigsten: Rückruf, Lieferung"
    )
    assert figures_line(FIGURES, EN) == (
        "214 posts in 15 min, usually 12; 61 % negative; most said: Rückruf, Lieferung"
    )
    assert figures_line(Figures(), DE) == ""
    assert figures_line(Figures(reports=7, authors=1), DE) == "7 Meldungen von Lesern; 1 Person"


def test_numbers_are_written_as_the_language_does() -> None:
    assert [number(value, DE) for value in (1234, 2.5, 3.0, 12.4, 0)] == ["1.234", "2,5", "3", "12", "0"]
    assert [number(value, EN) for value in (1234, 2.5)] == ["1,234", "2.5"]


def test_only_plain_words_are_quoted() -> None:
    said = ("@anna", "https://x.example", "ruf:0171", "zwei Wörter", "", "x" * 50, "Kaffee-Satz")
    assert figures_line(Figures(most_said=said), DE) == "am häufigsten: Kaffee-Satz"


def test_the_subject_says_how_bad_what_and_where_and_stays_one_line() -> None:
    assert render(PAGE_ID, page(), reader()).subject == "Kritisch: Welle der Empörung – Kaffee & <Freunde>"
    assert render(PAGE_ID, page(late_seconds=720), reader("en"), possible_repeat=True).subject == (
        "Critical: Wave of outrage – Kaffee & <Freunde> (12 min late, possible repeat)"
    )
    wild = page(subject=page().subject.model_copy(update={"community_title": "a\r\nBcc: x@y.example"}))
    assert "\n" not in render(PAGE_ID, wild, reader()).subject


def test_the_body_tells_the_time_in_the_readers_zone_and_the_way_to_take_over() -> None:
    german = render(PAGE_ID, page(step=1, deadline=ONSET + timedelta(minutes=10), late_seconds=7200), reader())
    for said in (
        "Guten Tag Anna Bergmann,",
        "Samstag, 14.11.2026, 21:40 Uhr (Europe/Berlin)",
        "Stufe 2: Bisher hat niemand den Einsatz übernommen.",
        "Übernimmt niemand, geht um 21:50 Uhr die nächste Stufe hinaus.",
        "2 h zu spät",
        LINK,
    ):
        assert said in german.text
        assert said in german.html
    english = render(PAGE_ID, page(), Reader("Murat", "en", "Asia/Tokyo", LINK))
    assert "Sunday, 15 Nov 2026, 05:40 (Asia/Tokyo)" in english.text
    assert "late" not in english.text
    assert "Step" not in english.text


def test_html_is_escaped_and_text_is_not() -> None:
    message = render(PAGE_ID, page(), reader())
    assert "Kaffee &amp; &lt;Freunde&gt;" in message.html
    assert "Kaffee & <Freunde>" in message.text


def test_a_rules_own_title_names_the_single_post() -> None:
    about = page().subject.model_copy(update={"rule_title": {"de": "Drohung", "en": "Threat"}})
    assert render(PAGE_ID, page(subject=about), reader()).subject.startswith("Kritisch: Drohung –")


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_kind_and_severity_has_a_name(language: str) -> None:
    words = WORDS["en" if language == "en" else "de"]
    assert set(words.kind) == set(CrisisKind)
    assert set(words.severity) == set(Severity)


def test_the_link_does_not_show_when_a_message_or_a_reader_is_printed() -> None:
    assert LINK not in repr(render(PAGE_ID, page(), reader()))
    assert LINK not in repr(reader())


def test_machines_get_the_same() -> None:
    data = render(PAGE_ID, page(), reader(), possible_repeat=True).data["data"]
    assert data["summary"].startswith("Welle der Empörung: 214 Beiträge")
    assert data["figures"]["posts"] == 214
    assert data["possible_repeat"] is True
