"""What a comment of YouTube means: the item it becomes, and what is remembered of it. Pure.

Fields by https://developers.google.com/youtube/v3/docs/comments. `textDisplay` is plain text because it was asked for
so (`textFormat`); YouTube says that even then it may differ from what was written, with a video's title for its link.
`textOriginal` comes to the author of a comment alone.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from feuerwache.ingest.adapters import legible
from feuerwache.ingest.adapters.adapter import Skipped, SkipReason
from feuerwache.ingest.adapters.document import Object, identity, inside, present, text
from feuerwache.ingest.adapters.instant import instant, revision_of
from feuerwache.ingest.envelope import Unreadable
from feuerwache.ingest.item import Item


def author_of(comment: Object) -> str:
    """The id of the author's channel, "if available"; where it is not, every comment has an author of its own."""
    found = text(inside(comment, "snippet", "authorChannelId"), "value")
    return found or f"unknown-{identity(comment, 'id')}"


def moment(comment: Object, name: str) -> datetime | None:
    """A time of a comment; None where there is none that can be read."""
    try:
        return instant(inside(comment, "snippet").get(name))
    except Unreadable:
        return None


def revision(comment: Object) -> int:
    """0 while it is as it was published. Times that cannot be read are for the examination to refuse."""
    published, updated = moment(comment, "publishedAt"), moment(comment, "updatedAt")
    if published is None or updated is None or updated <= published:
        return 0
    return revision_of(published.isoformat(), updated.isoformat())


def touched(comment: Object) -> datetime | None:
    """When it was written or changed last."""
    known = [each for each in (moment(comment, "publishedAt"), moment(comment, "updatedAt")) if each is not None]
    return max(known, default=None)


def post(comment: Object, thread: str | None, video: str | None, community: str | None) -> Item | Skipped:
    """`thread` is the id of its thread (that of the comment on top), `video` what was commented on."""
    snippet = inside(comment, "snippet")
    words = legible.body(text(snippet, "textDisplay"))
    if words is None:
        return Skipped(SkipReason.NOT_TEXT, "comment")
    post_id, number = identity(comment, "id"), revision(comment)
    return Item(
        present(
            kind="post",
            community=community,
            post_id=post_id,
            author=present(id=author_of(comment), display_name=legible.name(text(snippet, "authorDisplayName"))),
            text=words,
            created_at=snippet.get("publishedAt"),
            revision=number or None,
            edited_at=snippet.get("updatedAt") if number else None,
            parent_id=text(snippet, "parentId"),
            thread_id=thread,
            url=link(video, post_id),
        )
    )


def link(video: str | None, comment: str | None) -> str | None:
    """Where people see it; None for a comment on a channel instead of a video. `lc` lights up the comment: what the
    site's own links do, and no page of the documentation says."""
    if video is None or comment is None:
        return None
    return f"https://www.youtube.com/watch?{urlencode({'v': video, 'lc': comment})}"
