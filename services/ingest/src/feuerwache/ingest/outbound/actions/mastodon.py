"""Mastodon: limits accounts ("silence"), with a moderator's token. Pure.

Checked against https://docs.joinmastodon.org/methods/admin/accounts/ (action, account), /entities/Admin_Account/,
/api/rate-limits/ and `app/models/admin/account_action.rb` of https://github.com/mastodon/mastodon.

- A second `silence` is a second strike and a second mail: the account is looked at first.
- A limit has no end there. Whoever switches this on has to lift it by hand: the receipt says so.
- Every call resolves the open reports against the account; that is how Mastodon has it.
- No call deletes or hides a status of somebody else, and a report cannot be resolved from here, since a decision is
  about a post and does not know which report it was.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from urllib.parse import urlencode

from feuerwache.common.events.decision import Action
from feuerwache.ingest.adapters.adapter import Fetched, Secrets
from feuerwache.ingest.adapters.instant import instant
from feuerwache.ingest.adapters.mastodon import MASTODON as ADAPTER
from feuerwache.ingest.adapters.mastodon import MastodonSettings
from feuerwache.ingest.envelope import Unreadable
from feuerwache.ingest.outbound.actions.action import (
    ActionKind,
    HttpRequest,
    Order,
    PlatformAction,
    judged,
    number,
    said,
    secret,
)
from feuerwache.ingest.outbound.outcome import Kind, Outcome, Word

WITHOUT_END = Word("done", "without an end: Mastodon's limits have none, lift it by hand")
ALREADY = Word("done", "the account was limited already")


class MastodonActions(PlatformAction):
    supports: ClassVar[frozenset[Action]] = frozenset(ADAPTER.profile.actions)

    def __init__(self, settings: MastodonSettings) -> None:
        self._url = settings.url

    def request(self, order: Order, secrets: Secrets) -> HttpRequest:
        """The author is told by mail when there is something to tell."""
        form = {"type": "silence", "send_email_notification": "true" if order.reason else "false"}
        if order.reason:
            form["text"] = order.reason
        return HttpRequest(
            "POST",
            f"{self._account(order)}/action",
            {**self._headers(secrets), "content-type": "application/x-www-form-urlencoded"},
            urlencode(form).encode(),
        )

    def judge(self, order: Order, answer: Fetched, real_now: datetime) -> Outcome:  # noqa: ARG002 - all are one action
        found = judged(answer, real_now, asked=_asked(answer, real_now))
        return Outcome(Kind.TAKEN, WITHOUT_END) if found.kind is Kind.TAKEN else found

    def look(self, order: Order, secrets: Secrets) -> HttpRequest | None:
        return HttpRequest("GET", self._account(order), self._headers(secrets))

    def seen(self, order: Order, answer: Fetched, real_now: datetime) -> Outcome | None:  # noqa: ARG002 - as above
        if answer.status != 200:
            return judged(answer, real_now, asked=_asked(answer, real_now))
        account = said(answer)
        return Outcome(Kind.TAKEN, ALREADY) if account.get("silenced") or account.get("suspended") else None

    def _account(self, order: Order) -> str:
        return f"{self._url}/api/v1/admin/accounts/{number(order.author_id, 'author')}"

    @staticmethod
    def _headers(secrets: Secrets) -> dict[str, str]:
        return {"authorization": f"Bearer {secret(secrets, 'api')}", "accept": "application/json"}


def _asked(answer: Fetched, real_now: datetime) -> float | None:
    """Seconds until `X-RateLimit-Reset`, a time; it stands there however many calls are left."""
    if answer.status != 429:
        return None
    try:
        return max(0.0, (instant(answer.headers.get("x-ratelimit-reset")) - real_now).total_seconds())
    except Unreadable:
        return None


MASTODON = ActionKind(
    name="mastodon",
    docs=(
        "https://docs.joinmastodon.org/methods/admin/accounts/",
        "https://docs.joinmastodon.org/entities/Admin_Account/",
        "https://docs.joinmastodon.org/api/rate-limits/",
        "https://github.com/mastodon/mastodon/blob/main/app/models/admin/account_action.rb",
    ),
    supports=MastodonActions.supports,
    secrets=("api",),
    make=MastodonActions,
    by_author=frozenset({Action.RESTRICT}),
)
