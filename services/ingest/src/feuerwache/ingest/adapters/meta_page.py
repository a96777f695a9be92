"""What a change of a Facebook page's field `feed` means: posts and comments, their edits, removals, hiding. Pure.

Fields and the lists of `item` and `verb` are those of
developers.facebook.com/docs/graph-api/webhooks/reference/page/ ("feed"). That page shows no examples. What belongs to
which verb was therefore also looked up in recorded calls, the test data of the client library restfb
(github.com/restfb/restfb, src/test/resources/json/webhooks/feed-*.json). Not said anywhere, and treated like this:

- `created_time` is the post's time with `add`. With `edited` and `hide` some recordings show the time of the change
  there. Revisions therefore count from a fixed day, not from the creation: a later edit always has a higher one.
- `from` of `hide` and `remove` is the author in one place and the page in another: it is not used there.
- Older versions of the API say `sender_id` and `sender_name` where newer ones say `from`: both are taken.
"""

from __future__ import annotations

from typing import Any

from feuerwache.ingest.adapters import legible
from feuerwache.ingest.adapters.adapter import Skipped, SkipReason
from feuerwache.ingest.adapters.addresses import links
from feuerwache.ingest.adapters.document import Object, identity, inside, present, text
from feuerwache.ingest.adapters.instant import revision_of
from feuerwache.ingest.adapters.meta_graph import Change, Draft, moment

#: What a comment is asked for (developers.facebook.com/docs/graph-api/reference/comment/, "Fields").
FIELDS = "message,from,created_time,parent,attachment"
_POSTS = frozenset({"album", "event", "link", "note", "photo", "post", "share", "status", "video"})
_OTHER = frozenset({"reaction", "like", "rating", "question", "mention", "milestone", "story"})
_WRITTEN = frozenset({"add", "edit", "edited", "update"})
_GONE = frozenset({"remove", "delete"})
_MODERATED = {"hide": "hidden", "unhide": "unhidden"}
#: Revisions are seconds since this day: enough until 2078 for what the events carry.
_FIRST_DAY = "2010-01-01T00:00:00+00:00"


def read(change: Object, sent: str | None, common: Change) -> Draft | Change | Skipped:
    """`sent`: when Meta sent it; `common`: what every item of this page has."""
    if change.get("field") != "feed":
        return Skipped(SkipReason.UNKNOWN_EVENT, "field")
    value = inside(change, "value")
    item, verb = text(value, "item"), text(value, "verb")
    if item != "comment" and item not in _POSTS:
        return Skipped(SkipReason.UNKNOWN_EVENT, item if item in _OTHER else "item")
    post_id = identity(value, "comment_id" if item == "comment" else "post_id")
    about = {**common, **present(post_id=post_id)}
    if verb in _GONE:
        return {**about, "kind": "deleted", **present(deleted_at=sent)}
    if verb in _MODERATED:
        return {**about, "kind": "moderated", "action": _MODERATED[verb], **present(moderated_at=sent)}
    if verb not in _WRITTEN:
        return Skipped(SkipReason.UNKNOWN_EVENT, "verb")
    return Draft("page", {**about, **_written(value, sent, edit=verb != "add")})


def filled(draft: Draft, node: Object) -> Draft:
    """With what the Graph API says of it; what the call said counts first, but for the times."""
    said = draft.fields
    message = said.get("text") or legible.body(text(node, "message"))
    attachment = inside(node, "attachment")
    shared = [*said.get("links", ()), text(inside(attachment, "target"), "url")]
    author = {**_author(node), **inside(said, "author")}
    found = present(
        text=message,
        created_at=moment(node.get("created_time")),
        parent_id=identity(inside(node, "parent"), "id"),
        links=links(message or "", shared),
    )
    return Draft(draft.what, {**said, **found, **({"author": author} if author else {})})


def _written(value: Object, sent: str | None, *, edit: bool) -> Change:
    message = legible.body(text(value, "message"))
    created = moment(value.get("created_time")) or sent
    edited = moment(value.get("edited_time")) or sent if edit else None
    author = _author(value)
    post = inside(value, "post")
    fields = present(
        author=author or None,
        text=message,
        created_at=created,
        edited_at=edited,
        parent_id=identity(value, "parent_id"),
        thread_id=identity(value, "post_id"),
        url=text(value, "permalink_url") or text(post, "permalink_url"),
        links=links(message or "", [value.get("link")] if value.get("item") in ("link", "share") else []),
    )
    if edited is not None:
        fields["revision"] = revision_of(_FIRST_DAY, edited)
    if value.get("published") == 0 or value.get("is_published") is False:
        fields["visibility"] = "private"
    return fields


def _author(value: Object) -> dict[str, Any]:
    who = inside(value, "from")
    return present(
        id=identity(who, "id") or identity(value, "sender_id"),
        display_name=legible.name(text(who, "name") or text(value, "sender_name")),
    )
