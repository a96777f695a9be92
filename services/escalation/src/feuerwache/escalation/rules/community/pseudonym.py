"""Pseudonyms: short keyed hashes that stand for people, posts and threads where they are counted.

Whoever has the key can check a guess, nobody can read a name from one. The same person or post has the same pseudonym
in every process that shares the key, so distinct ones can be counted across batches and partitions.
"""

from __future__ import annotations

from hashlib import blake2b

#: Bytes of a pseudonym: enough to tell the people of an hour apart, and the posts and threads of a day.
PERSON_BYTES, POST_BYTES = 4, 8


def short_hash(value: str, key: bytes, size: int = PERSON_BYTES) -> str:
    """A keyed hash of `size` bytes, in hex; only the first 64 bytes of the key are used."""
    return blake2b(value.encode(), digest_size=size, key=key[:64]).hexdigest()


def person(community: str, person_id: str, key: bytes) -> str:
    """Authors and reporters of a community alike."""
    return short_hash(f"{community}\x1f{person_id}", key)


def post(platform: str, post_id: str, key: bytes) -> str:
    """A post, or a thread by its id: a thread that is named by its first post has that post's pseudonym."""
    return short_hash(f"{platform}\x1f{post_id}", key, POST_BYTES)


def pair(one: str, other: str, key: bytes) -> str:
    """Two people, whichever is named first."""
    return short_hash("\x1f".join(sorted((one, other))), key, POST_BYTES)
