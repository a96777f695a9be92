"""Meta: posts and comments on a Facebook page, comments on an Instagram account.

Meta calls when something happens; where it leaves out the text or the author, the Graph API is asked. One call may
hold up to a thousand changes of several pages, in any order, and again what was there already; every change is read by
itself, so that one that is not understood does not take the others with it. `meta_page` and `meta_instagram` know what
a change means.

Checked against, at developers.facebook.com:

    /docs/graph-api/webhooks/getting-started/              handshake, X-Hub-Signature-256, batches, repeats for 36 hours
    /docs/graph-api/webhooks/reference/page/               fields and values of `feed`
    /docs/graph-api/webhooks/reference/instagram/          fields and values of `comments`, `live_comments`
    /docs/instagram-platform/webhooks/examples/            both forms of an entry; `time` is when it was sent
    /docs/graph-api/guides/secure-requests                 appsecret_proof
    /docs/graph-api/guides/error-handling                  which errors pass

The signature is made of the body as it is sent, where every letter beyond ASCII is escaped (`\\u00e4`): a document that
was parsed and written again has another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from feuerwache.common.events.decision import Action
from feuerwache.ingest.adapters import meta_graph, meta_instagram, meta_page
from feuerwache.ingest.adapters.adapter import (
    AdapterKind,
    Delivery,
    Fetch,
    Fetched,
    Reading,
    Refusal,
    Refused,
    Reply,
    Secrets,
    Skipped,
    SkipReason,
)
from feuerwache.ingest.adapters.document import Object, document, identity, inside, objects, present, text
from feuerwache.ingest.adapters.meta_graph import Change, Draft
from feuerwache.ingest.adapters.profile import Feature, Profile
from feuerwache.ingest.adapters.proof import hub_signature, same_secret
from feuerwache.ingest.adapters.settings import AdapterSettings
from feuerwache.ingest.item import Item

SIGNATURE = "x-hub-signature-256"
#: Meta's challenges are numbers; what is given back must not be able to say anything else.
_CHALLENGE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
#: More are not asked for because of one call: it has to be answered within seconds.
MOST_FETCHES = 50


class MetaSettings(AdapterSettings):
    """`places`: id of a page or of an Instagram account → community. `objects`: what is taken at all; pages and
    Instagram are better two integrations, because they are two platforms. `fetch`: ask the Graph API for what a call
    leaves out, with the secret `api`; `proof`: with `appsecret_proof`."""

    objects: Annotated[tuple[Literal["page", "instagram"], ...], Field(min_length=1)] = ("page", "instagram")
    fetch: bool = False
    proof: bool = True
    version: Annotated[str, Field(pattern=r"^v\d{1,3}\.\d$")] = "v25.0"
    instagram_host: Literal["graph.facebook.com", "graph.instagram.com"] = "graph.facebook.com"


class Meta:
    """The adapter of one integration."""

    def __init__(self, settings: MetaSettings) -> None:
        self._settings = settings

    def challenge(self, delivery: Delivery, secrets: Secrets) -> Reply | Refused | None:
        """The handshake of getting-started, "Verification Requests": the challenge is given back to whoever knows the
        verify token."""
        if delivery.method != "GET":
            return None
        query = delivery.query
        challenge = query.get("hub.challenge", "")
        known = same_secret(query.get("hub.verify_token"), secrets.get("verify", ()))
        if query.get("hub.mode") != "subscribe" or not known or not _CHALLENGE.fullmatch(challenge):
            return Refused(Refusal.CHALLENGE)
        return Reply(body=challenge.encode())

    def verify(self, delivery: Delivery, secrets: Secrets, real_now: datetime) -> Refused | None:  # noqa: ARG002 - Meta signs no time
        """The old `X-Hub-Signature` (SHA-1) is not taken."""
        return hub_signature(delivery, SIGNATURE, secrets.get("webhook", ()))

    def read(self, delivery: Delivery, now: datetime) -> Reading:  # noqa: ARG002 - every entry has its time
        call = document(delivery.body)
        what = text(call, "object")
        if what not in ("page", "instagram"):
            return Reading(skipped=(Skipped(SkipReason.UNKNOWN_EVENT, "object"),))
        if what not in self._settings.objects:
            return Reading(skipped=(Skipped(SkipReason.FOREIGN_PLACE, what),))
        collected = _Collected(self._settings, what)
        for entry in objects(call, "entry"):
            collected.entry(entry)
        return collected.reading()

    def complete(self, fetch: Fetch, answer: Fetched, now: datetime) -> Reading:  # noqa: ARG002 - the answer has its times
        draft = fetch.note
        assert isinstance(draft, Draft)
        found = meta_graph.found(answer, needed="text" not in draft.fields)
        whole = meta_page.filled(draft, found) if draft.what == "page" else meta_instagram.filled(draft, found)
        made = _finished(whole)
        return Reading(skipped=(made,)) if isinstance(made, Skipped) else Reading((made,))


@dataclass(slots=True)
class _Collected:
    """What comes of one call."""

    settings: MetaSettings
    what: str
    items: list[Item] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    fetches: list[Fetch] = field(default_factory=list)

    def entry(self, entry: Object) -> None:
        place = identity(entry, "id")
        if place is None or not self.settings.knows(place):
            self.skipped.append(Skipped(SkipReason.FOREIGN_PLACE, self.what))
            return
        if "messaging" in entry or "standby" in entry:
            self.skipped.append(Skipped(SkipReason.PRIVATE, "messaging"))
        for change in _changes(entry):
            found = self._read(change, entry, place)
            made = self._draft(found) if isinstance(found, Draft) else found
            if isinstance(made, Fetch):
                self.fetches.append(made)
            elif isinstance(made, Skipped):
                self.skipped.append(made)
            else:
                self.items.append(made if isinstance(made, Item) else Item(made))

    def _read(self, change: Object, entry: Object, place: str) -> Draft | Change | Skipped:
        common = present(community=self.settings.community(place))
        read = meta_page.read if self.what == "page" else meta_instagram.read
        return read(change, meta_graph.moment(entry.get("time")), common)

    def _draft(self, draft: Draft) -> Fetch | Item | Skipped:
        post_id = draft.fields.get("post_id")
        if not draft.lacks or not self.settings.fetch or len(self.fetches) == MOST_FETCHES or post_id is None:
            return _finished(draft)
        host = "graph.facebook.com" if self.what == "page" else self.settings.instagram_host
        wanted = meta_page.FIELDS if self.what == "page" else meta_instagram.FIELDS
        address = meta_graph.address(host, self.settings.version, post_id, wanted)
        return Fetch(address, "api", note=draft, parameters=meta_graph.proof if self.settings.proof else None)

    def reading(self) -> Reading:
        return Reading(tuple(self.items), tuple(self.skipped), tuple(self.fetches))


def _changes(entry: Object) -> Iterator[Object]:
    """In an entry's `changes`; Instagram Login puts the one there is into the entry itself (examples page)."""
    yield from objects(entry, "changes")
    if text(entry, "field") is not None:
        yield entry
    if "changed_fields" in entry and "changes" not in entry:
        # "Include Values" is off in the app: only names of fields, nothing to read. It is counted as not understood.
        yield {"field": "changed_fields"}


def _finished(draft: Draft) -> Item | Skipped:
    """A post without text is none; one whose author Meta keeps back (a missing permission, a person's privacy) is
    better taken as somebody's than lost."""
    fields = dict(draft.fields)
    if "text" not in fields:
        return Skipped(SkipReason.NOT_TEXT, draft.what)
    if "id" not in inside(fields, "author"):
        fields["author"] = {**inside(fields, "author"), "id": f"unknown-{fields.get('post_id', '')}"[:200]}
    return Item(fields)


META = AdapterKind(
    Profile(
        name="meta",
        title="Facebook page and Instagram comments",
        way="webhook",
        docs=(
            "https://developers.facebook.com/docs/graph-api/webhooks/getting-started/",
            "https://developers.facebook.com/docs/graph-api/webhooks/reference/page/",
            "https://developers.facebook.com/docs/graph-api/webhooks/reference/instagram/",
            "https://developers.facebook.com/docs/instagram-platform/webhooks/examples/",
            "https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-comment",
            "https://developers.facebook.com/docs/graph-api/guides/secure-requests",
            "https://developers.facebook.com/docs/graph-api/guides/error-handling",
        ),
        features={
            Feature.CREATE: "",
            Feature.EDIT: "Facebook only: Instagram tells of no edits",
            Feature.DELETE: "Facebook only: Instagram tells of no deletions; who deleted is not said",
            Feature.MODERATE: "Facebook only: hidden and unhidden; by whom is not reliably said",
            Feature.REPLY: "",
            Feature.MEDIA: "links of shared pages; Meta gives no alternative texts",
            Feature.SIGNATURE: "",
        },
        missing={
            Feature.REPORT: "users' reports go to Meta alone",
            Feature.REACH: "neither calls nor comments of the Graph API hold views or followers",
        },
        actions={
            Action.HIDE: "comments",
            Action.REMOVE: "comments",
            Action.APPROVE: "unhides a comment",
        },
        secrets={"webhook": True, "verify": True, "api": False},
    ),
    MetaSettings,
    Meta,
)
