"""Hearing what a human decides, about a post or about an author: it stands until a human says something else.

A word on a post is a decision that supersedes the one in force. Who looked at an older revision than the one in force
is heeded too; if the newer text was treated more strictly, somebody is asked to look again. A word on an author is
entered in their journal, and everything they write afterwards is judged under it.
"""

from __future__ import annotations

from typing import Any

from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import Action, DecisionMade
from feuerwache.common.events.post import PostModerated, PostRef
from feuerwache.escalation.rules.author.entry import Draft, Position
from feuerwache.escalation.rules.author.journal import PostRecord
from feuerwache.escalation.rules.community import pseudonym
from feuerwache.escalation.rules.engine.engine import under_human
from feuerwache.escalation.rules.house import House
from feuerwache.escalation.rules.judging import reporting
from feuerwache.escalation.rules.judging.docket import NO_MODEL, Docket
from feuerwache.escalation.rules.judging.human import AuthorWord, HumanWord
from feuerwache.escalation.rules.judging.statement import Found, Reasons, spoken, statement


def hear_platform(
    docket: Docket,
    event: Event[PostClassified],
    moderated: PostModerated,
    word: HumanWord | AuthorWord,
    position: Position,
) -> None:
    """Somebody acted on the platform itself."""
    if isinstance(word, AuthorWord):
        heard = hear_of_author(docket, event, word, position)
    else:
        heard = hear(docket, event, word, position)
    if heard:
        docket.deliver(event, moderated)


def hear(docket: Docket, event: Event[Any], word: HumanWord, position: Position) -> bool:
    """Whether it is the first time that this word is heard. Raises `InvalidRecord`, and has changed nothing then."""
    ref = word.ref
    house = docket.house(ref.community)
    journal = docket.journal(ref.community, word.author_id, event.time)
    if docket.repeated(journal, word.cause_id):
        return False
    record = journal.post(ref.platform, ref.post_id)
    seen = record.last_revision if word.revision is None else word.revision
    draft = Draft(position, word.cause_id, ref, seen, event.time, "moderated")
    dry_run = house.community.dry_run and not word.on_platform
    _compare(docket, record, word.action)
    if record.deleted:
        # Nothing is left to act on; but what counts against the author is what the human said.
        gone = record.current.decision_id if record.current is not None else None
        settled = gone and draft.decided(gone, (word.action,), automated=False, dry_run=dry_run)
        docket.enter(journal, settled or draft.undecided())
        return True
    decision = _decision(docket, event, word, record, house=house, seen=seen)
    decision_id = derived_id("rules", "human", word.cause_id)
    docket.decide(event, decision_id, decision)
    cost = 0.0 if house.ladder is None or word.historic else house.ladder.cost(decision.actions)
    entry = draft.decided(decision_id, decision.actions, automated=False, dry_run=dry_run, points=cost)
    docket.enter(journal, entry)
    if not (word.canary or house.community.canary):
        if not word.historic:
            reporting.settle(docket, ref, record, word.action, event.time)
        if docket.options.counting:
            docket.pulse.answer(docket.when(ref, event.time, word.historic), _settled(docket, ref))
    return True


def hear_of_author(docket: Docket, event: Event[Any], word: AuthorWord, position: Position) -> bool:
    """Whether it is the first time that this word is heard. Raises `InvalidRecord`, and has changed nothing then."""
    docket.house(word.community)
    journal = docket.journal(word.community, word.author_id, event.time)
    if docket.repeated(journal, word.cause_id):
        return False
    draft = Draft(position, word.cause_id, None, 0, event.time, "standing")
    docket.enter(journal, draft.undecided(standing=word.standing.value, until=word.until))
    docket.overruled[f"author_{word.standing.value}"] += 1
    return True


def _decision(
    docket: Docket, event: Event[Any], word: HumanWord, record: PostRecord, *, house: House, seen: int
) -> DecisionMade:
    current = record.current
    actions: tuple[Action, ...] = (word.action,)
    if current is not None and current.automated and seen < record.written:
        strict = under_human(word.action, tuple(map(Action, current.actions)), changed=True)
        if Action.REVIEW in strict:
            actions = (*actions, Action.REVIEW)
    told = None
    if not (house.community.dry_run or word.historic):
        told = statement(
            Reasons(
                actions=actions,
                at=next((entry.at for entry in record.entries if entry.kind in ("created", "edited")), event.time),
                community=house.community,
                language=spoken(house.community.language, house.community),
                automated=False,
                found=_found(record),
            )
        )
    return DecisionMade(
        ref=word.ref,
        author_id=word.author_id,
        revision=max(seen, record.last_revision),
        cause="appeal" if word.appeal else "human",
        cause_id=word.cause_id,
        action=word.action,
        actions=actions,
        automated=False,
        actor=word.actor,
        statement=told,
        supersedes=current.decision_id if current is not None else None,
        decided_at=event.time,
        model_version=NO_MODEL,
        config_hash=docket.rules.config_hash,
        dry_run=house.community.dry_run,
        historic=word.historic,
        canary=word.canary,
    )


def _found(record: PostRecord) -> Found:
    """Who drew the human's attention to the post."""
    if reporting.pending(record):
        return "report"
    current = record.current
    flagged = current is not None and current.automated and current.actions[0] != Action.APPROVE.value
    return "machine" if flagged else "human"


def _compare(docket: Docket, record: PostRecord, action: Action) -> None:
    """Counts what the word does to an automatic decision: how often machines are wrong is a figure to look at."""
    current = record.current
    if current is None:
        docket.overruled["first"] += 1
    elif current.automated:
        docket.overruled["confirmed" if current.actions[0] == action.value else "overturned"] += 1
    else:
        docket.overruled["changed"] += 1


def _settled(docket: Docket, ref: PostRef) -> list[str]:
    """What a human's word on a post answers: the post, and the whole thread if it was a complaint."""
    post = pseudonym.post(ref.platform, ref.post_id, docket.options.pulse_key)
    row = docket.memory(ref.community).row(post)
    return [post, row.thread] if row is not None and row.complaint and row.thread else [post]
