"""Keys and the partitions they stand for. Every producer of a keyed topic asks here, never a client's default."""

from __future__ import annotations

from uuid import UUID
from zlib import crc32

SEPARATOR = "\x1f"


def author_key(community: str, author_id: str) -> bytes:
    """Key of everything about an author's posts in a community."""
    return f"{community}{SEPARATOR}{author_id}".encode()


def post_key(platform: str, post_id: str) -> bytes:
    """Key of one post in `posts.index.v1`."""
    return f"{platform}{SEPARATOR}{post_id}".encode()


def shard_key(shard: int) -> bytes:
    return str(shard).encode()


def incident_key(incident_id: UUID) -> bytes:
    return str(incident_id).encode()


def partition_of(key: bytes, partitions: int) -> int:
    """CRC-32 of the key modulo the count: the same in every process and language."""
    return crc32(key) % partitions


def shard_of(community: str, shards: int) -> int:
    """The shard, and so the partition, of everything that is about a whole community."""
    return crc32(community.encode()) % shards


def alarm_shard(community: str, brand: str, shards: int) -> int:
    """The shard of alarms and incidents: that of the brand, so that its communities burn in one incident.

    Pulses stay on the shard of their community. `brand` empty (alarms from before brands were told): the community.
    """
    return shard_of(brand or community, shards)


def bar_key(community: str, bar_id: str) -> bytes:
    """Key of one raised bar: compaction keeps each of them."""
    return f"{community}{SEPARATOR}{bar_id}".encode()


def parked_key(integration: str, platform: str, post_id: str, appealed: str = "") -> bytes:
    """Key of what an integration's platform has not taken yet: the decision about a post, or with `appealed` (a
    decision's id) where the appeal against that one stands."""
    subject = f"{integration}{SEPARATOR}{platform}{SEPARATOR}{post_id}"
    return (f"{subject}{SEPARATOR}{appealed}" if appealed else subject).encode()


def integration_key(integration: str) -> bytes:
    return integration.encode()


def override_key(schedule: str, override_id: str) -> bytes:
    """Key of one exception to a schedule: compaction keeps each of them, not only a schedule's newest."""
    return f"{schedule}{SEPARATOR}{override_id}".encode()
