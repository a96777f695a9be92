"""Meta: comments of a page and of an Instagram account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from feuerwache.common.events.decision import Action
from feuerwache.common.http.signature import hex_hmac
from feuerwache.ingest.outbound.outcome import Kind, ReceiptStatus
from support.actions.case import Case, Say, Sent

SECRETS = {"api": "page-token-1", "webhook": "app-secret-1"}
PROOF = "appsecret_proof=" + hex_hmac(SECRETS["webhook"].encode(), SECRETS["api"].encode())
BEARER = {"authorization": "Bearer {secret:api}"}
WELL = Say(200, {"success": True})
PAGE: Mapping[str, Any] = {"places": {"104000000000001": "sample"}}


def error(code: int, status: int = 400, **more: Any) -> Say:
    """As error-handling shows one."""
    said = {
        "message": "page-token-1 somebody's words",
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "x",
        **more,
    }
    return Say(status, {"error": said})


NOT_THERE = error(100, error_subcode=33, type="GraphMethodException")
OTHERS: tuple[tuple[Say, Kind, ReceiptStatus], ...] = (
    (error(4), Kind.RETRY, "failed"),
    (error(32, 403), Kind.RETRY, "failed"),
    (error(613), Kind.RETRY, "failed"),
    (error(80_001), Kind.RETRY, "failed"),
    (error(2, is_transient=True), Kind.RETRY, "failed"),
    (error(190, error_subcode=463), Kind.RETRY, "failed"),
    (error(10, 403), Kind.RETRY, "failed"),
    (error(200, 403), Kind.RETRY, "failed"),
    (error(100), Kind.REFUSED, "refused"),
    (Say(400, body=b"<html>"), Kind.REFUSED, "refused"),
    (Say(200, {"success": False}), Kind.REFUSED, "refused"),
)
ODD = (
    "9001_7001/../me",
    "9001_",
    "_7001",
    "x",
    "-1",
    "0",
    "9001_7001?fields=id",
    "9001_7001_1",
    "１２",
    "104000000000001_9001",
)
HIDDEN: tuple[tuple[Say, Kind, ReceiptStatus], ...] = (*OTHERS, (NOT_THERE, Kind.REFUSED, "refused"))


def _page(name: str, action: Action, method: str, query: str, again: Say, **more: Any) -> Case:
    path = f"/v25.0/9001_7001?{query}" if query else "/v25.0/9001_7001"
    return Case(
        name=name,
        action=action,
        settings={**PAGE, **more.pop("settings", {})},
        secrets=SECRETS,
        post_id="9001_7001",
        author_id="5200000000000001",
        sent=Sent(method, path, BEARER),
        done=WELL,
        again=again,
        odd_posts=ODD,
        **more,
    )


CASES: tuple[Case, ...] = (
    _page("hides a comment of a page", Action.HIDE, "POST", f"is_hidden=true&{PROOF}", WELL, others=HIDDEN),
    _page("shows it again", Action.APPROVE, "POST", f"is_hidden=false&{PROOF}", WELL, others=HIDDEN),
    _page("deletes it", Action.REMOVE, "DELETE", PROOF, NOT_THERE, others=OTHERS),
    _page("without a proof", Action.REMOVE, "DELETE", "", NOT_THERE, settings={"proof": False}),
    Case(
        name="hides a comment on Instagram",
        action=Action.HIDE,
        settings={"objects": ["instagram"], "instagram_host": "graph.instagram.com", "version": "v24.0"},
        secrets=SECRETS,
        post_id="17880000000000001",
        author_id="6400000000000001",
        sent=Sent("POST", f"/v24.0/17880000000000001?hide=true&{PROOF}", BEARER),
        done=WELL,
        again=WELL,
        others=HIDDEN,
        odd_posts=("9001_7001", "1788/..", ""),
    ),
    Case(
        name="deletes a comment on Instagram",
        action=Action.REMOVE,
        settings={},
        secrets=SECRETS,
        post_id="17880000000000001",
        author_id="6400000000000001",
        sent=Sent("DELETE", f"/v25.0/17880000000000001?{PROOF}", BEARER),
        done=WELL,
        again=NOT_THERE,
    ),
)
