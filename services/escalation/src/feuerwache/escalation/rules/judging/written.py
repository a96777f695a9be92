"""The judging of a written post: the rules, then what humans and reports leave of what they ask for.

One decision per (post, revision). A revision that comes after a newer one is counted as the post it is, remembered, and
withdrawn: it opens nothing again. Posts of a community that is only watched (`dry_run`) are decided and marked, tell
nobody anything and are no mark against their authors.
"""

from __future__ import annotations

from collections.abc import Iterator

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import Action, Forwarded, Mode, Standing
from feuerwache.common.events.post import PostCreated, PostEdited
from feuerwache.escalation.rules.author.discipline import DISCIPLINARY, Consequence, consequence
from feuerwache.escalation.rules.author.entry import Draft, Given, Position
from feuerwache.escalation.rules.author.journal import Journal, PostRecord
from feuerwache.escalation.rules.community.memory import Row
from feuerwache.escalation.rules.engine import pausing
from feuerwache.escalation.rules.engine.engine import SEVERITIES, Verdict
from feuerwache.escalation.rules.engine.quota import SPANS
from feuerwache.escalation.rules.forwarding import forwarding
from feuerwache.escalation.rules.judging import reporting, withdrawal
from feuerwache.escalation.rules.judging.case import Case
from feuerwache.escalation.rules.judging.conclusion import WATCHED, Actions, Finding, Overruling, conclude
from feuerwache.escalation.rules.judging.docket import SOURCE, Docket
from feuerwache.escalation.rules.pulse.pulse import When
from feuerwache.escalation.rules.sets.rule import Rule


def judge(docket: Docket, event: Event[PostClassified], received: PostCreated | PostEdited, position: Position) -> None:
    """Decides about one revision of a post. Raises `InvalidRecord`, and has changed nothing then."""
    if event.data.classification is None:
        raise InvalidRecord("a post with text came without its classification")
    ref, revision = received.ref, received.post.revision
    case = Case(event, received, event.data.classification, docket.house(ref.community))
    journal = docket.journal(ref.community, received.author_id, case.at)
    judged_id = derived_id("post", ref.platform, ref.post_id, revision)
    if docket.repeated(journal, judged_id):
        return
    docket.deliver(event, received)
    record = journal.post(ref.platform, ref.post_id)
    draft = Draft(position, judged_id, ref, revision, case.at, received.kind)
    if record.deleted:
        withdrawal.withdraw(docket, event, received, revision, cause=judged_id)
        docket.enter(journal, draft.undecided())
        return
    memory = docket.memory(ref.community)
    case = docket.opened(case, journal, memory)
    if revision < record.written and record.current is not None:
        withdrawal.withdraw(docket, event, received, revision, cause=judged_id, reason="outdated")
        docket.enter(journal, draft.undecided())
        _remember(docket, case, Action(record.current.actions[0]), ())
        return
    _decide(docket, case, journal, record, draft)


def _decide(docket: Docket, case: Case, journal: Journal, record: PostRecord, draft: Draft) -> None:
    event, received = case.event, case.received
    finding = _find(docket, case, journal, record)
    verdict = finding.verdict
    decision_id = derived_id("rules", "post", draft.event_id)
    decision = case.decision(finding, record, docket.rules.config_hash)
    docket.decide(event, decision_id, decision)
    entry = draft.decided(
        decision_id,
        finding.entered,
        automated=decision.automated,
        labels=case.labels,
        dry_run=decision.dry_run,
        **_given(finding.consequence) | _passed(decision.forwarded),
    )
    docket.enter(journal, entry)
    if verdict.escalated is not None and not (received.historic or decision.dry_run):
        alarm = case.alarm(verdict.escalated, docket.late(event.time))
        alarm_id = derived_id("rules", "alarm", draft.event_id)
        docket.alarms.append(Event(alarm_id, SOURCE, event.time, alarm, event.traceparent))
    _remember(docket, case, decision.action, verdict.metered)


def _find(docket: Docket, case: Case, journal: Journal, record: PostRecord) -> Finding:
    memory, capped = docket.memory(case.ref.community), list[str]()

    def over_quota(rule: Rule) -> bool:
        limit = rule.limit
        if limit is None:
            return False
        quota = memory.quota(rule.id, limit[0], SPANS[limit[1]], case.row.post, case.row.at)
        pausing.tell(docket, case, rule, quota)
        if not quota.acts:
            capped.append(rule.id)
        return not quota.acts

    verdict: Verdict = case.house.engine.judge(case.context, over_quota)
    standing, until = journal.standing(case.at)
    weighed = reporting.weighed(docket, case.ref, record, ()) if record.reported else None
    late = forwarding.overdue(record, verdict)
    called = late or (weighed is not None and weighed.weight >= docket.options.report_threshold)
    human = Overruling.of(record, case.post.revision)
    actions = conclude(verdict.actions, standing, called, human)
    # A post that waits because of a human's word about its author breaks no rule by that.
    entered = conclude(verdict.actions, called=called) if standing in WATCHED and human is None else actions
    told = None
    if human is None and standing is Standing.NORMAL:
        told = _discipline(case, journal, verdict, actions)
        if told is not None:
            actions = entered = told.actions
    return Finding(
        verdict=verdict,
        actions=actions,
        entered=entered,
        standing=standing,
        standing_until=until,
        human=human,
        capped=tuple(capped),
        reports=weighed.evidence(docket.options.report_threshold) if weighed is not None and weighed.reports else None,
        consequence=told,
        overdue=late,
        forwarded=forwarding.passed_on(case, record, verdict, actions),
    )


def _discipline(case: Case, journal: Journal, verdict: Verdict, actions: Actions) -> Consequence | None:
    """The step of the community's ladder; what is long over, or only tried, costs nobody anything."""
    house = case.house
    if house.ladder is None or case.received.historic or house.community.dry_run:
        return None
    if DISCIPLINARY.isdisjoint(actions):
        return None
    asking = [
        hit.severity
        for hit in verdict.hits
        if hit.severity is not None and hit.mode is Mode.LIVE and not DISCIPLINARY.isdisjoint(hit.actions)
    ]
    severity = max(asking, key=SEVERITIES.__getitem__, default=None)
    offences = journal.offences(but=(case.ref.platform, case.ref.post_id))
    return consequence(house.ladder, offences, actions, severity, case.at)


def _given(told: Consequence | None) -> Given:
    """What the journal keeps of a step."""
    if told is None:
        return {}
    return {"step": told.discipline.step.value, "points": told.points, "until": told.discipline.until}


def _passed(forwarded: tuple[Forwarded, ...]) -> Given:
    """What the journal keeps of what was passed on."""
    return {"department": forwarded[0].department, "due": forwarded[0].due} if forwarded else {}


def _remember(docket: Docket, case: Case, action: Action, metered: tuple[str, ...]) -> None:
    """What the community keeps of the post, and what the pulse counts; nothing of a drill."""
    received = case.received
    if received.canary:
        return
    row = case.remembered(metered)
    if received.kind == "created":
        _count(docket, case, row, action)
    if case.by_team and case.answer is not None and not received.historic:
        docket.team_answered(case.ref.community, _answered(docket, case), row.at)
    if not received.historic:
        docket.remember(case.ref.community, row)
        docket.brand.wrote((case.ref.community, received.author_id), row.at, row.fingerprint)


def _answered(docket: Docket, case: Case) -> Iterator[str]:
    """The posts that one of the team's answers: the one it says, or all of the thread where it names none of them."""
    if case.answer is not None:
        yield from case.answer.touches
    if case.post.parent_id is None:
        yield from docket.memory(case.ref.community).posts_in(case.row.thread)


def _count(docket: Docket, case: Case, row: Row, action: Action) -> None:
    """A new post, in the pulse: as an answer where the team wrote it, else as a post."""
    if not docket.options.counting:
        return
    late = docket.late(case.event.time)
    if not case.by_team:
        docket.pulse.post(case.counted(row, action, late))
    elif case.answer is not None:
        when = When(case.ref.community, case.at, late, case.received.historic)
        docket.pulse.answer(when, case.answer.touches)
