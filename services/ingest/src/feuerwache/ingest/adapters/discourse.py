"""Discourse: posts, edits, deletions and flags of a forum, by its webhooks. Pure.

Checked against the source of Discourse (https://github.com/discourse/discourse), which is where its payloads stand:
`app/jobs/regular/emit_web_hook_event.rb` (headers, signature, body, what is sent again),
`config/initializers/012-web_hook_events.rb` and `app/models/web_hook.rb` (events),
`app/serializers/{post,web_hook_post,reviewable,reviewable_flagged_post}_serializer.rb` (payloads),
`app/models/{post,reviewable,reviewable_flagged_post}.rb`, `lib/{post_destroyer,post_action_creator}.rb` (how).

What follows from it:
- The signature covers the body. The event's name stands in a header beside it and only TLS vouches for that.
- The body is JSON, whatever content type was chosen for the webhook: the other one changes the header alone.
- An edit within the grace period keeps its `version`, so revisions are counted by time.
- Who deletes their own post leaves a stub (`user_deleted`), which a job destroys a day later: no moderator did that.
- `post_recovered` does not say who did it. An author may recover their own post, so it is never a moderator's word:
  else anybody could approve themselves by deleting and recovering.
- A flag comes as a reviewable. It names its scores (one for each flag) by id and the first one's user; nothing says
  why, nor who decided. `reviewable_created` comes before the first score is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from pydantic import Field

from feuerwache.common.events.decision import Action
from feuerwache.common.events.post import Visibility
from feuerwache.ingest.adapters import legible
from feuerwache.ingest.adapters.adapter import (
    AdapterKind,
    Delivery,
    Fetch,
    Fetched,
    Reading,
    Refused,
    Reply,
    Secrets,
    Skipped,
    SkipReason,
)
from feuerwache.ingest.adapters.document import Object, document, identity, inside, number, present, text
from feuerwache.ingest.adapters.instant import revision_of
from feuerwache.ingest.adapters.markup import MAX_ALTS, plain
from feuerwache.ingest.adapters.profile import Feature, Profile
from feuerwache.ingest.adapters.proof import hub_signature
from feuerwache.ingest.adapters.settings import AdapterSettings, Address
from feuerwache.ingest.envelope import Unreadable
from feuerwache.ingest.item import Item

SIGNATURE = "x-discourse-event-signature"
EVENT = "x-discourse-event"
WRITTEN = ("post_created", "post_edited", "post_recovered")
DESTROYED = "post_destroyed"
FLAGGED = ("reviewable_created", "reviewable_score_updated")
REVIEWED = "reviewable_transitioned_to"
#: Events that nobody here needs, as far as they are known: they are named in the count of the skipped.
OTHERS = frozenset(
    {
        *("topic_created", "topic_edited", "topic_destroyed", "topic_recovered"),
        *("user_created", "user_approved", "user_updated", "user_destroyed", "user_logged_in", "user_logged_out"),
        *("category_created", "category_updated", "category_destroyed"),
        *("group_created", "group_updated", "group_destroyed", "tag_created", "tag_updated", "tag_destroyed"),
        *("notification_created", "user_badge_granted"),
    }
)
#: `Archetype`: what a topic is; anything else is taken for private.
PUBLIC_TOPICS = frozenset({"regular", "banner"})
#: `Post.types[:regular]`; the others are a moderator's notes, the forum's own lines and whispers among the staff.
REGULAR = 1
#: `Reviewable.statuses[:rejected]`: a moderator disagreed with the flags.
DISAGREED = 2
#: More flags on one post are not reported once again with each new one.
MAX_FLAGS = 50
_PICTURE = re.compile(r"!\[([^\[\]\n]{1,500})\]\([^\s()]{1,2048}")


class DiscourseSettings(AdapterSettings):
    """`url`: the forum's address. `places`: ids of categories; a sub-category is one of its own.

    `private_messages`: read them, too. `visibility`: of everything else (`members` where the forum wants a login).
    `parents`: ask the forum which post a reply answers: without a key where everybody can read it, else with the API
    key. `api_user`: in whose name that key acts.
    """

    url: Address
    private_messages: bool = False
    visibility: Visibility = Visibility.PUBLIC
    parents: Literal["never", "public", "key"] = "never"
    api_user: str = Field(default="system", pattern=r"^[\w.-]{1,60}$")


class Discourse:
    """`adapter.Webhook` of one forum."""

    def __init__(self, settings: DiscourseSettings) -> None:
        self._settings = settings

    def challenge(self, delivery: Delivery, secrets: Secrets) -> Reply | Refused | None:  # noqa: ARG002 - the protocol
        return None

    def verify(
        self,
        delivery: Delivery,
        secrets: Secrets,
        real_now: datetime,  # noqa: ARG002 - nothing Discourse signs has a time
    ) -> Refused | None:
        """Discourse signs only when a secret is set in the webhook: without one nothing is believed."""
        return hub_signature(delivery, SIGNATURE, secrets.get("webhook", ()))

    def read(self, delivery: Delivery, now: datetime) -> Reading:
        said, event = document(delivery.body), delivery.headers.get(EVENT, "")
        if said.keys() == {"ping"}:
            return _skipped(SkipReason.PING)
        if event in WRITTEN:
            return self._written(_object(said, "post"), event, now)
        if event == DESTROYED:
            return self._destroyed(_object(said, "post"), now)
        if event in FLAGGED or event == REVIEWED:
            return self._reviewable(_object(said, "reviewable"), event, now)
        return _skipped(SkipReason.UNKNOWN_EVENT, event if event in OTHERS else "")

    def complete(self, fetch: Fetch, answer: Fetched, now: datetime) -> Reading:  # noqa: ARG002 - the protocol
        """The reply with the post that it answers; without it where the forum does not say."""
        parent = document(answer.body) if answer.status == 200 else {}
        found = present(parent_id=identity(parent, "id"), parent_author_id=identity(parent, "user_id"))
        return Reading(items=(Item({**fetch.note, **found}),))

    def _written(self, post: Object, event: str, now: datetime) -> Reading:
        unwanted = self._unwanted(post, event)
        if unwanted is not None:
            return unwanted
        if post.get("user_deleted") is True:
            return self._destroyed(post, now)
        written = legible.body(_text(post))
        if written is None:
            return _skipped(SkipReason.NOT_TEXT, event)
        created, updated = text(post, "created_at"), text(post, "updated_at")
        edited = None if event == "post_created" or created is None else updated
        item = present(
            kind="post",
            **self._place(post),
            post_id=identity(post, "id"),
            author=present(
                id=identity(post, "user_id"),
                handle=legible.name(text(post, "username")),
                display_name=legible.name(text(post, "name") or text(post, "display_username")),
            ),
            text=written,
            created_at=created,
            edited_at=edited,
            revision=revision_of(created or "", edited),
            thread_id=identity(post, "topic_id"),
            visibility=(Visibility.PRIVATE if _private(post) else self._settings.visibility).value,
            url=self._link(post),
            media_alt=_alts(post) or None,
            reach=number(post, "reads"),
        )
        return self._with_parent(post, item) or Reading(items=(Item(item),))

    def _with_parent(self, post: Object, item: dict[str, object]) -> Reading | None:
        """The question which post a reply answers; None for what is none, or where nobody wants to know."""
        topic, answered = identity(post, "topic_id") or "", number(post, "reply_to_post_number")
        if self._settings.parents == "never" or not answered or not re.fullmatch(r"[0-9]+", topic):
            return None
        url = f"{self._settings.url}/posts/by_number/{topic}/{answered}.json"
        if self._settings.parents == "public":
            return Reading(fetches=(Fetch(url, note=item, optional=True),))
        by = {"api-username": self._settings.api_user}
        return Reading(fetches=(Fetch(url, secret="api", header="api-key", headers=by, note=item, optional=True),))

    def _destroyed(self, post: Object, now: datetime) -> Reading:
        unwanted = self._unwanted(post, DESTROYED)
        if unwanted is not None:
            return unwanted
        author, by = identity(post, "user_id"), identity(post.get("deleted_by"), "id")
        own = post.get("user_deleted") is True
        at = text(post, "deleted_at") or (text(post, "updated_at") if own else None) or now.isoformat()
        about = present(**self._place(post), post_id=identity(post, "id"), author_id=author)
        items = [Item({"kind": "deleted", **about, "deleted_at": at})]
        if by is not None and by != author and not own and not _of_the_forum(by):
            moderated = {"kind": "moderated", **about, "action": "removed", "moderator_id": by, "moderated_at": at}
            items.insert(0, Item(moderated))
        return Reading(items=tuple(items))

    def _reviewable(self, reviewable: Object, event: str, now: datetime) -> Reading:
        post_id, category = identity(reviewable, "post_id"), identity(reviewable, "category_id")
        if reviewable.get("type") != "ReviewableFlaggedPost" or post_id is None:
            return _skipped(SkipReason.NO_POST, event)
        if category is None and not self._settings.private_messages:
            return _skipped(SkipReason.PRIVATE, event)
        if category is not None and not self._settings.knows(category):
            return _skipped(SkipReason.FOREIGN_PLACE, event)
        about = present(
            **self._place(reviewable), post_id=post_id, author_id=identity(reviewable, "target_created_by_id")
        )
        if event in FLAGGED:
            flags = _flags(reviewable, text(reviewable, "created_at"), now)
            return Reading(items=tuple(Item({"kind": "reported", **about, **flag}) for flag in flags))
        if reviewable.get("status") != DISAGREED:
            return _skipped(SkipReason.SERVICE_MESSAGE, event)
        word = {"kind": "moderated", **about, "action": "approved", "moderated_at": now.isoformat()}
        return Reading(items=(Item(word),))

    def _unwanted(self, post: Object, event: str) -> Reading | None:
        """Nothing of a private message gets any further, nor any text of what may be one."""
        archetype = text(post, "topic_archetype")
        # Of a first post that was deleted the topic is gone, and with it what it was; there is no text in that.
        gone = event == DESTROYED and not archetype
        if not (archetype in PUBLIC_TOPICS or gone or self._settings.private_messages):
            return _skipped(SkipReason.PRIVATE, event)
        if post.get("post_type", REGULAR) != REGULAR or _of_the_forum(identity(post, "user_id")):
            return _skipped(SkipReason.SERVICE_MESSAGE, event)
        category = identity(post, "category_id")
        if category is not None and not self._settings.knows(category):
            return _skipped(SkipReason.FOREIGN_PLACE, event)
        return None

    def _place(self, said: Object) -> dict[str, str]:
        return present(community=self._settings.community(identity(said, "category_id") or ""))

    def _link(self, post: Object) -> str | None:
        topic, place = identity(post, "topic_id"), number(post, "post_number")
        if topic is None or place is None:
            return None
        return "/".join((self._settings.url, "t", text(post, "topic_slug") or "-", topic, str(place)))


def _object(said: Object, name: str) -> Object:
    found = inside(said, name)
    if not found:
        raise Unreadable(400, "Not that event", f"the body holds no {name}, as its event says")
    return found


def _skipped(reason: SkipReason, what: str = "") -> Reading:
    return Reading(skipped=(Skipped(reason, what),))


def _private(post: Object) -> bool:
    return text(post, "topic_archetype") not in PUBLIC_TOPICS


def _of_the_forum(user: str | None) -> bool:
    """The accounts of Discourse itself (`system`, `discobot`) have negative ids: no human acts there."""
    return user is not None and user.startswith("-")


def _text(post: Object) -> str | None:
    """What was written, in Markdown; the first post of a topic begins with its title."""
    written = text(post, "raw") or plain(text(post, "cooked") or "") or None
    title = text(post, "topic_title")
    if number(post, "post_number") == 1 and title is not None:
        return f"{title}\n\n{written}" if written else title
    return written


def _alts(post: Object) -> list[str]:
    """`![what it shows|690x388](upload://…)`."""
    found = (legible.name(match[1].partition("|")[0]) for match in _PICTURE.finditer(text(post, "raw") or ""))
    return [alt for alt in found if alt is not None][:MAX_ALTS]


def _flags(reviewable: Object, first_at: str | None, now: datetime) -> Iterator[dict[str, str]]:
    """A report for each flag. The first one goes by the reviewable, so that it is the same before it has a score."""
    listed = reviewable.get("reviewable_score_ids")
    scores = [each for each in listed if type(each) is int] if isinstance(listed, list) else []
    yield present(
        report_id=f"reviewable-{identity(reviewable, 'id')}",
        reporter_id=identity(reviewable, "created_by_id"),
        reported_at=first_at or now.isoformat(),
    )
    for score in sorted(set(scores))[1:][-MAX_FLAGS:]:
        yield {"report_id": f"flag-{score}", "reported_at": now.isoformat()}


DISCOURSE = AdapterKind(
    Profile(
        name="discourse",
        title="Discourse",
        way="webhook",
        docs=(
            "https://github.com/discourse/discourse/blob/main/app/jobs/regular/emit_web_hook_event.rb",
            "https://github.com/discourse/discourse/blob/main/config/initializers/012-web_hook_events.rb",
            "https://github.com/discourse/discourse/blob/main/app/serializers/web_hook_post_serializer.rb",
            "https://github.com/discourse/discourse/blob/main/app/serializers/post_serializer.rb",
            "https://github.com/discourse/discourse/blob/main/app/serializers/reviewable_serializer.rb",
            "https://github.com/discourse/discourse/blob/main/app/models/reviewable.rb",
            "https://github.com/discourse/discourse/blob/main/lib/post_destroyer.rb",
        ),
        features={
            Feature.CREATE: "",
            Feature.EDIT: "",
            Feature.DELETE: "the replies of a topic that is deleted as a whole are not told",
            Feature.REPORT: "flags, without their reason; only the first one's user is named",
            Feature.MODERATE: "removed (where Discourse says who did it), flags disagreed with; not: hidden, silenced",
            Feature.REPLY: "the topic; the post that is answered where `parents` says so",
            Feature.MEDIA: "descriptions in Markdown; links stand in the text",
            Feature.REACH: "reads, at that moment",
            Feature.SIGNATURE: "without a time: a repeat is known by its ids",
        },
        actions={
            Action.REMOVE: "deletes the post; not the first one of a topic",
            Action.APPROVE: "recovers what was deleted from here",
            Action.RESTRICT: "silences the account",
        },
        secrets={"webhook": True, "api": False},
    ),
    DiscourseSettings,
    Discourse,
)
