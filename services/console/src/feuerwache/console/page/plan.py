"""The crisis plan of an incident as one person reads it: what is done, what is due by when, who must know, what may be
said, what can be switched, and whom to call.

The checklist is the incident's own, frozen when it began; the texts around it are those of the present configuration.
Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from feuerwache.common.config.plan import Helpline, Informed, Plan, Plans, Statement
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident
from feuerwache.console.page.plan_wording import DESK, LEVER, PLAN_UI, USE
from feuerwache.console.page.reader import Reader

RANK = {Severity.LOW: 0, Severity.HIGH: 1, Severity.CRITICAL: 2}


@dataclass(frozen=True, slots=True)
class StepView:
    """`note`: who did it and when, or by when it is due. `waiting`: the reader's tick is under way."""

    id: str
    title: str
    done: bool
    note: str
    late: bool
    waiting: bool


@dataclass(frozen=True, slots=True)
class InformView:
    who: str
    when: str
    due: str
    later: str


@dataclass(frozen=True, slots=True)
class StatementView:
    """`rows`: how many lines the text takes, about."""

    id: str
    title: str
    use: str
    text: str
    rows: int


@dataclass(frozen=True, slots=True)
class HelplineView:
    """`numbers`: as they are shown, and as a link dials them."""

    name: str
    country: str
    numbers: tuple[tuple[str, str], ...]
    note: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """`known` False: the house has no such plan any more, only the checklist is left."""

    id: str
    title: str
    principle: str
    progress: str
    may_tick: bool
    steps: tuple[StepView, ...]
    known: bool
    helplines: tuple[HelplineView, ...]
    inform: tuple[InformView, ...]
    statements: tuple[StatementView, ...]
    switches: tuple[tuple[str, str], ...]


def plan_view(
    incident: Incident, plans: Plans, reader: Reader, *, may_tick: bool, waiting: frozenset[str] = frozenset()
) -> PlanView | None:
    """None when the incident carries no plan. `waiting`: ids of the steps whose tick is not carried out yet."""
    frozen = incident.plan
    if frozen is None:
        return None
    plan = plans.get(frozen.plan_id)
    language = reader.language
    title, principle = (plan.title.both()[language], plan.principle) if plan else ("", None)
    return PlanView(
        id=frozen.plan_id,
        title=title or frozen.plan_id,
        principle=principle.both()[language] if principle else "",
        progress=PLAN_UI[language]["progress"].format(done=len(incident.ticks), all=len(frozen.steps)),
        may_tick=may_tick,
        steps=tuple(steps(incident, plan, reader, waiting)),
        known=plan is not None,
        helplines=tuple(helpline(line, reader) for line in plan.helplines) if plan else (),
        inform=tuple(informed(one, incident, reader) for one in plan.inform) if plan else (),
        statements=tuple(statement(one, reader) for one in plan.statements) if plan else (),
        switches=tuple((LEVER[language][one.what], one.when.both()[language]) for one in plan.switch) if plan else (),
    )


def steps(incident: Incident, plan: Plan | None, reader: Reader, waiting: frozenset[str]) -> list[StepView]:
    ui, ticks = PLAN_UI[reader.language], {tick.step: tick for tick in incident.ticks}
    shown = []
    for step in incident.plan.steps if incident.plan is not None else ():
        tick, within = ticks.get(step.id), plan.within(step.id) if plan is not None else None
        late = tick is None and within is not None and overdue(incident.opened_at, within, reader.now)
        note = ""
        if tick is not None:
            note = ui["ticked"].format(who=reader.name(tick.actor.person_id), at=reader.time(tick.at))
        elif within is not None:
            note = ui["overdue" if late else "due"].format(at=reader.time(incident.opened_at + within))
        title = step.title.get(reader.language) or next(iter(step.title.values()), step.id)
        shown.append(StepView(step.id, title, tick is not None, note, late, step.id in waiting))
    return shown


def informed(one: Informed, incident: Incident, reader: Reader) -> InformView:
    """By when, and whether the incident is not that severe (yet)."""
    ui, language = PLAN_UI[reader.language], reader.language
    due = ui["due"].format(at=reader.time(incident.opened_at + one.within)) if one.within is not None else ""
    below = RANK[incident.severity] < RANK[one.severity]
    later = ui["not_yet"].format(severity=reader.words.severity[one.severity]) if below else ""
    return InformView(DESK[language][one.who], one.when.both()[language], "" if below else due, later)


def statement(one: Statement, reader: Reader) -> StatementView:
    language = reader.language
    text = one.text.both()[language].strip()
    return StatementView(one.id, one.title.both()[language], USE[language][one.use], text, 2 + len(text) // 60)


def helpline(line: Helpline, reader: Reader) -> HelplineView:
    numbers = tuple((number, number.replace(" ", "")) for number in line.numbers)
    return HelplineView(line.name.both()[reader.language], line.country, numbers, line.note.both()[reader.language])


def overdue(opened_at: datetime, within: timedelta, now: datetime) -> bool:
    return now > opened_at + within
