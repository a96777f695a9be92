"""Passing posts on to departments: until when they are to answer, and what follows when nobody did. Pure.

A post has one department at a time: that of the first live rule that forwards. It is to have answered so long after the
post came in; an edit does not give it more time. When nobody has answered by then, the post shows up again, once: a
decision with cause `overdue` asks for a review beside whatever is done already. A human's word on the post, a team
member's answer beneath it, and `AnswerForward` settle the matter before. Historic posts and communities that are only
watched are passed on to nobody.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from feuerwache.common.calendar.officehours import after
from feuerwache.common.calendar.timeclass import TimeClasses
from feuerwache.common.config.department import Department
from feuerwache.common.events.author import JournalEntry
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.decision import (
    Action,
    AnswerForward,
    DecisionMade,
    Evidence,
    Forwarded,
    ForwardOverdue,
    Mode,
)
from feuerwache.common.events.post import PostRef
from feuerwache.escalation.rules.author.entry import Draft, Position, carried
from feuerwache.escalation.rules.author.journal import PostRecord
from feuerwache.escalation.rules.community import pseudonym
from feuerwache.escalation.rules.engine.engine import Verdict, ordered
from feuerwache.escalation.rules.forwarding.deadline import Deadline, Passed, came_up, unanswered
from feuerwache.escalation.rules.house import House
from feuerwache.escalation.rules.judging.case import Case
from feuerwache.escalation.rules.judging.docket import NO_MODEL, SOURCE, Docket


def asked(verdict: Verdict) -> str | None:
    """The department that the rules pass the post on to, None where they do not."""
    return next(
        (hit.forward_to for hit in verdict.hits if hit.mode is Mode.LIVE and Action.FORWARD in hit.actions), None
    )


def overdue(record: PostRecord, verdict: Verdict) -> bool:
    """Whether the post has come up because this department did not answer, and still goes to it: it stays up."""
    entry = unanswered(record)
    return entry is not None and came_up(entry) and entry.department == asked(verdict)


def passed_on(case: Case, record: PostRecord, verdict: Verdict, actions: tuple[Action, ...]) -> Forwarded | None:
    """To whom the post goes and by when it is to be answered; `record` is as of before it."""
    house, name = case.house, asked(verdict)
    department = house.departments.get(name) if name is not None else None
    if department is None or Action.FORWARD not in actions:
        return None
    if case.received.historic or case.received.canary or house.community.dry_run:
        return None
    former = unanswered(record)
    if former is not None and former.due is not None and former.department == department.id:
        return Forwarded(department=department.id, due=former.due)
    return Forwarded(department=department.id, due=due_at(department, house, case.event.time))


def due_at(department: Department, house: House, at: datetime) -> datetime:
    """By when what the department is given at `at` is to be answered; UTC."""
    if not department.office_hours:
        return at.astimezone(UTC) + department.answers_within
    return after(at, department.answers_within, TimeClasses(house.zone, house.community.region))


def told(passed: Passed, deadline: Deadline, at: datetime) -> Event[ForwardOverdue]:
    """The command that says at `at` that nobody answered in time. Its id follows from the post, the department and the
    time: a second one, after a crash or by a former owner of the partition, is the same one again.
    """
    command = ForwardOverdue(
        ref=PostRef(community=passed.community, platform=passed.platform, post_id=passed.post_id),
        author_id=passed.author_id,
        department=deadline.department,
        due=deadline.due,
    )
    place = (passed.platform, passed.post_id, deadline.department, deadline.due.isoformat())
    return Event(derived_id("rules", "forward", *place), SOURCE, at, command)


def come_up(docket: Docket, event: Event[Any], command: ForwardOverdue, position: Position) -> None:
    """Nobody has answered in time, as far as the rules told themselves; the journal says whether that is still so."""
    ref = command.ref
    house = docket.house(ref.community)
    journal = docket.journal(ref.community, command.author_id, event.time)
    docket.watch(journal, ref.platform, ref.post_id)
    record = journal.post(ref.platform, ref.post_id)
    entry = unanswered(record)
    if docket.repeated(journal, event.id) or entry is None or entry.due is None or came_up(entry):
        return
    if (entry.department, entry.due) != (command.department, command.due):
        return
    if _answered_by_team(docket, ref.community, pseudonym.post(ref.platform, ref.post_id, _key(docket)), entry):
        docket.enter(journal, _settled(event, position, record, entry))
        docket.forwards[entry.department, "answered_in_thread"] += 1
        return
    actions = _looked_at_again(entry)
    decision_id = derived_id("rules", "overdue", event.id)
    decision = DecisionMade(
        ref=ref,
        author_id=command.author_id,
        revision=record.last_revision,
        cause="overdue",
        cause_id=event.id,
        action=actions[0],
        actions=actions,
        evidence=Evidence(
            matched={"forward": {"department": entry.department, "due": entry.due.isoformat()}},
            community={"answered_by_team": False},
        ),
        automated=entry.automated,
        supersedes=entry.decision_id,
        decided_at=event.time,
        model_version=NO_MODEL,
        config_hash=docket.rules.config_hash,
        forwarded=(Forwarded(department=entry.department, due=entry.due),),
        dry_run=house.community.dry_run,
    )
    docket.decide(event, decision_id, decision)
    # It counts for the author as of when it was decided, not as of when somebody else was late.
    draft = Draft(position, event.id, ref, record.last_revision, entry.at, "overdue")
    again = draft.decided(
        decision_id,
        actions,
        automated=entry.automated,
        labels=entry.labels,
        dry_run=house.community.dry_run,
        **carried(entry),
    )
    docket.enter(journal, again)
    docket.forwards[entry.department, "overdue"] += 1


def answer(docket: Docket, event: Event[Any], command: AnswerForward, position: Position) -> None:
    """Somebody of the department has answered. What is not waited for, or by another department, changes nothing."""
    ref = command.ref
    docket.house(ref.community)
    journal = docket.journal(ref.community, command.author_id, event.time)
    if docket.repeated(journal, event.id):
        return
    record = journal.post(ref.platform, ref.post_id)
    entry = unanswered(record)
    if entry is None or entry.department != command.department:
        return
    docket.enter(journal, _settled(event, position, record, entry))
    docket.forwards[entry.department, "answered_late" if came_up(entry) else "answered"] += 1


def _settled(event: Event[Any], position: Position, record: PostRecord, entry: JournalEntry) -> JournalEntry:
    """The decision in force as it is, and nothing to wait for."""
    draft = Draft(position, event.id, event.data.ref, record.last_revision, entry.at, "answered")
    kept = carried(entry)
    kept.pop("due", None)
    return draft.decided(
        entry.decision_id or event.id,
        tuple(map(Action, entry.actions)),
        automated=entry.automated,
        labels=entry.labels,
        dry_run=entry.dry_run,
        **kept,
    )


def _looked_at_again(entry: JournalEntry) -> tuple[Action, ...]:
    """What is in force, and a review. What a human wants for the post stays first."""
    actions = tuple(map(Action, entry.actions))
    if entry.automated:
        return ordered([Action.REVIEW, *actions])
    return tuple(dict.fromkeys((actions[0], Action.REVIEW, *actions[1:])))


def _answered_by_team(docket: Docket, community: str, post: str, entry: JournalEntry) -> bool:
    """Whether the community's own people have answered the post since it was passed on, as far as is known here."""
    since = int(entry.at.timestamp())
    known = (docket.answered.get(community, {}), docket.team_answers.get(community, {}))
    return any(answers.get(post, -1) >= since for answers in known)


def _key(docket: Docket) -> bytes:
    return docket.options.pulse_key
