"""What crises and severities are called in German and English, the same in every page, mail and table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity

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
        CrisisKind.DRILL: "Drill",
    },
}
