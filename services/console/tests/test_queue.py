"""The queue: what waits for a human, and nothing that has been decided, replaced, deleted or answered."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from typer.testing import CliRunner

from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.decision import Action, AppealState, DecisionMade
from feuerwache.console.commands import app
from feuerwache.console.settings import ConsoleSettings
from feuerwache.console.store.database import opened, transaction
from feuerwache.console.store.writing import Batch
from support.dossiers import appeal, decided, deleted, ref

CONFIG = Path(__file__).parents[3] / "config"


def made(post: str, *actions: Action, **more: Any) -> Event[DecisionMade]:
    event = decided(post, actions[0])
    data = event.data.model_copy(update={"actions": actions, **more})
    return Event(event.id, event.source, event.time, data)


def asked(data: Path, events: list[Event[Any]], *arguments: str) -> list[dict[str, Any]]:
    """What the command tells after these records, in this order."""
    environment = {"FEUERWACHE_DATA_DIR": str(data), "FEUERWACHE_CONFIG_DIR": str(CONFIG)}

    async def write() -> None:
        now = int(datetime.now(UTC).timestamp() * 1000)
        async with opened(ConsoleSettings(data_dir=data).database()) as engine:
            for number, event in enumerate(events):
                batch = Batch()
                batch.take(event, now - 1000 + number)
                async with transaction(engine) as connection:
                    await batch.write(connection)

    asyncio.run(write())
    result = CliRunner(env=environment).invoke(app, ["decisions", "queue", "--json", *arguments])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_what_asks_for_a_human_waits_the_longest_first_and_the_rest_does_not(tmp_path: Path) -> None:
    events: list[Event[Payload]] = [
        made("held", Action.HOLD),
        made("fine", Action.APPROVE),
        made("asked", Action.FORWARD, Action.REVIEW, dry_run=True),
        made("by-hand", Action.HOLD, automated=False),
        made("again", Action.APPROVE, Action.REVIEW, automated=False),
    ]
    found = asked(tmp_path, events)
    assert [each["post_id"] for each in found] == ["held", "asked", "again"]
    assert [each["dry_run"] for each in found] == [False, True, False]
    assert asked(tmp_path, [], "--community", "elsewhere") == []


def test_what_was_replaced_or_deleted_waits_no_longer(tmp_path: Path) -> None:
    first, second = made("p1", Action.HOLD), made("p2", Action.REVIEW)
    human = made("p1", Action.APPROVE, automated=False, cause="human", supersedes=first.id)
    found = asked(tmp_path, [human, first, second, deleted("p2")])
    assert found == []


def test_an_appeal_waits_until_it_is_answered_whatever_is_in_force(tmp_path: Path) -> None:
    hidden = made("p1", Action.HIDE)
    (found,) = asked(tmp_path, [hidden, appeal("p1", hidden.id, AppealState.OPEN)])
    assert (found["appealed"], found["why"], found["actions"]) == (True, ["appeal"], ["hide"])
    old = UUID(int=7)
    both = asked(tmp_path, [appeal("p9", old, AppealState.OPEN)])
    assert [each["post_id"] for each in both] == ["p1", "p9"]
    assert both[1]["community"] == ref("p9").community
    answered = [appeal("p1", hidden.id, AppealState.UPHELD), appeal("p9", old, AppealState.REPLACED)]
    assert asked(tmp_path, answered) == []


def test_for_people_it_is_a_line_each(tmp_path: Path) -> None:
    asked(tmp_path, [made("p1", Action.HOLD, Action.REVIEW, dry_run=True)])
    environment = {"FEUERWACHE_DATA_DIR": str(tmp_path), "FEUERWACHE_CONFIG_DIR": str(CONFIG)}
    result = CliRunner(env=environment).invoke(app, ["decisions", "queue"])
    assert "p1  hold+review" in result.stdout
    assert "(only watched)" in result.stdout
    empty = CliRunner(env=environment | {"FEUERWACHE_DATA_DIR": str(tmp_path / "new")}).invoke(
        app, ["decisions", "queue"]
    )
    assert "nothing waits" in empty.output
