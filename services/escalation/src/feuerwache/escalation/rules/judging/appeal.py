"""Appeals against decisions, and what humans answer (Digital Services Act, Article 20). Pure.

An appeal changes nothing about the post: it is on record, waits in the queue as `open`, and the author is told so. Only
a human answers it; `upheld` makes the decision that human's own, anything else replaces it. Whoever appeals again,
later than six months after the decision, or against what was never decided, is told at once.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime
from typing import Any
from uuid import UUID

from feuerwache.common.events.actor import Actor
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.decision import Action, AnswerAppeal, AppealChanged, AppealDecision, AppealState
from feuerwache.common.events.post import PostRef
from feuerwache.escalation.rules.author.entry import Draft, Position, carried
from feuerwache.escalation.rules.author.postrecord import PostRecord
from feuerwache.escalation.rules.judging import heeding, reporting
from feuerwache.escalation.rules.judging.docket import SOURCE, Docket
from feuerwache.escalation.rules.judging.human import of_command
from feuerwache.escalation.rules.judging.statement import local, spoken

#: At least so long must appeals be possible (Article 20(1)).
MONTHS = 6

_ANSWERS = {
    "de": {
        AppealState.OPEN: "Deine Beschwerde ist da. Ein Mensch aus dem Team sieht sich die Entscheidung noch einmal an "
        "und antwortet dir. Bis dahin bleibt sie bestehen.",
        AppealState.REPEATED: "Deine Beschwerde gegen diese Entscheidung liegt uns schon vor; du brauchst nichts "
        "weiter zu tun. Ist sie schon beantwortet, gilt diese Antwort.",
        AppealState.LATE: "Über diese Entscheidung wurdest du am {at} unterrichtet. Beschweren konntest du dich sechs "
        "Monate lang; diese Zeit ist vorbei.",
        AppealState.UNKNOWN: "Zu deinem Beitrag gibt es hier keine solche Entscheidung. Bitte sieh nach, ob die "
        "Nachricht, auf die du antwortest, diesen Beitrag betrifft.",
        AppealState.UPHELD: "Ein Mensch aus dem Team hat sich die Entscheidung noch einmal angesehen. Sie bleibt "
        "bestehen.",
        AppealState.REPLACED: "Ein Mensch aus dem Team hat sich die Entscheidung noch einmal angesehen und sie "
        "geändert.",
    },
    "en": {
        AppealState.OPEN: "Your complaint has arrived. Somebody of the team will look at the decision again and answer "
        "you. Until then it stands.",
        AppealState.REPEATED: "We already have your complaint against this decision; there is nothing more for you to "
        "do. If it has been answered, that answer holds.",
        AppealState.LATE: "You were told of this decision on {at}. You could complain for six months; that time has "
        "passed.",
        AppealState.UNKNOWN: "There is no such decision about your post here. Please check that the message you are "
        "answering is about this post.",
        AppealState.UPHELD: "Somebody of the team has looked at the decision again. It stands.",
        AppealState.REPLACED: "Somebody of the team has looked at the decision again and has changed it.",
    },
}
_COURT = {
    "de": " Du kannst dich an eine zugelassene Stelle für außergerichtliche Streitbeilegung oder an ein Gericht "
    "wenden.",
    "en": " You can turn to a certified out-of-court dispute settlement body or to a court.",
}
#: Answers after which there is nothing more to be had here.
_FINAL = frozenset({AppealState.REPEATED, AppealState.LATE, AppealState.UPHELD})


def take(docket: Docket, event: Event[Any], command: AppealDecision, position: Position) -> None:
    """Somebody appeals. Raises `InvalidRecord`, and has changed nothing then."""
    ref = command.ref
    docket.house(ref.community)
    journal = docket.journal(ref.community, command.author_id, event.time)
    if docket.repeated(journal, event.id):
        return
    record = journal.post(ref.platform, ref.post_id)
    decision_id = command.decision_id or _in_force(ref, record)
    decided = journal.decision(decision_id)
    state = AppealState.OPEN
    if decision_id.hex in record.appeals:
        state = AppealState.REPEATED
    elif decided is None:
        # What was folded away may have been decided: a human looks.
        state = AppealState.UNKNOWN if journal.complete else AppealState.OPEN
    elif (decided.platform, decided.post_id) != (ref.platform, ref.post_id):
        state = AppealState.UNKNOWN
    elif event.time > last_day(decided.at):
        state = AppealState.LATE
    draft = Draft(position, event.id, ref, record.last_revision, event.time, "appealed")
    reason = decision_id.hex if state is AppealState.OPEN else ""
    docket.enter(journal, draft.undecided(reason=reason))
    _tell(docket, event, command, decision_id, state, decided_at=decided.at if decided is not None else None)


def answer(docket: Docket, event: Event[Any], command: AnswerAppeal, position: Position) -> None:
    """A human answers an appeal. Raises `InvalidRecord`, and has changed nothing then."""
    if not command.upheld:
        if heeding.hear(docket, event, of_command(event, command), position):
            _tell(docket, event, command, command.decision_id, AppealState.REPLACED)
        return
    ref = command.ref
    house = docket.house(ref.community)
    journal = docket.journal(ref.community, command.author_id, event.time)
    if docket.repeated(journal, event.id):
        return
    record = journal.post(ref.platform, ref.post_id)
    kept = record.current
    if kept is None or kept.decision_id != command.decision_id:
        # Another decision has taken its place since: there is nothing to keep, and nobody has looked at the other one.
        draft = Draft(position, event.id, ref, record.last_revision, event.time, "appealed")
        docket.enter(journal, draft.undecided())
    else:
        # The decision is a human's from now on: no rule replaces it.
        draft = Draft(position, event.id, ref, record.last_revision, event.time, "moderated")
        actions = tuple(map(Action, kept.actions))
        dry_run = house.community.dry_run
        docket.enter(
            journal, draft.decided(command.decision_id, actions, automated=False, dry_run=dry_run, **carried(kept))
        )
        reporting.settle(docket, ref, record, actions[0], event.time)
        docket.overruled["confirmed" if kept.automated else "changed"] += 1
    _tell(docket, event, command, command.decision_id, AppealState.UPHELD)


def _in_force(ref: PostRef, record: PostRecord) -> UUID:
    """What an appeal that names no decision is against. Where none is on record (any more), an id that stands for this
    post: a repeat and an answer mean the same appeal by it."""
    current = record.current
    if current is not None and current.decision_id is not None:
        return current.decision_id
    stands_for_post: UUID = derived_id("rules", "appealed", ref.platform, ref.post_id)
    return stands_for_post


def last_day(decided: datetime) -> datetime:
    """The same day and time six months later, or the last day of that month where it is shorter."""
    month = decided.month - 1 + MONTHS
    year, month = decided.year + month // 12, month % 12 + 1
    return decided.replace(year=year, month=month, day=min(decided.day, monthrange(year, month)[1]))


def told(state: AppealState, language: str, at: str = "") -> str:
    """The answer in plain words; `at` is when the decision was made."""
    answered = _ANSWERS[language][state].format(at=at)
    return answered + _COURT[language] if state in _FINAL else answered


def _tell(
    docket: Docket,
    event: Event[Any],
    command: AppealDecision | AnswerAppeal,
    decision_id: UUID,
    state: AppealState,
    *,
    decided_at: datetime | None = None,
) -> None:
    community = docket.house(command.ref.community).community
    language = spoken(community.language, community)
    actor: Actor | None = command.actor if isinstance(command, AnswerAppeal) else None
    appeal_id: UUID = derived_id("rules", "appeal", event.id)
    changed = AppealChanged(
        ref=command.ref,
        author_id=command.author_id,
        decision_id=decision_id,
        cause_id=event.id,
        state=state,
        language=language,
        answer=told(state, language, local(decided_at, community, language) if decided_at is not None else ""),
        actor=actor,
        at=event.time,
        config_hash=docket.rules.config_hash,
        dry_run=community.dry_run,
    )
    docket.appeals.append(Event(appeal_id, SOURCE, event.time, changed, event.traceparent))
