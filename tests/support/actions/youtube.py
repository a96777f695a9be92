"""YouTube: the moderation status of a comment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from feuerwache.common.events.decision import Action
from feuerwache.ingest.outbound.outcome import Kind, ReceiptStatus
from support.actions.case import Case, Say, Sent

SETTINGS: Mapping[str, Any] = {"channel": "UCmorgenrot0000000000000"}
SECRETS = {"key": "AIza-made-up", "api": "ya29.access-token-1"}
DONE = Say(204, body=b"")


def error(status: int, reason: str) -> Say:
    """As Google's APIs write one."""
    said = {"code": status, "message": "ya29.access-token-1 somebody's words", "errors": [{"reason": reason}]}
    return Say(status, {"error": said})


OTHERS: tuple[tuple[Say, Kind, ReceiptStatus], ...] = (
    (error(403, "quotaExceeded"), Kind.RETRY, "failed"),
    (error(403, "rateLimitExceeded"), Kind.RETRY, "failed"),
    (error(403, "insufficientPermissions"), Kind.RETRY, "failed"),
    (error(403, "forbidden"), Kind.REFUSED, "refused"),
    (error(400, "processingFailure"), Kind.REFUSED, "refused"),
    (error(400, "operationNotSupported"), Kind.REFUSED, "refused"),
)
ODD = ("", "Ugz/..", "Ugz,Ugy", "Ugz&moderationStatus=rejected", "Ugz.a.b", ".Ugz", "Ugz ", "Übel", "x" * 101)


def _case(name: str, action: Action, status: str, comment: str = "Ugz-thread_1") -> Case:
    return Case(
        name=name,
        action=action,
        settings=SETTINGS,
        secrets=SECRETS,
        post_id=comment,
        author_id="UCanna0000000000000000000",
        sent=Sent(
            "POST",
            f"/youtube/v3/comments/setModerationStatus?id={comment}&moderationStatus={status}",
            {"authorization": "Bearer {secret:api}"},
        ),
        done=DONE,
        again=DONE,
        others=OTHERS,
        odd_posts=ODD,
        missing="done",
    )


CASES: tuple[Case, ...] = (
    _case("holds a comment for review", Action.HOLD, "heldForReview"),
    _case("hides a reply", Action.HIDE, "heldForReview", "Ugz-thread_1.8dEb"),
    _case("rejects a comment", Action.REMOVE, "rejected"),
    _case("publishes it again", Action.APPROVE, "published"),
)
