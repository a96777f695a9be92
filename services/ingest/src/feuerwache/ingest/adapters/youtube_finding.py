"""What one page of YouTube brings: comments that are new, changed or gone, told to the memory. Pure."""

from __future__ import annotations

from datetime import datetime

from feuerwache.ingest.adapters import youtube_comment
from feuerwache.ingest.adapters.adapter import Skipped
from feuerwache.ingest.adapters.document import Object, identity, inside, number, objects, text
from feuerwache.ingest.adapters.youtube_memory import Known, Memory, Unread
from feuerwache.ingest.item import Item

#: How often a comment has to be missing, in looks that are `recheck` apart, before it counts as deleted.
MISSING = 2


class Finding:
    """`items` and `skipped` in the order in which they were met. `deletions`: what is missing counts as deleted."""

    def __init__(self, memory: Memory, community: str | None, *, deletions: bool) -> None:
        self.memory, self._community, self._deletions = memory, community, deletions
        self.items: list[Item] = []
        self.skipped: list[Skipped] = []

    def thread(self, thread: Object) -> str | None:
        """Takes it; its id, when not all of its replies came along and they have to be read."""
        snippet, name = inside(thread, "snippet"), identity(thread, "id")
        video, replies = text(snippet, "videoId"), objects(inside(thread, "replies"), "comments")
        self.comment(inside(snippet, "topLevelComment"), name, video)
        for reply in replies:
            self.comment(reply, name, video)
        known, total = self.memory.threads.get(name or ""), number(snippet, "totalReplyCount") or 0
        if known is None or name is None or known.replies == total:
            return None
        if len(replies) >= total:
            known.replies = total
            return None
        new = name not in self.memory.replies
        self.memory.replies[name] = Unread(token="" if new else self.memory.replies[name].token, total=total)
        return name if new else None

    def answer(self, comment: Object) -> None:
        """A reply that is looked at again: it does not say which video it is about."""
        known = self.memory.answers.get(identity(comment, "id") or "")
        self.comment(comment, known.thread if known else None, known.video if known else None)

    def comment(self, comment: Object, thread: str | None, video: str | None) -> None:
        """Passes on what is new or changed."""
        name = identity(comment, "id") or ""
        edition, known = youtube_comment.revision(comment), self.memory.known(name)
        if known is not None:
            known.missing = 0
            if edition <= known.revision:
                return
        parent = text(inside(comment, "snippet"), "parentId")
        self.memory.learn(
            name,
            Known(
                a=youtube_comment.author_of(comment),
                r=edition,
                v=video,
                n=known.replies if known else None,
                t=(thread or parent) if parent is not None or name != thread else None,
            ),
        )
        touched = youtube_comment.touched(comment)
        if touched is not None and touched < self.memory.origin:
            return
        found = youtube_comment.post(comment, thread, video, self._community)
        if isinstance(found, Skipped):
            self.skipped.append(found)
        else:
            self.items.append(found)

    def missing(self, name: str, now: datetime) -> None:
        """It was asked for and did not come."""
        known = self.memory.known(name)
        if known is None:
            return
        known.missing += 1
        if known.missing < MISSING:
            return
        self.memory.forget(name)
        if not self._deletions:
            return
        gone = {"kind": "deleted", "post_id": name, "author_id": known.author, "deleted_at": now.isoformat()}
        self.items.append(Item({**gone, **({"community": self._community} if self._community else {})}))
