"""Discourse beyond its samples: the signature case by case, and what must never be read or believed."""

from __future__ import annotations

import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha1
from typing import Any, cast

import pytest
from pydantic import ValidationError

from feuerwache.common.http.signature import hex_hmac
from feuerwache.ingest.adapters.adapter import Delivery, Refusal, SkipReason
from feuerwache.ingest.adapters.discourse import DISCOURSE, Discourse, DiscourseSettings
from feuerwache.ingest.adapters.registry import load
from feuerwache.ingest.adapters.sample import read_sample, samples
from feuerwache.ingest.examination import Examined, examine
from feuerwache.ingest.integration import Integration

NOW = datetime(2026, 11, 14, 12, tzinfo=UTC)
SECRET = b"a-secret-of-twelve"
FORUM = Discourse(DiscourseSettings(url="https://forum.example"))


def payload(name: str) -> dict[str, Any]:
    path = next(path for path in samples("discourse") if path.stem == name)
    request = read_sample(path).request
    assert request is not None
    return cast(dict[str, Any], request.body)


def call(event: str, body: dict[str, Any] | bytes, secret: bytes = SECRET) -> Delivery:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    signature = {"x-discourse-event-signature": f"sha256={hex_hmac(secret, sent)}", "x-discourse-event": event}
    return Delivery("POST", sent, signature, {}, NOW)


def judged(delivery: Delivery, *secrets: bytes) -> Refusal | None:
    found = FORUM.verify(delivery, {"webhook": secrets or (SECRET,)}, NOW)
    return None if found is None else found.reason


def signed_as(delivery: Delivery, signature: str) -> Delivery:
    return replace(delivery, headers={**delivery.headers, "x-discourse-event-signature": signature})


def test_the_signature_of_the_platforms_own_test_is_taken() -> None:
    """`spec/jobs/regular/emit_web_hook_event_spec.rb`: the ping, whose body has 13 bytes."""
    ping = Delivery("POST", b'{"ping":"OK"}', {}, {}, NOW)
    known = "sha256=162f107f6b5022353274eb1a7197885cfd35744d8d08e5bcea025d309386b7d6"
    assert judged(signed_as(ping, known), b"my_lovely_secret_for_web_hook") is None
    assert judged(signed_as(ping, known)) is Refusal.WRONG


def test_only_the_exact_signature_is_believed() -> None:
    right = call("post_created", payload("post-created"))
    signature = right.headers["x-discourse-event-signature"]
    digest = signature.removeprefix("sha256=")
    assert judged(right) is None
    assert judged(right, b"the-next-secret", SECRET) is None
    assert judged(right, b"the-next-secret") is Refusal.WRONG
    assert judged(right, b"") is Refusal.NO_SECRET
    assert FORUM.verify(right, {}, NOW) is not None
    assert judged(signed_as(right, f"sha256={hex_hmac(b'', right.body)}"), b"") is Refusal.NO_SECRET
    assert judged(replace(right, headers={})) is Refusal.MISSING
    old = hmac.new(SECRET, right.body, sha1).hexdigest()
    # OpenSSL's hexdigest writes small letters, so capitals are nobody's.
    for wrong in (
        digest,
        f"sha1={old}",
        f"sha256={old}",
        f"SHA256={digest}",
        f"sha256={digest.upper()}",
        f"{signature} ",
    ):
        assert judged(signed_as(right, wrong)) is Refusal.WRONG
    assert judged(replace(right, body=right.body[:-2] + b"!}")) is Refusal.WRONG
    again = json.dumps(json.loads(right.body), indent=1, ensure_ascii=False).encode()
    assert judged(replace(right, body=again)) is Refusal.WRONG


@pytest.mark.parametrize("event", ("post_created", "post_edited", "post_recovered", "post_destroyed"))
def test_nothing_of_a_private_message_comes_out(event: str) -> None:
    reading = FORUM.read(call(event, payload("private-message")), NOW)
    assert (reading.items, reading.fetches) == ((), ())
    assert [each.reason for each in reading.skipped] == [SkipReason.PRIVATE]


@pytest.mark.parametrize("archetype", (None, "", "Regular", 1, ["regular"]))
def test_a_text_of_what_may_be_private_is_not_read(archetype: object) -> None:
    said = payload("post-created")
    said["post"]["topic_archetype"] = archetype
    assert FORUM.read(call("post_created", said), NOW).items == ()


def test_no_author_approves_themselves_by_deleting_and_recovering() -> None:
    said = payload("post-destroyed-own")
    kinds = [
        cast(dict[str, Any], item.data)["kind"]
        for event in ("post_destroyed", "post_recovered")
        for item in FORUM.read(call(event, said), NOW).items
    ]
    said["post"]["user_deleted"] = False
    kinds += [cast(dict[str, Any], item.data)["kind"] for item in FORUM.read(call("post_recovered", said), NOW).items]
    assert "moderated" not in kinds
    assert kinds[-1] == "post"


def test_who_deletes_their_own_post_for_good_is_no_moderator() -> None:
    said = payload("post-destroyed-moderator")
    said["post"]["deleted_by"]["id"] = said["post"]["user_id"]
    assert [
        cast(dict[str, Any], item.data)["kind"] for item in FORUM.read(call("post_destroyed", said), NOW).items
    ] == ["deleted"]


def test_edits_rise_with_time_whatever_the_version_says() -> None:
    said = payload("post-edited")
    found = []
    for at in ("2026-11-14T11:20:00.600Z", "2026-11-14T11:20:01.500Z", "2026-11-14T11:25:00.000Z"):
        said["post"]["updated_at"] = at
        found.append(cast(dict[str, Any], FORUM.read(call("post_edited", said), NOW).items[0].data)["revision"])
    assert found == [1, 1, 299]


def test_many_flags_are_bounded_and_the_newest_are_told() -> None:
    said = payload("flag-created")
    said["reviewable"]["reviewable_score_ids"] = list(range(500, 0, -1))
    items = FORUM.read(call("reviewable_score_updated", said), NOW).items
    ids = [cast(dict[str, Any], item.data)["report_id"] for item in items]
    assert len(ids) == 51
    assert (ids[0], ids[-1]) == ("reviewable-31", "flag-500")


def test_an_events_name_is_counted_only_when_it_is_known() -> None:
    for event, what in (("topic_edited", "topic_edited"), ("x" * 500, ""), ("", "")):
        skipped = FORUM.read(call(event, {"topic": {"id": 1}}), NOW).skipped
        assert [(each.reason, each.what) for each in skipped] == [(SkipReason.UNKNOWN_EVENT, what)]


@pytest.mark.parametrize("topic", ("88/../../admin", "88?x=1", "8 8", "٨٨", ""))
def test_a_topic_that_is_no_number_is_not_asked_for(topic: str) -> None:
    said = payload("post-reply")
    said["post"]["topic_id"] = topic
    forum = Discourse(DiscourseSettings(url="https://forum.example", parents="public"))
    reading = forum.read(call("post_created", said), NOW)
    assert reading.fetches == ()
    assert len(reading.items) == 1


@pytest.mark.parametrize("url", ("forum.example", "ftp://forum.example", "https://", "https://forum.example/?a=b", ""))
def test_a_forum_has_an_address(url: str) -> None:
    with pytest.raises(ValidationError):
        DiscourseSettings(url=url)


def test_the_registry_knows_it() -> None:
    assert load("discourse") is DISCOURSE


def test_a_closed_forum_is_asked_with_the_key_and_its_user() -> None:
    forum = Discourse(DiscourseSettings(url="https://forum.example/", parents="key", api_user="feuerwache"))
    (fetch,) = forum.read(call("post_created", payload("post-reply")), NOW).fetches
    assert (fetch.secret, fetch.header, dict(fetch.headers)) == ("api", "api-key", {"api-username": "feuerwache"})
    assert fetch.url == "https://forum.example/posts/by_number/88/2.json"


@pytest.mark.parametrize("user", ("", "a b", "x\r\nHost: y", "a" * 61))
def test_the_name_of_the_keys_user_is_no_way_into_the_headers(user: str) -> None:
    with pytest.raises(ValidationError):
        DiscourseSettings(url="https://forum.example", api_user=user)


@pytest.mark.parametrize(
    "fields",
    (
        {"raw": "Idi\x08ot \x00\x1b[31m"},
        {"raw": "x" * 50_000},
        {"raw": "\u0958" * 40_000},
        {"name": "ä" * 255},
        {"name": "a\nb\x07\u202e"},
        {"username": "x" * 500},
        {"raw": "Da ![a\x07b|1x1](upload://x.png) ![" + "c" * 400 + "](upload://y.png)"},
    ),
)
def test_nobody_hides_a_post_by_what_may_not_be_carried(fields: dict[str, Any]) -> None:
    said = payload("post-first")
    said["post"].update(fields)
    (item,) = FORUM.read(call("post_created", said), NOW).items
    assert isinstance(examine(item, integration(), NOW), Examined)


def integration() -> Integration:
    return Integration(id="forum", platform="forum", communities=("c",))
