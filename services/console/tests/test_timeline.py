"""The whole timeline outlives the hundred lines an incident carries, whatever is read twice or missed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from feuerwache.common.events.incident import MAX_TIMELINE, Incident, IncidentChanged, TimelineEntry
from feuerwache.console.store.database import opened, transaction
from feuerwache.console.store.timeline import joined, parsed, read_timeline, written
from feuerwache.console.store.writing import Batch
from feuerwache.escalation.incidents.change import noted, updated
from support.dossiers import Story
from support.incidents import ANNA, NIGHT, event, minutes


def lived(lines: int) -> list[Incident]:
    """The states of an incident, one line more each; two lines of every minute, so times repeat."""
    incident = Story().incident
    states = [incident]
    for number in range(lines):
        after = noted(states[-1], NIGHT + minutes(number // 2), "comment", ANNA, text=f"Zeile {number}")
        states.append(updated(after, revision=states[-1].revision + 1))
    return states


def texts(timeline: tuple[TimelineEntry, ...]) -> list[str]:
    return [str(entry.detail["text"]) for entry in timeline if entry.what == "comment"]


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_every_line_is_kept_however_the_states_come(tmp_path: Path, batch: int) -> None:
    states = lived(250)

    async def scenario() -> None:
        async with opened(f"sqlite+aiosqlite:///{tmp_path / 'console.sqlite'}") as engine:
            for _ in range(2):  # the second time as after a lost position
                for begin in range(0, len(states), batch):
                    rows = Batch()
                    for state in states[begin : begin + batch]:
                        rows.take(event(IncidentChanged(incident=state), NIGHT), 0)
                    async with transaction(engine) as connection:
                        await rows.write(connection)
            whole = await read_timeline(engine, states[-1])
            assert len(states[-1].timeline) == MAX_TIMELINE
            assert texts(whole) == [f"Zeile {number}" for number in range(250)]
            assert whole[0].what == "triggered"

    asyncio.run(scenario())


def test_states_that_were_missed_leave_a_gap_and_nothing_twice() -> None:
    states = lived(400)
    whole = joined(joined((), states[90].timeline), states[400].timeline)
    assert texts(whole) == [f"Zeile {number}" for number in (*range(90), *range(301, 400))]


def test_a_short_timeline_is_the_whole_truth() -> None:
    states = lived(20)
    assert joined(states[20].timeline, states[10].timeline) == states[10].timeline


def test_lines_survive_being_written() -> None:
    timeline = lived(3)[-1].timeline
    assert parsed(written(timeline)) == timeline
