"""The plan an incident carries: frozen when it begins, ticked off by people, unmoved by repeats."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from feuerwache.common.config.plan import Plan, Plans
from feuerwache.common.events.actor import Actor
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.incident import Incident, TickPlanStep
from feuerwache.escalation.incidents.plan import freeze, ticked
from feuerwache.escalation.policy.house import House
from support.dossiers import Story
from support.incidents import ANNA, COMMUNITY, JONAS, NIGHT, house, minutes

PLAN = Plan.model_validate(
    {
        "id": "shitstorm",
        "title": {"de": "Shitstorm", "en": "Wave of outrage"},
        "for": {"kinds": ["negativity_burst"]},
        "steps": [
            {"id": "read", "title": {"de": "Lesen", "en": "Read"}, "within": "10m"},
            {"id": "facts", "title": {"de": "Klären", "en": "Find out"}},
        ],
    }
)
OTHER = PLAN.model_copy(
    update={"id": "general", "default": True, "purpose": PLAN.purpose.model_copy(update={"kinds": ()})}
)


def planned(*plans: Plan) -> House:
    return replace(house(), plans=Plans(plans=plans))


def burning() -> Incident:
    plan = freeze(planned(PLAN), COMMUNITY, CrisisKind.NEGATIVITY_BURST)
    return Story().incident.model_copy(update={"plan": plan, "ticks": ()})


def tick(incident: Incident, step: str = "read", actor: Actor = ANNA, **fields: Any) -> TickPlanStep:
    return TickPlanStep(
        incident_id=incident.incident_id, actor=actor, **{"plan": "shitstorm", "plan_step": step} | fields
    )


def done(incident: Incident, command: TickPlanStep, after: float = 0) -> Incident:
    changed = ticked(incident, command, NIGHT + minutes(after))
    assert isinstance(changed, Incident)
    return changed


def test_an_incident_takes_the_checklist_along_in_both_languages_and_no_other_text() -> None:
    frozen = freeze(planned(OTHER, PLAN), COMMUNITY, CrisisKind.NEGATIVITY_BURST)
    assert frozen is not None and frozen.plan_id == "shitstorm"
    assert [(step.id, step.title) for step in frozen.steps] == [
        ("read", {"de": "Lesen", "en": "Read"}),
        ("facts", {"de": "Klären", "en": "Find out"}),
    ]


def test_a_kind_without_a_plan_takes_the_default_or_nothing() -> None:
    default = freeze(planned(OTHER, PLAN), COMMUNITY, CrisisKind.SILENCE)
    assert default is not None and default.plan_id == "general"
    assert freeze(planned(PLAN), COMMUNITY, CrisisKind.SILENCE) is None


def test_a_canary_carries_no_plan() -> None:
    watched = planned(OTHER)
    (community, *_) = watched.communities.communities
    assert community.id == COMMUNITY
    canaries = watched.communities.model_copy(update={"communities": (community.model_copy(update={"canary": True}),)})
    assert freeze(replace(watched, communities=canaries), COMMUNITY, CrisisKind.DRILL) is None


def test_a_step_is_ticked_by_somebody_and_stands_in_the_timeline() -> None:
    incident = burning()
    after = done(incident, tick(incident), 3)
    assert [(one.step, one.actor, one.at) for one in after.ticks] == [("read", ANNA, NIGHT + minutes(3))]
    (entry,) = after.timeline[len(incident.timeline) :]
    assert (entry.what, entry.actor, entry.detail) == ("plan_step_done", ANNA, {"step": "read"})


def test_a_step_is_taken_back() -> None:
    incident = burning()
    after = done(done(incident, tick(incident)), tick(incident, done=False, actor=JONAS), 5)
    assert after.ticks == ()
    assert [entry.what for entry in after.timeline[-2:]] == ["plan_step_done", "plan_step_undone"]


def test_who_ticked_first_stays_on_record_and_a_repeat_leaves_no_trace() -> None:
    incident = burning()
    once = done(incident, tick(incident))
    assert done(once, tick(incident, actor=JONAS), 9) is once
    assert done(incident, tick(incident, done=False)) is incident


def test_ticks_of_several_steps_stand_side_by_side() -> None:
    incident = burning()
    after = done(done(incident, tick(incident)), tick(incident, "facts", JONAS), 4)
    assert {one.step: one.actor for one in after.ticks} == {"read": ANNA, "facts": JONAS}


@pytest.mark.parametrize(
    ("fields", "word"),
    [({"plan_step": "nonsense"}, "unknown_step"), ({"plan": "raid"}, "unknown_plan")],
)
def test_what_is_not_in_the_plan_is_refused(fields: dict[str, Any], word: str) -> None:
    incident = burning()
    assert ticked(incident, tick(incident, **fields), NIGHT) == word


def test_an_incident_without_a_plan_has_nothing_to_tick() -> None:
    incident = burning().model_copy(update={"plan": None, "incident_id": uuid4()})
    assert ticked(incident, tick(incident), NIGHT) == "unknown_plan"
