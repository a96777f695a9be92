"""How fast `feuerwache rules replay` is: posts and their decisions on a real Kafka, judged anew by changed rules."""

from __future__ import annotations

import asyncio
import itertools
import random
import resource
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from bench import posts
from bench.stack import Stack
from feuerwache.common.events.base import Event, Payload, derived_id
from feuerwache.common.events.classification import Classification, Label, PostClassified
from feuerwache.common.events.post import Author, Post, PostCreated, PostRef
from feuerwache.common.kafka.keys import author_key, partition_of
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import DECISIONS_MADE, POSTS_CLASSIFIED
from feuerwache.escalation.rules.author.entry import Position
from feuerwache.escalation.rules.house import HouseRules, load_house_rules
from feuerwache.escalation.rules.judging.judging import Judging, Options
from feuerwache.escalation.rules.replay.change import Change
from feuerwache.escalation.rules.replay.replaying import Wish, replay
from feuerwache.escalation.rules.replay.span import Span
from feuerwache.escalation.rules.settings import RulesSettings
from support.rules import CONFIG

CHUNK = 1_000
#: So many authors write all of it; a few write much more than the others.
AUTHORS = 50_000
#: The rule that is added.
RULE = """\
- id: new-rule
  title: {de: Neu, en: New}
  when: labels.spam >= 0.6 && post.link_count == 0
  then: [hold]
"""


@dataclass(frozen=True, slots=True)
class Replayed:
    """`megabytes` is the largest resident size of one of its processes, `cpu` the seconds of all of them together."""

    change: Change
    megabytes: float
    cpu: float


def classified(count: int, begin: datetime) -> Iterator[Event[Payload]]:
    """Posts of seven days with scores as they fall: mostly low, now and then high. Their words are the written night's,
    drawn anew for each: hardly any two are alike.
    """
    draw = random.Random(7)
    words = [word for text in itertools.islice(posts.texts(), 500) for word in text.split()]
    labels = [label.value for label in Label]
    step = timedelta(days=7) / count
    for number in range(count):
        text = " ".join(draw.choices(words, k=draw.randint(8, 30)))
        at = begin + number * step
        author = f"bench-{int(AUTHORS * draw.random() ** 3)}"
        ref = PostRef(community=posts.COMMUNITIES[number % 2], platform="bench", post_id=f"b{number}")
        post = Post(author=Author(id=author), text=text, created_at=at, thread_id=f"t{number // 40}")
        received = PostCreated(ref=ref, author_id=author, integration=ref.community, received_at=at, post=post)
        scores = {name: round(draw.random() ** 8, 4) for name in labels}
        judgement = Classification(labels=scores, language="de", flagged=False, model_version="bench")
        cause = derived_id("post", "bench", ref.post_id, 0)
        data = PostClassified(cause_id=cause, received=received, classification=judgement)
        yield Event(derived_id("classifier", cause), "/bench", at, data)


def decided(rules: HouseRules, events: Iterator[Event[Payload]]) -> Iterator[tuple[Event[Payload], Event[Payload]]]:
    """Every post with the decision that these rules make on it."""
    judging = Judging(rules, {}, {}, Options(counting=False), datetime(1970, 1, 1, tzinfo=UTC))
    for number, event in enumerate(events):
        judging.take(event, Position("posts", 0, number))
        for journal in judging.touched:
            judging.journals[journal].settle()
        (decision,) = judging.decisions
        yield event, decision
        for kept in (judging.decisions, judging.alarms):
            kept.clear()
        judging.touched.clear()
        judging.rows.clear()


async def preload(stack: Stack, rules: HouseRules, count: int) -> None:
    """Writes the posts and what was decided about them."""
    partitions = stack.settings.post_partitions
    pairs = decided(rules, classified(count, datetime(2026, 11, 14, tzinfo=UTC)))
    async with EventProducer(stack.settings) as producer:
        while chunk := list(itertools.islice(pairs, CHUNK)):
            outgoing = []
            for event, decision in chunk:
                assert isinstance(event.data, PostClassified)
                key = author_key(event.data.received.ref.community, event.data.received.author_id)
                for topic, each in ((POSTS_CLASSIFIED, event), (DECISIONS_MADE, decision)):
                    outgoing.append(Outgoing.of(topic.name, partition_of(key, partitions), key, each))
            await producer.send_all(outgoing)


async def judged_anew(stack: Stack, console: Console, count: int, processes: int | None) -> Replayed:
    """Preloads and replays once, with one threshold lowered."""
    with tempfile.TemporaryDirectory(prefix="feuerwache-bench-") as home:
        changed = Path(shutil.copytree(CONFIG / "rules", Path(home) / "rules")) / "brand-de"
        (changed / "90-new.yaml").write_text(RULE)
        console.print(f"writing {count:,} posts and decisions …")
        await preload(stack, load_house_rules(CONFIG), count)
        settings = RulesSettings(**stack.settings.model_dump(exclude={"config_dir"}), config_dir=CONFIG)
        wish = Wish(changed, CONFIG, span=Span(datetime.now(UTC) - timedelta(days=1)), processes=processes)
        console.print("replaying …")
        began = worked()
        change = await asyncio.to_thread(replay, wish, settings, console)
    usage = max(resource.getrusage(each).ru_maxrss for each in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF))
    return Replayed(change, usage / 1024, worked() - began)


def worked() -> float:
    """Seconds of processor time of this process and of those it has waited for: the servers are still running."""
    used = [resource.getrusage(each) for each in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)]
    return sum(each.ru_utime + each.ru_stime for each in used)
