"""Schedules at random, for hypothesis: everything `schedules.yaml` can say, small enough to be read when it fails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from feuerwache.common.config.people import People
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.oncall import OnCallOverridden

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
#: Each changes its clocks differently: an hour, half an hour, south of the equator, at midnight, never.
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu"]
PEOPLE = ["anna", "ben", "cem", "dora", "eva"]
WHERE = dict(zip(PEOPLE, ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Europe/Berlin", "UTC"], strict=True))
TIMES = ["00:00", "00:30", "01:59", "02:00", "02:30", "03:00", "08:00", "12:00", "18:00", "23:59"]
KINDS = ["monday", "wednesday", "friday", "saturday", "sunday", "weekends", "holidays", "business_days"]
REGIONS = ["DE-BY", "DE-SN", "AT"]
#: Nights in which clocks change, Easter, Christmas, a leap day: the days on which a plan goes wrong.
SPECIAL = [
    date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31), date(2026, 3, 8), date(2026, 11, 1),
    date(2026, 4, 5), date(2026, 10, 4), date(2026, 9, 6), date(2028, 2, 29), date(2027, 12, 24), date(2026, 12, 31),
    date(2025, 4, 20),
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A house's schedules, the exceptions to them, and the three days that are looked at."""

    config: dict[str, Any]
    overrides: list[OnCallOverridden]
    start: datetime

    @property
    def end(self) -> datetime:
        return self.start + 3 * DAY


def people() -> People:
    contacts = [{"channel": "email", "address": "somebody@morgenrot.example"}]
    return People.model_validate(
        {"people": [{"id": one, "name": one, "timezone": WHERE[one], "contacts": contacts} for one in PEOPLE]}
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    day = draw(st.one_of(st.sampled_from(SPECIAL), st.dates(date(2022, 1, 1), date(2031, 12, 31))))
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) + (draw(st.integers(-24 * 60, 0)) - 1440) * MINUTE
    places: list[str] = []
    config: dict[str, Any] = {"schedules": []}
    for schedule_id in ("one", "two")[: draw(st.integers(1, 2))]:
        schedule: dict[str, Any] = {"id": schedule_id, "timezone": draw(st.sampled_from(ZONES)), "layers": []}
        schedule["region"] = draw(st.sampled_from(REGIONS))
        if draw(st.booleans()):
            schedule["half_days"] = draw(st.sampled_from(["00:00", "12:00", "14:00"]))
        for layer_id in ("first", "deputy", "head")[: draw(st.integers(1, 3))]:
            shifts = [draw(some_shift(day, f"s{n}", list(places))) for n in range(draw(st.integers(1, 3)))]
            schedule["layers"].append({"id": layer_id, "shifts": shifts})
            places.append(f"{schedule_id}/{layer_id}")
        config["schedules"].append(schedule)
    config["absences"] = draw(st.lists(absence(day), max_size=2))
    return Case(config, draw(st.lists(override(begin), max_size=5)), begin)


@st.composite
def some_shift(draw: st.DrawFn, day: date, name: str, delegates: list[str]) -> dict[str, Any]:
    begins = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3, unique=True))
    rotate = draw(st.sampled_from(["weekly", "daily", "each_shift", "fair"]))
    # A fair tally is kept minute by minute, so it begins within what the oracle walks through.
    longest = 12 if rotate == "fair" else draw(st.sampled_from([12, 400, 3000]))
    shift: dict[str, Any] = {
        "id": name,
        "begins": [*draw(st.sampled_from([begins, ["monday", "thursday", "business_days", "weekends"]]))],
        "from": draw(st.sampled_from(TIMES)),
        "to": draw(st.sampled_from(TIMES)),
        "rotate": rotate,
        "since": (day - draw(st.integers(-1, longest)) * DAY).isoformat(),
    }
    if draw(st.integers(0, 3)) == 0:
        shift["ends"] = draw(st.sampled_from(["monday", "sunday", "friday"]))
    if delegates and draw(st.integers(0, 2)) == 0:
        shift["delegate"] = draw(st.sampled_from(delegates))
    else:
        shift["people"] = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4, unique=rotate == "fair"))
        if rotate != "fair":
            shift["every"] = draw(st.integers(1, 4))
    if draw(st.integers(0, 3)) == 0:
        shift["timezone"] = draw(st.sampled_from(ZONES))
        shift["region"] = draw(st.sampled_from(REGIONS))
    for cut in ("only", "never"):
        if draw(st.integers(0, 3)) == 0:
            shift[cut] = draw(st.lists(window(), min_size=1, max_size=2))
    return shift


@st.composite
def window(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if draw(st.booleans()):
        found["days"] = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3, unique=True))
    if draw(st.booleans()):
        found |= {"from": draw(st.sampled_from(TIMES)), "to": draw(st.sampled_from(TIMES))}
        if draw(st.integers(0, 4)) == 0:
            found["ends"] = draw(st.sampled_from(["monday", "sunday", "friday"]))
    return found


@st.composite
def absence(draw: st.DrawFn, day: date) -> dict[str, Any]:
    first = day + draw(st.integers(-4, 2)) * DAY
    person, instead = draw(st.lists(st.sampled_from(PEOPLE), min_size=2, max_size=2, unique=True))
    found = {
        "person": person,
        "from": first.isoformat(),
        "through": (first + draw(st.integers(0, 4)) * DAY).isoformat(),
    }
    return found | ({"instead": instead} if draw(st.booleans()) else {})


@st.composite
def override(draw: st.DrawFn, begin: datetime) -> OnCallOverridden:
    start = begin + draw(st.integers(-1440, 3 * 1440)) * MINUTE
    return OnCallOverridden(
        override_id="o",
        schedule=draw(st.sampled_from(["one", "one", "two", "*"])),
        layer=draw(st.sampled_from(["first", "first", "deputy", "*"])),
        reason=draw(st.sampled_from(["take_over", "swap", "illness", "vacation"])),
        start=start,
        end=start + draw(st.integers(1, 2 * 1440)) * MINUTE,
        person_id=draw(st.sampled_from([None, None, *PEOPLE])),
        replaces=draw(st.sampled_from([None, *PEOPLE])),
        actor=Actor(person_id="dora", via=Via.TOKEN),
        cancelled=draw(st.integers(0, 9)) == 0,
    )
