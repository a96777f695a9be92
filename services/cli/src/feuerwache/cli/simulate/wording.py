"""The words of the HTML page in German and English. Both tables have the same keys; a test says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from feuerwache.common.vocabulary import Language

WEEKDAYS: Mapping[Language, tuple[str, ...]] = {
    "de": ("Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So."),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}

WORDS: Mapping[Language, Mapping[str, str]] = {
    "de": {
        "title": "Was wäre gewesen?",
        "simulate": "Simuliert mit den Regeln, Plänen und Schichten dieser Konfiguration.",
        "replay": "Durch die laufenden Dienste gespielt.",
        "span": "{begin} bis {end} ({zone})",
        "figures": "Zahlen",
        "posts": "Beiträge",
        "edited": "Änderungen",
        "deleted": "Löschungen",
        "reported": "Meldungen",
        "moderated": "Eingriffe von Menschen",
        "repeats": "Wiederholungen",
        "bad_lines": "unbrauchbare Zeilen",
        "dead_letters": "nicht zu beurteilen",
        "decisions": "Entscheidungen",
        "withdrawn": "vor der Entscheidung gelöscht",
        "incidents": "Einsätze",
        "no_incidents": "Es hat nicht gebrannt.",
        "pages": "Alarmierungen",
        "unanswered": "Weitergegeben und nicht beantwortet",
        "passed_on": "weitergegeben",
        "came_up": "wieder vorgelegt",
        "not_yet": "noch nicht",
        "all_answered": "Nichts Weitergegebenes blieb unbeantwortet.",
        "more_posts": "und {count} weitere; --json nennt sie",
        "department": "Stelle",
        "due": "Fällig",
        "post": "Beitrag",
        "unmanned": "Unbesetzte Zeiten",
        "unmanned_hours": "unbesetzte Stunden",
        "always_manned": "Jede Ebene war durchgehend besetzt.",
        "nobody": "Schritte, die niemanden erreichten",
        "everybody": "Jeder Schritt hat jemanden erreicht.",
        "plot": "Verlauf",
        "plot_desc": "Beiträge je fünf Minuten und Community, negative unten; darüber die Einsätze als Bänder, "
        "darunter, wer wann gerufen wurde. Dieselben Angaben stehen in den Tabellen.",
        "negative": "negativ",
        "other": "übrige",
        "usual": "üblich",
        "burning": "Einsatz",
        "called": "gerufen",
        "gap": "niemand im Dienst",
        "number": "Nr.",
        "kind": "Was",
        "where": "Wo",
        "severity": "Stufe",
        "onset": "Beginn",
        "first_alarm": "Erster Alarm",
        "delay": "nach",
        "measure": "Ausmaß",
        "taken": "Übernommen",
        "nobody_took": "von niemandem",
        "when": "Wann",
        "step": "Schritt",
        "who": "Wer",
        "channel": "Weg",
        "layer": "Ebene",
        "from": "von",
        "to": "bis",
        "hours": "Stunden",
        "reason": "Grund",
        "line": "Zeile",
        "field": "Feld",
        "value": "Wert",
        "more_bad": "und {count} weitere",
        "minutes": "{n} min",
        "seconds": "{n} s",
        "hours_n": "{n} h",
        "round": "Runde {n}",
        "quiet": "leise",
        "digest": "Sammelnachricht",
        "also": "auch {parts}",
        "five_minutes": "Beiträge je 5 min",
        "talk": "Beiträge je Stunde",
    },
    "en": {
        "title": "What would have happened?",
        "simulate": "Simulated with the rules, plans and shifts of this configuration.",
        "replay": "Played through the running services.",
        "span": "{begin} to {end} ({zone})",
        "figures": "Figures",
        "posts": "posts",
        "edited": "edits",
        "deleted": "deletions",
        "reported": "reports",
        "moderated": "acts of humans",
        "repeats": "repeats",
        "bad_lines": "lines not usable",
        "dead_letters": "not to be judged",
        "decisions": "Decisions",
        "withdrawn": "deleted before a decision",
        "incidents": "Incidents",
        "no_incidents": "Nothing burned.",
        "pages": "Pages",
        "unanswered": "Passed on, and not answered",
        "passed_on": "passed on",
        "came_up": "shown up again",
        "not_yet": "not yet",
        "all_answered": "Nothing that was passed on stayed without an answer.",
        "more_posts": "and {count} more; --json names them",
        "department": "Department",
        "due": "Due",
        "post": "Post",
        "unmanned": "Unmanned times",
        "unmanned_hours": "unmanned hours",
        "always_manned": "Every layer was manned all the time.",
        "nobody": "Steps that reached nobody",
        "everybody": "Every step reached somebody.",
        "plot": "The course of it",
        "plot_desc": "Posts per five minutes and community, negative ones at the bottom; the incidents as bands above, "
        "who was called when below. The tables say the same.",
        "negative": "negative",
        "other": "others",
        "usual": "usual",
        "burning": "incident",
        "called": "called",
        "gap": "nobody on call",
        "number": "No.",
        "kind": "What",
        "where": "Where",
        "severity": "Severity",
        "onset": "Began",
        "first_alarm": "First alarm",
        "delay": "after",
        "measure": "Measure",
        "taken": "Taken over",
        "nobody_took": "by nobody",
        "when": "When",
        "step": "Step",
        "who": "Who",
        "channel": "By",
        "layer": "Layer",
        "from": "from",
        "to": "to",
        "hours": "hours",
        "reason": "Reason",
        "line": "Line",
        "field": "Field",
        "value": "Value",
        "more_bad": "and {count} more",
        "minutes": "{n} min",
        "seconds": "{n} s",
        "hours_n": "{n} h",
        "round": "round {n}",
        "quiet": "quiet",
        "digest": "digest",
        "also": "also {parts}",
        "five_minutes": "posts per 5 min",
        "talk": "Posts per hour",
    },
}


class Saying:
    """How times and numbers are written in one language and zone."""

    def __init__(self, language: Language, zone: ZoneInfo) -> None:
        self.language = language
        self._zone = zone
        self._words = WORDS[language]

    def moment(self, at: datetime) -> str:
        """ "Sa. 14.11.2026 20:56"."""
        local = at.astimezone(self._zone)
        date = f"{local:%d.%m.%Y}" if self.language == "de" else f"{local:%d %b %Y}"
        return f"{WEEKDAYS[self.language][local.weekday()]} {date} {local:%H:%M}"

    def hour(self, at: datetime) -> str:
        """ "Sa. 20:56:08"."""
        local = at.astimezone(self._zone)
        return f"{WEEKDAYS[self.language][local.weekday()]} {local:%H:%M:%S}"

    def count(self, number: float) -> str:
        """Whole from ten on, one decimal below."""
        text = f"{number:,.0f}" if number >= 10 or number == int(number) else f"{number:,.1f}"
        return text.translate(str.maketrans(",.", ".,")) if self.language == "de" else text

    def span(self, seconds: float) -> str:
        """Seconds up to two minutes, minutes up to two hours, then hours."""
        length = timedelta(seconds=seconds)
        if length < timedelta(minutes=2):
            return self._words["seconds"].format(n=round(seconds))
        if length < timedelta(hours=2):
            return self._words["minutes"].format(n=round(seconds / 60))
        return self._words["hours_n"].format(n=self.count(round(seconds / 3600, 1)))
