"""Posts to measure with: the written night's texts, spread over many authors and both communities."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from zlib import crc32

from feuerwache.common.events.base import Event, Payload, derived_id
from feuerwache.common.events.post import Author, Post, PostCreated, PostRef
from feuerwache.common.kafka import keys
from feuerwache.common.kafka.record import Outgoing
from feuerwache.local.night import Kind, saturday_night

AUTHORS = 5_000
COMMUNITIES = ("morgenrot-facebook", "morgenrot-forum")


def texts() -> Iterator[str]:
    """The night's texts, over and over."""
    return cycle([event.text for event in saturday_night() if event.kind is Kind.CREATED])


def received(topic: str, partitions: int, count: int) -> Iterator[Outgoing]:
    """Records as ingest writes them, one per post, of the last minutes."""
    begin = datetime.now(UTC) - timedelta(seconds=count / 100)
    for number, text in enumerate(islice(texts(), count)):
        at = begin + timedelta(seconds=number / 100)
        community, author = COMMUNITIES[number % 2], f"bench-{number * 7919 % AUTHORS}"
        post = Post(author=Author(id=author, created_at=begin - timedelta(days=400)), text=text, created_at=at)
        ref = PostRef(community=community, platform="bench", post_id=f"b{number}")
        payload = PostCreated(ref=ref, author_id=author, integration=community, received_at=at, post=post)
        event: Event[Payload] = Event(derived_id("post", "bench", ref.post_id, 0), "/bench", at, payload)
        key = keys.author_key(community, author)
        yield Outgoing.of(topic, keys.partition_of(key, partitions), key, event)


def submission(post_id: str, text: str) -> dict[str, object]:
    """A post as the integration `morgenrot-facebook` sends it, written this moment."""
    author = f"bench-{crc32(post_id.encode()) % AUTHORS}"
    return {
        "post_id": post_id,
        "author": {"id": author, "created_at": "2024-03-01T12:00:00Z"},
        "text": text,
        "created_at": datetime.now(UTC).isoformat(),
    }
