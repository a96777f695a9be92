"""What crises, severities, decisions and labels are called in German and English, the same in every page and table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.classification import Label
from feuerwache.common.events.decision import Action, Severity

Language = Literal["de", "en"]

SEVERITY: Mapping[Language, Mapping[Severity, str]] = {
    "de": {Severity.LOW: "Hinweis", Severity.HIGH: "Dringend", Severity.CRITICAL: "Kritisch"},
    "en": {Severity.LOW: "Notice", Severity.HIGH: "Urgent", Severity.CRITICAL: "Critical"},
}

CRISIS: Mapping[Language, Mapping[CrisisKind, str]] = {
    "de": {
        CrisisKind.VOLUME_BURST: "Beitragsflut",
        CrisisKind.NEGATIVITY_BURST: "Welle der Empörung",
        CrisisKind.REPORT_FLOOD: "Flut von Meldungen",
        CrisisKind.THREAD_ON_FIRE: "Diskussion läuft heiß",
        CrisisKind.SILENCE: "Ungewöhnliche Stille",
        CrisisKind.SINGLE_POST: "Ein Beitrag, der nicht warten kann",
        CrisisKind.TOPIC_SURGE: "Ein Thema kocht hoch",
        CrisisKind.COORDINATED_POSTING: "Abgesprochene Beiträge",
        CrisisKind.FEUD: "Streit zwischen zwei Personen",
        CrisisKind.COMPLAINTS_PILING_UP: "Beschwerden bleiben liegen",
        CrisisKind.DECLARED: "Von Hand ausgerufener Einsatz",
        CrisisKind.NOBODY_REACHED: "Niemand wurde erreicht",
        CrisisKind.RULE_PAUSED: "Regel pausiert",
        CrisisKind.DRILL: "Übung",
    },
    "en": {
        CrisisKind.VOLUME_BURST: "Flood of posts",
        CrisisKind.NEGATIVITY_BURST: "Wave of outrage",
        CrisisKind.REPORT_FLOOD: "Flood of reports",
        CrisisKind.THREAD_ON_FIRE: "Thread on fire",
        CrisisKind.SILENCE: "Unusual silence",
        CrisisKind.SINGLE_POST: "A post that cannot wait",
        CrisisKind.TOPIC_SURGE: "A topic is boiling up",
        CrisisKind.COORDINATED_POSTING: "Coordinated posting",
        CrisisKind.FEUD: "Feud between two people",
        CrisisKind.COMPLAINTS_PILING_UP: "Complaints are piling up",
        CrisisKind.DECLARED: "Incident declared by hand",
        CrisisKind.NOBODY_REACHED: "Nobody was reached",
        CrisisKind.RULE_PAUSED: "Rule paused",
        CrisisKind.DRILL: "Drill",
    },
}

ACTION: Mapping[Language, Mapping[Action, str]] = {
    "de": {
        Action.REMOVE: "entfernt",
        Action.HIDE: "ausgeblendet",
        Action.HOLD: "zurückgehalten",
        Action.RESTRICT: "eingeschränkt",
        Action.REVIEW: "zur Durchsicht",
        Action.WARN: "verwarnt",
        Action.MOVE: "verschoben",
        Action.FORWARD: "weitergeleitet",
        Action.ESCALATE: "eskaliert",
        Action.WELCOME: "begrüßt",
        Action.APPROVE: "bleibt sichtbar",
    },
    "en": {
        Action.REMOVE: "removed",
        Action.HIDE: "hidden",
        Action.HOLD: "held back",
        Action.RESTRICT: "restricted",
        Action.REVIEW: "for review",
        Action.WARN: "warned",
        Action.MOVE: "moved",
        Action.FORWARD: "forwarded",
        Action.ESCALATE: "escalated",
        Action.WELCOME: "welcomed",
        Action.APPROVE: "stays visible",
    },
}

LABEL: Mapping[Language, Mapping[Label, str]] = {
    "de": {
        Label.INSULT: "Beleidigung",
        Label.PROFANITY: "Kraftausdruck",
        Label.HATE: "Hass",
        Label.THREAT: "Drohung",
        Label.SEXUAL: "sexuell",
        Label.SPAM: "Spam",
        Label.SELF_HARM: "Selbstgefährdung",
        Label.PERSONAL_DATA: "persönliche Daten",
        Label.COMPLAINT: "Beschwerde",
        Label.PRAISE: "Lob",
        Label.QUESTION: "Frage",
        Label.SUGGESTION: "Vorschlag",
        Label.NEGATIVE: "negativ",
        Label.OFFENSIVE: "anstößig",
    },
    "en": {
        Label.INSULT: "insult",
        Label.PROFANITY: "profanity",
        Label.HATE: "hate",
        Label.THREAT: "threat",
        Label.SEXUAL: "sexual",
        Label.SPAM: "spam",
        Label.SELF_HARM: "self-harm",
        Label.PERSONAL_DATA: "personal data",
        Label.COMPLAINT: "complaint",
        Label.PRAISE: "praise",
        Label.QUESTION: "question",
        Label.SUGGESTION: "suggestion",
        Label.NEGATIVE: "negative",
        Label.OFFENSIVE: "offensive",
    },
}
