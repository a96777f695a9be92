"""The page and the picture: whole HTML, every number in it, readable without colours, in both languages."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import get_args
from uuid import UUID
from xml.etree import ElementTree

import pytest

from feuerwache.cli.simulate.compare import differences, pairs
from feuerwache.cli.simulate.page import render
from feuerwache.cli.simulate.plot import MOST_TICKS, PANEL, plot
from feuerwache.cli.simulate.report import Burned, Called, Refused, Report, Slot, Talk, Unmanned
from feuerwache.cli.simulate.wording import WORDS
from feuerwache.common.events.alarm import CrisisKind, Figures
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import IncidentState
from feuerwache.common.events.page import ReceiptStatus
from feuerwache.common.vocabulary import Language
from support.evening import BEGIN, END, FACEBOOK

MINUTE = timedelta(minutes=1)
VOID = {"meta", "link", "br", "line", "rect", "circle", "polyline", "path"}


def called(minutes: int, step: int, person: str | None = "anna.bergmann") -> Called:
    return Called(
        at=BEGIN + minutes * MINUTE,
        step=step,
        round=1,
        urgency="urgent",
        person=person,
        name=person and person.title(),
        channel=person and "email",
        status=ReceiptStatus.SENT if person else ReceiptStatus.UNREACHABLE,
        reason="" if person else "layer morgenrot/head has nobody on call",
    )


def burned(onset: int = 10, calls: tuple[Called, ...] = (called(12, 1), called(22, 2, None))) -> Burned:
    return Burned(
        incident_id=UUID(int=7),
        kind=CrisisKind.NEGATIVITY_BURST,
        about="",
        community=FACEBOOK,
        community_title="Kaffee & <b>Kuchen</b>",
        parts=(),
        severity=Severity.CRITICAL,
        state=IncidentState.TRIGGERED,
        onset=BEGIN + onset * MINUTE,
        first_alarm=BEGIN + (onset + 2) * MINUTE,
        last_alarm=BEGIN + (onset + 9) * MINUTE,
        delay_seconds=125,
        alarms=2,
        figures=Figures(posts=2140, usual_posts=12.4, window_minutes=15, negative_share=0.613),
        rule_title={},
        calls=calls,
        acknowledged_at=None,
        acknowledged_by=None,
        late=False,
    )


def report(*incidents: Burned, hours: float = 1.0, by: str = "simulate") -> Report:
    slots = tuple(
        Slot(start=BEGIN + 5 * n * MINUTE, posts=n, negative=n // 2, usual=3.5) for n in range(int(12 * hours))
    )
    return Report.model_validate(
        {
            "by": by,
            "file": "evening.jsonl",
            "timezone": "Europe/Berlin",
            "begin": BEGIN,
            "end": BEGIN + timedelta(hours=hours),
            "until": END + timedelta(hours=2),
            "lines": 3000,
            "reordered": False,
            "bad_lines": 60,
            "bad": (Refused(line=17, field="created_at", value="gestern", reason="is not a time"),),
            "received": {"created": 2345, "deleted": 4},
            "repeats": 0,
            "decisions": {"approve": 2340, "hold": 5},
            "withdrawn": 0,
            "dead_letters": {},
            "incidents": incidents,
            "unmanned": (Unmanned(schedule="morgenrot", layer="head", start=BEGIN, end=BEGIN + 90 * MINUTE),),
            "talk": (Talk(community=FACEBOOK, title="Kaffee & <b>Kuchen</b>", slots=slots),),
        }
    )


class Whole(HTMLParser):
    """Raises when tags do not close as they opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - HTMLParser's
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text.append(data)


def read(page: str) -> str:
    parser = Whole()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return " ".join(" ".join(parser.text).split())


def test_the_page_is_whole_html_with_every_number_in_it() -> None:
    text = read(render(report(burned()), "de"))
    for said in (
        "2.345", "60", "1,5", "2.340", "bleibt sichtbar", "Welle der Empörung", "Kritisch", "Kaffee & <b>Kuchen</b>",
        "2.140 Beiträge in 15 Min., sonst 12", "61 % negativ", "2 min", "Sa. 20:42:00", "Anna.Bergmann",
        "von niemandem", "layer morgenrot/head has nobody on call", "gestern", "is not a time", "und 59 weitere",
    ):  # fmt: skip
        assert said in text, said


def test_the_page_speaks_english_too() -> None:
    text = read(render(report(burned()), "en"))
    for said in (
        "2,345",
        "1.5",
        "stays visible",
        "Wave of outrage",
        "2,140 posts in 15 min, usually 12",
        "61 % negative",
    ):
        assert said in text, said


@pytest.mark.parametrize("language", get_args(Language))
def test_the_page_needs_nothing_from_anywhere_and_no_colour_to_be_understood(language: Language) -> None:
    page = render(report(burned()), language)
    assert not re.findall(r"""(?:src|href)=|url\(|https?://|<script""", page)
    assert "prefers-color-scheme: dark" in page
    [drawing] = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    root = ElementTree.fromstring(drawing)
    assert root.get("role") == "img"
    named = {child.get("id"): child.text for child in root}
    assert all(named[part] for part in root.get("aria-labelledby", "").split())
    marks = [group for group in root.iter("g") if group.find("circle") is not None]
    assert [(mark.findtext("text"), "Anna.Bergmann" in mark.findtext("title", "")) for mark in marks] == [("1", True)]


def test_both_languages_tell_the_same_numbers() -> None:
    def numbers(language: Language) -> list[str]:
        text = read(render(report(burned(), burned(40)), language))
        months = text.replace("14 Nov 2026", "14.11.2026")
        return [re.sub(r"[.,]", "", number) for number in re.findall(r"\d[\d.,:]*", months)]

    assert numbers("de") == numbers("en")
    assert len(numbers("de")) > 50


def test_a_digest_is_told_as_such_and_is_no_step_of_a_ladder() -> None:
    digest = called(50, 1).model_copy(update={"digest": True})
    told = burned(calls=(*burned().calls, digest))
    assert "Sammelnachricht" in read(render(report(told), "de"))
    assert "Sammelnachricht" not in read(render(report(burned()), "de"))
    assert differences(pairs(report(burned()), report(told, by="replay"))) == []


def test_a_calm_evening_has_a_page_as_well() -> None:
    calm = report().model_copy(update={"talk": (), "unmanned": (), "bad": (), "bad_lines": 0})
    text = read(render(calm, "de"))
    assert "Es hat nicht gebrannt." in text
    assert "Jede Ebene war durchgehend besetzt." in text
    assert "Jeder Schritt hat jemanden erreicht." in text


def test_both_languages_have_the_same_words_and_blanks() -> None:
    blanks = {
        language: {key: set(re.findall(r"{\w+}", text)) for key, text in words.items()}
        for language, words in WORDS.items()
    }
    assert blanks["de"] == blanks["en"]


@pytest.mark.parametrize("hours", [1.0, 48.0, 24.0 * 14])
def test_everything_is_drawn_inside_the_picture(hours: float) -> None:
    drawn = plot(report(burned(), hours=hours))
    [panel] = drawn.panels
    bars = [box for bar in panel.bars for box in (bar.other, bar.negative)]
    strips = [strip.box for strip in panel.strips]
    assert all(box.x >= drawn.left and box.x + box.width <= drawn.right + 2 for box in bars + strips)
    assert all(box.y >= panel.y - 0.1 and box.y + box.height <= panel.bottom + 0.1 for box in bars)
    assert all(box.y >= panel.top - 0.1 and box.y + box.height <= panel.y + 0.1 for box in strips)
    assert 2 <= len(drawn.ticks) <= MOST_TICKS + 1
    highest = max(bar.other.height + bar.negative.height for bar in panel.bars)
    assert PANEL / 2 < highest <= PANEL
    assert [lane.title for lane in drawn.lanes] == ["Anna.Bergmann", "morgenrot/head"]


def test_incidents_that_burn_at_the_same_time_are_drawn_below_each_other_and_the_row_is_taken_again() -> None:
    drawn = plot(report(burned(10), burned(12), burned(40)))
    [panel] = drawn.panels
    first, second, third = (strip.box for strip in panel.strips)
    assert first.y < second.y
    assert first.y == third.y
    assert second.y + second.height <= panel.y
    assert [strip.number for strip in panel.strips] == [1, 2, 3]


@pytest.mark.parametrize("language", get_args(Language))
def test_the_key_explains_what_is_drawn_and_nothing_else(language: Language) -> None:
    words = WORDS[language]

    def key(of: Report) -> str:
        [found] = re.findall(r'<p class="key.*?</p>', render(of, language), re.DOTALL)
        return str(found)

    assert all(words[each] in key(report(burned())) for each in ("negative", "usual", "burning", "called", "gap"))
    calm = key(report().model_copy(update={"unmanned": ()}))
    assert not [each for each in ("burning", "first_alarm", "called", "gap") if words[each] in calm]


def test_what_scrolls_can_be_reached_by_keyboard_and_has_a_name() -> None:
    scrolling = re.findall(r'<div class="wide"([^>]*)>', render(report(burned()), "de"))
    assert len(scrolling) == 6
    for attributes in scrolling:
        assert 'tabindex="0"' in attributes
        assert re.search(r'role="region" aria-label="[^"]+"', attributes), attributes


def test_the_same_incidents_have_no_differences() -> None:
    one, other = report(burned()), report(burned(onset=20), by="replay")
    assert differences(pairs(one, other)) == []


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (report(by="replay"), "only simulate has it"),
        (report(burned(onset=26), by="replay"), "only replay has it"),
        (report(burned(calls=(called(12, 1),)), by="replay"), "replay paged 1.1 anna.bergmann"),
        (report(burned(calls=(called(12, 1, "jonas.keller"), called(22, 2, None))), by="replay"), "1.1 jonas.keller"),
        (
            report(burned().model_copy(update={"acknowledged_by": "anna.bergmann"}), by="replay"),
            "taken over by None (simulate), by anna.bergmann (replay)",
        ),
    ],
)
def test_every_difference_between_two_ways_is_told(other: Report, told: str) -> None:
    assert told in " ".join(differences(pairs(report(burned()), other)))
