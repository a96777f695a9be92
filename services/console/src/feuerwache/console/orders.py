"""The buttons of the page: taking over, resolving, ticking, commenting, calling for help, handing over, snoozing,
splitting, merging. Each is a POST that puts one command on record, and answers with the page (303).

Who may do what is asked of the same table as the incidents task asks (`common.permission`), so that nobody waits for
something that will be refused. Pressing twice on one page is one command: its id is derived from the revision that was
seen and from what was chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal, get_args
from uuid import UUID

from fastapi import FastAPI, Request, Response

from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.base import derived_id
from feuerwache.common.events.incident import (
    MAX_EXAMPLES,
    Acknowledge,
    Comment,
    HandOver,
    Incident,
    IncidentCommand,
    IncidentState,
    Merge,
    NeedHelp,
    Resolve,
    Snooze,
    Split,
    TickPlanStep,
)
from feuerwache.console.desk import Desk, Refused
from feuerwache.console.form import done, form_of, seen_in
from feuerwache.console.page.leading import SNOOZES, Order, Sent

MAX_COMMENT = 2000
MAX_NOTE = 500
Form = dict[str, str]
#: Makes the command of a form; None when the form does not fit the incident. `now` is civil time.
Maker = Callable[[Incident, Actor, Form, datetime], IncidentCommand | None]
Reason = Literal["handled", "calmed_down", "false_alarm", "duplicate", "drill"]
REASONS: tuple[Reason, ...] = get_args(Reason)


def add_orders(app: FastAPI, desk: Desk) -> None:
    """Adds a route for each button."""
    for sent, maker in MAKERS.items():
        add_order(app, desk, sent, maker)


def add_order(app: FastAPI, desk: Desk, sent: Sent, maker: Maker) -> None:
    @app.post(f"/i/{{token}}/{sent}", name=sent)
    async def order(request: Request, token: str) -> Response:
        person, incident_id = desk.person(token)
        incident = (await desk.dossier(incident_id)).incident
        form = await form_of(request)
        command = maker(incident, Actor(person_id=person.id, via=Via.LINK), form, desk.now())
        if isinstance(command, Resolve) and incident.state is IncidentState.RESOLVED:
            return done(request, f"/i/{token}", person, Order(sent))
        if command is None:
            raise Refused(422, "invalid", "invalid", back=f"/i/{token}")
        desk.check(command, incident, person, f"/i/{token}")
        given = await desk.give(incident, command, seen_in(form, incident), *chosen(form))
        return done(request, f"/i/{token}", person, Order(sent, given, form.get("step", "") if sent == "tick" else ""))


def chosen(form: Form) -> list[str]:
    """What was chosen or written, so that another choice on the same page is another command."""
    return [f"{name}={value}" for name, value in sorted(form.items()) if name != "revision"]


def acknowledge(incident: Incident, actor: Actor, _form: Form, _: datetime) -> IncidentCommand | None:
    return Acknowledge(incident_id=incident.incident_id, actor=actor)


def resolve(incident: Incident, actor: Actor, form: Form, _: datetime) -> IncidentCommand | None:
    reason = next((known for known in REASONS if known == form.get("reason")), None)
    if reason is None:
        return None
    note = form.get("note", "")[:MAX_NOTE]
    return Resolve(incident_id=incident.incident_id, actor=actor, reason=reason, note=note)


def tick(incident: Incident, actor: Actor, form: Form, _: datetime) -> IncidentCommand | None:
    plan = incident.plan
    if plan is None or form.get("plan") != plan.plan_id or form.get("done") not in ("yes", "no"):
        return None
    if form.get("step") not in [step.id for step in plan.steps]:
        return None
    return TickPlanStep(
        incident_id=incident.incident_id,
        actor=actor,
        plan=plan.plan_id,
        plan_step=form["step"],
        done=form["done"] == "yes",
    )


def comment(incident: Incident, actor: Actor, form: Form, _: datetime) -> IncidentCommand | None:
    text = form.get("text", "").strip()
    if not text or len(text) > MAX_COMMENT:
        return None
    return Comment(incident_id=incident.incident_id, actor=actor, text=text)


def need_help(incident: Incident, actor: Actor, _form: Form, _: datetime) -> IncidentCommand | None:
    return NeedHelp(incident_id=incident.incident_id, actor=actor)


def hand_over(incident: Incident, actor: Actor, form: Form, _: datetime) -> IncidentCommand | None:
    """Whether such a person exists, the incident says: people.yaml may be newer there."""
    to = form.get("to", "")
    return HandOver(incident_id=incident.incident_id, actor=actor, to=to) if to else None


def snooze(incident: Incident, actor: Actor, form: Form, now: datetime) -> IncidentCommand | None:
    minutes = next((count for count in SNOOZES if str(count) == form.get("minutes")), None)
    if minutes is None:
        return None
    return Snooze(incident_id=incident.incident_id, actor=actor, until=now + timedelta(minutes=minutes))


def merge(incident: Incident, actor: Actor, form: Form, _: datetime) -> IncidentCommand | None:
    try:
        into = UUID(form.get("into", ""))
    except ValueError:
        return None
    return None if into == incident.incident_id else Merge(incident_id=incident.incident_id, actor=actor, into=into)


def split(incident: Incident, actor: Actor, form: Form, _: datetime) -> IncidentCommand | None:
    """The ticked examples; not all of them, or nothing would be left to split from."""
    taken = [
        ref for number, ref in enumerate(incident.examples[:MAX_EXAMPLES]) if form.get(f"example-{number}") == "yes"
    ]
    if not taken or len(taken) == len(incident.examples):
        return None
    named = [f"{ref.platform}/{ref.post_id}" for ref in taken]
    new = derived_id("split", incident.incident_id, incident.revision, actor.person_id, *named)
    return Split(incident_id=incident.incident_id, actor=actor, new_incident_id=new, examples=tuple(taken))


MAKERS: dict[Sent, Maker] = {
    "acknowledge": acknowledge,
    "resolve": resolve,
    "tick": tick,
    "comment": comment,
    "help": need_help,
    "hand-over": hand_over,
    "snooze": snooze,
    "merge": merge,
    "split": split,
}
