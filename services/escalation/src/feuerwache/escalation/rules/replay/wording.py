"""The words of a replay in German and English, for the page and for the terminal. Both tables have the same keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from feuerwache.common.events.decision import Action
from feuerwache.common.vocabulary import ACTION, Language
from feuerwache.escalation.rules.replay.change import Assumption

WORDS: Mapping[Language, Mapping[str, str]] = {
    "de": {
        "title": "Was würden die neuen Regeln ändern?",
        "shadow_title": "Was täten die Schattenregeln?",
        "span": "{begin} bis {end} ({zone}), aus {source}",
        "candidate": "Neu: {candidate}",
        "against_recorded": "Bisher: was wirklich entschieden wurde",
        "against": "Bisher: {against}",
        "nothing": "Nichts würde sich ändern.",
        "figures": "Zahlen",
        "posts": "neu beurteilte Beiträge",
        "compared": "verglichen",
        "changed": "anders entschieden",
        "stricter": "strenger",
        "milder": "milder",
        "actions": "Maßnahmen",
        "action": "Maßnahme",
        "before": "bisher",
        "after": "neu",
        "difference": "Unterschied",
        "more": "kommen dazu",
        "fewer": "fallen weg",
        "moves": "Von – nach",
        "moves_caption": "Beiträge, deren entscheidende Maßnahme eine andere wäre",
        "rules": "Regeln",
        "rule": "Regel",
        "mode": "Betrieb",
        "live": "scharf",
        "shadow": "Schatten",
        "none": "–",
        "newly_hit": "neu getroffen",
        "no_longer_hit": "nicht mehr getroffen",
        "capped": "über der Quote",
        "failed": "nicht auswertbar",
        "examples": "Beispiele",
        "examples_new": "{rule}: neu getroffen",
        "examples_gone": "{rule}: nicht mehr getroffen",
        "examples_move": "{before} → {after}",
        "post": "Beitrag",
        "when": "Wann",
        "where": "Wo",
        "author": "Verfasser",
        "scores": "Werte",
        "decision": "Entscheidung",
        "by": "durch",
        "text": "Text",
        "authors": "Am meisten betroffen",
        "authors_more": "und {count} weitere",
        "decisions": "Entscheidungen",
        "alarms": "Alarme einzelner Beiträge",
        "alarms_caption": "Was Regeln mit `escalate` auslösen; nahe Alarme einer Regel sind ein Einsatz",
        "severity": "Stufe",
        "alarm": "Alarme",
        "incidents": "Einsätze",
        "reports": "Durchsichten nach Meldungen",
        "refused": "Nicht zu beurteilen",
        "reason": "Grund",
        "count": "Anzahl",
        "assumptions": "Worauf die Zahlen beruhen",
        "speed": "{posts} Beiträge in {seconds} s: {rate} je Sekunde, Prozesse: {processes}",
        "no_changes_for_rule": "unverändert",
        "hits": "Treffer",
        "would_be": "würde",
        "no_shadow": "Keine Regel im Schatten hat etwas getroffen.",
        "already": "davon ohnehin so entschieden",
        "authors_hit": "Verfasser",
    },
    "en": {
        "title": "What would the new rules change?",
        "shadow_title": "What would the shadow rules do?",
        "span": "{begin} to {end} ({zone}), from {source}",
        "candidate": "After: {candidate}",
        "against_recorded": "Before: what was really decided",
        "against": "Before: {against}",
        "nothing": "Nothing would change.",
        "figures": "Figures",
        "posts": "posts judged anew",
        "compared": "compared",
        "changed": "decided otherwise",
        "stricter": "stricter",
        "milder": "milder",
        "actions": "Actions",
        "action": "Action",
        "before": "before",
        "after": "after",
        "difference": "difference",
        "more": "get it anew",
        "fewer": "no longer",
        "moves": "From – to",
        "moves_caption": "Posts whose deciding action would be another one",
        "rules": "Rules",
        "rule": "Rule",
        "mode": "mode",
        "live": "live",
        "shadow": "shadow",
        "none": "–",
        "newly_hit": "newly hit",
        "no_longer_hit": "no longer hit",
        "capped": "beyond quota",
        "failed": "failed",
        "examples": "Examples",
        "examples_new": "{rule}: newly hit",
        "examples_gone": "{rule}: no longer hit",
        "examples_move": "{before} → {after}",
        "post": "Post",
        "when": "When",
        "where": "Where",
        "author": "Author",
        "scores": "Scores",
        "decision": "Decision",
        "by": "by",
        "text": "Text",
        "authors": "Most affected",
        "authors_more": "and {count} more",
        "decisions": "decisions",
        "alarms": "Alarms about single posts",
        "alarms_caption": "What rules with `escalate` raise; alarms of one rule that are near in time are one incident",
        "severity": "Severity",
        "alarm": "alarms",
        "incidents": "incidents",
        "reports": "reviews after reports",
        "refused": "Could not be judged",
        "reason": "Reason",
        "count": "Count",
        "assumptions": "What the figures rest on",
        "speed": "{posts} posts in {seconds} s: {rate} a second, processes: {processes}",
        "no_changes_for_rule": "unchanged",
        "hits": "hits",
        "would_be": "would",
        "no_shadow": "No rule in shadow mode hit anything.",
        "already": "of these decided so anyway",
        "authors_hit": "authors",
    },
}

ASSUMED: Mapping[Language, Mapping[str, str]] = {
    "de": {
        "recorded": "Verglichen wird mit den Entscheidungen, die wirklich fielen (unter {configs} Konfigurationen).",
        "rejudged": "Verglichen wird mit dem, was {against} heute entschiede, nicht mit dem, was damals entschieden "
        "wurde.",
        "as_recorded": "Hitze der Diskussionen, ähnliche Beiträge und laufende Einsätze stehen so da, wie die "
        "Entscheidung von damals sie festhielt.",
        "worked_out": "Hitze der Diskussionen und ähnliche Beiträge sind aus den Beiträgen dieses Laufs errechnet; "
        "damals schrieben mehrere Partitionen daran, die Werte können etwas anders gewesen sein.",
        "journals": "Was die Verfasser vorher getan haben, stammt aus ihren Akten, gelesen auf dem Stand vom Beginn "
        "({begun} Verfasser).",
        "blurred": "{count} Akten waren schon so lang, dass ein Teil dieser Zeit darin zusammengezählt ist: Diese "
        "Verfasser beginnen mit etwas zu hohen Zahlen.",
        "warmed": "{posts} Beiträge ab {begin} wurden vorweg beurteilt, ohne verglichen zu werden: Was davor war, ist "
        "unbekannt.",
        "cold": "Vor dem Beginn ist nichts bekannt: Jeder gilt als neu, bis er zum zweiten Mal schreibt.",
        "quotas": "Quoten und die Erfahrung mit Meldenden zählte jeder der {processes} Prozesse für sich; mit "
        "--processes 1 gelten sie genau.",
        "detectors": "Die Krisenmelder liefen nicht mit: Einsätze stehen hier nur, wo eine Regel selbst Alarm schlägt.",
        "canary": "{count} Probebeiträge sind nicht verglichen.",
        "historic": "{count} nachgetragene Beiträge sind beurteilt und nicht verglichen: Sie lösen nie etwas aus.",
        "undecided": "{count} Beiträge waren damals nicht entschieden (zu jung, oder unzustellbar) und sind nicht "
        "verglichen.",
        "authors_forgotten": "Mehr Verfasser sind betroffen, als gemerkt werden; die am wenigsten betroffenen fehlen.",
    },
    "en": {
        "recorded": "Compared is with the decisions that were really made (under {configs} configurations).",
        "rejudged": "Compared is with what {against} would decide today, not with what was decided then.",
        "as_recorded": "The heat of threads, near-duplicates and burning incidents are those that the decision of "
        "that moment recorded.",
        "worked_out": "The heat of threads and near-duplicates are worked out from the posts of this replay; several "
        "partitions wrote them then, so they may have been slightly different.",
        "journals": "What authors had done before comes from their journals, read as of the beginning ({begun} "
        "authors).",
        "blurred": "{count} journals were so long that part of this span is summed up in them: these authors begin "
        "with counts that are slightly too high.",
        "warmed": "{posts} posts from {begin} on were judged first, without being compared: what was before is "
        "unknown.",
        "cold": "Nothing is known from before the beginning: everybody is new until they write a second time.",
        "quotas": "Quotas, and what is known of those who report, were counted by each of the {processes} processes "
        "for itself; with --processes 1 they hold exactly.",
        "detectors": "The crisis detectors did not run: incidents are told only where a rule itself raises the alarm.",
        "canary": "{count} canaries are not compared.",
        "historic": "{count} imported posts were judged and not compared: they never act.",
        "undecided": "{count} posts had not been decided then (too young, or dead letters) and are not compared.",
        "authors_forgotten": "More authors are affected than are remembered; the least affected are missing.",
    },
}

_DATES: Mapping[Language, str] = {"de": "%d.%m.%Y, %H:%M", "en": "%d %b %Y, %H:%M"}


@dataclass(frozen=True, slots=True)
class Saying:
    """Numbers, times and names in one language; times in `zone`."""

    language: Language
    zone: ZoneInfo

    def count(self, number: int) -> str:
        told = f"{number:,}"
        return told.replace(",", ".") if self.language == "de" else told

    def signed(self, number: int) -> str:
        """With a sign that a screen reader says; nothing changed is a dash."""
        if number == 0:
            return "±0"
        return f"{'+' if number > 0 else '−'}{self.count(abs(number))}"

    def decimal(self, number: float, places: int = 1) -> str:
        told = f"{number:.{places}f}"
        return told.replace(".", ",") if self.language == "de" else told

    def moment(self, at: datetime) -> str:
        return at.astimezone(self.zone).strftime(_DATES[self.language])

    def action(self, name: str) -> str:
        return ACTION[self.language][Action(name)]

    def actions(self, names: tuple[str, ...]) -> str:
        return ", ".join(self.action(name) for name in names)

    def scores(self, scores: Mapping[str, float]) -> str:
        return ", ".join(f"{name} {self.decimal(score, 2)}" for name, score in list(scores.items())[:4])

    def assumed(self, assumption: Assumption) -> str:
        detail = {
            name: self.moment(datetime.fromisoformat(str(value))) if name == "begin" else self._told(value)
            for name, value in assumption.detail.items()
        }
        return ASSUMED[self.language][assumption.what].format(**detail)

    def _told(self, value: str | int) -> str:
        return self.count(value) if isinstance(value, int) else value
