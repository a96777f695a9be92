"""The one number of an alarm that matters, short enough for the lock screen of a phone; empty where it is not known."""

from __future__ import annotations

from collections.abc import Mapping

from feuerwache.common.events.alarm import CrisisKind, Figures
from feuerwache.common.wording.clause import PLAIN_WORD, Clause, hostility, usual
from feuerwache.common.wording.numeral import counted, number, percent, span
from feuerwache.common.wording.tongue import Tongue


def volume(_: str, figures: Figures, tongue: Tongue) -> str:
    """ "214 Beiträge, sonst 12"."""
    if figures.posts is None:
        return ""
    return counted(figures.posts, "post", tongue) + usual(figures.usual_posts, tongue)


def negativity(_: str, figures: Figures, tongue: Tongue) -> str:
    if figures.negative_share is None:
        return ""
    return tongue.phrase["negative"].format(share=percent(figures.negative_share))


def reports(_: str, figures: Figures, tongue: Tongue) -> str:
    return counted(figures.reports, "report", tongue) if figures.reports else ""


def thread(_: str, figures: Figures, tongue: Tongue) -> str:
    if figures.hostile_share is not None or figures.posts is None:
        return hostility("", figures, tongue)
    return counted(figures.posts, "answer", tongue)


def silence(_: str, figures: Figures, tongue: Tongue) -> str:
    if figures.silent_minutes is None:
        return ""
    return tongue.phrase["lead_silence"].format(span=span(figures.silent_minutes, tongue, dative=True))


def topic(about: str, figures: Figures, tongue: Tongue) -> str:
    """ "„Rückruf“ 48×"."""
    if figures.term_posts is None:
        return ""
    name = "lead_topic" if PLAIN_WORD.fullmatch(about) else "times"
    return tongue.phrase[name].format(word=about, count=number(figures.term_posts, tongue))


def copies(_: str, figures: Figures, tongue: Tongue) -> str:
    """ "23 Kopien, 19 Konten"."""
    if figures.copies is None:
        return ""
    text = counted(figures.copies, "duplicate", tongue)
    return text if figures.copy_authors is None else f"{text}, {counted(figures.copy_authors, 'account', tongue)}"


def feud(_: str, figures: Figures, tongue: Tongue) -> str:
    if figures.forth is None or figures.back is None:
        return ""
    return counted(figures.forth + figures.back, "answer", tongue)


def complaints(_: str, figures: Figures, tongue: Tongue) -> str:
    if figures.open_complaints is None:
        return ""
    return tongue.phrase["lead_complaints"].format(count=number(figures.open_complaints, tongue))


def rule_paused(_: str, figures: Figures, tongue: Tongue) -> str:
    return counted(figures.posts, "post", tongue) if figures.posts is not None else ""


def nothing(_about: str, _figures: Figures, _tongue: Tongue) -> str:
    """One post, a drill, what a person declared: what it is called says it all."""
    return ""


LEADS: Mapping[CrisisKind, Clause] = {
    CrisisKind.VOLUME_BURST: volume,
    CrisisKind.NEGATIVITY_BURST: negativity,
    CrisisKind.REPORT_FLOOD: reports,
    CrisisKind.THREAD_ON_FIRE: thread,
    CrisisKind.SILENCE: silence,
    CrisisKind.SINGLE_POST: nothing,
    CrisisKind.TOPIC_SURGE: topic,
    CrisisKind.COORDINATED_POSTING: copies,
    CrisisKind.FEUD: feud,
    CrisisKind.COMPLAINTS_PILING_UP: complaints,
    CrisisKind.DECLARED: nothing,
    CrisisKind.NOBODY_REACHED: nothing,
    CrisisKind.RULE_PAUSED: rule_paused,
    CrisisKind.DRILL: nothing,
}


def lead(kind: CrisisKind, about: str, figures: Figures, tongue: Tongue) -> str:
    """ "61 % negativ", "seit 47 Min.", "„Rückruf“ 48×"."""
    return LEADS[kind](about, figures, tongue)
