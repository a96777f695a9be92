"""The generic mapper: its configuration is checked with file, line and column, its proofs hold, no body stalls it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as StandardWebhook

from feuerwache.common.config.community import Communities, Community
from feuerwache.common.config.source import ConfigError
from feuerwache.common.http.signature import base64_hmac, hex_hmac
from feuerwache.ingest.adapters.adapter import Delivery, Refusal, Refused, Skipped, SkipReason
from feuerwache.ingest.adapters.mapper import MAX_BODY, Mapper, MapperSettings
from feuerwache.ingest.envelope import Unreadable
from feuerwache.ingest.integration import load_integrations

NOW = datetime(2026, 11, 14, 12, tzinfo=UTC)
SECRETS: Mapping[str, tuple[bytes, ...]] = {"webhook": (b"the-secret-of-the-tests",)}
POST = {"post_id": "item.id", "author.id": "item.who", "text": "item.text", "created_at": "item.at"}

HEAD = """\
integrations:
  - id: shop
    platform: shop
    communities: [one]
    adapter:
      kind: mapper
      secrets: {webhook: [{env: SHOP_HOOK_SECRET}]}
      settings:
        proof: {token: {}}
"""


def mapper(**settings: Any) -> Mapper:
    return Mapper(MapperSettings.model_validate({"proof": {"token": {}}, **settings}))


def call(body: bytes, headers: Mapping[str, str] | None = None) -> Delivery:
    return Delivery("POST", body, headers or {}, {}, NOW)


def load(folder: Path, text: str) -> None:
    (folder / "integrations.yaml").write_text(text)
    one = Community(id="one", title="T", brand="b", rules="r", policy="p")
    load_integrations(folder, Communities(communities=(one,)))


@pytest.mark.parametrize(
    ("rules", "place", "reason"),
    [
        ("- {when: item.type ==, skip: ping}", "11:14", "line 1, column 13: Syntax error"),
        ("- when: item.list.exists(x, x)\n            skip: ping", "11:13", "exists is a loop"),
        (
            "- kind: deleted\n            fields:\n              post_id: item.id\n              deleted_at: tim(item)",
            "14:15",
            "there is no function 'tim'",
        ),
        (
            "- kind: deleted\n            fields:\n              post_id: item.id\n              deletd_at: item.at",
            "14:15",
            "there is no field 'deletd_at'; did you mean 'deleted_at'?",
        ),
        ("- kind: deleted\n            fields: {post_id: item.id}", "11:13", "kind deleted needs deleted_at"),
        (
            "- kind: deleted\n            fields: {post_id: item.id, deleted_at: item.at, text: item.t}",
            "11:13",
            "'text' is no field of kind deleted",
        ),
        ("- {kind: deleted, fields: {post_id: body.id, deleted_at: item.at}}", "11:38", "there is no 'body' here"),
        ("- {when: item.a}", "11:13", "give `kind` and `fields`, or `skip`"),
        ("- {skip: nonsense}", "11:14", "Input should be 'ping'"),
        ("- {wehn: 'true', skip: ping}", "11:14", "Extra inputs are not permitted"),
    ],
)
def test_check_says_where_a_rule_is_wrong(tmp_path: Path, rules: str, place: str, reason: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(tmp_path, f"{HEAD}        rules:\n          {rules}\n")
    assert f"integrations.yaml:{place}: " in str(error.value)
    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("proof", "reason"),
    [
        ("{}", "give one of hmac, standard_webhooks, secret_header, token"),
        ("{token: {}, standard_webhooks: {}}", "give one of"),
        ("{token: null}", "give one of"),
        ("{hmac: {header: x-s, signed: '{timestamp}.{body}'}}", "a `timestamp` only helps when"),
        ("{hmac: {header: x-s, timestamp: {header: x-t}}}", "a `timestamp` only helps when"),
        ("{hmac: {header: x-s, signed: 'fixed'}}", "`signed` must hold {body}, once"),
        ("{hmac: {header: 'x s'}}", "String should match pattern"),
        ("{hmac: {header: x-s, encoding: base32}}", "Input should be 'hex' or 'base64'"),
    ],
)
def test_a_proof_that_proves_nothing_is_refused(tmp_path: Path, proof: str, reason: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(tmp_path, f"{HEAD.replace('{token: {}}', proof)}        rules: [{{skip: ping}}]\n")
    assert reason in str(error.value)


def test_a_mapper_without_its_secret_is_refused(tmp_path: Path) -> None:
    text = f"{HEAD}        rules: [{{skip: ping}}]\n".replace(
        "      secrets: {webhook: [{env: SHOP_HOOK_SECRET}]}\n", ""
    )
    with pytest.raises(ConfigError, match=r"integrations\.yaml:5:5: .*the secret 'webhook' is missing"):
        load(tmp_path, text)


def verdict(proof: Mapping[str, Any], delivery: Delivery, now: datetime = NOW, **more: Any) -> Refusal | None:
    found = mapper(proof=proof, rules=[{"skip": "ping"}]).verify(delivery, more.get("secrets", SECRETS), now)
    return found.reason if isinstance(found, Refused) else None


TIMED = {
    "hmac": {
        "header": "X-Sig",
        "prefix": "v0=",
        "encoding": "base64",
        "timestamp": {"header": "X-Time", "within": "2m"},
        "signed": "{timestamp}.{body}",
    }
}


@pytest.mark.parametrize(
    ("age", "expected"),
    [(0, None), (120, None), (121, Refusal.STALE), (-120, None), (-121, Refusal.STALE), (86_400, Refusal.STALE)],
)
def test_a_signed_call_is_only_believed_for_a_while(age: int, expected: Refusal | None) -> None:
    time = str(int((NOW - timedelta(seconds=age)).timestamp()))
    signature = "v0=" + base64_hmac(SECRETS["webhook"][0], f"{time}.{{}}".encode())
    assert verdict(TIMED, call(b"{}", {"x-sig": signature, "x-time": time})) is expected


def test_the_time_of_a_signed_call_is_part_of_what_is_signed() -> None:
    time = str(int(NOW.timestamp()))
    signature = "v0=" + base64_hmac(SECRETS["webhook"][0], f"{time}.{{}}".encode())
    later = str(int(NOW.timestamp()) + 1)
    assert verdict(TIMED, call(b"{}", {"x-sig": signature, "x-time": later})) is Refusal.WRONG
    assert verdict(TIMED, call(b"{}", {"x-sig": signature})) is Refusal.MISSING
    for odd in ("", "x", "-1", "1" * 40, "１７９４６５７６００", "1e9", " " + time):
        signature = "v0=" + base64_hmac(SECRETS["webhook"][0], f"{odd}.{{}}".encode())
        refused = verdict(TIMED, call(b"{}", {"x-sig": signature, "x-time": odd}))
        assert refused in {Refusal.STALE, Refusal.MISSING}


def test_hexadecimal_digits_are_lower_case_ones_and_nothing_else_is_taken() -> None:
    proof: Mapping[str, Any] = {"hmac": {"header": "x-sig"}}
    right = hex_hmac(SECRETS["webhook"][0], b"{}")
    assert verdict(proof, call(b"{}", {"x-sig": right})) is None
    for wrong in (right.upper(), right + " ", "sha256=" + right, hex_hmac(SECRETS["webhook"][0], b"{}", "sha1")):
        assert verdict(proof, call(b"{}", {"x-sig": wrong})) is Refusal.WRONG
    empty = hex_hmac(b"", b"{}")
    assert verdict(proof, call(b"{}", {"x-sig": empty}), secrets={"webhook": (b"",)}) is Refusal.NO_SECRET


def test_standard_webhooks_are_those_of_their_own_library() -> None:
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()
    body, now = '{"ä": 1}', datetime.now(UTC)
    signature = StandardWebhook(secret).sign("msg_1", now, body)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    proof: Mapping[str, Any] = {"standard_webhooks": {}}
    secrets = {"webhook": (secret.encode(),)}

    def judged(delivery: Delivery, at: datetime = now) -> Refusal | None:
        return verdict(proof, delivery, at, secrets=secrets)

    assert judged(call(body.encode(), headers)) is None
    several = {**headers, "webhook-signature": f"v1a,abc v1,{'A' * 44} {signature}"}
    assert judged(call(body.encode(), several)) is None
    crowd = {**headers, "webhook-signature": " ".join([*(f"v1,{at}" for at in range(8)), signature])}
    assert judged(call(body.encode(), crowd)) is Refusal.WRONG
    assert judged(call(body.encode(), {**headers, "webhook-id": "msg_2"})) is Refusal.WRONG
    assert judged(call(body.encode(), headers), now + timedelta(minutes=6)) is Refusal.STALE
    assert verdict(proof, call(body.encode(), headers), now, secrets={"webhook": (b"no-key",)}) is Refusal.NO_SECRET
    for name in headers:
        less = {key: value for key, value in headers.items() if key != name}
        assert judged(call(body.encode(), less)) is Refusal.MISSING


def test_a_bearer_token_needs_its_scheme() -> None:
    token = SECRETS["webhook"][0].decode()
    for right in (f"Bearer {token}", f"bearer  {token} "):
        assert verdict({"token": {}}, call(b"{}", {"authorization": right})) is None
    for wrong in (token, f"Basic {token}", "Bearer", f"Bearer{token}"):
        assert verdict({"token": {}}, call(b"{}", {"authorization": wrong})) is Refusal.WRONG


def test_expressions_see_no_secret_of_the_call() -> None:
    rule = {"kind": "post", "fields": {**POST, "text": "headers['authorization']", "url": "headers['x-key']"}}
    one = mapper(rules=[rule], proof={"secret_header": {"header": "X-Key"}})
    headers = {"authorization": "Bearer geheim", "x-key": "geheim", "cookie": "geheim"}
    [item] = one.read(call(b'{"id": 1, "who": 2, "at": "x"}', headers), NOW).items
    assert "geheim" not in str(item)


def test_rules_are_tried_in_order_and_what_none_takes_is_counted() -> None:
    one = mapper(items="body", rules=[{"when": "item == 1", "skip": "ping"}, {"when": "item < 3", "skip": "boost"}])
    reading = one.read(call(b"[1, 2, 3]"), NOW)
    reasons = (SkipReason.PING, SkipReason.REPEATED_BY_PLATFORM, SkipReason.UNKNOWN_EVENT)
    assert reading.skipped == tuple(Skipped(reason) for reason in reasons)


def test_a_condition_that_is_none_is_a_problem_of_its_item_alone() -> None:
    one = mapper(items="body", rules=[{"when": "item.a", "skip": "ping"}])
    reading = one.read(call(b'[{"a": 5}, {"a": true}, {}]'), NOW)
    assert [str(problem.field) for item in reading.items for problem in item.problems] == ["rules.0.when"]
    assert [each.reason for each in reading.skipped] == [SkipReason.PING, SkipReason.UNKNOWN_EVENT]


def test_a_body_without_the_list_is_something_else_and_one_that_is_no_list_is_unreadable() -> None:
    one = mapper(items="body.events", rules=[{"skip": "ping"}])
    assert one.read(call(b'{"ping": 1}'), NOW).skipped == (Skipped(SkipReason.UNKNOWN_EVENT),)
    for body in (b'{"events": 5}', b"5", b"[]"):
        with pytest.raises(Unreadable):
            one.read(call(body), NOW)


@pytest.mark.parametrize(
    "body",
    [
        b'{"events":[' + b",".join([b"1"] * 1_001) + b"]}",
        b'{"events":[], "x": "' + b"x" * MAX_BODY + b'"}',
        b'{"events":' + b"[" * 100 + b"]" * 100 + b"}",
    ],
)
def test_more_than_the_limits_is_refused_as_too_large(body: bytes) -> None:
    with pytest.raises(Unreadable) as error:
        mapper(items="body.events", rules=[{"skip": "ping"}]).read(call(body), NOW)
    assert error.value.status == 413


def test_the_worst_body_that_is_taken_is_read_to_its_end() -> None:
    """Loops in loops over a hundred entries would take a minute, over a thousand a day: this would run into the suite's
    time limit. What is taken costs a walk over the item for each expression: half a second here."""
    costly = "item.text.matches('(x+x+)+y') ? 'a' : string(size(item.list)) + envelope.a + item.text"
    fields = dict.fromkeys([*POST, "parent_id", "thread_id", "author.handle", "url"], costly)
    rules = [*({"when": "size(item.text) == 1", "skip": "ping"} for _ in range(15)), {"kind": "post", "fields": fields}]
    item = b'{"text":"' + b"x" * 37 + b'","list":[1,2,3,4,5,6,7,8,9]}'
    body = b'{"a":"' + b"a" * 900 + b'","events":[' + b",".join([item] * 1_000) + b"]}"
    assert len(mapper(items="body.events", rules=rules).read(call(body), NOW).items) == 1_000
