"""Words of the duty roster in German and English, dates as each of them writes dates. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from feuerwache.common.vocabulary import Language

WEEKDAYS = {
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
LONG_WEEKDAYS = {
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS = {
    "de": ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."],
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    nobody: str
    week: str
    layer: str
    now: str
    today: str
    since: str
    until: str
    zone: str
    skip: str
    weeks: str
    earlier: str
    later: str
    holes_none: str
    holes: str
    stale: str
    feeds: str
    made: str


WORDS: dict[Language, Words] = {
    "de": Words(
        title="Bereitschaftsplan",
        nobody="niemand",
        week="Woche",
        layer="Ebene",
        now="jetzt",
        today="heute",
        since="ab",
        until="bis",
        zone="Uhrzeiten in",
        skip="Zu dieser Woche",
        weeks="Wochen",
        earlier="Frühere Wochen",
        later="Spätere Wochen",
        holes_none="In diesem Zeitraum ist jede Ebene besetzt.",
        holes="Niemand wird erreicht:",
        stale="Vertretungen sind gerade nicht auf dem neuesten Stand.",
        feeds="Als Kalender abonnieren",
        made="Stand",
    ),
    "en": Words(
        title="On-call roster",
        nobody="nobody",
        week="Week",
        layer="Layer",
        now="now",
        today="today",
        since="from",
        until="until",
        zone="Times in",
        skip="To this week",
        weeks="Weeks",
        earlier="Earlier weeks",
        later="Later weeks",
        holes_none="In this span every layer has somebody.",
        holes="Nobody is reached:",
        stale="Take-overs and absences are not up to date at the moment.",
        feeds="Subscribe as a calendar",
        made="As of",
    ),
}


def day(moment: date, language: Language) -> str:
    """`16. Nov.`, `16 Nov`"""
    month = MONTHS[language][moment.month - 1]
    return f"{moment.day}. {month}" if language == "de" else f"{moment.day} {month}"


def moment(at: datetime, language: Language) -> str:
    """`Mo 16. Nov. 08:00`; seconds only where there are some."""
    clock = f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
    return f"{WEEKDAYS[language][at.weekday()]} {day(at, language)} {clock}"


def hours(number: float, language: Language) -> str:
    return f"{number:g}".replace(".", "," if language == "de" else ".") + " h"
