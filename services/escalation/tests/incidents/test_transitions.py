"""The table of all transitions in docs/incidents.md, held against the state machine: every input in every state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest

from feuerwache.common.events.alarm import AlarmEnded, AlarmRaised, CrisisKind
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident, IncidentCommand, IncidentState, Mute
from feuerwache.common.events.page import LayerTarget, PageReceipt, PageRequested, PersonTarget, ReceiptStatus
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.escalation.incidents.change import Change
from feuerwache.escalation.incidents.ladder import page_id
from support.incidents import (
    APP,
    EMMA,
    FACEBOOK,
    JONAS,
    NIGHT,
    SHARD,
    SHARDS,
    acknowledge,
    alarm,
    comment,
    declare,
    ended,
    hand_over,
    house,
    merge,
    minutes,
    need_help,
    receipt,
    resolve,
    snooze,
    split,
    tick,
    told,
)
from support.policies import governed, step

#: The house's own ladders, with what else a policy may say.
POLICY: dict[str, Any] = {
    "ladders": {
        "low": {"steps": [step("first", 240)]},
        "high": {"steps": [step("first", 10), step("deputy", 15), step("head", 30)]},
        "critical": {"steps": [step("first", 5), step("deputy", 10), step("head", 15)]},
    },
    "quiet_hours": {"from": "20:00", "to": "08:00"},
    "ask_again_after": "45m",
    "last_resort": {"reach": [{"person": "selin.yildiz"}], "wait": "30m"},
}
#: The states that only such a policy has.
POLICED = ("held", "asked again", "last resort")
DOCS = Path(__file__).parents[4] / "docs/incidents.md"


@dataclass
class Scene:
    """A book with the incident in question (and one beside it), and the instant at which something happens to it."""

    book: IncidentBook
    incident: Incident
    beside: Incident
    at: datetime


def scene(state: str) -> Scene:
    """Its first step fired at NIGHT; what happens to it, happens a minute after it came into this state."""
    if state in POLICED:
        return policed(state)
    book = IncidentBook(SHARD, SHARDS, house())
    incident = told(book, alarm()).incident
    one, two = NIGHT + minutes(1), NIGHT + minutes(2)
    at = NIGHT + minutes(3)
    if state == "acknowledged":
        told(book, acknowledge(incident.incident_id, one))
    elif state == "snoozed":
        told(book, snooze(incident.incident_id, NIGHT + minutes(120), one))
    elif state in {"resolved", "reopened"}:
        told(book, resolve(incident.incident_id, one))
        if state == "reopened":
            told(book, alarm(two))
    elif state == "false alarm":
        told(book, resolve(incident.incident_id, one, reason="false_alarm"))
    elif state in {"unanswered", "went quiet"}:
        for wait in (10, 25, 55):
            book.due(NIGHT + minutes(wait))
        at = NIGHT + minutes(56)
        if state == "went quiet":
            told(book, ended(at))
            book.due(at + minutes(120))
            at += minutes(121)
    beside = told(book, alarm(at, kind=CrisisKind.VOLUME_BURST)).incident
    if state == "merged":
        told(book, merge(incident.incident_id, beside.incident_id, two))
    return Scene(book, now(book, incident), now(book, beside), at)


def policed(state: str) -> Scene:
    """What only some policies know: low in quiet hours, an owner who was asked again, the last resort paged."""
    book = IncidentBook(SHARD, SHARDS, governed(POLICY))
    incident = told(book, alarm(severity=Severity.LOW if state == "held" else Severity.HIGH)).incident
    at = NIGHT + minutes(3)
    if state == "asked again":
        told(book, acknowledge(incident.incident_id, NIGHT))
        book.due(NIGHT + minutes(45))
        at = NIGHT + minutes(46)
    elif state == "last resort":
        for wait in (10, 25, 55):
            book.due(NIGHT + minutes(wait))
        at = NIGHT + minutes(56)
    beside = told(book, alarm(at, kind=CrisisKind.VOLUME_BURST)).incident
    return Scene(book, now(book, incident), now(book, beside), at)


def now(book: IncidentBook, incident: Incident) -> Incident:
    return next(each for each in book if each.incident_id == incident.incident_id)


def due(place: Scene, at: datetime) -> Change | None:
    """What time does to the incident in question."""
    changes = [change for change in place.book.due(at) if change.incident.incident_id == place.incident.incident_id]
    return changes[0] if changes else None


def over(place: Scene, *waits: float) -> Change | None:
    """The fire is over at once; after so many minutes each there is a look at the clock. What happened last."""
    place.book.apply(ended(place.at), place.at)
    changes = [due(place, place.at + minutes(wait)) for wait in waits]
    return next((change for change in reversed(changes) if change is not None), None)


def unheard(place: Scene, command: Event[Any]) -> Change | None:
    """The command, and then the receipt that says that its page came to nothing; if it sent none, the command alone."""
    change = place.book.apply(command, place.at)
    if change is None or not change.pages:
        return change
    (page,) = change.pages
    nobody = receipt(page.data.incident_id, page.id, place.at, ReceiptStatus.FAILED, exhausted=True)
    return place.book.apply(nobody, place.at)


def taken_back(place: Scene) -> Change | None:
    place.book.apply(tick(place.incident.incident_id, at=place.at), place.at)
    return place.book.apply(tick(place.incident.incident_id, done=False, at=place.at), place.at)


Input = Callable[[Scene], Event[Any]]
EVENTS: dict[str, Input] = {
    "alarm": lambda s: alarm(s.at),
    "old alarm": lambda _: alarm(NIGHT - minutes(1)),
    "worse alarm": lambda s: alarm(s.at, severity=Severity.CRITICAL),
    "alarm in another community": lambda s: alarm(s.at, community=FACEBOOK),
    "alarm ended": lambda s: ended(s.at),
    "acknowledge": lambda s: acknowledge(s.incident.incident_id, s.at, JONAS),
    "resolve": lambda s: resolve(s.incident.incident_id, s.at, JONAS),
    "resolve as false alarm": lambda s: resolve(s.incident.incident_id, s.at, JONAS, reason="false_alarm"),
    "snooze": lambda s: snooze(s.incident.incident_id, s.at + minutes(200), s.at),
    "snooze into the past": lambda s: snooze(s.incident.incident_id, NIGHT, s.at),
    "hand over": lambda s: hand_over(s.incident.incident_id, "selin.yildiz", s.at),
    "hand over to nobody known": lambda s: hand_over(s.incident.incident_id, "nobody.here", s.at),
    "need help": lambda s: need_help(s.incident.incident_id, s.at),
    "comment": lambda s: comment(s.incident.incident_id, s.at),
    "tick a step of the plan": lambda s: tick(s.incident.incident_id, at=s.at),
    "tick what is no step": lambda s: tick(s.incident.incident_id, "dance", at=s.at),
    "merge into another": lambda s: merge(s.incident.incident_id, s.beside.incident_id, s.at),
    "merge into itself": lambda s: merge(s.incident.incident_id, s.incident.incident_id, s.at),
    "merge into what nobody knows": lambda s: merge(s.incident.incident_id, uuid4(), s.at),
    "another is merged into it": lambda s: merge(s.beside.incident_id, s.incident.incident_id, s.at),
    "split": lambda s: split(s.incident.incident_id, "p1", at=s.at),
    "split off nothing": lambda s: split(s.incident.incident_id, at=s.at),
    "command of who may not": lambda s: resolve(s.incident.incident_id, s.at, EMMA),
    "page delivered": lambda s: receipt(s.incident.incident_id, last_page(s), s.at),
    "page reached nobody": lambda s: receipt(
        s.incident.incident_id, last_page(s), s.at, ReceiptStatus.FAILED, exhausted=True
    ),
    "only target names nobody": lambda s: receipt(
        s.incident.incident_id, last_page(s), s.at, ReceiptStatus.UNREACHABLE, recipient=None
    ),
    "page sent, outcome unknown": lambda s: receipt(
        s.incident.incident_id, last_page(s), s.at, ReceiptStatus.OUTCOME_UNKNOWN
    ),
    "declared again under its id": lambda s: declare(s.at, s.incident.incident_id),
    "page claimed": lambda s: receipt(s.incident.incident_id, last_page(s), s.at, ReceiptStatus.CLAIMED),
}
#: What takes more than one event, or time alone; what happened last.
TIMES: dict[str, Callable[[Scene], Change | None]] = {
    "take a tick back": taken_back,
    "hand over, which reaches nobody": lambda s: unheard(s, hand_over(s.incident.incident_id, "selin.yildiz", s.at)),
    "call for help, which reaches nobody": lambda s: unheard(s, need_help(s.incident.incident_id, s.at)),
    "its time has come": lambda s: due(s, s.incident.due_at or s.at + minutes(60)),
    "over, and two hours later": lambda s: over(s, 120),
    "over, and a day later": lambda s: over(s, 120, 137, 153, 24 * 60),
}


def last_page(place: Scene) -> Any:
    last = place.incident.timeline[-1]
    if last.what == "asked_again":
        return UUID(str(last.detail["page"]))
    if place.incident.resorted and place.incident.fired is not None:
        return place.incident.fired.page
    return page_id(place.incident.incident_id, place.incident.round, 2 if place.incident.step is None else 0)


def reached(pages: tuple[Event[PageRequested], ...]) -> list[str]:
    return [
        ("digest to " if page.data.digest else "")
        + (target.layer if isinstance(target, LayerTarget) else target.person_id.split(".")[0])
        for page in pages
        for target in page.data.targets
        if isinstance(target, LayerTarget | PersonTarget)
    ]


def cell(place: Scene, change: Change | None) -> str:
    """What happened to the incident in question, as the table writes it; to the target, where it was merged."""
    if change is None:
        return "–"
    all_of_them = (change.incident, *change.also)
    if change.incident.revision == 0:
        return "**new incident** " + line(change.incident, change.incident, change.pages)
    here = next((each for each in all_of_them if each.incident_id == place.incident.incident_id), None)
    if here is None:
        return "**target** " + line(place.beside, change.incident, change.pages)
    text = line(place.incident, here, change.pages if here is change.incident else ()) + " + bar" * len(change.bars)
    if here is not change.incident and place.incident.merged_into is not None:
        text += ", **target** " + line(place.beside, change.incident, change.pages)
    return text


def line(before: Incident, after: Incident, pages: tuple[Event[PageRequested], ...]) -> str:
    state = f"**{after.state.value}** " if after.state is not before.state else ""
    paged = f" → {', '.join(reached(pages))}" if pages else ""
    return f"{state}`{after.timeline[-1].what}`{paged}"


def table() -> tuple[list[str], dict[str, dict[str, str]]]:
    """The states (columns) and, for each input, the cells as they stand in the documentation."""
    rows = [row for row in DOCS.read_text().splitlines() if row.startswith("| ")]
    begin = next(index for index, row in enumerate(rows) if row.startswith("| what happens |"))
    states = [each.strip() for each in rows[begin].strip("|").split("|")][1:]
    cells: dict[str, dict[str, str]] = {}
    for row in rows[begin + 1 :]:
        name, *rest = [each.strip() for each in row.strip("|").split("|")]
        if len(rest) != len(states):
            break
        cells[name] = dict(zip(states, rest, strict=True))
    return states, cells


STATES = (
    "triggered",
    "reopened",
    "unanswered",
    "went quiet",
    "acknowledged",
    "snoozed",
    "resolved",
    "false alarm",
    "merged",
    "held",
    "asked again",
    "last resort",
)


PAIRS = [(state, name) for state in STATES for name in (*EVENTS, *TIMES)]


def test_the_table_names_every_state_and_every_input_and_no_other() -> None:
    states, cells = table()
    assert tuple(states) == STATES
    assert list(cells) == [*EVENTS, *TIMES]


#: What is not an incident's business: a contact whose time has not come, a page that waits for others or is called off.
SILENT = (ReceiptStatus.PENDING, ReceiptStatus.HELD, ReceiptStatus.WITHDRAWN)


@pytest.mark.parametrize("status", [*SILENT, ReceiptStatus.CLAIMED])
def test_a_receipt_that_is_no_news_changes_nothing(status: ReceiptStatus) -> None:
    place = scene("triggered")
    page = page_id(place.incident.incident_id, 0, 0)
    assert place.book.apply(receipt(place.incident.incident_id, page, place.at, status), place.at) is None


def test_every_command_alarm_and_receipt_there_is_has_its_row() -> None:
    place = scene("triggered")
    events = [make(place).data for make in EVENTS.values()]
    commands = {*get_args(get_args(IncidentCommand)[0])} - {Mute}  # a mute is about no incident
    assert {type(data) for data in events} == {AlarmRaised, AlarmEnded, PageReceipt, *commands}
    told = {data.status for data in events if isinstance(data, PageReceipt)}
    assert told == set(ReceiptStatus) - {ReceiptStatus.SENT} - set(SILENT), "what was sent is as good as delivered"


@pytest.mark.parametrize(("state", "name"), PAIRS)
def test_what_the_table_says_happens(state: str, name: str) -> None:
    place = scene(state)
    if name in TIMES:
        assert cell(place, TIMES[name](place)) == table()[1][name][state]
        return
    event = EVENTS[name](place)
    before = {each.incident_id: each for each in place.book}
    change = place.book.apply(event, place.at)
    assert cell(place, change) == table()[1][name][state]
    for after in () if change is None else (change.incident, *change.also):
        former = before.get(after.incident_id)
        assert after.revision == (0 if former is None else former.revision + 1)
    settled = list(place.book)
    assert place.book.apply(event, place.at) is None, "told twice, it happens once"
    assert place.book.apply(event, place.at + minutes(600)) is None, "also when the repeat comes late"
    assert list(place.book) == settled


def test_the_states_are_what_their_names_say() -> None:
    found = {state: scene(state).incident for state in STATES}
    for state in IncidentState:
        assert found[state.value].state is state
    assert found["unanswered"].timeline[-1].what == "nobody_answered"
    assert found["went quiet"].went_quiet_at is not None
    assert found["false alarm"].resolved_reason == "false_alarm"
    assert found["merged"].merged_into is not None
    assert found["held"].held
    assert found["asked again"].asked_at is not None
    assert found["last resort"].resorted


@pytest.mark.parametrize("state", ["triggered", "reopened", "unanswered", "acknowledged", "snoozed"])
def test_a_third_burning_community_is_critical(state: str) -> None:
    place = scene(state)
    told(place.book, alarm(place.at, community=FACEBOOK))
    assert now(place.book, place.incident).severity is Severity.HIGH
    told(place.book, alarm(place.at, community=APP))
    assert now(place.book, place.incident).severity is Severity.CRITICAL
