"""On a Facebook page and an Instagram account: hiding, showing and deleting comments.

At developers.facebook.com:

    /docs/graph-api/changelog/version2.2       POST /{comment}?is_hidden=true|false
    /docs/graph-api/reference/comment/         "Updating": is_hidden; "Deleting"
    /docs/instagram-platform/instagram-graph-api/reference/ig-comment
                                               POST /{comment}?hide=true|false, DELETE /{comment}
    /docs/graph-api/guides/error-handling, /docs/graph-api/overview/rate-limiting

Hiding sets a state, so it may be repeated. Deleting what is deleted is answered with error 100, subcode 33, which also
stands for "this token does not see it": Meta does not say which. For a deletion it is taken as done, and the receipt
says both; for hiding it is a refusal, because the comment may be standing there still.

A page's comment is `<post>_<comment>`, a comment on Instagram is one number. Posts of a page are `<page>_<post>`: they
are left to humans where the page is named in `places`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlencode

from feuerwache.common.events.decision import Action
from feuerwache.ingest.adapters.adapter import Fetched, Secrets
from feuerwache.ingest.adapters.meta import MetaSettings
from feuerwache.ingest.adapters.meta_graph import Failure, failure, proof
from feuerwache.ingest.outbound.actions.action import (
    DONE,
    ActionKind,
    HttpRequest,
    Method,
    Order,
    PlatformAction,
    Unaskable,
    judged,
    matching,
    refused,
    said,
    secret,
)
from feuerwache.ingest.outbound.outcome import Kind, Outcome, Word, retry

SUPPORTS = frozenset({Action.HIDE, Action.REMOVE, Action.APPROVE})
GONE = Word("done", "it is not there any more, or the token does not see it")
#: How long Meta is left alone where it does not say (its limits are counted by the hour).
_PAUSE = 300.0
_ID = re.compile(r"[1-9][0-9]{0,24}(?:_[1-9][0-9]{0,24})?", re.ASCII)


class MetaAction(PlatformAction):
    supports: ClassVar[frozenset[Action]] = SUPPORTS

    def __init__(self, settings: MetaSettings) -> None:
        self._settings = settings

    def request(self, order: Order, secrets: Secrets) -> HttpRequest:
        comment = matching(_ID, order.post_id, "comment")
        page = "_" in comment
        if page and comment.partition("_")[0] in self._settings.places:
            raise Unaskable("it is a post of the page and no comment")
        if ("page" if page else "instagram") not in self._settings.objects:
            raise Unaskable("it belongs to an object that is not switched on")
        host = "graph.facebook.com" if page else self._settings.instagram_host
        method: Method = "DELETE" if order.action is Action.REMOVE else "POST"
        query: dict[str, str] = {}
        if order.action is not Action.REMOVE:
            query["is_hidden" if page else "hide"] = "true" if order.action is Action.HIDE else "false"
        if self._settings.proof:
            secret(secrets, "webhook")
            query |= proof(secrets)
        address = f"https://{host}/{self._settings.version}/{comment}" + (f"?{urlencode(query)}" if query else "")
        return HttpRequest(method, address, {"authorization": f"Bearer {secret(secrets, 'api')}"})

    def judge(self, order: Order, answer: Fetched, real_now: datetime) -> Outcome:
        if 200 <= answer.status < 300:
            return Outcome(Kind.TAKEN, DONE) if _agrees(said(answer)) else refused("Meta says that it did not work")
        return _failed(order, answer, real_now)


def _failed(order: Order, answer: Fetched, real_now: datetime) -> Outcome:
    kind = failure(answer) if 400 <= answer.status < 500 else Failure.OTHER
    if kind is Failure.LATER:
        return judged(Fetched(429, answer.headers, b""), real_now, asked=_PAUSE)
    if kind is Failure.DOOR:
        return retry(f"HTTP {answer.status}: the token has ended or lacks a permission")
    if kind is Failure.GONE:
        return Outcome(Kind.TAKEN, GONE) if order.action is Action.REMOVE else refused(GONE.reason)
    return judged(answer, real_now)


def _agrees(answer: Mapping[str, object]) -> bool:
    """`{"success": true}`; some versions say it as a string (webhooks-for-pages shows one)."""
    return answer.get("success") not in (False, "false")


META = ActionKind(
    name="meta",
    docs=(
        "https://developers.facebook.com/docs/graph-api/reference/comment/",
        "https://developers.facebook.com/docs/graph-api/changelog/version2.2",
        "https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-comment",
        "https://developers.facebook.com/docs/graph-api/guides/error-handling",
    ),
    supports=SUPPORTS,
    secrets=("api", "webhook"),
    make=MetaAction,
)
