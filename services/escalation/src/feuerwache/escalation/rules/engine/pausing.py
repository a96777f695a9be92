"""A rule that has spent its quota is paused, and somebody is told: by an alarm, once, and when it is over. Pure.

Rule sets are shared: what is paused is the rule in one community. Several processes may see it trip at posts of their
own; the alarm's id follows from rule, community and the span in which it began, and the incidents keep one per rule.
"""

from __future__ import annotations

from datetime import UTC, datetime

from feuerwache.common.events.alarm import AlarmEnded, AlarmRaised, CrisisKind, Figures
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.decision import Action, Mode, Severity
from feuerwache.escalation.rules.engine.quota import SPANS, Standing
from feuerwache.escalation.rules.judging.case import Case
from feuerwache.escalation.rules.judging.docket import SOURCE, Docket
from feuerwache.escalation.rules.sets.rule import Rule

#: Where such a rule is paused, what it would have kept from readers stays to be seen until somebody has looked.
PROTECTING = frozenset({Action.REMOVE, Action.HIDE, Action.HOLD, Action.ESCALATE})


def tell(docket: Docket, case: Case, rule: Rule, standing: Standing) -> None:
    """Tells of a quota that this post trips, or that closes with it; nothing of what is past or only watched."""
    limit, community = rule.limit, case.house.community
    if limit is None or rule.mode is not Mode.LIVE or not (standing.trips or standing.ended):
        return
    if case.received.historic or case.received.canary or community.dry_run:
        return
    seconds = SPANS[limit[1]]
    began = standing.since or standing.ended
    window = began // seconds
    onset = datetime.fromtimestamp(began, UTC)
    if standing.ended:
        over = AlarmEnded(
            community=community.id,
            brand=community.brand,
            kind=CrisisKind.RULE_PAUSED,
            about=rule.id,
            onset=onset,
            ended_at=case.event.time,
            peak=standing.fired,
        )
        over_id = derived_id("rules", "quota-over", community.id, rule.id, window)
        docket.pauses.append(Event(over_id, SOURCE, case.event.time, over, case.event.traceparent))
        return
    alarm = AlarmRaised(
        community=community.id,
        brand=community.brand,
        kind=CrisisKind.RULE_PAUSED,
        severity=Severity.LOW if PROTECTING.isdisjoint(rule.then) else Severity.HIGH,
        onset=onset,
        seen_at=case.event.time,
        about=rule.id,
        figures=Figures(posts=standing.fired, window_minutes=seconds / 60),
        examples=(case.ref,),
        rule_id=rule.id,
        rule_title=rule.title.model_dump(),
        late=docket.late(case.event.time),
    )
    alarm_id = derived_id("rules", "quota", community.id, rule.id, window)
    docket.pauses.append(Event(alarm_id, SOURCE, case.event.time, alarm, case.event.traceparent))
