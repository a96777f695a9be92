"""What a post answers: its thread, how deep in it, and whom.

Platforms say which post is answered, most of them the thread, some of them the person. The rest is looked up in the
community's memory of the last day; what it does not know either stays open.
"""

from __future__ import annotations

from dataclasses import dataclass

from feuerwache.common.events.post import Post, PostRef
from feuerwache.escalation.rules.community import pseudonym
from feuerwache.escalation.rules.community.memory import CommunityMemory

#: Chains are not counted further; whoever answers so often is at it for other reasons than the number.
MAX_DEPTH = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """`thread` is the platform's own id (the answered post's where the platform names no thread).

    `depth` is 1 for an answer to the thread's first post, or to one that nobody remembers. `addressee` is the
    pseudonym of the answered person and `pair` that of both, empty where unknown or the author's own. `touches` are the
    pseudonyms of the thread, of the answered post, and of that post's thread.
    """

    thread: str
    depth: int
    addressee: str = ""
    pair: str = ""
    touches: tuple[str, ...] = ()


def answer_of(post: Post, ref: PostRef, author: str, memory: CommunityMemory, key: bytes) -> Answer | None:
    """None for a post that stands alone. `author` is the pseudonym of who wrote it."""
    thread = post.thread_id or post.parent_id
    if thread is None or (post.parent_id is None and thread == ref.post_id):
        return None
    touched = [pseudonym.post(ref.platform, thread, key)]
    depth, addressee = 1, ""
    if post.parent_id is not None:
        parent = pseudonym.post(ref.platform, post.parent_id, key)
        row = memory.row(parent)
        touched.append(parent)
        if row is not None:
            touched.append(row.thread)
            depth, addressee = min(row.depth + 1, MAX_DEPTH), row.author
    if post.parent_author_id is not None:
        addressee = pseudonym.person(ref.community, post.parent_author_id, key)
    if addressee in ("", author):
        return Answer(thread, depth, touches=_distinct(touched))
    return Answer(thread, depth, addressee, pseudonym.pair(author, addressee, key), _distinct(touched))


def _distinct(pseudonyms: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, pseudonyms)))
