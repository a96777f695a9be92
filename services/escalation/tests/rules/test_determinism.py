"""The same input three times, with kills in between: the same decisions, byte for byte, and each from its evidence."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from shutil import copytree
from uuid import UUID

import pytest

from feuerwache.common.events.base import Event, Payload, derived_id
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import Action, DecisionMade, Standing
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.topics import AUTHORS_JOURNAL, DECISIONS_MADE
from feuerwache.escalation.rules.house import load_house_rules
from feuerwache.escalation.rules.judging.rejudging import rejudge
from feuerwache.escalation.rules.settings import RulesSettings
from support.kafka import until
from support.rules import (
    COMMUNITY,
    CONFIG,
    NOW,
    PLATFORM,
    answered,
    appealed,
    deleted,
    moderated,
    reported,
    reviewed,
    stood,
    written,
)
from support.rulestage import TOPICS, read, rules_settings, send, spawned
from support.servers import KafkaServer

LABELS: tuple[dict[str, float], ...] = ({}, {}, {"threat": 0.9}, {"hate": 0.9}, {"insult": 0.9}, {"complaint": 0.9})
#: Real seconds until something has gone wrong; other tests may want the machine, too.
PATIENCE = 150
#: Where the process dies in the three runs: not at all, around Redis and the commit, before and within the transaction.
RUNS = ((), ("after_redis", "after_commit"), ("after_handle", "after_send"))


@pytest.fixture
def settings(kafka: KafkaServer, redis_url: str, topic_prefix: str, tmp_path: Path) -> RulesSettings:
    made = rules_settings(kafka, redis_url, topic_prefix)
    return made.model_copy(update={"config_dir": copytree(CONFIG, tmp_path / "config")})


def first_half() -> list[Event[Payload]]:
    """Posts, edits in any order, reports, deletions and moderation of seven authors; no two texts are alike."""
    random = Random(6)
    events: list[Event[Payload]] = []
    for number in range(160):
        at = NOW + timedelta(seconds=number)
        post = random.randrange(60)
        name, author = f"p{post}", f"a{post % 7}"
        match random.randrange(12):
            case 0 | 1:
                events.append(reported(name, f"r{number}", author=author, reporter=f"u{number}", reason="hate", at=at))
            case 2:
                events.append(moderated(name, "approved", author=author, at=at))
            case 3:
                events.append(deleted(name, author=author, at=at))
            case _:
                text = " ".join(f"w{random.randrange(10**6)}" for _ in range(12))
                revision = random.randrange(3)
                labels = random.choice(LABELS)
                events.append(written(name, author=author, text=text, labels=labels, revision=revision, at=at))
    return events


def second_half() -> list[Event[Payload]]:
    """What humans say about it, each about another author: commands and posts come by different topics."""
    at = NOW + timedelta(hours=1)

    def first(post: str) -> UUID:
        return derived_id("rules", "post", derived_id("post", PLATFORM, post, 0))

    return [
        reviewed("p0", Action.HIDE, author="a0", at=at),
        stood(Standing.BANNED, author="a1", at=at),
        appealed(first("p2"), "p2", author="a2", at=at),
        answered(first("p2"), Action.APPROVE, "p2", author="a2", at=at),
    ]


def last() -> list[Event[Payload]]:
    """Another post of each author: all that was before shows in it."""
    at = NOW + timedelta(hours=2)
    return [written(f"end{n}", author=f"a{n}", text=f"zuletzt {n} " * 9, labels=LABELS[2], at=at) for n in range(7)]


async def lived(settings: RulesSettings, parts: list[list[Event[Payload]]], kills: tuple[str, ...], tmp: Path) -> None:
    """Sends one part after the other and waits until each is judged; on the first the process dies at each point."""
    await send(settings, parts[0])
    for point in kills:
        marker = tmp / f"{settings.topic_prefix}{point}"
        process = spawned(settings, f"rules.{point}@{marker}")
        assert await asyncio.to_thread(process.wait, PATIENCE) == -9
        assert marker.exists(), "it died of something else"
    process = spawned(settings)
    try:
        for number, part in enumerate(parts):
            if number:
                await send(settings, part)
            await until(partial(judged, settings, part), "everything judged", PATIENCE)
    finally:
        process.terminate()
        assert await asyncio.to_thread(process.wait, PATIENCE) == 0


async def judged(settings: RulesSettings, events: list[Event[Payload]]) -> bool:
    """Whether the journals know them all."""
    seen = {entry.event_id for _, data in await read(settings, AUTHORS_JOURNAL) for entry in data.entries}
    return {known_by(event) for event in events} <= seen


def known_by(event: Event[Payload]) -> UUID:
    """What the journal knows the event by."""
    return event.data.cause_id if isinstance(event.data, PostClassified) else event.id


async def lines(settings: RulesSettings) -> list[str]:
    """Every decision with its id, in an order of its own: partitions have none among each other."""
    records = await read_topic(settings, settings.topics().of(DECISIONS_MADE))
    return sorted(f"{record.event().id} {(record.value or b'').decode()}" for record in records)


def test_three_runs_with_kills_in_between_decide_the_same_byte_for_byte(
    settings: RulesSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        parts = [first_half(), second_half(), last()]
        told: list[list[str]] = []
        for number, kills in enumerate(RUNS):
            where = settings.model_copy(update={"topic_prefix": f"{settings.topic_prefix}{number}."})
            await ensure_topics(where, TOPICS)
            await lived(where, parts, kills, tmp_path)
            told.append(await lines(where))
        assert len(told[0]) > 100
        assert len(set(told[0])) == len(told[0])
        assert told[1] == told[0]
        assert told[2] == told[0]

    asyncio.run(scenario())


def test_what_a_community_was_like_at_the_moment_is_in_the_evidence_so_each_decision_follows_again(
    settings: RulesSettings, tmp_path: Path
) -> None:
    async def scenario() -> None:
        random = Random(7)
        text = "Nie wieder Morgenrot, kauft diese Maschine bloß nicht, sie ist nach drei Wochen kaputt!"
        posts = [
            written(
                f"p{number}",
                author=f"a{number % 9}",
                text=text if number % 3 else f"{number} " * 20,
                labels=random.choice(LABELS),
                at=NOW + timedelta(seconds=number),
                thread_id="t1",
                parent_id="t1",
            )
            for number in range(120)
        ]
        await lived(settings, [posts], ("after_redis",), tmp_path)
        house = load_house_rules(settings.config_dir).houses[COMMUNITY]
        by_cause = {known_by(event): event.data for event in posts}
        made = [data for _, data in await read(settings, DECISIONS_MADE)]
        assert len(made) == len(posts)
        assert any(each.evidence.thread["posts_1h"] > 0 for each in made)
        assert any(each.evidence.matched["near_duplicates"] > 0 for each in made)
        for decision in made:
            assert isinstance(decision, DecisionMade)
            post = by_cause[decision.cause_id]
            assert isinstance(post, PostClassified)
            found = rejudge(decision, post, house)
            assert (found.actions, found.rules) == (decision.actions, decision.rules)

    asyncio.run(scenario())
