"""Reports by users: each is entered, and those of one post that weigh enough together put it on review, once.

A report of a post nobody has heard of is kept, and counts when the post comes. Where a human has decided, reports ask
for another look only if the text has changed since; a post that is already on review, or treated more strictly, stays
as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from feuerwache.common.events.author import JournalEntry
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import Action, DecisionMade, Evidence
from feuerwache.common.events.post import PostRef, PostReported
from feuerwache.escalation.rules.author.entry import Draft, Position, carried
from feuerwache.escalation.rules.author.journal import Journal, PostRecord
from feuerwache.escalation.rules.community import pseudonym
from feuerwache.escalation.rules.community.reporter import Outcome, ReportRow
from feuerwache.escalation.rules.judging.conclusion import Overruling, conclude
from feuerwache.escalation.rules.judging.docket import NO_MODEL, Docket
from feuerwache.escalation.rules.judging.report import Weighed, weigh
from feuerwache.escalation.rules.pulse.counted import Reported


def take(docket: Docket, event: Event[PostClassified], reported: PostReported, position: Position) -> None:
    """Enters a report. Raises `InvalidRecord`, and has changed nothing then."""
    ref = reported.ref
    docket.house(ref.community)
    journal = docket.journal(ref.community, reported.author_id, event.time)
    cause = event.data.cause_id
    if docket.repeated(journal, cause):
        return
    docket.deliver(event, reported)
    record = journal.post(ref.platform, ref.post_id)
    reporter = ""
    if reported.reporter_id is not None:
        reporter = pseudonym.person(ref.community, reported.reporter_id, docket.options.pulse_key)
    draft = Draft(position, cause, ref, record.last_revision, event.time, "reported")
    reason = docket.rules.reports.reason(reported.reason)
    entry = draft.undecided(reporter=reporter, reason=reason)
    decision = _consider(docket, event, reported, journal, entry)
    if decision is not None:
        decision_id = derived_id("rules", "report", cause)
        docket.decide(event, decision_id, decision)
        entry = draft.decided(
            decision_id,
            decision.actions,
            automated=decision.automated,
            reporter=reporter,
            reason=reason,
            dry_run=decision.dry_run,
            **carried(journal.post(reported.ref.platform, reported.ref.post_id).current),
        )
    docket.enter(journal, entry)
    if reported.canary:
        return
    if docket.options.counting:
        when = docket.when(ref, reported.reported_at, reported.historic)
        docket.pulse.report(when, _counted(docket, reported, record.reports + 1))
    if reporter and not reported.historic:
        row = ReportRow(_post(docket, ref), reporter, int(event.time.timestamp()))
        docket.remember_reports(ref.community, [row])


def weighed(docket: Docket, ref: PostRef, record: PostRecord, more: Iterable[JournalEntry]) -> Weighed:
    """What the reports weigh that no human has answered yet, with `more` of them."""
    reporters = docket.memory(ref.community).reporters
    return weigh([*pending(record), *more], docket.rules.reports, reporters, _post(docket, ref))


def pending(record: PostRecord) -> list[JournalEntry]:
    """The reports no human has answered: all, or those of a text that is newer than the one a human last decided on."""
    found: list[JournalEntry] = []
    answered = -1
    for entry in record.entries:
        if entry.kind == "moderated":
            found, answered = [], entry.revision
        elif entry.kind == "reported" and entry.revision > answered:
            found.append(entry)
    return found


def settle(docket: Docket, ref: PostRef, record: PostRecord, action: Action, at: datetime) -> None:
    """A human has decided: whoever reported the post was right, or was not."""
    outcome: Outcome = "upheld" if action in UPHELD else "refused" if action is Action.APPROVE else ""
    reporters = dict.fromkeys(entry.reporter for entry in record.reported if entry.reporter)
    if outcome and reporters:
        post, second = _post(docket, ref), int(at.timestamp())
        rows = [ReportRow(post, reporter, second, outcome) for reporter in reporters]
        docket.remember_reports(ref.community, rows)


#: What a human does to a post that was rightly reported.
UPHELD = frozenset({Action.REMOVE, Action.HIDE, Action.HOLD, Action.RESTRICT, Action.WARN})


def _consider(
    docket: Docket,
    event: Event[PostClassified],
    reported: PostReported,
    journal: Journal,
    entry: JournalEntry,
) -> DecisionMade | None:
    """The decision that this report leads to, if it is the one that does."""
    record = journal.post(reported.ref.platform, reported.ref.post_id)
    current, human = record.current, record.human
    if record.deleted or current is None:
        docket.reported["gone" if record.deleted else "early"] += 1
        return None
    in_force = tuple(map(Action, current.actions))
    standing, _ = journal.standing(event.time)
    actions = conclude(in_force, standing, called=True, human=Overruling.of(record, record.written))
    if Action.REVIEW in in_force or Action.REVIEW not in actions:
        docket.reported["settled"] += 1
        return None
    found = weighed(docket, reported.ref, record, (entry,))
    docket.reported["merged" if found.merged else "counted"] += 1
    threshold = docket.options.report_threshold
    if found.weight < threshold:
        return None
    return DecisionMade(
        ref=reported.ref,
        author_id=reported.author_id,
        revision=record.last_revision,
        cause="report",
        cause_id=event.data.cause_id,
        action=actions[0],
        actions=actions,
        evidence=Evidence(matched={"reports": found.evidence(threshold)}),
        confidence=round(found.weight / (found.weight + threshold), 4) if human is None else 1.0,
        automated=human is None,
        supersedes=current.decision_id,
        decided_at=event.time,
        model_version=NO_MODEL,
        config_hash=docket.rules.config_hash,
        dry_run=docket.house(reported.ref.community).community.dry_run,
        historic=reported.historic,
        canary=reported.canary,
    )


def _counted(docket: Docket, reported: PostReported, times: int) -> Reported:
    ref, key = reported.ref, docket.options.pulse_key
    reporter = reported.reporter_id or f"report\x1f{ref.platform}\x1f{reported.report_id}"
    row = docket.memory(ref.community).row(_post(docket, ref))
    return Reported(
        platform=ref.platform,
        post_id=ref.post_id,
        reporter=pseudonym.person(ref.community, reporter, key),
        times=times,
        written_at=datetime.fromtimestamp(row.at, UTC) if row is not None else None,
    )


def _post(docket: Docket, ref: PostRef) -> str:
    return pseudonym.post(ref.platform, ref.post_id, docket.options.pulse_key)
