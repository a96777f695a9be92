"""What the rules stage can do: posts a second with small and large rule sets, a backlog, authors in Redis, a rebuild.

Every part has topics, keys and a configuration of its own on the one stack, and every rate stands beside the raw relay
of the same run. Labels are drawn so that about every fifth post breaks a rule.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from pydantic import SecretStr

from bench import posts
from bench.counting import count
from bench.stack import Stack
from feuerwache.common.clock import SystemClock
from feuerwache.common.config.catalog import Catalog
from feuerwache.common.events import codec
from feuerwache.common.events.author import AuthorJournalled, JournalEntry
from feuerwache.common.events.base import Event, Payload, derived_id
from feuerwache.common.events.classification import Classification, Label, PostClassified
from feuerwache.common.events.decision import DecisionMade
from feuerwache.common.events.post import Author, Post, PostCreated, PostRef
from feuerwache.common.kafka import keys, topics
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.redis import connect
from feuerwache.escalation.rules.author.packing import packed
from feuerwache.escalation.rules.engine.engine import Engine
from feuerwache.escalation.rules.house import load_house_rules
from feuerwache.escalation.rules.language.context import Context, defaults
from feuerwache.escalation.rules.sets.ruleset import load_ruleset
from feuerwache.escalation.rules.settings import RulesSettings
from feuerwache.escalation.rules.stage import RulesHandler
from feuerwache.escalation.rules.store import CommunityStreams, PartitionStore

MODULE = "feuerwache.escalation.rules"
CHUNK = 2_000
#: Entries of an author in Redis: most people write little.
ENTRIES = (1, 1, 1, 2, 2, 5)

#: As the peers are measured: word lists, capitals, links, numbers, scores, combinations.
WORD_LISTS = (
    "casino|jackpot|freispiele",
    "viagra|cialis|potenzmittel",
    "bitcoin|krypto|airdrop",
    "gewinnspiel|gutschein|gratis",
)
TWENTY = (
    *(f'post.text.matches("(?i)\\\\b({words})\\\\b")' for words in WORD_LISTS),
    "post.capitals > 0.7 && post.length > 20",
    "post.capitals > 0.5 && post.words > 10",
    "post.link_count >= 3",
    "post.link_count >= 1 && author.age_days < 1",
    "author.posts_1h >= 40 || author.posts_5m >= 10",
    "author.account_age_days >= 0 && author.account_age_days < 2",
    "post.reach > 100000 && labels.negative >= 0.8",
    "labels.hate >= 0.7",
    "labels.insult >= 0.8",
    "labels.threat >= 0.6",
    "labels.spam >= 0.75",
    "labels.profanity >= 0.9",
    "labels.insult >= 0.6 && author.violations_90d >= 2",
    "labels.spam >= 0.4 && post.link_count >= 1 && author.trust < 0.4",
    "(labels.hate >= 0.5 || labels.threat >= 0.5) && author.warnings_90d >= 1",
    "matched.near_duplicate_authors >= 3 && labels.spam >= 0.3",
)


@dataclass(frozen=True, slots=True)
class Rate:
    """`cores` is how much of a core the process used meanwhile, `prefix` that of its topics.

    All `records` came out, or there is no rate: `count` waits for every one of them.
    """

    name: str
    records: int
    per_second: float
    cores: float
    prefix: str

    @property
    def per_core(self) -> float:
        return self.per_second / self.cores if self.cores else 0.0


def conditions(number: int) -> list[str]:
    """That many different ones: thresholds of labels, alone and with what is known of the author or the post."""
    besides = ("", " && author.violations_90d >= 1", " && post.link_count >= 1", " || author.posts_5m >= 30")
    made = itertools.product(range(60, 95, 3), besides, Label)
    return [f"labels.{label.value} >= 0.{cents}{beside}" for cents, beside, label in itertools.islice(made, number)]


def rules_file(sources: Sequence[str]) -> str:
    """JSON is YAML."""
    named = [
        {"id": f"bench-{number}", "title": {"de": "Messung", "en": "Bench"}, "when": source, "then": ["review"]}
        for number, source in enumerate(sources)
    ]
    return json.dumps(named, ensure_ascii=False)


def configuration(stack: Stack, sources: Sequence[str]) -> Path:
    """The demo's, with these rules for its communities."""
    folder = stack.home / f"config-{len(sources)}-{time.monotonic_ns()}"
    shutil.copytree(stack.settings.config_dir, folder)
    shutil.rmtree(folder / "rules" / "brand-de")
    (folder / "rules" / "brand-de").mkdir()
    (folder / "rules" / "brand-de" / "10-bench.yaml").write_text(rules_file(sources), "utf-8")
    return folder


def classified(topic: str, partitions: int, number: int) -> Iterator[Outgoing]:
    """Classified posts of the last minutes, by `posts.AUTHORS` authors in two communities."""
    drawn = random.Random(7)
    begin = datetime.now(UTC) - timedelta(seconds=number / 200)
    for position, text in enumerate(itertools.islice(posts.texts(), number)):
        at = begin + timedelta(seconds=position / 200)
        community, author = posts.COMMUNITIES[position % 2], f"bench-{position * 7919 % posts.AUTHORS}"
        post = Post(author=Author(id=author, created_at=begin - timedelta(days=400)), text=text, created_at=at)
        ref = PostRef(community=community, platform="bench", post_id=f"b{position}")
        received = PostCreated(ref=ref, author_id=author, integration=community, received_at=at, post=post)
        labels = {label.value: round(drawn.random() ** 20, 4) for label in Label}
        found = Classification(labels=labels, language="de", flagged=False, model_version="bench")
        cause = derived_id("post", "bench", ref.post_id, 0)
        event: Event[Payload] = Event(
            derived_id("classifier", cause),
            "/bench",
            at,
            PostClassified(cause_id=cause, received=received, classification=found),
        )
        key = keys.author_key(community, author)
        yield Outgoing.of(topic, keys.partition_of(key, partitions), key, event)


async def stage(stack: Stack, sources: Sequence[str], records: int, name: str) -> Rate:
    """Over a backlog of so many posts that lies there when it starts.

    Counted from the moment the process is ready. A stage commits several partitions at once: from its first record to
    its last, a small backlog that is two transactions long would look five times as fast as it is.
    """
    prefix = f"bench{time.monotonic_ns()}."
    settings = stack.settings.model_copy(update={"topic_prefix": prefix})
    names, partitions = settings.topics(), settings.post_partitions
    await ensure_topics(settings)
    async with EventProducer(settings) as producer:
        pending = classified(names.of(topics.POSTS_CLASSIFIED), partitions, records)
        while chunk := list(itertools.islice(pending, CHUNK)):
            await producer.send_all(chunk)
    environment = {"FEUERWACHE_TOPIC_PREFIX": prefix, "FEUERWACHE_CONFIG_DIR": str(configuration(stack, sources))}
    async with stack.service(MODULE, **environment) as child:
        process = psutil.Process(child.pid)
        before, ready = process.cpu_times(), time.time()
        counted = await count(settings, names.of(topics.DECISIONS_MADE), partitions, records, [DecisionMade.TYPE])
        after = process.cpu_times()
    seconds = counted.last - ready
    cores = (after.user + after.system - before.user - before.system) / seconds
    return Rate(name, counted.records, counted.records / seconds, cores, prefix)


def microseconds(stack: Stack, number: int, judged: int = 4_000) -> float:
    """What a set of so many rules costs a post, without anything around it: the engine alone."""
    engine = Engine(load_ruleset(configuration(stack, conditions(number)) / "rules" / "brand-de"))
    drawn = random.Random(11)
    contexts: list[Context] = []
    for _ in range(judged):
        context = defaults()
        context["labels"] = {label.value: drawn.random() ** 20 for label in Label}
        contexts.append(context)
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        for context in contexts:
            engine.judge(context)
        best = min(best, time.process_time() - began)
    return best / judged * 1e6


async def megabytes_of_a_million(stack: Stack, authors: int) -> tuple[float, float]:
    """Redis' memory for so many authors' journals, and for a million at that rate, in MB."""
    settings = rules_settings(stack, f"authors{time.monotonic_ns()}.")
    async with connect(settings) as redis:
        store = PartitionStore(redis, settings.topic_prefix, 0, CommunityStreams(settings.topic_prefix))
        await store.own()
        before = int((await redis.info("memory"))["used_memory"])
        numbers = iter(range(authors))
        while chunk := list(itertools.islice(numbers, CHUNK)):
            await store.refill({keys.author_key(posts.COMMUNITIES[0], f"{n}"): journal(n) for n in chunk})
        used = (int((await redis.info("memory"))["used_memory"]) - before) / 1e6
    return used, used * 1e6 / authors


def journal(number: int) -> bytes:
    """An author's journal as Redis keeps it, with as many entries as most people have."""
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    entries = tuple(
        JournalEntry(
            generation=0,
            offset=number * 5 + position,
            event_id=derived_id("bench", number, position),
            decision_id=derived_id("rules", number, position),
            platform="facebook",
            post_id=str(10**14 + number * 7919 + position),
            revision=0,
            at=begin + timedelta(seconds=number + 3600 * position),
            kind="created",
            labels=("negative",) if number % 5 == 0 else (),
            actions=("approve",),
        )
        for position in range(ENTRIES[number % len(ENTRIES)])
    )
    saved = AuthorJournalled(
        community=posts.COMMUNITIES[0], author_id=str(number), first_seen=entries[0].at, entries=entries
    )
    return packed(codec.encode(Event(derived_id("bench", number), "/bench", begin, saved))[0])


async def rebuild(stack: Stack, after: Rate) -> float:
    """Posts a second at which the journals of a stage's run come back from Kafka into an empty Redis."""
    settings = rules_settings(stack, after.prefix)
    catalog = Catalog(load_house_rules, settings.config_dir)
    async with connect(settings) as redis:
        await redis.flushall()
        communities = CommunityStreams(settings.topic_prefix)
        handlers = [
            RulesHandler(
                number,
                settings=settings,
                catalog=catalog,
                communities=communities,
                store=PartitionStore(redis, settings.topic_prefix, number, communities),
                clock=SystemClock(),
            )
            for number in range(settings.post_partitions)
        ]
        began = time.monotonic()
        await asyncio.gather(*(handler.start({}) for handler in handlers))
        return after.records / (time.monotonic() - began)


def rules_settings(stack: Stack, prefix: str) -> RulesSettings:
    return RulesSettings(
        kafka_bootstrap=stack.kafka.bootstrap,
        redis_url=SecretStr(stack.redis.url),
        config_dir=stack.settings.config_dir,
        topic_prefix=prefix,
    )


async def table(stack: Stack, relay: float, records: int, backlog: int, authors: int) -> str:
    """All of it as Markdown; `relay` is the raw relay's records a second in this run."""
    rates = [
        await stage(stack, conditions(10), records, "10 rules"),
        await stage(stack, TWENTY, records, "20 rules like the peers'"),
        await stage(stack, conditions(50), records, "50 rules"),
        await stage(stack, TWENTY, backlog, "20 rules, the backlog"),
    ]
    restored = await rebuild(stack, rates[-1])
    used, million = await megabytes_of_a_million(stack, authors)
    return "\n".join(
        [
            "| rules stage | posts | all decided | posts/s | of the relay | cores | posts/s per core |",
            "|---|--:|---|--:|--:|--:|--:|",
            *(
                f"| {rate.name} | {rate.records:,} | yes | {rate.per_second:,.0f} | {rate.per_second / relay:.2f} "
                f"| {rate.cores:.2f} | {rate.per_core:,.0f} |"
                for rate in rates
            ),
            "",
            "| measured | figure |",
            "|---|--:|",
            f"| raw relay | {relay:,.0f} records/s |",
            *(
                f"| {number} rules, the engine alone | {microseconds(stack, number):.1f} µs a post |"
                for number in (50, 200)
            ),
            f"| {authors:,} authors in Redis | {used:.0f} MB |",
            f"| a million authors at that rate | {million:.0f} MB |",
            f"| rebuild of {rates[-1].records:,} posts' journals | {restored:,.0f} posts/s |",
            "",
        ]
    )
