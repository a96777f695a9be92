"""How long it takes to look 90 days ahead at 50 schedules: holes, double bookings, who has what.

    PYTHONPATH=tests python -m bench.schedules

Schedules like those of a large house: three layers each, weeks and weekends, nights of twelve hours that change every
day, fair turns, holidays, restrictions, a layer that follows the sun, absences and overrides. In two kinds: the first
question of a fresh process, which works out holidays and fair turns of the year, and every later one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console

from feuerwache.common.config.source import Document
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.oncall import EVERYWHERE, OnCallOverridden
from feuerwache.notifier.schedule.fairness import shares
from feuerwache.notifier.schedule.oncall import who
from feuerwache.notifier.schedule.outlook import outlook
from feuerwache.notifier.schedule.plan import Schedules

COUNT, DAYS = 50, 90
NOW = datetime(2026, 11, 14, 18, 30, tzinfo=UTC)
DAY = timedelta(days=1)
REGIONS = ("DE-BY", "DE-NW", "AT", "CH-ZH", "US-CA")


def main() -> None:
    console = Console()
    schedules = Schedules.model_validate({"schedules": [schedule(number) for number in range(COUNT)]})
    overrides = [override(number) for number in range(4 * COUNT)]
    document = Document("schedules.yaml", {}, "")

    def ahead() -> object:
        return outlook(document, schedules, NOW, DAYS, overrides)

    def nights() -> object:
        return [who(one, layer.id, NOW, overrides) for one in schedules.schedules for layer in one.layers]

    def year() -> object:
        return shares(schedules.schedules, NOW, NOW + 365 * DAY, overrides)

    for name, measured in ((f"{DAYS} days of {COUNT} schedules", ahead), ("a year's shares", year)):
        times = [seconds(measured) for _ in range(4)]
        console.print(f"{name}: {times[0]:.2f} s at first, then {min(times[1:]):.2f} to {max(times[1:]):.2f} s")
    console.print(f"who, for one layer: {min(seconds(nights) for _ in range(3)) / 3 / COUNT * 1000:.2f} ms")


def seconds(measured: Callable[[], object]) -> float:
    begin = time.perf_counter()
    measured()
    return time.perf_counter() - begin


def schedule(number: int) -> dict[str, Any]:
    team = [f"p{number}.{n}" for n in range(6)]
    week = {"since": "2026-01-05", "people": team[:3]}
    return {
        "id": f"s{number}",
        "region": REGIONS[number % len(REGIONS)],
        "half_days": "12:00",
        "layers": [
            {
                "id": "first",
                "shifts": [
                    {"id": "free", "begins": ["holidays", "weekends"], "from": "00:00", "to": "00:00", **week}
                    | {"rotate": "fair"},
                    {"id": "day", "from": "08:00", "to": "20:00", "rotate": "each_shift", **week},
                    {"id": "night", "from": "20:00", "to": "08:00", "rotate": "daily", "every": 3, **week},
                ],
            },
            {
                "id": "deputy",
                "shifts": [
                    {"id": "asia", "from": "08:00", "to": "16:00", "timezone": "Asia/Singapore", "since": "2026-01-05"}
                    | {"delegate": f"s{(number + 1) % COUNT}/head"},
                    {"id": "all", "begins": ["monday"], "ends": "monday", "from": "08:00", "to": "08:00", **week}
                    | {"never": [{"days": ["business_days"], "from": "12:00", "to": "13:00"}], "people": team[3:]},
                ],
            },
            {"id": "head", "shifts": [{"id": "h", "from": "09:00", "to": "09:00", **week, "people": team[4:]}]},
        ],
    }


def override(number: int) -> OnCallOverridden:
    start = NOW + number % DAYS * DAY
    return OnCallOverridden(
        override_id=f"o{number}",
        schedule=EVERYWHERE if number % 2 else f"s{number % COUNT}",
        layer=EVERYWHERE if number % 2 else "first",
        reason="vacation" if number % 2 else "take_over",
        start=start,
        end=start + (10 if number % 2 else 1) * DAY,
        person_id=None if number % 2 else f"p{number % COUNT}.5",
        replaces=f"p{number % COUNT}.{number % 6}" if number % 2 else None,
        actor=Actor(person_id="bench", via=Via.SYSTEM),
    )


if __name__ == "__main__":
    main()
