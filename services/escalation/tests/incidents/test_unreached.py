"""Not one page of a ladder got through: the last resort at once, and an alarm of its own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from feuerwache.common.clock import ManualClock
from feuerwache.common.config.community import Communities
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident
from feuerwache.common.events.page import PersonTarget, ReceiptStatus
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.kafka.topics import ALARMS_RAISED, INCIDENTS_CHANGED, PAGES_REQUESTED, TopicNames
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.escalation.incidents.change import Change
from feuerwache.escalation.incidents.metrics import NOBODY_REACHED
from feuerwache.escalation.incidents.task import IncidentsTask
from feuerwache.escalation.policy.policies import Policies, Policy
from support.incidents import SHARD, SHARDS, acknowledge, alarm, receipt
from support.policies import governed, names, step

AT = datetime(2026, 11, 16, 10, tzinfo=UTC)
HEAD = PersonTarget(person_id="selin.yildiz")
LADDERS = {"low": {"steps": [step("first", 10, repeat=1), step("deputy", 15)], "repeat": 0}}
POLICY: dict[str, Any] = {"ladders": LADDERS, "last_resort": {"reach": [{"person": "selin.yildiz"}], "wait": "20m"}}


def make_book(policy: dict[str, Any] | None = None) -> IncidentBook:
    return IncidentBook(SHARD, SHARDS, governed(POLICY if policy is None else policy))


def begun(book: IncidentBook, kind: CrisisKind = CrisisKind.NEGATIVITY_BURST) -> Change:
    change = book.apply(alarm(AT, kind=kind), AT)
    assert change is not None
    return change


def answered(
    book: IncidentBook, change: Change, status: ReceiptStatus = ReceiptStatus.FAILED, *, exhausted: bool = True
) -> Change:
    """The receipt of the page that this change asked for."""
    (page,) = change.pages
    said = receipt(change.incident.incident_id, page.id, AT, status, exhausted=exhausted)
    after = book.apply(said, AT)
    assert after is not None
    return after


def words(incident: Incident) -> list[str]:
    return [entry.what for entry in incident.timeline]


def test_a_ladder_that_reaches_nobody_is_through_at_once_without_repeats_and_raises_an_alarm() -> None:
    book = make_book()
    second = answered(book, begun(book))
    assert [names(page) for page in second.pages] == ["deputy"]
    end = answered(book, second)
    assert [page.data.targets for page in end.pages] == [(HEAD,)]
    assert words(end.incident)[-2:] == ["nobody_reached", "last_resort"]
    (raised,) = end.alarms
    assert (raised.data.kind, raised.data.severity) == (CrisisKind.NOBODY_REACHED, Severity.HIGH)
    assert raised.data.brand == end.incident.brand


def test_a_ladder_that_is_climbed_again_says_so_after_the_first_climb_and_climbs_on() -> None:
    book = make_book(POLICY | {"ladders": {"low": {"steps": [step("first", 10), step("deputy", 15)], "repeat": 2}}})
    told = answered(book, answered(book, begun(book)))
    assert [page.data.targets for page in told.pages] == [(HEAD,)]
    assert words(told.incident)[-2:] == ["nobody_reached", "last_resort"]
    assert [one.data.kind for one in told.alarms] == [CrisisKind.NOBODY_REACHED]
    assert (told.incident.round, told.incident.step) == (1, 0)
    assert told.incident.due_at == AT + timedelta(minutes=15), "the next climb keeps its time"
    unheard = answered(book, told)
    assert (unheard.pages, unheard.alarms, unheard.incident.due_at) == ((), (), told.incident.due_at)
    (again,) = book.due(AT + timedelta(minutes=15))
    assert [names(page) for page in again.pages] == ["first"]
    second = answered(book, answered(book, again))
    assert (second.pages, second.alarms) == ((), ()), "once is enough until the end"
    (third,) = book.due(AT + timedelta(minutes=30))
    end = answered(book, answered(book, third))
    assert words(end.incident)[-2:] == ["nobody_reached", "nobody_answered"]
    assert len(end.alarms) == 1


def test_when_the_last_resort_is_not_reached_either_it_is_said_again_and_the_ladder_ends() -> None:
    book = make_book()
    end = answered(book, answered(book, answered(book, begun(book))))
    assert end.pages == ()
    assert len(end.alarms) == 1
    assert words(end.incident)[-2:] == ["nobody_reached", "nobody_answered"]
    assert end.incident.due_at is None


def test_no_alarm_when_one_page_got_through() -> None:
    book = make_book()
    first = begun(book)
    answered(book, first, ReceiptStatus.DELIVERED, exhausted=False)
    (repeated,) = book.due(AT + timedelta(minutes=10))
    (second,) = book.due(AT + timedelta(minutes=20))
    assert names(repeated.pages[0]) == "first"
    end = answered(book, second)
    assert [page.data.targets for page in end.pages] == [(HEAD,)]
    assert end.alarms == ()


def test_pages_without_any_receipt_are_not_called_unreached() -> None:
    book = make_book()
    begun(book)
    seen = [change for wait in (10, 20, 35, 55) for change in book.due(AT + timedelta(minutes=wait))]
    assert [change.alarms for change in seen] == [(), (), (), ()]
    assert words(seen[-1].incident)[-1] == "nobody_answered"


def test_an_outcome_that_is_not_known_counts_as_neither() -> None:
    book = make_book()
    first = begun(book)
    told = answered(book, first, ReceiptStatus.OUTCOME_UNKNOWN, exhausted=False)
    assert (told.pages, told.incident.reached) == ((), None)


def test_its_incident_pages_nobody_twice_where_a_last_resort_knows_already() -> None:
    book = make_book()
    end = answered(book, answered(book, begun(book)))
    change = book.apply(end.alarms[0], AT)
    assert change is not None
    assert (change.incident.kind, change.pages) == (CrisisKind.NOBODY_REACHED, ())
    assert book.apply(end.alarms[0], AT) is None


def test_its_incident_climbs_the_ladder_that_the_community_names_for_it_and_raises_no_further_alarm() -> None:
    house = governed(POLICY)
    machinery = Policy.model_validate({"id": "machinery", "ladders": {"low": {"steps": [step("operators", 10)]}}})
    named = {"policies": {CrisisKind.NOBODY_REACHED: "machinery"}}
    house = replace(
        house,
        policies=Policies(policies=(*house.policies.policies, machinery)),
        communities=Communities(
            communities=tuple(each.model_copy(update=named) for each in house.communities.communities)
        ),
    )
    book = IncidentBook(SHARD, SHARDS, house)
    end = answered(book, answered(book, begun(book)))
    change = book.apply(end.alarms[0], AT)
    assert change is not None
    assert [names(page) for page in change.pages] == ["operators"]
    last = answered(book, change)
    assert (last.alarms, words(last.incident)[-1]) == ((), "nobody_answered")


def test_without_a_last_resort_its_incident_tries_the_ladder() -> None:
    book = make_book({"ladders": LADDERS})
    end = answered(book, answered(book, begun(book)))
    assert words(end.incident)[-2:] == ["nobody_reached", "nobody_answered"]
    change = book.apply(end.alarms[0], AT)
    assert change is not None
    assert [names(page) for page in change.pages] == ["first"]


def test_whoever_answers_the_last_resort_late_has_it() -> None:
    book = make_book()
    end = answered(book, answered(book, begun(book)))
    at = AT + timedelta(hours=5)
    book.due(at)
    taken = book.apply(acknowledge(end.incident.incident_id, at), at)
    assert taken is not None
    assert taken.incident.owner == "anna.bergmann"
    assert book.due(at + timedelta(hours=1)) == []


def test_a_receipt_that_comes_twice_raises_one_alarm() -> None:
    book = make_book()
    second = answered(book, begun(book))
    (page,) = second.pages
    said = receipt(second.incident.incident_id, page.id, AT, ReceiptStatus.FAILED, exhausted=True)
    first, again = book.apply(said, AT), book.apply(said, AT)
    assert first is not None
    assert len(first.alarms) == 1
    assert again is None


def test_the_task_writes_it_to_the_alarms_of_its_shard_and_opens_an_incident_when_it_comes_back() -> None:
    """In the same output as the incident and the page, so in the same transaction."""

    async def scene() -> None:
        task = IncidentsTask(SHARD, SHARDS, lambda: governed(POLICY), ManualClock(AT), TopicNames())
        counted = NOBODY_REACHED._value.get()
        output = await task.handle([as_record(alarm(AT))])
        for _ in range(2):
            (page,) = [one for one in output.outgoing if one.topic == PAGES_REQUESTED.name]
            asked = as_record(page).event()
            said = receipt(asked.data.incident_id, asked.id, AT, ReceiptStatus.FAILED, exhausted=True)
            output = await task.handle([as_record(said)])
        assert [one.topic for one in output.outgoing] == [
            INCIDENTS_CHANGED.name,
            PAGES_REQUESTED.name,
            ALARMS_RAISED.name,
        ]
        assert {one.partition for one in output.outgoing} == {SHARD}
        await task.committed()
        assert NOBODY_REACHED._value.get() == counted + 1
        back = await task.handle([as_record(output.outgoing[-1])])
        assert [one.topic for one in back.outgoing] == [INCIDENTS_CHANGED.name]
        assert not back.dead_letters

    asyncio.run(scene())


def as_record(given: Event[Any] | Outgoing) -> Record:
    outgoing = given if isinstance(given, Outgoing) else Outgoing.of("any", SHARD, b"", given)
    return Record(outgoing.topic, SHARD, 0, 0, outgoing.key, outgoing.value, tuple(outgoing.headers))


def test_a_receipt_of_a_handover_mail_is_no_news_even_of_an_incident_of_another_shard() -> None:
    book = make_book()
    known = begun(book).incident.incident_id
    for incident_id in (known, uuid4()):
        assert book.apply(receipt(incident_id, uuid4(), AT, ReceiptStatus.SENT, kind="notice"), AT) is None
