"""Steps by the time of the week: against a slow oracle, over the changeover nights, and across restarts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident
from feuerwache.common.events.page import PageRequested, PersonTarget
from feuerwache.escalation.incidents.book import IncidentBook
from support.incidents import SHARD, SHARDS, alarm, house
from support.policies import BERLIN, governed, names, step

TIMES = ("office", "evening", "night", "weekend", "holiday")
END = timedelta(days=3)
#: All over Germany in 2027; none in the rest of 2026 but Christmas.
HOLIDAYS = "01.01. 26.03. 29.03. 01.05. 06.05. 17.05. 03.10. 25.12. 26.12."


@dataclass
class Run:
    """A book that is looked at whenever something is due. `restarts`: each time, from what was written last."""

    book: IncidentBook
    restarts: bool = False
    pages: list[tuple[datetime, Event[PageRequested]]] = field(default_factory=list)

    @property
    def incident(self) -> Incident:
        return next(iter(self.book))

    def begin(self, at: datetime, severity: Severity = Severity.HIGH) -> Run:
        change = self.book.apply(alarm(at, severity=severity), at)
        assert change is not None
        self.pages += [(at, page) for page in change.pages]
        return self

    def until(self, end: datetime) -> Run:
        while (at := self.incident.due_at) is not None and at <= end:
            if self.restarts:
                written = self.incident.model_dump_json()
                self.book = IncidentBook(SHARD, SHARDS, self.book.house)
                self.book.restore(Incident.model_validate_json(written))
            for change in self.book.due(at):
                self.pages += [(at, page) for page in change.pages]
        return self

    def log(self) -> list[tuple[datetime, str]]:
        return [(at, names(page)) for at, page in self.pages]

    def words(self) -> list[str]:
        return [entry.what for entry in self.incident.timeline]


def classes(at: datetime) -> set[str]:
    """Written down on its own: Berlin, the default hours."""
    local = at.astimezone(BERLIN)
    said = {"weekend"} if local.isoweekday() > 5 else set()
    said |= {"holiday"} if f"{local:%d.%m.}" in HOLIDAYS else set()
    hour = local.hour
    if hour >= 22 or hour < 6:
        return said | {"night"}
    if hour >= 18 or hour < 8:
        return said | {"evening"}
    return said or {"office"}


def oracle(policy: dict[str, Any], at: datetime) -> list[tuple[datetime, str]]:
    """Who is paged when, told step by step."""
    ladder = policy["ladders"]["high"]
    log: list[tuple[datetime, str]] = []
    for _ in range(ladder["repeat"] + 1):
        place = 0
        while True:
            now = classes(at)
            steps = next((each["steps"] for each in ladder["instead"] if now & set(each["when"])), ladder["steps"])
            fits = [
                (index, one)
                for index, one in enumerate(steps)
                if index >= place and (not one.get("when") or now & set(one["when"]))
            ]
            if not fits:
                break
            place, one = fits[0]
            log.append((at, one["reach"][0]["layer"].split("/")[1]))
            at += timedelta(minutes=int(one["wait"][:-1]))
            place += 1
    return log


whens = st.lists(st.sampled_from(TIMES), max_size=3, unique=True)
#: Without `when` at first and last, so that no time is left without a step.
ladders = st.builds(
    lambda inner, instead, repeat: {
        "steps": [step("first", 10), *inner, step("head", 20)],
        "instead": instead,
        "repeat": repeat,
    },
    st.lists(
        st.builds(lambda when, wait: step("deputy", wait, when=when), whens, st.sampled_from([15, 60, 300])),
        max_size=3,
    ),
    st.lists(
        st.builds(
            lambda when, waits: {"when": when, "steps": [step(f"n{i}", wait) for i, wait in enumerate(waits)]},
            whens.filter(bool),
            st.lists(st.sampled_from([10, 45, 240]), min_size=1, max_size=4),
        ),
        max_size=2,
    ),
    st.integers(0, 2),
)
begins = st.integers(0, 400 * 24 * 4).map(lambda q: datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=15 * q))


@given(ladders, begins, st.booleans())
@settings(deadline=None)
def test_whoever_is_paged_when_is_whom_the_oracle_says_whatever_restarts(
    ladder: dict[str, Any], at: datetime, restarts: bool
) -> None:
    """The waits cross the borders of the classes: a step is decided when it fires and not before."""
    policy = {"ladders": {"low": {"steps": [step("first", 10)]}, "high": ladder}}
    run = Run(IncidentBook(SHARD, SHARDS, governed(policy)), restarts).begin(at).until(at + timedelta(days=30))
    assert run.log() == oracle(policy, at)
    assert len({page.id for _, page in run.pages}) == len(run.pages)
    assert run.words()[-1] == "nobody_answered"


#: Clocks go back at 01:00 UTC on 25 October 2026, and forward at 01:00 UTC on 28 March 2027.
@pytest.mark.parametrize("night", [datetime(2026, 10, 24, 18, tzinfo=UTC), datetime(2027, 3, 27, 18, tzinfo=UTC)])
@pytest.mark.parametrize("quarter", range(0, 56, 3))
def test_both_changeover_nights_are_nights_from_their_beginning_to_their_end(night: datetime, quarter: int) -> None:
    at = night + timedelta(minutes=15 * quarter)
    own = {"when": ["night"], "steps": [step("n0", 30), step("n1", 30), step("n2", 30)]}
    ladder = {"steps": [step("first", 30), step("deputy", 30), step("head", 30)], "instead": [own], "repeat": 1}
    policy = {"ladders": {"low": {"steps": [step("first", 10)]}, "high": ladder}}
    run = Run(IncidentBook(SHARD, SHARDS, governed(policy))).begin(at).until(at + END)
    assert run.log() == oracle(policy, at)


def test_a_step_is_repeated_before_the_next_one_and_pages_anew_each_time() -> None:
    at = datetime(2026, 11, 16, 10, tzinfo=UTC)
    ladder = {"steps": [step("first", 5, repeat=2), step("head", 10)], "repeat": 1}
    policy = {"ladders": {"low": ladder}}
    run = Run(IncidentBook(SHARD, SHARDS, governed(policy)), restarts=True).begin(at).until(at + END)
    assert [name for _, name in run.log()] == ["first", "first", "first", "head"] * 2
    assert len({page.id for _, page in run.pages}) == 8
    assert [int((later - at).total_seconds() / 60) for later, _ in run.log()] == [0, 5, 10, 15, 25, 30, 35, 40]


def test_the_last_resort_comes_after_all_repeats_once_and_then_it_is_said() -> None:
    at = datetime(2026, 11, 16, 10, tzinfo=UTC)
    policy = {
        "ladders": {"low": {"steps": [step("first", 5)], "repeat": 1}},
        "last_resort": {"reach": [{"person": "selin.yildiz"}], "wait": "20m"},
    }
    run = Run(IncidentBook(SHARD, SHARDS, governed(policy)), restarts=True).begin(at).until(at + END)
    assert run.log() == [
        (at, "first"),
        (at + timedelta(minutes=5), "first"),
        (at + timedelta(minutes=10), "selin.yildiz"),
    ]
    resort = run.pages[-1][1].data
    assert (resort.reason, resort.targets) == ("last_resort", (PersonTarget(person_id="selin.yildiz"),))
    assert run.words()[-2:] == ["last_resort", "nobody_answered"]
    announced = [page.data.deadline for _, page in run.pages]
    assert announced == [at + timedelta(minutes=5), at + timedelta(minutes=10), None]


def test_an_incident_of_before_there_were_time_classes_climbs_on() -> None:
    """As its record was written by an older version: without any of the new fields."""
    at = datetime(2026, 11, 16, 10, tzinfo=UTC)
    run = Run(IncidentBook(SHARD, SHARDS, house(1))).begin(at)
    run.until(at + timedelta(minutes=10))
    new = {"again", "fired", "pages", "reached", "held", "resorted", "asked_at"}
    policy = {"policy_id", "config_hash", "repeat", "auto_resolve_seconds"}
    old = run.incident.model_dump(mode="json", exclude=new)
    steps = [{key: one[key] for key in ("targets", "wait_seconds", "urgency")} for one in old["policy"]["steps"]]
    old["policy"] = {key: old["policy"][key] for key in policy} | {"steps": steps}
    upgraded = Run(IncidentBook(SHARD, SHARDS, house(1)))
    upgraded.book.restore(Incident.model_validate(old))
    assert [name for _, name in upgraded.until(at + END).log()] == ["head", "first", "deputy", "head"]


def test_a_new_ladder_pages_its_last_resort_anew() -> None:
    at = datetime(2026, 11, 16, 10, tzinfo=UTC)
    policy = {
        "ladders": {"low": {"steps": [step("first", 5)]}},
        "last_resort": {"reach": [{"person": "selin.yildiz"}], "wait": "20m"},
    }
    run = Run(IncidentBook(SHARD, SHARDS, governed(policy))).begin(at).until(at + END)
    seen: set[UUID] = {page.id for _, page in run.pages}
    run.begin(at + timedelta(hours=1), Severity.CRITICAL).until(at + END)
    assert len(run.pages) == 2 * len(seen) == len({page.id for _, page in run.pages})
