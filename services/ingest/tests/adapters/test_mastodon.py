"""Mastodon beyond its samples: the signature case by case, what is private, and what a report holds besides."""

from __future__ import annotations

import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha1
from typing import Any, cast

import pytest

from feuerwache.common.http.signature import hex_hmac
from feuerwache.ingest.adapters.adapter import Delivery, Reading, Refusal, SkipReason
from feuerwache.ingest.adapters.mastodon import LONGEST_NOTE, MASTODON, Mastodon, MastodonSettings
from feuerwache.ingest.adapters.registry import load
from feuerwache.ingest.adapters.sample import read_sample, samples
from feuerwache.ingest.examination import Examined, examine
from feuerwache.ingest.integration import Integration

NOW = datetime(2026, 11, 14, 12, tzinfo=UTC)
URL = "https://social.example"
SECRET = b"d41d8cd98f00b204e9800998ecf8427ed41d8cd9"
INSTANCE = Mastodon(MastodonSettings(url=URL))


def payload(name: str) -> dict[str, Any]:
    path = next(path for path in samples("mastodon") if path.stem == name)
    request = read_sample(path).request
    assert request is not None
    return cast(dict[str, Any], request.body)


def call(body: dict[str, Any]) -> Delivery:
    sent = json.dumps(body).encode()
    return Delivery("POST", sent, {"x-hub-signature": f"sha256={hex_hmac(SECRET, sent)}"}, {}, NOW)


def read(body: dict[str, Any]) -> Reading:
    return INSTANCE.read(call(body), NOW)


def judged(delivery: Delivery, *secrets: bytes) -> Refusal | None:
    found = INSTANCE.verify(delivery, {"webhook": secrets or (SECRET,)}, NOW)
    return None if found is None else found.reason


def test_only_the_exact_signature_is_believed() -> None:
    right = call(payload("status-created"))
    signature = right.headers["x-hub-signature"]
    digest = signature.removeprefix("sha256=")
    old = hmac.new(SECRET, right.body, sha1).hexdigest()
    assert judged(right) is None
    assert judged(right, b"the-next-secret", SECRET) is None
    assert judged(right, b"the-next-secret") is Refusal.WRONG
    assert judged(right, b"") is Refusal.NO_SECRET
    assert judged(replace(right, headers={"x-hub-signature": f"sha256={hex_hmac(b'', right.body)}"}), b"") is not None
    assert judged(replace(right, headers={})) is Refusal.MISSING
    for wrong in (digest, f"sha1={old}", f"sha256={old}", f"sha256={digest.upper()}", f"{signature}0"):
        assert judged(replace(right, headers={"x-hub-signature": wrong})) is Refusal.WRONG
    assert judged(replace(right, body=right.body[:-2] + b"!}")) is Refusal.WRONG
    again = json.dumps(json.loads(right.body), indent=1, ensure_ascii=False).encode()
    assert judged(replace(right, body=again)) is Refusal.WRONG


@pytest.mark.parametrize("event", ("status.created", "status.updated"))
@pytest.mark.parametrize("visibility", ("direct", "limited", "", None, 1, ["public"]))
def test_what_may_be_private_is_not_read(event: str, visibility: object) -> None:
    said = payload("status-created")
    said["event"], said["object"]["visibility"] = event, visibility
    reading = read(said)
    assert reading.items == ()
    assert [each.reason for each in reading.skipped] == [SkipReason.PRIVATE]


def test_nothing_of_a_report_but_what_it_says_comes_out() -> None:
    """E-mail and IP addresses of both sides, and what the reporter says in their own words."""
    said = payload("report-created")
    said["object"]["target_account"].update(email="author@mail.example", ip="98.76.54.32")
    reading = read(said)
    whole = json.dumps([item.data for item in reading.items])
    assert len(reading.items) == 2
    assert "123456789" in whole
    for secret in ("@mail.example", "12.34.56.78", "98.76.54.32", "invite_request", "Beleidigung"):
        assert secret in json.dumps(said) and secret not in whole


def test_a_report_of_several_statuses_is_one_for_each_of_those_that_are_read() -> None:
    said = payload("report-created")
    first = said["object"]["statuses"][0]
    said["object"]["statuses"] = [first, {**first, "id": "2", "visibility": "direct"}, {**first, "id": "3"}]
    reading = read(said)
    told = [cast(dict[str, Any], item.data) for item in reading.items]
    assert [(each["kind"], each["post_id"]) for each in told] == [
        ("post", first["id"]),
        ("reported", first["id"]),
        ("post", "3"),
        ("reported", "3"),
    ]
    assert len({each["report_id"] for each in told if each["kind"] == "reported"}) == 2
    assert [each.reason for each in reading.skipped] == [SkipReason.PRIVATE]


def test_the_rule_that_was_broken_is_on_one_line_and_cut() -> None:
    said = payload("report-created")
    said["object"]["rules"] = [{"id": "1", "text": "ä\x00\n\u202e" * 3_000}, {"id": "2", "text": "Nicht spammen"}]
    reason = cast(dict[str, Any], read(said).items[1].data)["reason"]
    assert len(reason) == LONGEST_NOTE
    assert reason.isprintable()


def test_a_place_is_known_by_mention_or_hashtag_whatever_their_letters() -> None:
    settings = MastodonSettings(url=URL, places={"@morgenrot": "a", "#morgenrot": "b"})
    said = payload("status-created")
    for mentions, tags, community in (
        ([{"acct": "MORGENROT"}], [], "a"),
        ([], [{"name": "Morgenrot"}], "b"),
        ([{"acct": "morgenrot"}], [{"name": "morgenrot"}], "a"),
        ([{"acct": "morgenrot@elsewhere.example"}], [], None),
    ):
        said["object"].update(mentions=mentions, tags=tags)
        items = Mastodon(settings).read(call(said), NOW).items
        assert [cast(dict[str, Any], item.data).get("community") for item in items] == (
            [community] if community else []
        )


def test_a_text_that_hides_in_the_markup_is_the_one_that_is_seen() -> None:
    said = payload("status-created")
    said["object"]["content"] = '<p>Id<span class="invisible">x</span>iot</p><!-- nichts --><p>&lt;b&gt;</p>'
    assert cast(dict[str, Any], read(said).items[0].data)["text"] == "Idiot\n\n<b>"


def test_the_registry_knows_it() -> None:
    assert load("mastodon") is MASTODON


@pytest.mark.parametrize(
    "fields",
    (
        {"content": "<p>Idi\x08ot &#0; &#27;</p>"},
        {"content": "<p>" + "x" * 50_000},
        {"content": "<" * 1_000_000},
        {"content": "", "spoiler_text": "x" * 90_000},
        {"account": {"display_name": "ä" * 500}},
        {"account": {"display_name": "a\nb\x07", "acct": "k@" + "x" * 500}},
        {"account": {"created_at": "1970-01-01T00:00:00.000Z"}},
        {"account": {"created_at": "2999-01-01T00:00:00.000Z"}},
        {"account": {"created_at": "yesterday"}},
        {"url": "https://a.example/" + "x" * 3_000},
        {"url": "https://a.example/\x00"},
        {"card": {"url": "https://a.example/" + "x" * 3_000}},
        {"card": {"url": "\x00"}},
        {"language": "d\x00e" * 100},
        {"content": '<a href="https://a.example/' + "x" * 3_000 + '">x</a>'},
        {"media_attachments": [{"description": "a\x00\n" * 2_000}] * 30},
    ),
)
def test_nobody_hides_a_status_by_what_may_not_be_carried(fields: dict[str, Any]) -> None:
    said = payload("status-created")
    account = {**said["object"]["account"], **fields.get("account", {})}
    said["object"].update({**fields, "account": account})
    (item,) = read(said).items
    assert isinstance(examine(item, Integration(id="f", platform="fediverse", communities=("c",)), NOW), Examined)
