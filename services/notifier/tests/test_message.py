"""What a page says in a mail and to a machine: in the reader's language and zone, escaped, without any post."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from feuerwache.common.config.plan import Helpline, Text
from feuerwache.common.events.alarm import CrisisKind, Figures, Highlight, Role
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import DigestEntry, PageRequested, PageSubject
from feuerwache.common.events.post import PostRef
from feuerwache.common.vocabulary import Language
from feuerwache.notifier.message.message import Message
from feuerwache.notifier.message.render import Reader, render
from feuerwache.notifier.message.subject import LONGEST
from feuerwache.notifier.message.wording import DE, EN, WORDS

PAGE_ID = UUID(int=1)
ONSET = datetime(2026, 11, 14, 20, 40, tzinfo=UTC)
LINK = "https://wache.example/i/token"
FIGURES = Figures(
    posts=214,
    window_minutes=15,
    usual_posts=12,
    negative_share=0.614,
    usual_negative_share=0.09,
    doubling_minutes=6,
    authors=188,
    new_authors=41,
    regular_authors=60,
    reach=52300,
    done={"hold": 3, "hide": 1, "approve": 210},
    most_said=("Rückruf", "Lieferung"),
)
SENTENCE = (
    "214 Beiträge in 15 Min., sonst 12; 61 % negativ (sonst 9 %); verdoppelt sich alle 6 Min.; "
    "am häufigsten: Rückruf, Lieferung"
)


def highlight(role: Role, reach: int = 0) -> Highlight:
    return Highlight(role=role, ref=PostRef(community="c", platform="forum", post_id=f"post-{role}"), reach=reach)


def about(**changes: object) -> PageSubject:
    base = PageSubject(
        community="c",
        community_title="Kaffee & <Freunde>",
        kind=CrisisKind.NEGATIVITY_BURST,
        severity=Severity.CRITICAL,
        onset=ONSET,
        figures=FIGURES,
        highlights=(highlight(Role.MOST_SEEN, 12400), highlight(Role.NEWEST), highlight(Role.FIRST)),
    )
    return base.model_copy(update=changes)


def page(**changes: object) -> PageRequested:
    base = PageRequested(incident_id=UUID(int=2), step=0, targets=(), subject=about(), due_at=ONSET)
    return base.model_copy(update=changes)


def reader(language: Language = "de") -> Reader:
    return Reader("Anna Bergmann", language, "Europe/Berlin", LINK)


def told(language: Language = "de", **changes: object) -> Message:
    return render(PAGE_ID, page(subject=about(**changes)), reader(language))


def visible(html: str) -> str:
    return html.replace("\u00a0", " ")


def test_the_plain_text_is_the_whole_alarm_and_begins_with_its_sentence() -> None:
    assert render(PAGE_ID, page(), reader()).text == (
        f"{SENTENCE}\n\n"
        "Kritisch: Welle der Empörung\nKaffee & <Freunde>\n\n"
        "Seit: Sa., 14.11., 21:40 Uhr\n"
        "Wer schreibt: 188 Personen, 41 zum ersten Mal hier, 60 Stammgäste\n"
        "Reichweite: 52.300\n"
        "Schon automatisch getan: 1 ausgeblendet, 3 zurückgehalten\n"
        "Beispiele auf der Einsatzseite: am meisten gesehen (12.400), neuester, damit begann es\n\n"
        f"Ansehen und übernehmen:\n{LINK}\n\n"
        "Das Öffnen der Seite übernimmt noch nichts, das tut erst der Knopf dort.\n"
        "Für Anna Bergmann. Der Link gilt nur für Sie. Bitte leiten Sie ihn nicht weiter.\n"
        "Alle Zeiten: Europe/Berlin."
    )


def test_html_says_the_same_and_a_phone_previews_the_sentence() -> None:
    html = visible(render(PAGE_ID, page(), reader()).html)
    for line in (
        "Seit: Sa., 14.11., 21:40 Uhr",
        "Wer schreibt: 188 Personen",
        "Schon automatisch getan: 1 ausgeblendet, 3 zurückgehalten",
        "am meisten gesehen (12.400), neuester",
        "Für Anna Bergmann.",
        LINK,
    ):
        assert line in html
    assert html.index(SENTENCE) < html.index("<h1") < html.rindex(SENTENCE)


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("kind", CrisisKind)
def test_every_kind_renders_in_both_languages_with_and_without_figures(kind: CrisisKind, language: Language) -> None:
    for figures in (FIGURES, Figures()):
        message = told(language, kind=kind, figures=figures, highlights=(), about="threat")
        for text in (message.subject, message.text, message.html, message.data["data"]["summary"]):
            assert text and "None" not in text and "{" not in text.replace("{{", "")
        assert "\n\n\n" not in message.text


def test_what_is_not_known_has_no_line() -> None:
    text = told(figures=Figures(), highlights=()).text
    assert text.startswith("Die Zahlen stehen auf der Einsatzseite.\n")
    assert (
        "Wer schreibt" not in text
        and "Reichweite" not in text
        and "automatisch" not in text
        and "Beispiele" not in text
    )


def test_the_subject_says_how_bad_what_where_and_the_number_in_one_line() -> None:
    assert (
        render(PAGE_ID, page(), reader()).subject == "Kritisch: Welle der Empörung – Kaffee & <Freunde>: 61 % negativ"
    )
    assert render(PAGE_ID, page(late_seconds=720), reader("en"), possible_repeat=True).subject == (
        "Critical: Wave of outrage – Kaffee & <Freunde>: 61 % negative (12 min late, possible repeat)"
    )
    assert "\n" not in told(community_title="a\r\nBcc: x@y.example").subject


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("kind", CrisisKind)
def test_a_long_place_gives_way_to_the_number(kind: CrisisKind, language: Language) -> None:
    figures = FIGURES.model_copy(
        update={"reports": 38, "hostile_share": 0.61, "silent_minutes": 47, "copies": 23, "open_complaints": 27}
    )
    message = told(
        language,
        kind=kind,
        figures=figures,
        community_title="Die große Kundengemeinschaft der Marke Morgenrot in Deutschland und Österreich",
    )
    assert len(message.subject) <= LONGEST and "…" in message.subject


def test_the_body_tells_the_time_in_the_readers_zone_and_the_way_to_take_over() -> None:
    german = render(PAGE_ID, page(step=1, deadline=ONSET + timedelta(minutes=10), late_seconds=7200), reader())
    for said in (
        "Sa., 14.11., 21:40 Uhr",
        "Stufe 2: Bisher hat niemand den Einsatz übernommen.",
        "Übernimmt niemand, geht die nächste Stufe hinaus: 21:50 Uhr.",
        "2 Stunden zu spät",
        "Alle Zeiten: Europe/Berlin.",
        LINK,
    ):
        assert said in german.text
        assert said in visible(german.html)
    english = render(PAGE_ID, page(deadline=ONSET + timedelta(hours=20)), Reader("Murat", "en", "Asia/Tokyo", LINK))
    assert "Since: Sun 15 Nov, 05:40" in english.text
    assert "the next step goes out: Mon 16 Nov, 01:40." in english.text
    assert " late" not in english.text and "Step" not in english.text


def test_who_gets_it_handed_over_reads_that_it_is_theirs_and_by_whom() -> None:
    message = render(PAGE_ID, page(step=1, reason="hand_over", by="jonas"), reader(), by="Jonas Keller")
    said = "Jonas Keller hat Ihnen diesen Einsatz übergeben. Er gehört jetzt Ihnen; weiter alarmiert wird niemand."
    assert said in message.text and said in visible(message.html)
    assert message.subject.endswith("(an Sie übergeben)")
    assert f"\nEinsatz ansehen:\n{LINK}\n" in message.text and ">Einsatz ansehen</a>" in message.html
    for wrong in ("niemand den Einsatz übernommen", "übernimmt noch nichts", "Ansehen und übernehmen"):
        assert wrong not in message.text and wrong not in message.html
    assert (message.data["data"]["reason"], message.data["data"]["by"]) == ("hand_over", "jonas")


def test_who_is_called_to_help_reads_who_needs_it_and_not_that_nobody_has_it() -> None:
    message = render(PAGE_ID, page(step=1, reason="help", by="jonas"), reader("en"), by="Jonas Keller")
    said = "Jonas Keller needs help with this incident and has you called in."
    assert said in message.text and said in visible(message.html)
    assert message.subject.endswith("(help wanted)")
    assert "nobody has taken" not in message.text and "takes nothing over" not in message.text


def test_the_other_places_of_the_brand_are_named() -> None:
    message = told(parts=("Morgenrot-Forum", "Morgenrot auf Instagram"))
    assert "\nauch in: Morgenrot-Forum, Morgenrot auf Instagram\n" in message.text
    assert "auch in: Morgenrot-Forum" in message.html
    assert message.data["data"]["also_in"] == ["Morgenrot-Forum", "Morgenrot auf Instagram"]


def test_somebody_in_distress_is_told_where_help_is() -> None:
    line = Helpline(
        name=Text(de="TelefonSeelsorge", en="TelefonSeelsorge (crisis line)"),
        country="DE",
        numbers=("0800 1110111", "0800 1110222"),
        note=Text(de="rund um die Uhr, kostenlos", en="day and night, free of charge"),
    )
    desperate = page(subject=about(kind=CrisisKind.SINGLE_POST, about="self_harm", figures=Figures()))
    message = render(PAGE_ID, desperate, reader(), helplines=[line])
    said = "TelefonSeelsorge: 0800 1110111, 0800 1110222 (rund um die Uhr, kostenlos)"
    assert f"Hier gibt es Hilfe:\n{said}\n" in message.text and said in visible(message.html)
    assert "0800\u00a01110111" in message.html  # no narrow screen tears a number apart
    assert message.data["data"]["helplines"][0]["numbers"] == ["0800 1110111", "0800 1110222"]
    assert "Hier gibt es Hilfe" not in render(PAGE_ID, desperate, reader()).text


def test_html_is_escaped_and_text_is_not() -> None:
    message = told(
        kind=CrisisKind.DECLARED,
        about="<script>alert(1)</script>",
        parts=("<b>",),
        rule_title={"de": "<i>", "en": "<i>"},
        figures=Figures(most_said=("<script>", "a&b")),
    )
    assert "Kaffee &amp; &lt;Freunde&gt;" in message.html and "&lt;script&gt;alert(1)" in message.html
    assert not any(raw in message.html for raw in ("<script", "<b>", "<i>", "<Freunde>"))
    assert "Kaffee & <Freunde>" in message.text


def test_a_rules_own_title_names_the_single_post() -> None:
    title = {"de": "Drohung nach Verwarnung", "en": "Threat after a warning"}
    assert told(rule_title=title, kind=CrisisKind.SINGLE_POST).subject.startswith("Kritisch: Drohung nach Verwarnung –")
    assert told("en", kind=CrisisKind.SINGLE_POST, about="threat").subject == "Critical: Threat – Kaffee & <Freunde>"


def test_both_languages_have_the_same_blanks() -> None:
    for field in fields(DE):
        german, english = getattr(DE, field.name), getattr(EN, field.name)
        assert english and blanks(german) == blanks(english), field.name


def blanks(text: str) -> set[str]:
    return {part.split("}")[0] for part in text.split("{")[1:]}


def test_no_link_shows_when_a_message_or_a_reader_is_printed() -> None:
    secret = Reader("Anna", "de", "Europe/Berlin", LINK, links={UUID(int=3): f"{LINK}3"})
    assert LINK not in repr(render(PAGE_ID, page(), secret))
    assert LINK not in repr(secret)


def test_machines_get_the_same_without_any_word_that_is_not_plain() -> None:
    figures = FIGURES.model_copy(update={"most_said": ("Rückruf", "@anna", "https://x.example")})
    message = render(PAGE_ID, page(subject=about(figures=figures)), reader(), possible_repeat=True)
    data = message.data["data"]
    assert data["summary"].startswith("Welle der Empörung: 214 Beiträge in 15 Min., sonst 12;")
    assert (data["figures"]["posts"], data["most_said"], data["possible_repeat"]) == (214, ["Rückruf"], True)
    assert data["highlights"][0] == {
        "role": "most_seen",
        "platform": "forum",
        "post_id": "post-most_seen",
        "reach": 12400,
    }
    assert data["digest"] == [] and "@anna" not in str(message.data)


def digest(*why: str) -> PageRequested:
    entries = tuple(
        DigestEntry(
            incident_id=UUID(int=10 + number),
            subject=about(community_title=f"Ort {number}", highlights=()),
            why="late" if one == "late" else "went_quiet",
            quiet_since=ONSET + timedelta(hours=1) if one == "quiet" else None,
        )
        for number, one in enumerate(why)
    )
    return page(digest=entries, subject=entries[0].subject)


def test_a_digest_tells_of_each_incident_with_its_own_link() -> None:
    links = {UUID(int=10 + number): f"{LINK}-{number}" for number in range(3)}
    message = render(
        PAGE_ID, digest("quiet", "unknown", "late"), Reader("Anna", "de", "Europe/Berlin", LINK, links=links)
    )
    assert message.subject == "Nachtrag: 3 Einsätze (2 ruhig, unbeantwortet; 1 verspätet)"
    assert message.text.startswith("Nachtrag: Das ist inzwischen ruhig geworden")
    assert (
        f"Kritisch: Welle der Empörung\nOrt 0\n{SENTENCE}\nSeit: Sa., 14.11., 21:40 Uhr\n" in message.text
        and f"\nRuhig seit Sa., 14.11., 22:40 Uhr. Niemand hatte übernommen.\n{LINK}-0\n" in message.text
    )
    assert f"\nInzwischen ruhig. Niemand hatte übernommen.\n{LINK}-1\n" in message.text
    assert f"\nDie Beiträge waren schon über zwei Stunden alt, als sie hier ankamen.\n{LINK}-2\n" in message.text
    assert "Ansehen und übernehmen" not in message.text and "\n\n\n" not in message.text
    for number in range(3):
        assert f'href="{LINK}-{number}"' in message.html
    told = message.data["data"]["digest"]
    assert [(one["why"], one["link"][-2:]) for one in told] == [
        ("went_quiet", "-0"),
        ("went_quiet", "-1"),
        ("late", "-2"),
    ]
    assert told[0]["summary"] == f"Welle der Empörung: {SENTENCE}"


def test_what_went_quiet_unanswered_is_named_when_it_is_the_only_one() -> None:
    assert render(PAGE_ID, digest("quiet"), reader()).subject == (
        "Nachtrag: Welle der Empörung – Ort 0 (ruhig, unbeantwortet)"
    )
    english = render(PAGE_ID, digest("quiet"), reader("en"))
    assert english.subject == "For later: Wave of outrage – Ort 0 (quiet, unanswered)"
    assert "Quiet since Sat 14 Nov, 22:40. Nobody had taken over." in english.text
    assert render(PAGE_ID, digest("late"), reader("en")).subject == "For later: Wave of outrage – Ort 0 (late)"
