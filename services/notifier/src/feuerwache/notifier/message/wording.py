"""The words of a page in German and English: names of crises, the numbers in one line, dates as people write them.

A page carries numbers and a link, never a post. Even the most frequent words of a debate pass only if they look like
ordinary single words: no links, no handles, no digits, nothing long.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from feuerwache.common.events.alarm import CrisisKind, Figures
from feuerwache.common.events.decision import Severity
from feuerwache.common.vocabulary import CRISIS, SEVERITY, Language

PLAIN_WORD = re.compile(r"[^\W\d_]{2,24}(-[^\W\d_]{1,24})?")
MOST_SAID = 3


@dataclass(frozen=True, slots=True)
class Words:
    """All the fixed words of one language. `weekdays` from Monday; `date` and `time` are strftime patterns."""

    language: Language
    severity: Mapping[Severity, str]
    kind: Mapping[CrisisKind, str]
    weekdays: tuple[str, ...]
    date: str
    time: str
    decimal: str
    thousands: str
    posts_in: str
    usually: str
    negative: str
    most_said: str
    reports: str
    authors: str
    one_author: str
    no_figures: str
    began: str
    late: str
    repeat: str
    repeat_mark: str
    late_mark: str
    step: str
    following: str
    open: str
    opening: str
    yours: str
    greeting: str
    drill: str
    minutes: str
    hours: str


DE = Words(
    language="de",
    severity=SEVERITY["de"],
    kind=CRISIS["de"],
    weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    date="%d.%m.%Y",
    time="%H:%M Uhr",
    decimal=",",
    thousands=".",
    posts_in="{posts} Beiträge in {minutes} min",
    usually="üblich {usual}",
    negative="{share} % negativ",
    most_said="am häufigsten: {words}",
    reports="{count} Meldungen von Lesern",
    authors="{count} Beteiligte",
    one_author="1 Person",
    no_figures="Die Zahlen stehen auf der Einsatzseite.",
    began="Beginn",
    late="Diese Nachricht kommt {how_late} zu spät: Feuerwache war gestört. Die Einsatzseite ist aktuell.",
    repeat="Diese Nachricht kam vielleicht schon an: Nach einer Störung ist nicht bekannt, ob sie zugestellt wurde.",
    repeat_mark="möglicherweise doppelt",
    late_mark="{how_late} verspätet",
    step="Stufe {step}: Bisher hat niemand den Einsatz übernommen.",
    following="Übernimmt niemand, geht um {when} die nächste Stufe hinaus.",
    open="Ansehen und übernehmen",
    opening="Das Öffnen der Seite übernimmt noch nichts, das tut erst der Knopf dort.",
    yours="Der Link gilt nur für Sie. Bitte leiten Sie ihn nicht weiter.",
    greeting="Guten Tag {name},",
    drill="Das ist eine Übung.",
    minutes="{n} min",
    hours="{n} h",
)

EN = Words(
    language="en",
    severity=SEVERITY["en"],
    kind=CRISIS["en"],
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    date="%d %b %Y",
    time="%H:%M",
    decimal=".",
    thousands=",",
    posts_in="{posts} posts in {minutes} min",
    usually="usually {usual}",
    negative="{share} % negative",
    most_said="most said: {words}",
    reports="{count} reports by readers",
    authors="{count} people involved",
    one_author="1 person",
    no_figures="The numbers are on the incident page.",
    began="Began",
    late="This message is {how_late} late: Feuerwache had an outage. The incident page is up to date.",
    repeat="You may have this message already: after an outage it is not known whether it arrived.",
    repeat_mark="possible repeat",
    late_mark="{how_late} late",
    step="Step {step}: nobody has taken the incident over so far.",
    following="If nobody takes over, the next step goes out at {when}.",
    open="Look and take over",
    opening="Opening the page takes nothing over yet; the button on it does.",
    yours="The link is yours alone. Please do not forward it.",
    greeting="Hello {name},",
    drill="This is a drill.",
    minutes="{n} min",
    hours="{n} h",
)

WORDS: Mapping[Language, Words] = {"de": DE, "en": EN}


def figures_line(figures: Figures, words: Words) -> str:
    """ "214 Beiträge in 15 min, üblich 12; 61 % negativ, üblich 4 %; am häufigsten: Rückruf"; empty without numbers."""
    parts = []
    if figures.posts is not None and figures.window_minutes is not None:
        volume = words.posts_in.format(
            posts=number(figures.posts, words), minutes=number(figures.window_minutes, words)
        )
        if figures.usual_posts is not None:
            volume += ", " + words.usually.format(usual=number(figures.usual_posts, words))
        parts.append(volume)
    if figures.negative_share is not None:
        negative = words.negative.format(share=round(100 * figures.negative_share))
        if figures.usual_negative_share is not None:
            negative += ", " + words.usually.format(usual=f"{round(100 * figures.usual_negative_share)} %")
        parts.append(negative)
    if figures.reports:
        parts.append(words.reports.format(count=number(figures.reports, words)))
    if figures.authors:
        count = number(figures.authors, words)
        parts.append(words.one_author if figures.authors == 1 else words.authors.format(count=count))
    said = [word for word in figures.most_said if PLAIN_WORD.fullmatch(word)][:MOST_SAID]
    if said:
        parts.append(words.most_said.format(words=", ".join(said)))
    return "; ".join(parts)


def number(value: float, words: Words) -> str:
    """Whole from ten on, one decimal below, as the language writes it: 1.234 and 2,5."""
    text = f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:,.1f}"
    whole, _, rest = text.partition(".")
    whole = whole.replace(",", words.thousands)
    return f"{whole}{words.decimal}{rest}" if rest else whole


def duration(span: timedelta, words: Words) -> str:
    """Minutes up to two hours, then hours."""
    minutes = max(1, round(span.total_seconds() / 60))
    return words.minutes.format(n=minutes) if minutes < 120 else words.hours.format(n=round(minutes / 60))


def moment(local: datetime, words: Words) -> str:
    """ "Samstag, 14.11.2026, 21:40 Uhr" for a time that already stands in the reader's zone."""
    return f"{words.weekdays[local.weekday()]}, {local.strftime(words.date)}, {local.strftime(words.time)}"
