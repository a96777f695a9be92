"""The crisis plan an incident carries: chosen and frozen when it begins, ticked off by people while it burns.

Only the checklist travels with the incident, so that a change of the file moves no line under anybody's hands. The
texts to be read beside it stay in `config/plans`.
"""

from __future__ import annotations

from datetime import datetime

from feuerwache.common.config.plan import Plan
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.incident import FrozenPlan, FrozenPlanStep, Incident, Tick, TickPlanStep
from feuerwache.escalation.incidents.change import noted, updated
from feuerwache.escalation.policy.house import House


def freeze(
    house: House, community: str, kind: CrisisKind, about: str = "", rule_id: str | None = None
) -> FrozenPlan | None:
    """The plan for an incident that begins now; None where the house has none. A canary's incident has none either."""
    where = house.community(community)
    plan = None if where.canary else house.plans.choose(where, kind, about, rule_id)
    return None if plan is None else checklist(plan)


def checklist(plan: Plan) -> FrozenPlan:
    return FrozenPlan(
        plan_id=plan.id,
        steps=tuple(FrozenPlanStep(id=step.id, title=step.title.both()) for step in plan.steps),
    )


def ticked(incident: Incident, command: TickPlanStep, now: datetime) -> Incident | str:
    """The incident with the step done, or open again; a word for the refusal where there is no such step.

    Whoever ticks first stays on record: ticking what is ticked, or taking back what is open, changes nothing.
    """
    plan = incident.plan
    if plan is None or plan.plan_id != command.plan:
        return "unknown_plan"
    if all(step.id != command.plan_step for step in plan.steps):
        return "unknown_step"
    if command.done == any(tick.step == command.plan_step for tick in incident.ticks):
        return incident
    others = tuple(tick for tick in incident.ticks if tick.step != command.plan_step)
    done = (Tick(step=command.plan_step, at=now, actor=command.actor),) if command.done else ()
    what = "plan_step_done" if command.done else "plan_step_undone"
    changed = updated(incident, ticks=(*others, *done))
    return noted(changed, now, what, command.actor, step=command.plan_step)
