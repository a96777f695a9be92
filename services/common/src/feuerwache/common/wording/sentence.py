"""One sentence that carries an alarm, and what stands beside it: its name, what was done, the posts shown.

Every kind of crisis has its clauses; those whose numbers are not known are left out. `about` and `figures` are those of
the alarm (`events/alarm.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from feuerwache.common.events.alarm import CrisisKind, Figures, Highlight, Role
from feuerwache.common.events.classification import Label
from feuerwache.common.events.decision import Action
from feuerwache.common.vocabulary import ACTION, CRISIS, LABEL
from feuerwache.common.wording import clause
from feuerwache.common.wording.clause import Clause
from feuerwache.common.wording.numeral import number
from feuerwache.common.wording.tongue import Tongue

CLAUSES: Mapping[CrisisKind, tuple[Clause, ...]] = {
    CrisisKind.VOLUME_BURST: (clause.volume, clause.negativity, clause.growth, clause.said),
    CrisisKind.NEGATIVITY_BURST: (clause.volume, clause.negativity, clause.growth, clause.said),
    CrisisKind.REPORT_FLOOD: (clause.reports, clause.growth, clause.negativity, clause.said),
    CrisisKind.THREAD_ON_FIRE: (clause.thread, clause.hostility, clause.depth, clause.growth, clause.said),
    CrisisKind.SILENCE: (clause.silence, clause.gap),
    CrisisKind.SINGLE_POST: (clause.post, clause.reports, clause.reach),
    CrisisKind.TOPIC_SURGE: (clause.topic, clause.negativity, clause.growth, clause.said),
    CrisisKind.COORDINATED_POSTING: (clause.copies, clause.growth, clause.said),
    CrisisKind.FEUD: (clause.feud, clause.depth),
    CrisisKind.COMPLAINTS_PILING_UP: (clause.complaints, clause.oldest, clause.said),
    CrisisKind.DECLARED: (clause.declared, clause.volume, clause.negativity, clause.said),
    CrisisKind.NOBODY_REACHED: (clause.nobody,),
    CrisisKind.RULE_PAUSED: (clause.rule_paused,),
    CrisisKind.DRILL: (clause.drill,),
}
#: Decisions that change nothing for a reader are not what "was already done".
NOT_TOLD = frozenset({Action.APPROVE, Action.WELCOME})


def sentence(kind: CrisisKind, about: str, figures: Figures, tongue: Tongue) -> str:
    """ "214 Beiträge in 15 Min., sonst 12; 61 % negativ (sonst 9 %); verdoppelt sich alle 6 Min."; empty if unknown."""
    return "; ".join(filter(None, (part(about, figures, tongue) for part in CLAUSES[kind])))


def title(kind: CrisisKind, about: str, rule_title: Mapping[str, str], tongue: Tongue) -> str:
    """What it is called: a single post by the title of its rule or by its label, all else by its kind.

    A rule that is paused is called by both.
    """
    named = rule_title.get(tongue.language) or rule_title.get("en")
    if named:
        return f"{CRISIS[tongue.language][kind]}: {named}" if kind is CrisisKind.RULE_PAUSED else named
    if kind is CrisisKind.SINGLE_POST and about in set(Label):
        label = LABEL[tongue.language][Label(about)]
        return label[:1].upper() + label[1:]
    return CRISIS[tongue.language][kind]


def done(figures: Figures, tongue: Tongue) -> str:
    """ "3 zurückgehalten, 1 ausgeblendet"; "noch nichts" if nothing was interfered with; empty if it is not known."""
    if not figures.done:
        return ""
    words = ACTION[tongue.language]
    told = [
        tongue.phrase["done"].format(count=number(figures.done[action], tongue), action=words[action])
        for action in Action
        if action not in NOT_TOLD and figures.done.get(action, 0) > 0
    ]
    return ", ".join(told) or tongue.phrase["nothing_done"]


def also_in(places: Sequence[str], tongue: Tongue) -> str:
    """ "auch in: Morgenrot-Forum"; empty for a fire in one place."""
    return tongue.phrase["also_in"].format(places=", ".join(places)) if places else ""


def role(highlight: Highlight, tongue: Tongue) -> str:
    """Why a post is shown: "am meisten gesehen (12.400)", "typisch"."""
    word = tongue.role[highlight.role]
    if highlight.role is not Role.MOST_SEEN or not highlight.reach:
        return word
    return tongue.phrase["seen"].format(role=word, count=number(highlight.reach, tongue))


def roles(highlights: Sequence[Highlight], tongue: Tongue) -> str:
    """All roles there are examples for, each once: "am meisten gesehen (12.400), typisch, damit begann es"."""
    first = {highlight.role: highlight for highlight in reversed(highlights)}
    return ", ".join(role(first[kind], tongue) for kind in Role if kind in first)
