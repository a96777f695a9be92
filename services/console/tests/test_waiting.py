"""The rows of the queue: the same however often and in whichever order they are written, also in an older database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import (
    Action,
    AppealState,
    DecisionMade,
    DecisionWithdrawn,
    Evidence,
    Mode,
    Severity,
)
from feuerwache.console.review.urgency import Urgency, pressing
from feuerwache.console.store.database import opened, transaction
from feuerwache.console.store.queue import Sieve, read_case, read_page
from feuerwache.console.store.tables import versions, waiting
from feuerwache.console.store.writing import Batch
from support.decisions import hit
from support.dossiers import appeal, classified, decided, deleted
from support.incidents import NIGHT, event


def on_sqlite(folder: Path, scenario: Callable[[AsyncEngine], Awaitable[None]]) -> None:
    async def run() -> None:
        async with opened(f"sqlite+aiosqlite:///{folder / 'console.sqlite'}") as engine:
            await scenario(engine)

    asyncio.run(run())


def made(post: str, *actions: Action, **more: Any) -> Event[DecisionMade]:
    first = decided(post, actions[0])
    return event(first.data.model_copy(update={"actions": actions, **more}), NIGHT)


async def written(engine: AsyncEngine, *batches: list[Event[Any]]) -> None:
    for number, events in enumerate(batches):
        batch = Batch()
        for one in events:
            batch.take(one, 1000 + number)
        async with transaction(engine) as connection:
            await batch.write(connection)


async def rows(engine: AsyncEngine) -> list[tuple[Any, ...]]:
    async with transaction(engine) as connection:
        found = await connection.execute(select(waiting).order_by(waiting.c.platform, waiting.c.post_id))
        return [tuple(row) for row in found]


def story() -> list[list[Event[Any]]]:
    """Batches after which one held, one asked for and one appealed post wait, and four others no longer."""
    held, hidden = made("held", Action.HOLD), made("appealed", Action.HIDE)
    first, gone, taken = made("decided", Action.HOLD), made("gone", Action.HOLD), made("taken", Action.REVIEW)
    refused = made("refused", Action.HOLD)
    human = made("decided", Action.APPROVE, automated=False, cause="human", supersedes=first.id)
    withdrawn = DecisionWithdrawn(
        ref=taken.data.ref, author_id="u1", revision=0, cause_id=taken.id, withdraws=taken.id, reason="deleted"
    )
    return [
        [held, hidden, first, gone, taken, refused, classified("gone", "Text"), made("asked", Action.REVIEW)],
        [appeal("appealed", hidden.id, AppealState.OPEN), appeal("refused", refused.id, AppealState.OPEN)],
        [human, deleted("gone"), event(withdrawn, NIGHT), appeal("refused", refused.id, AppealState.UPHELD)],
    ]


def test_what_waits_is_the_same_written_at_once_twice_or_again(tmp_path: Path) -> None:
    batches = story()

    async def scenario(engine: AsyncEngine) -> None:
        await written(engine, *batches)
        assert [row[1] for row in await rows(engine)] == ["appealed", "asked", "held"]
        before = await rows(engine)
        await written(engine, [], [], batches[2])
        assert await rows(engine) == before

    on_sqlite(tmp_path, scenario)


@pytest.mark.parametrize("order", tuple(permutations(range(3))), ids=str)
def test_a_decision_a_humans_word_and_a_deletion_in_any_order_leave_nothing_waiting(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    first = made("p1", Action.HOLD)
    human = made("p1", Action.HIDE, automated=False, cause="human", supersedes=first.id)
    events: tuple[Event[Any], ...] = (first, human, deleted("p1"))

    async def scenario(engine: AsyncEngine) -> None:
        await written(engine, *([events[place]] for place in order))
        assert await rows(engine) == []

    on_sqlite(tmp_path, scenario)


def test_a_database_from_before_the_queue_is_filled_when_it_is_opened(tmp_path: Path) -> None:
    before: list[tuple[Any, ...]] = []

    async def fill(engine: AsyncEngine) -> None:
        await written(engine, *story())
        before.extend(await rows(engine))
        async with transaction(engine) as connection:
            await connection.execute(delete(waiting))
            await connection.execute(delete(versions))

    async def again(engine: AsyncEngine) -> None:
        assert await rows(engine) == before != []
        async with transaction(engine) as connection:
            await connection.execute(delete(waiting))

    async def once(engine: AsyncEngine) -> None:
        assert await rows(engine) == [], "it is filled once, not with every start"

    for scenario in (fill, again, once):
        on_sqlite(tmp_path, scenario)


def test_a_thousand_posts_more_are_not_read_for_one_page(tmp_path: Path) -> None:
    async def scenario(engine: AsyncEngine) -> None:
        await written(engine, [made(f"p{number:04}", Action.HOLD) for number in range(1200)])
        page = await read_page(engine, Sieve(), 20)
        assert (len(page.cases), page.total) == (20, 1200)
        assert page.following is not None and page.following.post_id == "p0019"
        assert await read_case(engine, "forum", "unknown") is None

    on_sqlite(tmp_path, scenario)


@pytest.mark.parametrize(
    ("judged", "flags", "urgency", "why"),
    [
        ({"evidence": Evidence(labels={"self_harm": 0.71})}, {"held": True}, Urgency.CRITICAL, "self_harm"),
        ({"evidence": Evidence(labels={"threat": 0.69})}, {"held": True}, Urgency.WAITING, "held"),
        ({"rules": (hit(Action.HOLD, severity=Severity.CRITICAL),)}, {}, Urgency.CRITICAL, "critical"),
        ({"rules": (hit(Action.HOLD, severity=Severity.CRITICAL, mode=Mode.SHADOW),)}, {}, Urgency.CALM, "asked"),
        ({"actions": (Action.REVIEW, Action.ESCALATE)}, {}, Urgency.URGENT, "escalated"),
        ({}, {"reported": True, "appealed": True}, Urgency.URGENT, "reported"),
        ({}, {"appealed": True, "held": True}, Urgency.WAITING, "appealed"),
        ({}, {}, Urgency.CALM, "asked"),
    ],
)
def test_how_urgent_a_post_is_and_why(
    judged: dict[str, Any], flags: dict[str, bool], urgency: Urgency, why: str
) -> None:
    decision = made("p1", Action.REVIEW).data.model_copy(update=judged)
    asked = {"appealed": False, "held": False, "reported": False, **flags}
    found = pressing(decision, **asked)
    assert (found.urgency, found.why) == (urgency, why)
    assert pressing(None, **asked).urgency <= found.urgency
