"""Meta, beside its samples: the signature over escaped letters, and what is asked of the Graph API and how."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import pytest

from feuerwache.common.http.client import Answer, OutboundClient
from feuerwache.common.http.signature import hex_hmac
from feuerwache.ingest.adapters.adapter import (
    Delivery,
    Fetch,
    Fetched,
    Reading,
    Refusal,
    Refused,
    Reply,
    Secrets,
    SkipReason,
)
from feuerwache.ingest.adapters.meta import META, MOST_FETCHES, SIGNATURE, Meta, MetaSettings
from feuerwache.ingest.adapters.meta_graph import address, moment
from feuerwache.ingest.envelope import Unreadable
from feuerwache.ingest.fetching import fetched

NOW = datetime(2026, 11, 14, 12, tzinfo=UTC)
SECRETS: Secrets = {"webhook": (b"app-secret",), "verify": (b"verify-token",), "api": (b"page-token",)}
SENT = 1794654305


def adapter(**settings: Any) -> Meta:
    return cast(Meta, META.make(MetaSettings.model_validate(settings)))


def call(body: bytes, **headers: str) -> Delivery:
    return Delivery("POST", body, {name.replace("_", "-"): value for name, value in headers.items()}, {}, NOW)


def comments(*values: dict[str, Any], place: str = "104") -> Delivery:
    changes = [{"field": "feed", "value": {"item": "comment", "verb": "add", **value}} for value in values]
    document = {"object": "page", "entry": [{"id": place, "time": SENT, "changes": changes}]}
    return call(json.dumps(document).encode())


def items(reading: Reading) -> list[Any]:
    return [item.data for item in reading.items]


def test_the_signature_is_that_of_the_escaped_letters_as_they_came() -> None:
    body = b'{"object": "page", "entry": [{"id": "104", "text": "\\u00e4\\u00f6\\u00e5 \\/ \\ud83d\\ude21"}]}'
    signed = call(body, **{SIGNATURE: "sha256=" + hex_hmac(b"app-secret", body)})
    assert adapter().verify(signed, SECRETS, NOW) is None
    again = json.dumps(json.loads(body)).encode()
    unescaped = json.dumps(json.loads(body), ensure_ascii=False).encode()
    for other in (again, unescaped):
        refused = adapter().verify(Delivery("POST", other, signed.headers, {}, NOW), SECRETS, NOW)
        assert refused == Refused(Refusal.WRONG)


def test_the_app_secret_signs_and_the_verify_token_does_not() -> None:
    body = b"{}"
    signed = call(body, **{SIGNATURE: "sha256=" + hex_hmac(b"verify-token", body)})
    assert adapter().verify(signed, SECRETS, NOW) == Refused(Refusal.WRONG)


def handshake(**query: str) -> Reply | Refused | None:
    said = {"mode": "subscribe", "challenge": "1158201444", "verify_token": "verify-token", **query}
    asked = {f"hub.{name}": value for name, value in said.items() if value}
    return adapter().challenge(Delivery("GET", b"", {}, asked, NOW), SECRETS)


def test_the_handshake_gives_the_number_back_as_plain_text() -> None:
    assert handshake() == Reply(200, b"1158201444", "text/plain; charset=utf-8")


@pytest.mark.parametrize(
    "query",
    (
        {"mode": ""},
        {"mode": "unsubscribe"},
        {"verify_token": ""},
        {"verify_token": "app-secret"},
        {"verify_token": "verify-toke"},
        {"challenge": ""},
        {"challenge": "1" * 65},
        {"challenge": "1 2"},
        {"challenge": "1\r\nset-cookie: a=b"},
        {"challenge": "<b>"},
        {"challenge": "ä"},
    ),
    ids=str,
)
def test_any_other_handshake_is_refused(query: dict[str, str]) -> None:
    assert handshake(**query) == Refused(Refusal.CHALLENGE)


def test_nobody_knows_an_empty_verify_token() -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": ""}
    for secrets in ({}, {"verify": ()}, {"verify": (b"",)}):
        assert adapter().challenge(Delivery("GET", b"", {}, asked, NOW), secrets) == Refused(Refusal.CHALLENGE)


@dataclass
class Graph:
    """The Graph API as its pages describe it: it wants the token in the header and its proof in the query. Stands where
    the client of the shell stands, so that what an adapter asks for goes the whole way."""

    nodes: dict[str, dict[str, Any]]
    token: str = "page-token"
    app: str = "app-secret"

    def answer(self, fetch: Fetch, secrets: Secrets) -> Fetched:
        found = asyncio.run(fetched(cast(OutboundClient, self), fetch, secrets))
        assert isinstance(found, Fetched), found
        return found

    async def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        query = dict(parse_qsl(urlsplit(url).query))
        known = headers.get("Authorization") == f"Bearer {self.token}"
        proved = query.get("appsecret_proof") == hex_hmac(self.app.encode(), self.token.encode())
        if not known or not proved:
            return self._says(400, {"error": {"code": 190, "type": "OAuthException"}})
        node = self.nodes.get(urlsplit(url).path.rsplit("/", 1)[1])
        if node is None:
            return self._says(400, {"error": {"code": 100, "error_subcode": 33}})
        wanted = {"id", *query["fields"].split(",")}
        return self._says(200, {name: value for name, value in node.items() if name in wanted})

    @staticmethod
    def _says(status: int, document: dict[str, Any]) -> Answer:
        return Answer(status, {}, json.dumps(document).encode(), cut=False)


def completed(made: Meta, reading: Reading, graph: Graph, secrets: Secrets = SECRETS) -> list[Reading]:
    return [made.complete(fetch, graph.answer(fetch, secrets), NOW) for fetch in reading.fetches]


NODE = {
    "id": "9_1",
    "message": "Die App geht nicht",
    "from": {"id": "52", "name": "Jana"},
    "created_time": "2026-11-14T11:05:00+0000",
}


def test_the_graph_api_is_asked_with_the_token_in_the_header_and_a_proof() -> None:
    made, graph = adapter(fetch=True), Graph({"9_1": NODE})
    reading = made.read(comments({"comment_id": "9_1"}), NOW)
    assert reading.items == () and len(reading.fetches) == 1
    [whole] = completed(made, reading, graph)
    assert items(whole) == [
        {
            "post_id": "9_1",
            "author": {"id": "52", "display_name": "Jana"},
            "text": "Die App geht nicht",
            "created_at": "2026-11-14T11:05:00+00:00",
        }
    ]


def test_no_secret_stands_in_the_address_or_in_what_a_fetch_shows_of_itself() -> None:
    reading = adapter(fetch=True).read(comments({"comment_id": "9_1", "message": "vertraulich"}), NOW)
    [fetch] = reading.fetches
    assert fetch.parameters is not None
    shown = repr(fetch) + fetch.url + str(fetch.parameters(SECRETS))
    assert not any(word in shown for word in ("page-token", "app-secret", "vertraulich"))


def test_without_proof_the_setting_says_so_and_none_is_made() -> None:
    [fetch] = adapter(fetch=True, proof=False).read(comments({"comment_id": "9_1"}), NOW).fetches
    assert fetch.parameters is None


def test_an_id_cannot_lead_the_question_elsewhere() -> None:
    [fetch] = adapter(fetch=True).read(comments({"comment_id": "../me?access_token=x#@evil.example/"}), NOW).fetches
    assert urlsplit(fetch.url).netloc == "graph.facebook.com"
    assert parse_qsl(urlsplit(fetch.url).query) == [("fields", "message,from,created_time,parent,attachment")]
    assert address("h", "v25.0", "a/b", "f") == "https://h/v25.0/a%2Fb?fields=f"


def test_what_is_gone_when_it_is_asked_for_is_taken_as_far_as_it_is_known() -> None:
    made, graph = adapter(fetch=True), Graph({})
    reading = made.read(comments({"comment_id": "9_1", "message": "Da war was"}, {"comment_id": "9_2"}), NOW)
    known, unknown = completed(made, reading, graph)
    assert [item["author"] for item in items(known)] == [{"id": "unknown-9_1"}]
    assert [each.reason for each in unknown.skipped] == [SkipReason.NOT_TEXT]


def test_a_token_that_ended_keeps_back_only_what_cannot_be_read_without_it() -> None:
    made, graph = adapter(fetch=True), Graph({"9_1": NODE}, token="a newer one")
    reading = made.read(comments({"comment_id": "9_1", "message": "Text ist da"}, {"comment_id": "9_1"}), NOW)
    with_text, without = reading.fetches
    assert items(made.complete(with_text, graph.answer(with_text, SECRETS), NOW))[0]["text"] == "Text ist da"
    with pytest.raises(Unreadable) as later:
        made.complete(without, graph.answer(without, SECRETS), NOW)
    assert later.value.status == 503


@pytest.mark.parametrize(
    ("status", "error"),
    (
        (400, {"code": 4}),
        (400, {"code": 17}),
        (403, {"code": 32}),
        (400, {"code": 613}),
        (400, {"code": 80001}),
        (400, {"code": 2, "is_transient": True}),
        (400, {"is_transient": True}),
        (429, {}),
        (500, {}),
        (503, {}),
        (302, {}),
    ),
    ids=str,
)
def test_an_answer_that_passes_makes_meta_send_the_call_again(status: int, error: dict[str, Any]) -> None:
    made = adapter(fetch=True)
    [fetch] = made.read(comments({"comment_id": "9_1", "message": "da"}), NOW).fetches
    for body in (json.dumps({"error": error}).encode(), *([b"<html>"] if status not in (400, 403) else [])):
        with pytest.raises(Unreadable) as later:
            made.complete(fetch, Fetched(status, {}, body), NOW)
        assert later.value.status == 503


@pytest.mark.parametrize("error", ({"code": 100}, {"code": 10}, {"code": "4"}, {"code": None}, [], None), ids=str)
def test_an_answer_that_stays_does_not(error: Any) -> None:
    made = adapter(fetch=True)
    [fetch] = made.read(comments({"comment_id": "9_1", "message": "da"}), NOW).fetches
    assert len(made.complete(fetch, Fetched(400, {}, json.dumps({"error": error}).encode()), NOW).items) == 1


def test_one_call_asks_a_bounded_number_of_questions_and_loses_no_text() -> None:
    many = [{"comment_id": f"9_{at}", "message": f"Text {at}"} for at in range(200)]
    reading = adapter(fetch=True).read(comments(*many), NOW)
    assert (len(reading.fetches), len(reading.items)) == (MOST_FETCHES, 200 - MOST_FETCHES)


def test_a_later_edit_has_a_higher_revision_even_where_the_time_of_creation_moves_along() -> None:
    def edit(**value: Any) -> Any:
        change = {"comment_id": "9_1", "from": {"id": "52"}, "message": "m", "verb": "edited", **value}
        return items(adapter().read(comments(change), NOW))[0]["revision"]

    first = edit(created_time=SENT - 600, edited_time=SENT - 500)
    moved = edit(created_time=SENT - 400, edited_time=SENT - 400)
    third = edit(created_time=SENT - 600, edited_time=SENT - 100)
    assert 0 < first < moved < third < 2**31


def test_nobody_hides_a_comment_from_us_by_what_may_not_be_carried() -> None:
    value = {
        "comment_id": "9_1",
        "from": {"id": "52", "name": "Ja\nna\x07" + "a" * 300},
        "message": "Bom\x07be" + "!" * 50_000,
    }
    [item] = items(adapter().read(comments(value), NOW))
    assert item["text"].startswith("Bom\N{REPLACEMENT CHARACTER}be!") and len(item["text"]) == 40_000
    assert item["author"]["display_name"].startswith("Ja na a") and len(item["author"]["display_name"]) == 200


@pytest.mark.parametrize(
    ("value", "expected"),
    (
        (1794654305, "2026-11-14T11:05:05+00:00"),
        ("1794654305", "2026-11-14T11:05:05+00:00"),
        (1794654305123, "2026-11-14T11:05:05.123000+00:00"),
        ("2026-11-14T11:05:05+0000", "2026-11-14T11:05:05+00:00"),
        ("2026-11-14T11:05:05", None),
        (0, None),
        (-1, None),
        (10**30, None),
        (float("inf"), None),
        (True, None),
        ("²", None),
        ("9" * 400, None),
        (None, None),
        ({}, None),
    ),
    ids=lambda value: str(value)[:20],
)
def test_times_of_meta_are_read_in_every_form_it_uses(value: Any, expected: str | None) -> None:
    assert moment(value) == expected


def test_a_page_that_is_not_named_is_foreign_and_one_that_is_has_its_community() -> None:
    made = adapter(places={104: "de", "105": "en"})
    value = {"comment_id": "9_1", "from": {"id": "52"}, "message": "m"}
    assert items(made.read(comments(value), NOW))[0]["community"] == "de"
    assert items(made.read(comments(value, place="105"), NOW))[0]["community"] == "en"
    assert [each.reason for each in made.read(comments(value, place="106"), NOW).skipped] == [SkipReason.FOREIGN_PLACE]
