"""Mastodon: statuses and reports of an instance, by the webhooks that its administrators set up. Pure.

Checked against https://docs.joinmastodon.org/admin/webhooks/ (events, payload, signature), /entities/Status/,
/entities/Account/, /entities/MediaAttachment/, /entities/Poll/, /entities/Admin_Report/ and the source:
`app/models/{status,report,webhook}.rb`, `app/workers/webhooks/delivery_worker.rb`,
`app/serializers/rest/{status_serializer,admin/report_serializer,admin/webhook_event_serializer}.rb`.

What follows from it:
- `status.*` is sent for accounts of the instance alone (`if local?`). What people elsewhere write comes when they are
  reported: a report carries its statuses whole, so each of them is taken as a post first.
- No event tells of a deletion (https://github.com/mastodon/mastodon/issues/28225), and none what a moderator did.
- `status.updated` also comes when nothing was edited; `edited_at` says whether it was, and counts the revision.
- The webhook needs the default payload: a template of one's own changes the JSON.
- A report holds e-mail and IP addresses of both sides. Nothing but ids, category and rules is read of it.
- Statuses are HTML (`markup`). The content warning comes first, as a line of its own, then the text, then a poll's
  answers. "direct" is a private message. "private" is for followers, and hides whether it was for fewer.
"""

from __future__ import annotations

from datetime import datetime

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
from feuerwache.ingest.adapters.addresses import links
from feuerwache.ingest.adapters.document import Object, document, identity, inside, number, objects, present, text
from feuerwache.ingest.adapters.instant import instant, revision_of
from feuerwache.ingest.adapters.markup import MAX_ALTS, read
from feuerwache.ingest.adapters.profile import Feature, Profile
from feuerwache.ingest.adapters.proof import hub_signature
from feuerwache.ingest.adapters.settings import AdapterSettings, Address
from feuerwache.ingest.envelope import Unreadable
from feuerwache.ingest.examination import EARLIEST
from feuerwache.ingest.item import Item
from feuerwache.ingest.text import MAX_LINK

SIGNATURE = "x-hub-signature"
WRITTEN = ("status.created", "status.updated")
REPORTED = "report.created"
#: Events that nobody here needs, as far as they are known: they are named in the count of the skipped.
OTHERS = frozenset({"account.approved", "account.created", "account.updated", "report.updated"})
VISIBILITY = {"public": Visibility.PUBLIC, "unlisted": Visibility.PUBLIC, "private": Visibility.MEMBERS}
#: What a report's reason and a picture's description may be long (`submission.Note`).
LONGEST_NOTE = 2_000


class MastodonSettings(AdapterSettings):
    """`url`: the instance's address. `direct_messages`: read them, too.

    `places`: `@name` of an account that a status mentions (elsewhere `@name@domain`), or `#hashtag`; small letters.
    """

    url: Address
    direct_messages: bool = False


class Mastodon:
    """`adapter.Webhook` of one instance."""

    def __init__(self, settings: MastodonSettings) -> None:
        self._settings = settings

    def challenge(self, delivery: Delivery, secrets: Secrets) -> Reply | Refused | None:  # noqa: ARG002 - the protocol
        return None

    def verify(
        self,
        delivery: Delivery,
        secrets: Secrets,
        real_now: datetime,  # noqa: ARG002 - nothing Mastodon signs has a time of sending
    ) -> Refused | None:
        return hub_signature(delivery, SIGNATURE, secrets.get("webhook", ()))

    def read(self, delivery: Delivery, now: datetime) -> Reading:
        said = document(delivery.body)
        event, told = text(said, "event"), inside(said, "object")
        if event is None:
            raise Unreadable(400, "No event", "the body names no event: set the webhook up without a template")
        if event in WRITTEN:
            return self._status(told, event, now)
        if event == REPORTED:
            return self._report(told, event, now)
        return _skipped(SkipReason.UNKNOWN_EVENT, event if event in OTHERS else "")

    def complete(self, fetch: Fetch, answer: Fetched, now: datetime) -> Reading:  # noqa: ARG002 - the protocol
        """Never asked for anything."""
        return Reading()

    def _status(self, status: Object, event: str, now: datetime) -> Reading:
        unwanted = self._unwanted(status)
        if unwanted is not None:
            return _skipped(unwanted, event)
        item = self._post(status, now)
        return Reading(items=(Item(item),)) if item is not None else _skipped(SkipReason.NOT_TEXT, event)

    def _report(self, report: Object, event: str, now: datetime) -> Reading:
        """A report for each of its statuses, behind the status itself."""
        items: list[Item] = []
        skipped: list[Skipped] = []
        for status in objects(report, "statuses"):
            unwanted = self._unwanted(status)
            if unwanted is not None:
                skipped.append(Skipped(unwanted, event))
                continue
            post = self._post(status, now)
            items += [Item(post)] if post is not None else []
            about = present(
                kind="reported",
                **self._place(status),
                post_id=identity(status, "id"),
                author_id=identity(status.get("account"), "id"),
                report_id=f"{identity(report, 'id')}:{identity(status, 'id')}",
                reporter_id=identity(report.get("account"), "id"),
                reason=_reason(report),
                reported_at=text(report, "created_at"),
            )
            items.append(Item(about))
        if not items and not skipped:
            return _skipped(SkipReason.NO_POST, event)
        return Reading(items=tuple(items), skipped=tuple(skipped))

    def _unwanted(self, status: Object) -> SkipReason | None:
        if status.get("reblog") is not None:
            return SkipReason.REPEATED_BY_PLATFORM
        if text(status, "visibility") not in VISIBILITY and not self._settings.direct_messages:
            return SkipReason.PRIVATE
        if not self._settings.knows(*_places(status)):
            return SkipReason.FOREIGN_PLACE
        return None

    def _post(self, status: Object, now: datetime) -> dict[str, object] | None:
        """None where there is nothing to read."""
        content, alts = read(text(status, "content") or ""), _alts(status)
        answers = [text(option, "title") for option in objects(status.get("poll"), "options")]
        lines = [text(status, "spoiler_text"), content.text, *answers]
        written = legible.body("\n\n".join(line for line in lines if line)) or legible.body("\n\n".join(alts))
        if written is None:
            return None
        account, created, edited = inside(status, "account"), text(status, "created_at"), text(status, "edited_at")
        followers = number(account, "followers_count")
        return present(
            kind="post",
            **self._place(status),
            post_id=identity(status, "id"),
            author=present(
                id=identity(account, "id"),
                handle=legible.name(text(account, "acct")),
                display_name=legible.name(text(account, "display_name")),
                created_at=_since(account, now),
                followers=followers,
            ),
            text=written,
            created_at=created,
            edited_at=edited,
            revision=revision_of(created or "", edited),
            language_hint=legible.name(text(status, "language")),
            parent_id=identity(status, "in_reply_to_id"),
            parent_author_id=identity(status, "in_reply_to_account_id"),
            visibility=VISIBILITY.get(text(status, "visibility") or "", Visibility.PRIVATE).value,
            url=_bearable(text(status, "url")),
            links=links(written, (*content.links, text(status.get("card"), "url"))),
            media_alt=alts or None,
            reach=followers,
        )

    def _place(self, status: Object) -> dict[str, str]:
        return present(community=self._settings.community(*_places(status)))


def _skipped(reason: SkipReason, what: str) -> Reading:
    return Reading(skipped=(Skipped(reason, what),))


def _places(status: Object) -> list[str]:
    mentioned = (text(each, "acct") for each in objects(status, "mentions"))
    tagged = (text(each, "name") for each in objects(status, "tags"))
    return [f"@{each}".lower() for each in mentioned if each] + [f"#{each}".lower() for each in tagged if each]


def _since(account: Object, now: datetime) -> str | None:
    """Other instances say when their accounts began, and a time that cannot be must not keep a status from being
    looked at."""
    said = text(account, "created_at")
    try:
        return said if said is not None and EARLIEST <= instant(said) <= now else None
    except Unreadable:
        return None


def _bearable(address: str | None) -> str | None:
    """Other instances say where their statuses are, too."""
    return address if address is not None and len(address) <= MAX_LINK and address.isprintable() else None


def _alts(status: Object) -> list[str]:
    found = (_one_line(text(each, "description")) for each in objects(status, "media_attachments"))
    return [alt for alt in found if alt][:MAX_ALTS]


def _reason(report: Object) -> str:
    """The first rule that is said to be broken, else the category: one name, as `config/reports.yaml` weighs it. What
    the reporter says in their own words is nobody's category and goes no further."""
    rules = [text(each, "text") for each in objects(report, "rules")]
    return next((_one_line(said) for said in (*rules, text(report, "category")) if said), "")


def _one_line(said: str | None) -> str:
    """Descriptions and rules have lines; a note has one."""
    shown = "".join(letter if letter.isprintable() else " " for letter in said or "")
    return " ".join(shown.split())[:LONGEST_NOTE]


MASTODON = AdapterKind(
    Profile(
        name="mastodon",
        title="Mastodon",
        way="webhook",
        docs=(
            "https://docs.joinmastodon.org/admin/webhooks/",
            "https://docs.joinmastodon.org/entities/Status/",
            "https://docs.joinmastodon.org/entities/Account/",
            "https://docs.joinmastodon.org/entities/MediaAttachment/",
            "https://docs.joinmastodon.org/entities/Poll/",
            "https://docs.joinmastodon.org/entities/Admin_Report/",
            "https://github.com/mastodon/mastodon/blob/main/app/workers/webhooks/delivery_worker.rb",
            "https://github.com/mastodon/mastodon/blob/main/app/models/status.rb",
            "https://github.com/mastodon/mastodon/blob/main/app/models/report.rb",
            "https://github.com/mastodon/mastodon/issues/28225",
        ),
        features={
            Feature.CREATE: "of the instance's own accounts; of others when they are reported",
            Feature.EDIT: "of the instance's own accounts",
            Feature.REPORT: "one for each status; those about an account alone are skipped",
            Feature.REPLY: "the status that is answered and its author; the thread's beginning is not told",
            Feature.MEDIA: "descriptions; links of the text and its preview card",
            Feature.REACH: "followers of the author",
            Feature.SIGNATURE: "without a time: a repeat is known by its ids",
        },
        missing={
            Feature.DELETE: "Mastodon has no event for it (issue 28225)",
            Feature.MODERATE: "report.updated says that something was done and by whom, not what",
        },
        actions={Action.RESTRICT: "limits the account, without an end"},
        secrets={"webhook": True, "api": False},
    ),
    MastodonSettings,
    Mastodon,
)
