"""Mastodon, as https://docs.joinmastodon.org/methods/admin/accounts/ has it."""

from __future__ import annotations

from typing import Any

from feuerwache.common.events.decision import Action
from feuerwache.ingest.outbound.outcome import Kind
from support.actions.case import Case, Say, Sent

AUTHOR = "108965430868193066"
HEADERS = {"authorization": "Bearer {secret:api}"}


def account(**fields: Any) -> dict[str, Any]:
    return {
        "id": AUTHOR,
        "username": "kim",
        "email": "kim@mail.example",
        "suspended": False,
        "silenced": False,
        "disabled": False,
        **fields,
    }


CASES: tuple[Case, ...] = (
    Case(
        name="restrict",
        action=Action.RESTRICT,
        settings={"url": "https://social.example"},
        secrets={"api": "ZA-Yj3aBD8U8Cm7lKUp-lm9O9BmDgdhHzDeqsY8tlL0"},
        post_id="113479001",
        author_id=AUTHOR,
        reason="Beleidigung & mehr",
        sent=Sent(
            "POST",
            f"/api/v1/admin/accounts/{AUTHOR}/action",
            HEADERS,
            form={"type": "silence", "send_email_notification": "true", "text": "Beleidigung & mehr"},
        ),
        done=Say(200, {}),
        again=Say(200, {}),
        look=Sent("GET", f"/api/v1/admin/accounts/{AUTHOR}", HEADERS),
        still=Say(200, account()),
        already=Say(200, account(silenced=True)),
        others=((Say(422, {"error": "Record invalid"}), Kind.REFUSED, "refused"),),
        odd_authors=("0", "1/../2", "1?x=1", "kim", "-1", ""),
    ),
)
