"""On YouTube: holding a comment back for review, publishing it, rejecting it.

    POST /youtube/v3/comments/setModerationStatus?id=…&moderationStatus=heldForReview|published|rejected      → 204

By https://developers.google.com/youtube/data/reference/rest/v3/comments/setModerationStatus. It sets a state, so it
may be repeated. What was rejected cannot be published again: so only `remove` rejects, `hide` and `hold` hold back. It
costs 50 units of the day's quota, out of the same project's as the poller's.

The call needs an OAuth access token of the channel's owner with the scope youtube.force-ssl. Such a token holds for
about an hour, and **to renew it is not done here**: something else has to write a fresh one into the file that the
secret `api` names, which is read anew for each call.

YouTube answers 403 "forbidden" and 400 "processingFailure" also where the comment was deleted meanwhile, and does not
say which it is. Both are refusals: tried again, every deleted comment would hold up the others for a day.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlencode

from feuerwache.common.events.decision import Action
from feuerwache.ingest.adapters.adapter import Fetched, Secrets
from feuerwache.ingest.adapters.youtube import YouTubeSettings
from feuerwache.ingest.adapters.youtube_refusal import QUOTA, RATE, midnight, reasons
from feuerwache.ingest.outbound.actions.action import (
    GONE,
    ActionKind,
    HttpRequest,
    Order,
    PlatformAction,
    judged,
    matching,
    refused,
    secret,
)
from feuerwache.ingest.outbound.outcome import Outcome, retry

STATUS = {
    Action.HOLD: "heldForReview",
    Action.HIDE: "heldForReview",
    Action.REMOVE: "rejected",
    Action.APPROVE: "published",
}
#: A thread's id, and that of a reply, which is both ids with a dot; no page says so, so the letters alone are held to.
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}(?:\.[A-Za-z0-9_-]{1,100})?", re.ASCII)
#: The longest that is waited for a new day's quota at once: somebody may have raised it.
_HOUR = 3600.0


class YouTubeAction(PlatformAction):
    supports: ClassVar[frozenset[Action]] = frozenset(STATUS)

    def __init__(self, settings: YouTubeSettings) -> None:
        self._base = settings.base_url

    def request(self, order: Order, secrets: Secrets) -> HttpRequest:
        query = {"id": matching(_ID, order.post_id, "comment"), "moderationStatus": STATUS[order.action]}
        address = f"{self._base}/youtube/v3/comments/setModerationStatus?{urlencode(query)}"
        return HttpRequest("POST", address, {"authorization": f"Bearer {secret(secrets, 'api')}"})

    def judge(self, order: Order, answer: Fetched, real_now: datetime) -> Outcome:  # noqa: ARG002 - all alike
        said = reasons(answer.body) if 400 <= answer.status < 500 else set()
        if said & QUOTA:
            seconds = (midnight(real_now) - real_now).total_seconds()
            return retry(f"HTTP {answer.status}: the quota of the day is used up", min(seconds, _HOUR))
        if said & RATE:
            return judged(Fetched(429, answer.headers, b""), real_now)
        if answer.status == 403 and "forbidden" in said:
            return refused("HTTP 403: this token may not moderate it, or the comment is not there any more")
        return judged(answer, real_now, gone=GONE)


YOUTUBE = ActionKind(
    name="youtube",
    docs=("https://developers.google.com/youtube/data/reference/rest/v3/comments/setModerationStatus",),
    supports=YouTubeAction.supports,
    secrets=("api",),
    make=YouTubeAction,
)
