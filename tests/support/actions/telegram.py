"""Telegram: a message of a supergroup and its author."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from feuerwache.common.events.decision import Action
from feuerwache.ingest.outbound.outcome import Kind, ReceiptStatus
from support.actions.case import Case, Say, Sent

SECRETS = {"api": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"}
WELL = Say(200, {"ok": True, "result": True})
UNTIL = datetime(2031, 5, 1, 12, tzinfo=UTC)
SILENT = dict.fromkeys(
    (
        *("can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos"),
        *("can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages"),
        "can_add_web_page_previews",
    ),
    False,
)


def bad(description: str, status: int = 400, **parameters: Any) -> Say:
    said = {"ok": False, "error_code": status, "description": description}
    return Say(status, {**said, "parameters": parameters} if parameters else said)


OTHERS: tuple[tuple[Say, Kind, ReceiptStatus], ...] = (
    (bad("Too Many Requests: retry after 14", 429, retry_after=14), Kind.RETRY, "failed"),
    (bad("Forbidden: bot was kicked from the supergroup chat", 403), Kind.RETRY, "failed"),
    (bad("Bad Request: not enough rights to restrict/unrestrict chat member"), Kind.RETRY, "failed"),
    (
        bad("Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1001000000003),
        Kind.REFUSED,
        "refused",
    ),
    (bad("Bad Request: something new"), Kind.REFUSED, "refused"),
    (Say(400, body=b"<html>"), Kind.REFUSED, "refused"),
    (Say(200, {"ok": False}), Kind.REFUSED, "refused"),
)
ODD_POSTS = (
    "42",
    "-1001000000001",
    "-1001000000001:",
    ":42",
    "-1001000000001:0",
    "-1001000000001:42/..",
    "700000001:42",
    "x:1",
)

CASES: tuple[Case, ...] = (
    Case(
        name="deletes a message",
        action=Action.REMOVE,
        settings={},
        secrets=SECRETS,
        post_id="-1001000000001:42",
        author_id="700000001",
        sent=Sent(
            "POST",
            "/bot{secret:api}/deleteMessage",
            {"content-type": "application/json"},
            json={"chat_id": -1001000000001, "message_id": 42},
        ),
        done=WELL,
        again=bad("Bad Request: message to delete not found"),
        others=(*OTHERS, (bad("Bad Request: message can't be deleted"), Kind.REFUSED, "refused")),
        odd_posts=ODD_POSTS,
    ),
    Case(
        name="keeps its author from writing",
        action=Action.RESTRICT,
        settings={},
        secrets=SECRETS,
        post_id="-1001000000001:42",
        author_id="700000001",
        until=UNTIL,
        sent=Sent(
            "POST",
            "/bot{secret:api}/restrictChatMember",
            {"content-type": "application/json"},
            json={
                "chat_id": -1001000000001,
                "user_id": 700000001,
                "permissions": SILENT,
                "use_independent_chat_permissions": True,
                "until_date": int(UNTIL.timestamp()),
            },
        ),
        done=WELL,
        again=WELL,
        others=(*OTHERS, (bad("Bad Request: user is an administrator of the chat"), Kind.REFUSED, "refused")),
        odd_posts=(*ODD_POSTS, "-4000001:42"),
        odd_authors=("-1001000000002", "jana", "", "7/..", "p-0123456789abcdef"),
    ),
)
