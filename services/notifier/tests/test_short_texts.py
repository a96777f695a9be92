"""Push, text message and voice: how bad, what and where first; within the bounds whatever a community is called."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feuerwache.common.events.alarm import CrisisKind, Figures
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import DigestEntry, PageRequested, PageSubject
from feuerwache.common.vocabulary import CRISIS, SEVERITY, Language
from feuerwache.notifier.message.choice import chosen
from feuerwache.notifier.message.gsm import BASIC, EXTENDED, cut, fits, septets, written
from feuerwache.notifier.message.message import Message
from feuerwache.notifier.message.render import Reader, render
from feuerwache.notifier.message.wording import WORDS

ONSET = datetime(2026, 11, 14, 20, 40, tzinfo=UTC)
LINK = "https://wache.morgenrot.example/i/" + "Abc-_123" * 7 + "Abcd"
REFERENCE = "R" * 38
FIGURES = Figures(
    posts=1214,
    window_minutes=15,
    usual_posts=12,
    negative_share=0.614,
    usual_negative_share=0.09,
    doubling_minutes=6,
    reports=38,
    reach=52300,
    hostile_share=0.61,
    silent_minutes=3000,
    copies=23,
    copy_authors=19,
    open_complaints=27,
    oldest_complaint_minutes=190,
    forth=9,
    back=4,
    term_posts=48,
    most_said=("Idioten", "Rückruf"),
)
SUBJECT = PageSubject(
    community="kaffee",
    community_title="Kaffee & Freunde",
    kind=CrisisKind.NEGATIVITY_BURST,
    severity=Severity.CRITICAL,
    onset=ONSET,
    figures=FIGURES,
)
READER = Reader("Anna Bergmann", "de", "Europe/Berlin", LINK, reference=REFERENCE)


def page(**changes: object) -> PageRequested:
    due_at = ONSET + timedelta(minutes=12)
    base = PageRequested(incident_id=UUID(int=2), step=0, targets=(), subject=SUBJECT, due_at=due_at)
    return base.model_copy(update=changes)


def told(reader: Reader = READER, *, possible_repeat: bool = False, by: str = "", **changes: object) -> Message:
    about = {name: value for name, value in changes.items() if name in PageSubject.model_fields}
    rest = {name: value for name, value in changes.items() if name not in about}
    asked = page(**rest).model_copy(update={"subject": SUBJECT.model_copy(update=about)})
    return render(UUID(int=1), asked, reader, possible_repeat=possible_repeat, by=by)


# --- the alphabet of text messages --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cost"),
    [("", 0), ("Straße", 6), ("äöüÄÖÜßàéèñÇ", 12), ("€", 2), ("[x]{y}", 10), ("a~^|\\", 9), ("@£$_§", 5)],
)
def test_a_letter_of_the_alphabet_costs_one_and_an_extended_one_two(text: str, cost: int) -> None:
    assert septets(text) == cost


@pytest.mark.parametrize("text", ["ş", "ı", "„", "–", "`", "ç", "😀", "я", "\u00a0"])
def test_what_is_outside_turns_the_message_into_ucs2(text: str) -> None:
    assert septets(text) is None
    assert fits(text * 30) and not fits(text * 71)


def test_the_table_is_that_of_the_standard() -> None:
    """128 places: 127 letters and the escape to the ten of the extension table."""
    assert len(BASIC) == 127
    assert len(EXTENDED) == 10
    assert not BASIC & EXTENDED


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Selin Yıldız, Şişli", "Selin Yildiz, Sisli"),
        ("„Rückruf“ – 48×…", '"Rückruf" - 48x...'),
        ("façade 😀 Łódź", "facade Lodz"),
        ("a\u00a0b\n\tc", "a b c"),
        ("u\u0308", "ü"),
        ("Кофе", ""),
    ],
)
def test_it_is_written_in_the_alphabet_where_that_can_be(text: str, plain: str) -> None:
    assert written(text) == plain


@given(st.text(max_size=300))
def test_whatever_is_written_is_in_the_alphabet_and_written_again_stays(text: str) -> None:
    plain = written(text)
    assert septets(plain) is not None
    assert written(plain) == plain


@given(st.text(max_size=300), st.integers(0, 200))
def test_a_cut_text_never_costs_more_than_its_room(text: str, room: int) -> None:
    plain = written(text)
    assert (septets(cut(plain, room)) or 0) <= room
    assert cut(plain, septets(plain) or 0) == plain


# --- one text message -----------------------------------------------------------------------------------------------


def test_a_text_message_says_how_bad_what_and_where_and_how_to_answer() -> None:
    assert told().sms == f"Kritisch: Welle der Empörung, Kaffee & Freunde 1=übernehmen {LINK}"
    reader = replace(READER, language="en", link="https://w.example/i/" + "A" * 58)
    assert told(reader).sms == (f"Critical: Wave of outrage, Kaffee & Freunde: 61 % negative 1=take over {reader.link}")


def test_without_anybody_who_hears_it_no_answer_is_asked_for() -> None:
    message = told(replace(READER, reference=""))
    assert "1=" not in message.sms and "Drücken" not in message.spoken
    assert (message.reference, message.choices) == ("", ())


def test_a_possible_repeat_says_so_in_a_text_message_which_has_no_other_mark() -> None:
    assert "(evtl. doppelt)" in told(possible_repeat=True).sms
    assert "(may repeat)" in told(replace(READER, language="en"), possible_repeat=True).sms


def test_a_link_that_leaves_no_room_is_left_out_whole() -> None:
    reader = replace(READER, link="https://wache.example/" + "x" * 120)
    assert told(reader).sms == "Kritisch: Welle der Empörung, Kaffee & Freunde: 61 % negativ 1=übernehmen"
    strange = replace(READER, link="https://wächter.example/çalışma")
    assert "https" not in told(strange).sms


names = st.one_of(st.text(max_size=120), st.text(alphabet="[]{}€~^|\\ äßşЖ😀", max_size=120))


@given(
    st.fixed_dictionaries(
        {
            "community_title": names,
            "kind": st.sampled_from(CrisisKind),
            "severity": st.sampled_from(Severity),
            "rule_title": st.one_of(st.just({}), names.map(lambda name: {"de": name, "en": name})),
            "reason": st.sampled_from(["step", "hand_over", "help", "taken", "ended", "last_resort", "ask_again"]),
            "late_seconds": st.sampled_from([0, 90, 40_000]),
        }
    ),
    st.sampled_from(("de", "en")),
    st.booleans(),
    st.integers(0, 200),
)
def test_a_text_message_is_never_above_160_whatever_the_community_is_called(
    page: dict[str, Any], language: Language, repeated: bool, length: int
) -> None:
    reader = replace(READER, language=language, link="https://w/i/" + "x" * length)
    message = told(reader, possible_repeat=repeated, **page)
    cost = septets(message.sms)
    assert cost is not None and 0 < cost <= 160
    assert message.sms.endswith(reader.link) or reader.link not in message.sms
    if page["kind"] is not CrisisKind.DRILL:
        assert message.sms.startswith(SEVERITY[language][page["severity"]])


@given(st.lists(names, min_size=1, max_size=30), st.sampled_from(["late", "together", "held", "quiet_hours"]))
def test_a_digest_is_one_text_message_too(titles: list[str], why: str) -> None:
    entries = tuple(
        DigestEntry(
            incident_id=UUID(int=number), subject=SUBJECT.model_copy(update={"community_title": title}), why=why
        )
        for number, title in enumerate(titles)
    )
    message = told(digest=entries)
    assert (septets(message.sms) or 161) <= 160
    if why in {"late", "quiet_hours"}:
        assert "1=" not in message.sms and "Drücken" not in message.spoken and message.choices == ()


@pytest.mark.parametrize("why", ["together", "held"])
def test_several_that_call_at_once_are_taken_over_at_once(why: str) -> None:
    entries = tuple(DigestEntry(incident_id=UUID(int=one), subject=SUBJECT, why=why) for one in range(3))
    message = told(replace(READER, link="https://w.example/i/x"), digest=entries)
    assert [(choice.label, chosen(choice.value)) for choice in message.choices] == [
        ("Alle übernehmen", ("a", REFERENCE))
    ]
    assert "1=alle übernehmen" in message.sms
    assert message.spoken.endswith("Drücken Sie 1, um alle Einsätze zu übernehmen.") and message.reference
    deaf = told(replace(READER, reference=""), digest=entries)
    assert deaf.choices == () and "1=" not in deaf.sms and "Drücken" not in deaf.spoken


# --- push and chat ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("kind", CrisisKind)
def test_the_first_line_says_how_bad_what_and_where(kind: CrisisKind, language: Language) -> None:
    message = told(replace(READER, language=language), kind=kind, about="")
    severity = [] if kind is CrisisKind.DRILL else [SEVERITY[language][Severity.CRITICAL]]
    for part in (*severity, CRISIS[language][kind], "Kaffee"):
        assert part in message.headline
    assert message.body and message.headline not in message.body
    for text in (message.short, message.sms, message.spoken):
        assert "None" not in text and "{" not in text


def test_a_push_is_read_in_the_readers_zone() -> None:
    tokyo = replace(READER, timezone="Asia/Tokyo")
    assert "Seit: So., 15.11., 05:40 Uhr" in told(tokyo).short
    assert "Übernimmt niemand" in told(deadline=ONSET + timedelta(minutes=30)).short


@pytest.mark.parametrize("kind", [CrisisKind.NEGATIVITY_BURST, CrisisKind.TOPIC_SURGE])
def test_no_word_of_a_post_lights_up_unless_the_reader_wants_it(kind: CrisisKind) -> None:
    quiet = told(kind=kind, about="Idioten")
    for text in (quiet.short, quiet.sms, quiet.spoken):
        assert "Idioten" not in text and "Rückruf" not in text
    assert "Idioten" in quiet.text
    loud = told(replace(READER, preview=True), kind=kind, about="Idioten")
    assert "Idioten" in loud.short and "Idioten" in loud.spoken


def test_a_digest_is_a_line_for_each_and_many_end_somewhere() -> None:
    entries = tuple(DigestEntry(incident_id=UUID(int=one), subject=SUBJECT, why="late") for one in range(40))
    short = told(digest=entries).short.splitlines()
    assert short[0] == "Nachtrag: 40 Einsätze (40 verspätet)"
    assert len(short) == 11


def test_many_at_once_cannot_wait_and_name_the_worst() -> None:
    entries = tuple(DigestEntry(incident_id=UUID(int=one), subject=SUBJECT, why="together") for one in range(3))
    message = told(digest=entries)
    assert message.subject == "3 Einsätze zugleich: Kritisch: Welle der Empörung – Kaffee & Freunde"
    assert "nicht mehr" not in message.text and "gleich an" in message.text


@pytest.mark.parametrize(
    ("reason", "said", "mark"),
    [
        ("taken", "Jonas Keller hat den Einsatz übernommen.", "übernommen"),
        ("ended", "Jonas Keller hat den Einsatz beendet.", "beendet"),
        ("last_resort", "Nach Ihnen kommt niemand mehr.", "letzte Stelle"),
        ("ask_again", "Sind Sie noch dran?", "noch dran?"),
        ("hand_over", "Jonas Keller hat Ihnen diesen Einsatz übergeben.", "an Sie übergeben"),
    ],
)
def test_why_it_comes_stands_in_the_mail_the_push_and_the_call(reason: str, said: str, mark: str) -> None:
    message = told(reason=reason, by="Jonas Keller")
    assert said in message.text and said in message.short and said in message.spoken
    assert mark in message.headline and mark in message.sms
    asked = reason in ("last_resort", "ask_again")
    assert [choice.value[0] for choice in message.choices] == {
        "taken": [],
        "ended": [],
        "hand_over": ["h", "s"],
    }.get(reason, ["a", "h", "s"])
    assert ("Drücken Sie 1" in message.spoken) == asked == bool(message.reference)


def test_a_drill_is_called_one_before_anything_else() -> None:
    message = told(kind=CrisisKind.DRILL)
    assert message.subject.startswith("Übung") and message.sms.startswith("Übung") and "Kritisch" not in message.short


@pytest.mark.parametrize(
    ("language", "nothing", "taking"),
    [
        ("de", "Es gibt keinen Einsatz, und Sie müssen nichts tun.", ("bernehmen", "bernimmt", "bestätigen")),
        ("en", "There is no incident, and nothing for you to do.", ("take over", "takes over", "confirm")),
    ],
)
def test_the_drill_of_a_contact_asks_for_nothing_and_offers_nothing(
    language: Language, nothing: str, taking: tuple[str, ...]
) -> None:
    reader = Reader("Anna Bergmann", language, "Europe/Berlin", "https://wache.example/", personal=False)
    drill: dict[str, Any] = {
        "kind": CrisisKind.DRILL,
        "community_title": "Feuerwache",
        "figures": Figures(),
        "channel": "sms",
    }
    message = told(reader, **drill)
    texts = (message.text, message.html, message.short, message.spoken)
    assert all(nothing in " ".join(text.split()) for text in texts)
    everything = (*texts, message.sms, message.subject, message.link_label, str(message.data))
    assert not any(word.lower() in text.lower() for text in everything for word in taking)
    assert not any(reader.link in text for text in (message.text, message.html, message.sms))
    assert (message.choices, message.reference) == ((), "")
    assert (
        message.sms == {"de": "Übung, Feuerwache (nichts zu tun)", "en": "Drill, Feuerwache (nothing to do)"}[language]
    )


def test_a_button_brings_back_what_it_stands_for_within_what_telegram_takes() -> None:
    message = told()
    assert [chosen(choice.value) for choice in message.choices] == [(one, REFERENCE) for one in "ahs"]
    assert all(len(choice.value.encode()) <= 64 for choice in message.choices)
    assert REFERENCE not in repr(message)
    assert [chosen(text) for text in ("", "x.R", "aR", "a")] == [None] * 4


# --- voice ------------------------------------------------------------------------------------------------------------


def test_a_call_is_plain_sentences_with_numbers_a_voice_can_read() -> None:
    assert told().spoken == (
        "Hier ist Feuerwache, für Anna Bergmann. Kritisch: Welle der Empörung, in Kaffee und Freunde. "
        "1214 Beiträge in 15 Minuten, sonst 12. 61 Prozent negativ, sonst 9 Prozent. Verdoppelt sich alle 6 Minuten. "
        "Es begann vor 12 Minuten. Drücken Sie 1, um den Einsatz zu übernehmen."
    )
    assert told(replace(READER, language="en"), step=1).spoken == (
        "This is Feuerwache, for Anna Bergmann. Critical: Wave of outrage, in Kaffee and Freunde. "
        "1214 posts in 15 minutes, usually 12. 61 percent negative, usually 9 percent. Doubles every 6 minutes. "
        "It began 12 minutes ago. Nobody has taken the incident over so far. Press 1 to take the incident over."
    )


def test_what_has_lasted_for_days_is_said_as_german_says_it() -> None:
    assert "Seit 2 Tagen kommt nichts mehr" in told(kind=CrisisKind.SILENCE, about="").spoken


@given(names, st.sampled_from(CrisisKind), st.sampled_from(("de", "en")))
def test_a_voice_meets_no_sign_it_stumbles_over(title: str, kind: CrisisKind, language: Language) -> None:
    said = told(replace(READER, language=language), community_title=title, kind=kind).spoken
    assert not set(said) & set("<>&%()[]{}×„“–—;/\\|~^€\n")
    assert all(unicodedata.category(letter)[0] not in "SC" for letter in said)
