"""The short form of the massacre: one kill in a small stack; and proof that its verdict can be a bad one."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chaos.services import Aftermath, massacre
from feuerwache.local.demo.player import Sent
from feuerwache.local.handle import launch
from feuerwache.local.invariant import Verdict
from feuerwache.local.places import cache_dir, checkout
from feuerwache.local.plan import Plan
from feuerwache.local.progress import Silent
from support.servers import KafkaServer

POSTS = 150
STACK = "massacre"


@pytest.fixture
def root(
    tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Where a stack of ingest, classifier and rules runs, on the session's servers under the test's own prefix."""
    here = checkout(Path(__file__).parent)
    shutil.copytree(here / "config", tmp_path / "config")
    monkeypatch.setenv("FEUERWACHE_CACHE_DIR", str(cache_dir(here)))
    monkeypatch.setenv("FEUERWACHE_TOPIC_PREFIX", topic_prefix)
    monkeypatch.setenv("FEUERWACHE_POST_PARTITIONS", "2")
    monkeypatch.setenv("FEUERWACHE_SHARDS", "1")
    services = ("ingest", "classifier", "rules")
    plan = Plan(root=tmp_path, name=STACK, kafka=kafka.bootstrap, redis=redis_url, only=services)
    handle = launch(plan, Silent())
    try:
        handle.wait_ready(lambda _: None)
        yield tmp_path
    finally:
        handle.stop()


def test_posts_that_come_in_while_ingest_is_killed_get_one_decision_each(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "posts.jsonl"
    lines = [json.dumps({"text": f"Meine Aurora ist die Nummer {number}."}) for number in range(POSTS)]
    file.write_text("\n".join(lines), "utf-8")
    aftermath = asyncio.run(massacre(root, STACK, file, names=["ingest"], say=lambda _: None))
    assert aftermath.sent.posts == POSTS
    assert aftermath.away["ingest"] > 0
    assert aftermath.clean, aftermath
    assert aftermath.verdict.decisions == POSTS


GOOD = Aftermath(Sent(posts=10, refused=Counter(text_too_long=1)), 9, {}, 0, Verdict(12, 12, 0, 0, 0, 0, 0, 0))


def test_the_verdict_is_over_the_posts_of_the_run_and_can_be_a_bad_one() -> None:
    assert GOOD.clean
    assert not replace(GOOD, booked=8).clean, "ingest took one that is nowhere"
    assert not replace(GOOD, booked=0, sent=Sent()).clean, "nothing was shown"
    assert not replace(GOOD, verdict=replace(GOOD.verdict, dead_letters=1, posts_dead_lettered=1)).clean
    assert not replace(GOOD, verdict=replace(GOOD.verdict, posts_without_decision=1)).clean
