"""Decisions beside the posts they answer: a little out of order, missing, from before, on reports."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from feuerwache.escalation.rules.replay import pairing
from feuerwache.escalation.rules.replay.pairing import Pairing


def made(number: int | str, cause: str = "post") -> dict[str, Any]:
    return {"cause": cause, "cause_id": str(number), "actions": ["approve"]}


async def values(decisions: Sequence[dict[str, Any]]) -> AsyncIterator[bytes]:
    for each in decisions:
        yield json.dumps(each).encode()


def found(decisions: Sequence[dict[str, Any]], asked: Sequence[int]) -> list[int | None]:
    async def scenario() -> list[int | None]:
        pairs = Pairing(values(decisions))
        answers = [await pairs.of_post(str(each)) for each in asked]
        return [int(each["cause_id"]) if each is not None else None for each in answers]

    return asyncio.run(scenario())


def test_each_post_finds_its_decision_though_neighbours_change_places() -> None:
    order = [1, 0, 2, 5, 3, 4, 6]
    assert found([made(each) for each in order], range(7)) == list(range(7))


def test_a_post_without_a_decision_costs_the_others_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "AHEAD", 20)
    decisions = [made(each) for each in range(500) if each % 7 != 3]
    expected = [None if each % 7 == 3 else each for each in range(500)]
    assert found(decisions, range(500)) == expected


def test_decisions_on_what_came_before_the_span_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "AHEAD", 20)
    assert found([made(each) for each in range(1000)], range(300, 1000)) == list(range(300, 1000))


def test_what_is_kept_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "BEHIND", 10)

    async def scenario() -> int:
        pairs = Pairing(values([made(each) for each in range(1000)]))
        for each in range(0, 1000, 2):  # every second one is never asked for
            assert await pairs.of_post(str(each)) is not None
        return len(pairs._kept)

    assert asyncio.run(scenario()) <= 10


@pytest.mark.parametrize("early", (True, False))
def test_decisions_on_reports_are_counted_whether_they_are_read_before_or_after(early: bool) -> None:
    async def scenario() -> int:
        reports = [made("r1", "report"), made("r2", "report"), made("r9", "report")]
        posts = [made(0), made(1)]
        pairs = Pairing(values([*reports, *posts] if early else [*posts, *reports]))
        if early:
            await pairs.of_post("1")
        pairs.expect_report("r1")
        pairs.expect_report("r2")
        pairs.expect_report("r3")  # led to nothing
        await pairs.of_post("1")
        await pairs.drain()
        return pairs.reports

    assert asyncio.run(scenario()) == 2


def test_withdrawals_and_other_events_are_passed() -> None:
    other = {"ref": {}, "reason": "deleted", "cause_id": "0"}
    assert found([other, made(0), other, made(1)], (0, 1)) == [0, 1]
