"""A small house and the events an incident lives on, for tests of incidents and of the console."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from feuerwache.common.config.community import Communities, Community
from feuerwache.common.config.contact import EmailContact
from feuerwache.common.config.people import People, Person, Role
from feuerwache.common.config.plan import Plan, Plans
from feuerwache.common.config.plan import Step as PlanStep
from feuerwache.common.config.plan import Text as PlanText
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.alarm import AlarmEnded, AlarmRaised, CrisisKind, Figures
from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import (
    Acknowledge,
    Comment,
    Declare,
    HandOver,
    Merge,
    Mute,
    NeedHelp,
    Resolve,
    Snooze,
    Split,
    TickPlanStep,
)
from feuerwache.common.events.page import PageReceipt, ReceiptStatus
from feuerwache.common.events.post import PostRef
from feuerwache.common.kafka.keys import alarm_shard
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.escalation.incidents.change import Change
from feuerwache.escalation.policy.house import House
from feuerwache.escalation.policy.policies import Ladder, Ladders, Policies, Policy, Reach, Step

#: A Saturday night, 22:00 in Berlin.
NIGHT = datetime(2026, 11, 14, 21, 0, tzinfo=UTC)
COMMUNITY = "morgenrot-forum"
#: Other communities of the same brand, and one of another brand on the same shard of `SHARDS`.
FACEBOOK, APP = "morgenrot-facebook", "morgenrot-app"
FOREIGN, FOREIGN_BRAND = "seerose-forum", "seerose"
BRAND = "morgenrot"
SHARDS = 8
SHARD = alarm_shard(COMMUNITY, BRAND, SHARDS)
EMMA = Actor(person_id="emma.agent", via=Via.LINK)
ANNA = Actor(person_id="anna.bergmann", via=Via.LINK)
JONAS = Actor(person_id="jonas.keller", via=Via.LINK)


PLAN = Plan(
    id="general",
    title=PlanText(de="Allgemein", en="General"),
    default=True,
    steps=(PlanStep(id="call", title=PlanText(de="Technik anrufen", en="Call the technicians")),),
)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def step(layer: str, wait: float, *more: str) -> Step:
    reach = tuple(Reach(layer=f"morgenrot/{name}") for name in (layer, *more))
    return Step(reach=reach, wait=f"{int(wait * 60)}s")  # as it stands in the file


def people() -> People:
    """Agent, managers, a head and an operator."""
    roles = {
        "emma.agent": Role.AGENT,
        "anna.bergmann": Role.MANAGER,
        "jonas.keller": Role.MANAGER,
        "selin.yildiz": Role.HEAD,
        "olaf.operator": Role.OPERATOR,
    }
    return People(
        people=tuple(
            Person(id=name, name=name, role=role, contacts=(EmailContact(address=f"{name}@morgenrot.example"),))
            for name, role in roles.items()
        )
    )


def house(repeat: int = 0) -> House:
    """`high` waits 10, 15 and 30 minutes for first, deputy, head; `critical` 5, 10, 15; `low` one step of 4 h."""
    ladders = Ladders(
        low=Ladder(steps=(step("first", 240),)),
        high=Ladder(steps=(step("first", 10), step("deputy", 15), step("head", 30)), repeat=repeat),
        critical=Ladder(steps=(step("first", 5), step("deputy", 10), step("head", 15)), repeat=repeat),
    )
    communities = (
        community(COMMUNITY, "Morgenrot-Forum"),
        community(FACEBOOK, "Morgenrot auf Facebook"),
        community(APP, "Morgenrot-App"),
        community(FOREIGN, "Seerosen-Forum", FOREIGN_BRAND),
    )
    return House(
        Communities(communities=communities),
        Policies(policies=(Policy(id="brand", ladders=ladders),)),
        "0123456789abcdef",
        people(),
        Plans(plans=(PLAN,)),
    )


def community(name: str, title: str, brand: str = BRAND) -> Community:
    return Community(id=name, title=title, brand=brand, rules="brand-de", policy="brand")


def event(data: Payload, at: datetime, event_id: UUID | None = None) -> Event[Any]:
    return Event(id=event_id or uuid4(), source="/test", time=at, data=data)


def alarm(
    at: datetime = NIGHT,
    *,
    kind: CrisisKind = CrisisKind.NEGATIVITY_BURST,
    severity: Severity = Severity.HIGH,
    event_id: UUID | None = None,
    **fields: Any,
) -> Event[Any]:
    fields.setdefault("figures", Figures(window_minutes=15, posts=214, usual_posts=12.0, negative_share=0.61))
    fields.setdefault("examples", (PostRef(community=COMMUNITY, platform="forum", post_id="p1"),))
    fields.setdefault("community", COMMUNITY)
    fields.setdefault("brand", BRAND)
    data = AlarmRaised(kind=kind, severity=severity, onset=at - minutes(5), seen_at=at, **fields)
    return event(data, at, event_id)


def ended(
    at: datetime = NIGHT, kind: CrisisKind = CrisisKind.NEGATIVITY_BURST, event_id: UUID | None = None, **fields: Any
) -> Event[Any]:
    fields.setdefault("community", COMMUNITY)
    fields.setdefault("brand", BRAND)
    fields.setdefault("onset", at - minutes(35))
    return event(AlarmEnded(kind=kind, ended_at=at, peak=214, **fields), at, event_id)


def acknowledge(incident_id: UUID, at: datetime = NIGHT, actor: Actor = ANNA) -> Event[Any]:
    return event(Acknowledge(incident_id=incident_id, actor=actor), at)


def resolve(incident_id: UUID, at: datetime = NIGHT, actor: Actor = ANNA, reason: Any = "handled") -> Event[Any]:
    return event(Resolve(incident_id=incident_id, actor=actor, reason=reason), at)


def snooze(incident_id: UUID, until: datetime, at: datetime = NIGHT) -> Event[Any]:
    return event(Snooze(incident_id=incident_id, actor=ANNA, until=until), at)


def hand_over(incident_id: UUID, to: str, at: datetime = NIGHT) -> Event[Any]:
    return event(HandOver(incident_id=incident_id, actor=ANNA, to=to), at)


def need_help(incident_id: UUID, at: datetime = NIGHT) -> Event[Any]:
    return event(NeedHelp(incident_id=incident_id, actor=ANNA), at)


def comment(incident_id: UUID, at: datetime = NIGHT, text: str = "Ich rufe die Technik an.") -> Event[Any]:
    return event(Comment(incident_id=incident_id, actor=ANNA, text=text), at)


def merge(incident_id: UUID, into: UUID, at: datetime = NIGHT) -> Event[Any]:
    return event(Merge(incident_id=incident_id, actor=ANNA, into=into), at)


def split(incident_id: UUID, *posts: str, new: UUID | None = None, at: datetime = NIGHT) -> Event[Any]:
    examples = tuple(post(name) for name in posts)
    return event(Split(incident_id=incident_id, actor=ANNA, new_incident_id=new or uuid4(), examples=examples), at)


def post(name: str, community: str = COMMUNITY) -> PostRef:
    return PostRef(community=community, platform="forum", post_id=name)


def tick(incident_id: UUID, plan_step: str = "call", *, done: bool = True, at: datetime = NIGHT) -> Event[Any]:
    return event(TickPlanStep(incident_id=incident_id, actor=ANNA, plan=PLAN.id, plan_step=plan_step, done=done), at)


def declare(at: datetime = NIGHT, incident_id: UUID | None = None, **fields: Any) -> Event[Any]:
    fields = {"community": COMMUNITY, "severity": Severity.HIGH, "note": "Rückruf", "actor": ANNA} | fields
    return event(Declare(incident_id=incident_id or uuid4(), **fields), at)


def mute(at: datetime = NIGHT, **fields: Any) -> Event[Any]:
    fields = {
        "community": COMMUNITY,
        "kinds": (CrisisKind.VOLUME_BURST,),
        "start": at,
        "until": at + timedelta(days=2),
        "actor": ANNA,
    } | fields
    return event(Mute(**fields), at)


def receipt(
    incident_id: UUID,
    page_id: UUID,
    at: datetime = NIGHT,
    status: ReceiptStatus = ReceiptStatus.DELIVERED,
    **fields: Any,
) -> Event[Any]:
    fields.setdefault("step", 0)
    fields.setdefault("recipient", "anna.bergmann")
    fields.setdefault("channel", "email")
    data = PageReceipt(page_id=page_id, delivery_id=uuid4(), incident_id=incident_id, status=status, at=at, **fields)
    return event(data, at)


def told(book: IncidentBook, event: Event[Any]) -> Change:
    """What the event changes, at its own time; for events that change something."""
    change = book.apply(event, event.time)
    assert change is not None
    return change
