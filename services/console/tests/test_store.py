"""The projection's rows: written twice they are the same, older states never win, what is erased stays erased."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from feuerwache.common.errors import TransientError
from feuerwache.common.events.alarm import Highlight, Role
from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.decision import AppealState, DecisionWithdrawn
from feuerwache.common.events.incident import IncidentChanged, IncidentState
from feuerwache.console.store import database
from feuerwache.console.store.database import opened, transaction
from feuerwache.console.store.reading import Dossier, read_dossier
from feuerwache.console.store.writing import Batch, forget_texts, read_positions
from support.dossiers import Story, appeal, classified, decided, deleted, ref
from support.incidents import NIGHT, acknowledge, event, receipt, resolve

Scenario = Callable[[AsyncEngine], Awaitable[None]]


def on_sqlite(folder: Path, scenario: Scenario) -> None:
    async def run() -> None:
        async with opened(f"sqlite+aiosqlite:///{folder / 'console.sqlite'}") as engine:
            await scenario(engine)

    asyncio.run(run())


def state(story: Story) -> Event[IncidentChanged]:
    return event(IncidentChanged(incident=story.incident), NIGHT)


async def written(engine: AsyncEngine, *events: Event[Payload], at_ms: int = 1000) -> None:
    batch = Batch()
    for one in events:
        batch.take(one, at_ms)
    async with transaction(engine) as connection:
        await batch.write(connection)


async def dossier_of(engine: AsyncEngine, story: Story) -> Dossier:
    dossier = await read_dossier(engine, story.incident.incident_id)
    assert dossier is not None
    return dossier


def test_everything_about_an_incident_in_one_dossier(tmp_path: Path) -> None:
    story = Story()
    told = receipt(story.incident.incident_id, story.incident.incident_id)

    async def scenario(engine: AsyncEngine) -> None:
        events = (state(story), told, classified("p1", "Brandgeruch"), decided("p1"), classified("p9", "anderes"))
        for _ in range(2):
            await written(engine, *events)
        dossier = await dossier_of(engine, story)
        assert dossier.incident == story.incident
        assert dossier.receipts == (told.data,)
        first, second, third = dossier.examples
        assert first.post == events[2].data and first.decision == events[3].data
        assert (second.post, second.decision, third.deleted) == (None, None, False)
        assert await read_dossier(engine, told.id) is None

    on_sqlite(tmp_path, scenario)


def test_a_canarys_receipt_is_not_kept(tmp_path: Path) -> None:
    story = Story()
    told = receipt(story.incident.incident_id, story.incident.incident_id)
    drill = event(told.data.model_copy(update={"channel": "drill"}), NIGHT)

    async def scenario(engine: AsyncEngine) -> None:
        await written(engine, state(story), told, drill)
        assert (await dossier_of(engine, story)).receipts == (told.data,)

    on_sqlite(tmp_path, scenario)


def test_posts_that_are_shown_for_a_reason_come_along_once(tmp_path: Path) -> None:
    async def scenario(engine: AsyncEngine) -> None:
        story = Story()
        marks = tuple(Highlight(role=role, ref=ref(name)) for role, name in ((Role.FIRST, "p9"), (Role.NEWEST, "p1")))
        story.book.restore(story.incident.model_copy(update={"highlights": marks}))
        await written(engine, classified("p9", "Damit fing es an"), state(story))
        examples = (await dossier_of(engine, story)).examples
        assert [one.ref.post_id for one in examples] == ["p9", "p1", "p2", "p3"]
        assert examples[0].post is not None

    on_sqlite(tmp_path, scenario)


def test_an_older_state_does_not_replace_a_newer_one(tmp_path: Path) -> None:
    story = Story()
    old = state(story)
    new = state(story.tell(acknowledge(story.incident.incident_id)))

    async def scenario(engine: AsyncEngine) -> None:
        await written(engine, new)
        await written(engine, old)
        assert (await dossier_of(engine, story)).incident.revision == new.data.incident.revision

    on_sqlite(tmp_path, scenario)


def test_the_end_is_when_it_was_first_known_and_only_while_it_lasts(tmp_path: Path) -> None:
    story = Story()
    ended = state(story.tell(resolve(story.incident.incident_id)))
    told = state(story.tell(acknowledge(story.incident.incident_id)))
    again = event(
        IncidentChanged(
            incident=story.incident.model_copy(
                update={"state": IncidentState.REOPENED, "revision": story.incident.revision + 1}
            )
        ),
        NIGHT,
    )

    async def scenario(engine: AsyncEngine) -> None:
        await written(engine, ended, at_ms=5000)
        await written(engine, told, at_ms=9000)
        assert (await dossier_of(engine, story)).ended_ms == 5000
        await written(engine, again, at_ms=9500)
        assert (await dossier_of(engine, story)).ended_ms is None

    on_sqlite(tmp_path, scenario)


@pytest.mark.parametrize("together", [True, False])
def test_a_deleted_post_stays_deleted(tmp_path: Path, together: bool) -> None:
    story = Story()
    events = (classified("p1", "Geheim"), deleted("p1"), classified("p1", "Geheim, spät"))

    async def scenario(engine: AsyncEngine) -> None:
        await written(engine, state(story))
        if together:
            await written(engine, *events)
        else:
            for one in events:
                await written(engine, one)
        example = (await dossier_of(engine, story)).examples[0]
        assert (example.post, example.deleted) == (None, True)

    on_sqlite(tmp_path, scenario)
    assert not [file for file in tmp_path.iterdir() if b"Geheim, sp" in file.read_bytes()]


@pytest.mark.parametrize("together", [True, False])
def test_a_withdrawn_decision_leaves(tmp_path: Path, together: bool) -> None:
    story, decision = Story(), decided("p1")
    data = decision.data
    gone = DecisionWithdrawn(
        ref=data.ref, author_id="u1", revision=0, cause_id=data.cause_id, withdraws=decision.id, reason="deleted"
    )

    async def scenario(engine: AsyncEngine) -> None:
        batches = [(decision, event(gone, NIGHT))] if together else [(decision,), (event(gone, NIGHT),)]
        await written(engine, state(story))
        for batch in batches:
            await written(engine, *batch)
        assert (await dossier_of(engine, story)).examples[0].decision is None

    on_sqlite(tmp_path, scenario)


@pytest.mark.parametrize("answer", [AppealState.UPHELD, AppealState.REPLACED])
def test_an_appeal_waits_until_a_human_answers_it_whatever_is_told_in_between(
    tmp_path: Path, answer: AppealState
) -> None:
    story, decision = Story(), decided("p1")

    async def waits(engine: AsyncEngine) -> bool:
        return (await dossier_of(engine, story)).examples[0].appealed

    async def scenario(engine: AsyncEngine) -> None:
        await written(engine, state(story), decision)
        assert not await waits(engine)
        for told, waiting in (
            (AppealState.OPEN, True),
            (AppealState.REPEATED, True),
            (AppealState.LATE, True),
            (answer, False),
        ):
            await written(engine, appeal("p1", decision.id, told))
            assert await waits(engine) is waiting
        assert not (await dossier_of(engine, story)).examples[1].appealed

    on_sqlite(tmp_path, scenario)


def test_rows_and_positions_are_written_together_or_not_at_all(tmp_path: Path) -> None:
    story = Story()

    async def scenario(engine: AsyncEngine) -> None:
        batch = Batch()
        batch.take(state(story), 1)
        batch.moved("incidents", 3, 17)

        async def crash() -> None:
            async with transaction(engine) as connection:
                await batch.write(connection)
                raise TransientError("the power fails")

        with pytest.raises(TransientError):
            await crash()
        async with transaction(engine) as connection:
            assert await read_positions(connection) == {}
        assert await read_dossier(engine, story.incident.incident_id) is None
        async with transaction(engine) as connection:
            await batch.write(connection)
        async with transaction(engine) as connection:
            assert await read_positions(connection) == {("incidents", 3): 17}

    on_sqlite(tmp_path, scenario)


def test_texts_expire(tmp_path: Path) -> None:
    story = Story()

    async def scenario(engine: AsyncEngine) -> None:
        await written(engine, state(story), classified("p1", "alt"), at_ms=1000)
        await written(engine, classified("p2", "neu"), at_ms=2000)
        async with transaction(engine) as connection:
            assert await forget_texts(connection, 2000) == 1
        first, second, _ = (await dossier_of(engine, story)).examples
        assert first.post is None and second.post is not None

    on_sqlite(tmp_path, scenario)


def test_a_database_that_somebody_else_holds_is_a_transient_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    story = Story()

    async def scenario(engine: AsyncEngine) -> None:
        with closing(sqlite3.connect(tmp_path / "console.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(TransientError, match="locked"):
                await written(engine, state(story))
            other.execute("ROLLBACK")
        await written(engine, state(story))
        assert await read_dossier(engine, story.incident.incident_id) is not None

    on_sqlite(tmp_path, scenario)
