"""The handover mail: whom, when, about what, once; and who had too little rest."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from feuerwache.common.config.people import load_people
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.events.page import PageRequested, ReceiptStatus
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.notifier.handover import LOOK_BACK, MAX_ENTRIES, Handover, Handovers, handover_pages, handovers
from feuerwache.notifier.message.render import Reader, render
from feuerwache.notifier.schedule.model import load_schedules
from support.incidents import SHARD, SHARDS, alarm, house, receipt, resolve
from support.life import CONFIG, SENT, Life
from support.scripted_channel import ScriptedChannel

SCHEDULES = load_schedules(CONFIG, load_people(CONFIG))
BERLIN = ZoneInfo("Europe/Berlin")
#: Anna has the weekend, Jonas the week that begins on this Monday at 08:00 in Berlin.
MONDAY = datetime(2026, 11, 16, 7, tzinfo=UTC)
CHANGE = Handover("morgenrot", MONDAY, ("first",), ("anna.bergmann",), ("jonas.keller",))
NIGHT = datetime(2026, 11, 16, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
#: Of so many partitions, the one of `Life` has the mails of Anna, Jonas and Käthe, and not that of Selin.
SHARES = 11


def begun(
    at: datetime = NIGHT, severity: Severity = Severity.HIGH, *, reached: str | None = None, **more: Any
) -> Incident:
    """An incident that began at `at`, of which this person was reached at once."""
    book = IncidentBook(SHARD, SHARDS, house())
    change = book.apply(alarm(at, severity=severity, **more), at)
    assert change is not None
    if reached is not None:
        said = receipt(change.incident.incident_id, change.pages[0].id, at, ReceiptStatus.SENT, recipient=reached)
        book.apply(said, at)
    return next(iter(book))


def ended(incident: Incident, at: datetime) -> Incident:
    book = IncidentBook(SHARD, SHARDS, house())
    book.restore(incident)
    book.apply(resolve(incident.incident_id, at), at)
    return next(iter(book))


def told(
    incidents: Sequence[Incident], *changes: Handover, person: str = "jonas.keller"
) -> tuple[UUID, PageRequested] | None:
    """The one mail, or none."""
    pages = list(handover_pages(person, changes or (CHANGE,), incidents))
    assert len(pages) <= 1
    return pages[0] if pages else None


def found(since: datetime, until: datetime, *overrides: OnCallOverridden) -> list[Handover]:
    return list(handovers(SCHEDULES, since, until, overrides))


def test_monday_at_eight_the_weekend_hands_over_to_the_week_and_no_other_minute_does() -> None:
    assert found(MONDAY - 2 * MINUTE, MONDAY - MINUTE) == []
    assert found(MONDAY, MONDAY + MINUTE) == []
    (change,) = found(MONDAY - MINUTE, MONDAY)
    assert (change.at, change.layers) == (MONDAY, ("first", "deputy", "head"))
    assert change.goes == ("anna.bergmann", "jonas.keller", "selin.yildiz")
    assert change.comes == ("jonas.keller", "anna.bergmann", "kaethe.gross")


@pytest.mark.parametrize("sunday", [datetime(2027, 3, 28, tzinfo=BERLIN), datetime(2027, 10, 31, tzinfo=BERLIN)])
def test_after_both_changeover_nights_it_is_at_eight_on_the_wall(sunday: datetime) -> None:
    since = sunday.astimezone(UTC) - timedelta(hours=12)
    local = [change.at.astimezone(BERLIN) for change in found(since, since + timedelta(hours=52))]
    assert [(at.isoweekday(), at.hour, at.minute) for at in local if at.isoweekday() == 1 and at.hour] == [(1, 8, 0)]


def test_taking_over_now_is_a_handover_too() -> None:
    start = datetime(2026, 11, 14, 20, 30, tzinfo=UTC)
    override = OnCallOverridden(
        override_id="o1",
        schedule="morgenrot",
        layer="first",
        reason="take_over",
        start=start,
        end=start + timedelta(hours=2),
        person_id="murat.oezdemir",
        actor=Actor(person_id="murat.oezdemir", via=Via.LINK),
    )
    changes = found(start - MINUTE, start + timedelta(hours=3), override)
    assert [(one.at, one.goes, one.comes) for one in changes] == [
        (start, ("anna.bergmann",), ("murat.oezdemir",)),
        (start + timedelta(hours=2), ("murat.oezdemir",), ("anna.bergmann",)),
    ]


def test_it_tells_of_all_that_is_open_in_any_shard_the_worst_first() -> None:
    high, critical = begun(), begun(NIGHT + MINUTE, Severity.CRITICAL, kind=CrisisKind.VOLUME_BURST)
    elsewhere = high.model_copy(update={"incident_id": uuid4(), "shard": SHARD + 1, "severity": Severity.LOW})
    mail = told([elsewhere, high, critical])
    assert mail is not None
    _, page = mail
    assert [target.person_id for target in page.targets if target.kind == "person"] == ["jonas.keller"]
    every = [critical.incident_id, high.incident_id, elsewhere.incident_id]
    assert [entry.incident_id for entry in page.digest] == every
    assert (page.reason, page.urgency.value) == ("shift_change", "quiet")


def test_whoever_changes_in_two_schedules_at_once_gets_one_mail_about_both() -> None:
    other = Handover("seerose", MONDAY, ("first",), ("jonas.keller",), ("murat.oezdemir",))
    known = [begun()]
    mail = told(known, CHANGE, other)
    assert mail is not None
    assert mail == told(known, other, CHANGE)


def test_what_does_not_fit_into_one_mail_goes_into_a_second_one() -> None:
    many = [begun().model_copy(update={"incident_id": uuid4()}) for _ in range(MAX_ENTRIES + 2)]
    (first_id, first), (second_id, second) = handover_pages("jonas.keller", (CHANGE,), many)
    assert first_id != second_id
    entries = [entry.incident_id for entry in (*first.digest, *second.digest)]
    assert (len(second.digest), {*entries}) == (2, {one.incident_id for one in many})


@pytest.mark.parametrize("count", [1, 3, 8])
def test_one_partition_alone_asks_for_the_mail_of_a_person(count: int) -> None:
    asked = [
        target.person_id
        for partition in range(count)
        for _, page in Handovers(partition, count).due(SCHEDULES, (), [begun()], MONDAY + MINUTE)
        for target in page.targets
        if target.kind == "person"
    ]
    assert sorted(asked) == ["anna.bergmann", "jonas.keller", "kaethe.gross", "selin.yildiz"]


def test_what_does_not_concern_this_change_is_not_told() -> None:
    for incident in (
        ended(begun(), NIGHT + MINUTE),
        begun(MONDAY + MINUTE),
        begun().model_copy(update={"canary": True}),
    ):
        assert told([incident]) is None
    assert told([begun()], Handover("seerose", MONDAY, ("first",), CHANGE.goes, CHANGE.comes)) is None


def test_an_incident_that_somebody_has_is_open_too() -> None:
    assert told([begun().model_copy(update={"state": IncidentState.ACKNOWLEDGED})]) is not None


def test_whoever_comes_on_after_a_night_call_is_named_even_if_all_is_over() -> None:
    over = ended(begun(reached="jonas.keller"), NIGHT + 20 * MINUTE)
    mail = told([over])
    assert mail is not None
    _, page = mail
    (woken,) = page.woken
    assert (woken.person_id, woken.at, woken.rest_until) == ("jonas.keller", NIGHT, NIGHT + timedelta(hours=11))
    assert page.digest == ()


@pytest.mark.parametrize(
    ("at", "severity", "reached"),
    [
        (datetime(2026, 11, 15, 17, tzinfo=UTC), Severity.HIGH, "jonas.keller"),  # the evening before
        (datetime(2026, 11, 15, 2, tzinfo=UTC), Severity.HIGH, "jonas.keller"),  # the night before
        (NIGHT, Severity.LOW, "jonas.keller"),
        (NIGHT, Severity.HIGH, "anna.bergmann"),  # she goes
    ],
)
def test_nobody_is_named_who_was_not_woken_or_has_rested(at: datetime, severity: Severity, reached: str) -> None:
    over = ended(begun(at, severity, reached=reached), at + MINUTE)
    assert told([over]) is None


def test_the_id_is_the_same_whoever_asks_and_another_for_another_change() -> None:
    later = Handover("morgenrot", MONDAY + timedelta(days=4), ("first",), CHANGE.comes, ("murat.oezdemir",))
    ids = [mail[0] for change in (CHANGE, CHANGE, later) if (mail := told([begun()], change))]
    assert ids[0] == ids[1] != ids[2]
    other = told([begun()], person="anna.bergmann")
    assert other is not None
    assert other[0] != ids[0]


class Desk(Life):
    """Partition 3 on the Monday of the change."""

    def __init__(self, channel: ScriptedChannel, *incidents: Incident) -> None:
        self.open: list[Incident] | None = list(incidents)
        super().__init__(channel)

    def opened(self, channel: ScriptedChannel) -> Any:
        return replace(super().opened(channel), known=lambda: self.open, shards=SHARES)


def mails(channel: ScriptedChannel) -> list[tuple[str, str]]:
    return [(message.language, message.subject) for _, message in channel.sent]


def test_the_mail_goes_to_both_in_their_languages_once_whatever_restarts() -> None:
    async def scene() -> None:
        channel = ScriptedChannel(SENT)
        life = Desk(channel, begun())
        life.clock.advance(MONDAY - MINUTE - life.clock.now())
        handler = await life.handler()
        await life.commit(handler, await handler.tick())
        assert channel.sent == []
        life.clock.advance(2 * MINUTE)
        await life.commit(handler, await handler.tick())
        await life.commit(handler, await life.answered(handler))
        assert sorted(mails(channel)) == [("de", "Schichtwechsel: 1 offen")] * 3
        life.clock.advance(timedelta(minutes=30))
        life.office = life.opened(channel)
        successor = await life.handler()
        await life.commit(successor, await successor.tick())
        life.clock.advance(LOOK_BACK)
        await life.commit(successor, await successor.tick())
        assert len(channel.sent) == 3

    asyncio.run(scene())


def test_no_mail_goes_before_everything_is_known() -> None:
    async def scene() -> None:
        channel = ScriptedChannel(SENT)
        life = Desk(channel, begun())
        known, life.open = life.open, None
        life.clock.advance(MONDAY + MINUTE - life.clock.now())
        handler = await life.handler()
        await life.commit(handler, await handler.tick())
        assert channel.sent == []
        life.open = known
        await life.commit(handler, await handler.tick())
        await life.commit(handler, await life.answered(handler))
        assert len(channel.sent) == 3

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("language", "zone", "subject", "said"),
    [
        (
            "de",
            "Europe/Berlin",
            "Schichtwechsel: nichts offen",
            "Jonas wurde um 03:12 Uhr alarmiert und sollte bis 14:12 Uhr ruhen",
        ),
        (
            "en",
            "Europe/London",
            "Change of shifts: nothing open",
            "Jonas was paged at 02:12 and should rest until 13:12",
        ),
    ],
)
def test_the_reader_hears_of_missing_rest_in_their_language_and_time(
    language: Any, zone: str, subject: str, said: str
) -> None:
    mail = told([ended(begun(reached="jonas.keller"), NIGHT + MINUTE)])
    assert mail is not None
    page_id, page = mail
    reader = Reader("Anna", language, zone, "https://console/i/x")
    message = render(page_id, page, reader, names=lambda person: person.split(".")[0].title())
    assert message.subject == subject
    assert said in message.text
    assert said in message.html
