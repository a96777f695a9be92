"""Discourse, as its controllers and `spec/requests/api` have it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from feuerwache.common.events.decision import Action
from feuerwache.ingest.outbound.outcome import Kind
from support.actions.case import Case, Say, Sent

SETTINGS = {"url": "https://forum.example", "api_user": "feuerwache"}
SECRETS = {"api": "714552c6148e1617aeab526d0606184b"}
HEADERS = {"api-key": "{secret:api}", "api-username": "feuerwache"}
ODD = ("0", "04711", "-1", "4711.json", "4711/../../admin", "4711?x=1", "٤", "", "p-0f")
LOOK = Sent("GET", "/posts/4711.json", HEADERS)


def post(**fields: Any) -> dict[str, Any]:
    return {
        "id": 4711,
        "user_id": 17,
        "username": "kim",
        "post_number": 3,
        "topic_id": 88,
        "deleted_at": None,
        "user_deleted": False,
        "cooked": "<p>Ihr Deppen</p>",
        **fields,
    }


DELETED = "2026-11-14T11:45:00.000Z"
BY_US = {"id": 40, "username": "Feuerwache", "name": "Feuerwache", "avatar_template": "/x.png"}
BY_MODERATOR = {"id": 2, "username": "mod", "name": "Mo", "avatar_template": "/x.png"}
BUSY = Say(
    429,
    {"errors": ["zu oft"], "error_type": "rate_limit", "extras": {"wait_seconds": 30}},
    {"Retry-After": "30"},
)

CASES: tuple[Case, ...] = (
    Case(
        name="remove",
        action=Action.REMOVE,
        settings=SETTINGS,
        secrets=SECRETS,
        post_id="4711",
        author_id="17",
        sent=Sent("DELETE", "/posts/4711.json", HEADERS),
        done=Say(200),
        again=Say(200),
        look=LOOK,
        still=Say(200, post()),
        already=Say(200, post(deleted_at=DELETED, deleted_by=BY_US)),
        others=((BUSY, Kind.RETRY, "failed"), (Say(422, {"errors": ["x"]}), Kind.REFUSED, "refused")),
        odd_posts=ODD,
    ),
    Case(
        name="approve",
        action=Action.APPROVE,
        settings=SETTINGS,
        secrets=SECRETS,
        post_id="4711",
        author_id="17",
        sent=Sent("PUT", "/posts/4711/recover.json", HEADERS),
        done=Say(200, post()),
        again=Say(200, post()),
        look=LOOK,
        still=Say(200, post(deleted_at=DELETED, deleted_by=BY_US)),
        already=Say(200, post()),
        others=((BUSY, Kind.RETRY, "failed"),),
        odd_posts=ODD,
    ),
    Case(
        name="restrict",
        action=Action.RESTRICT,
        settings=SETTINGS,
        secrets=SECRETS,
        post_id="4711",
        author_id="17",
        until=datetime(2036, 11, 21, 12, tzinfo=UTC),
        reason="Beleidigung. " * 40,
        sent=Sent(
            "PUT",
            "/admin/users/17/silence.json",
            HEADERS,
            json={"silenced_till": "2036-11-21T12:00:00+00:00", "reason": ("Beleidigung. " * 40)[:300]},
        ),
        done=Say(200, {"silence": {"silenced": True, "silenced_till": "2036-11-21T12:00:00.000Z"}}),
        again=Say(409, {"failed": "FAILED", "message": "User was already silenced by mod 2 minutes ago."}),
        others=((BUSY, Kind.RETRY, "failed"), (Say(400, {"failed": "FAILED"}), Kind.REFUSED, "refused")),
        odd_authors=ODD,
    ),
)
