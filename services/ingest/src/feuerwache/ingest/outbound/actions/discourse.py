"""Discourse: deletes and recovers posts, silences accounts, with an API key of the forum. Pure.

Checked against the source of Discourse (https://github.com/discourse/discourse): `config/routes.rb`,
`app/controllers/{posts,admin/users,application}_controller.rb`, `app/services/user/silence.rb`,
`lib/guardian/post_guardian.rb`, `lib/auth/default_current_user_provider.rb`,
`spec/requests/api/schemas/json/user_silence_request.json`.

- `DELETE /posts/ID.json` of a post that is deleted already deletes it once more, and tells so: it is looked at first.
  The first post of a topic can only go with the whole topic, and all the answers in it: that is left to a human.
- `PUT /posts/ID/recover.json` brings back what this key's user deleted, and nothing that anybody else did.
- `PUT /admin/users/ID/silence.json` answers 409 when the account is silenced already. The end that is in force stays.
  Routes of the staff answer 404 to a key without their rights, so 404 is the door and not the account.
- There is no call that hides a post by itself.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import ClassVar

from feuerwache.common.events.decision import Action
from feuerwache.ingest.adapters.adapter import Fetched, Secrets
from feuerwache.ingest.adapters.discourse import DISCOURSE as ADAPTER
from feuerwache.ingest.adapters.discourse import DiscourseSettings
from feuerwache.ingest.adapters.document import Object, identity, inside, number, text
from feuerwache.ingest.outbound.actions.action import (
    DONE,
    GONE,
    ActionKind,
    HttpRequest,
    Order,
    PlatformAction,
    Unaskable,
    judged,
    refused,
    said,
    secret,
)
from feuerwache.ingest.outbound.actions.action import number as number_in
from feuerwache.ingest.outbound.outcome import Kind, Outcome, Word

#: `User::Silence`: a reason is mandatory, and has 300 characters at most.
LONGEST_REASON = 300
REASON = "Feuerwache"


class DiscourseActions(PlatformAction):
    supports: ClassVar[frozenset[Action]] = frozenset(ADAPTER.profile.actions)

    def __init__(self, settings: DiscourseSettings) -> None:
        self._url = settings.url
        self._user = settings.api_user

    def request(self, order: Order, secrets: Secrets) -> HttpRequest:
        headers = self._headers(secrets)
        if order.action is Action.RESTRICT:
            if order.until is None:
                raise Unaskable("a silence needs an end")
            author = number_in(order.author_id, "author")
            asked = {"silenced_till": order.until.isoformat(), "reason": order.reason[:LONGEST_REASON] or REASON}
            return HttpRequest(
                "PUT",
                f"{self._url}/admin/users/{author}/silence.json",
                {**headers, "content-type": "application/json"},
                json.dumps(asked).encode(),
            )
        post = number_in(order.post_id, "post")
        if order.action is Action.APPROVE:
            return HttpRequest("PUT", f"{self._url}/posts/{post}/recover.json", headers)
        return HttpRequest("DELETE", f"{self._url}/posts/{post}.json", headers)

    def judge(self, order: Order, answer: Fetched, real_now: datetime) -> Outcome:
        if order.action is Action.RESTRICT and answer.status == 409:
            return Outcome(Kind.TAKEN, Word("done", "the account was silenced already"))
        return judged(answer, real_now)

    def look(self, order: Order, secrets: Secrets) -> HttpRequest | None:
        if order.action is Action.RESTRICT:
            return None
        return HttpRequest("GET", f"{self._url}/posts/{number_in(order.post_id, 'post')}.json", self._headers(secrets))

    def seen(self, order: Order, answer: Fetched, real_now: datetime) -> Outcome | None:
        if answer.status != 200:
            return judged(answer, real_now)
        return _removed(said(answer)) if order.action is Action.REMOVE else self._recovered(said(answer))

    def _recovered(self, post: Object) -> Outcome | None:
        """None: it is there to be recovered."""
        if not _deleted(post):
            return Outcome(Kind.TAKEN, DONE)
        by = inside(post, "deleted_by")
        if post.get("user_deleted") is True or identity(by, "id") == identity(post, "user_id"):
            return refused("its author took it away")
        if (text(by, "username") or "").lower() != self._user.lower():
            return refused("somebody else deleted it, and that stands")
        return None

    def _headers(self, secrets: Secrets) -> dict[str, str]:
        return {"api-key": secret(secrets, "api"), "api-username": self._user, "accept": "application/json"}


def _deleted(post: Object) -> bool:
    return text(post, "deleted_at") is not None


def _removed(post: Object) -> Outcome | None:
    """None: it is there to be removed. Of what its author deleted a stub without text is left."""
    if _deleted(post) or post.get("user_deleted") is True:
        return Outcome(Kind.TAKEN, GONE)
    if number(post, "post_number") == 1:
        return refused("the first post of a topic goes only with the whole topic")
    return None


DISCOURSE = ActionKind(
    name="discourse",
    docs=(
        "https://github.com/discourse/discourse/blob/main/app/controllers/posts_controller.rb",
        "https://github.com/discourse/discourse/blob/main/app/controllers/admin/users_controller.rb",
        "https://github.com/discourse/discourse/blob/main/app/services/user/silence.rb",
        "https://github.com/discourse/discourse/blob/main/lib/guardian/post_guardian.rb",
        "https://github.com/discourse/discourse/blob/main/spec/requests/api/schemas/json/user_silence_request.json",
    ),
    supports=DiscourseActions.supports,
    secrets=("api",),
    make=DiscourseActions,
    by_author=frozenset({Action.RESTRICT}),
)
