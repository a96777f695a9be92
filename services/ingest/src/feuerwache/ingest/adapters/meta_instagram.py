"""What a change of an Instagram account's `comments` and `live_comments` means. Pure.

Fields: developers.facebook.com/docs/graph-api/webhooks/reference/instagram/. The call does not say when a comment was
made, only when it was sent (`entry.time`, docs/instagram-platform/webhooks/examples/): that is taken for its time,
unless the Graph API is asked. The comment's id is `id` with Instagram Login and `comment_id` with Facebook Login
(examples page). Edits, deletions and hiding are not told.
"""

from __future__ import annotations

from feuerwache.ingest.adapters import legible
from feuerwache.ingest.adapters.adapter import Skipped, SkipReason
from feuerwache.ingest.adapters.document import Object, identity, inside, present, text
from feuerwache.ingest.adapters.meta_graph import Change, Draft, moment

#: Of developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-comment, "Fields".
FIELDS = "text,timestamp,from,username,parent_id,media"
_COMMENTS = frozenset({"comments", "live_comments"})
_OTHER = frozenset({"mentions", "story_insights", "messages", "changed_fields"})


def read(change: Object, sent: str | None, common: Change) -> Draft | Change | Skipped:
    """`sent`: when Meta sent it; `common`: what every item of this account has."""
    field = text(change, "field")
    if field not in _COMMENTS:
        return Skipped(SkipReason.UNKNOWN_EVENT, field if field in _OTHER else "field")
    value = inside(change, "value")
    post_id = identity(value, "id") or identity(value, "comment_id")
    return Draft("instagram", {**common, **present(post_id=post_id, created_at=sent), **_said(value)})


def filled(draft: Draft, node: Object) -> Draft:
    """With what the Graph API says of it; what the call said counts first, but for the time."""
    said, more = draft.fields, _said(node)
    author = {**inside(more, "author"), **inside(said, "author")}
    times = present(created_at=moment(node.get("timestamp")))
    return Draft(draft.what, {**more, **said, **times, **({"author": author} if author else {})})


def _said(value: Object) -> Change:
    who = inside(value, "from")
    media = identity(inside(value, "media"), "id")
    author = present(id=identity(who, "id"), handle=legible.name(text(who, "username") or text(value, "username")))
    return present(
        author=author or None,
        text=legible.body(text(value, "text")),
        parent_id=identity(value, "parent_id") or media,
        thread_id=media,
    )
