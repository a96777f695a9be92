"""How calls prove whose they are: in constant time, with two secrets, never with an empty one."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from feuerwache.common.http.signature import hex_hmac, same
from feuerwache.ingest.adapters import proof
from feuerwache.ingest.adapters.adapter import Delivery, Refusal, Refused

NOW = datetime(2026, 11, 14, 12, tzinfo=UTC)
BODY = b'{"text": "\\u00e4"}'
SECRETS = (b"the-first-secret", b"the-second-secret")
Check = Callable[..., Refused | None]


def call(headers: dict[str, str], body: bytes = BODY) -> Delivery:
    return Delivery("POST", body, headers, {}, NOW)


def reason(refused: Refused | None) -> Refusal | None:
    return None if refused is None else refused.reason


def hub(delivery: Delivery, secrets: Any) -> Refused | None:
    return proof.hub_signature(delivery, "x-hub", secrets)


def secret(delivery: Delivery, secrets: Any) -> Refused | None:
    return proof.secret_header(delivery, "x-hub", secrets)


def digest(delivery: Delivery, secrets: Any) -> Refused | None:
    return proof.hmac_header(delivery, "x-hub", secrets, NOW, prefix="sha256=")


def test_a_hub_signature_is_that_of_the_bytes_as_they_came() -> None:
    right = "sha256=" + hex_hmac(SECRETS[0], BODY)
    assert hub(call({"x-hub": right}), SECRETS) is None
    assert hub(call({"x-hub": right}), SECRETS[::-1]) is None
    for wrong in (
        "sha256=" + hex_hmac(SECRETS[0], '{"text": "ä"}'.encode()),
        "sha1=" + hex_hmac(SECRETS[0], BODY, "sha1"),
        hex_hmac(SECRETS[0], BODY),
        right.upper(),
        right + "\n",
        "sha256=",
        "sha256=ä",
    ):
        assert reason(hub(call({"x-hub": wrong}), SECRETS)) is Refusal.WRONG, wrong


@pytest.mark.parametrize("check", [hub, secret, digest])
def test_an_empty_secret_opens_nothing(check: Check) -> None:
    for value in ("", "sha256=", "sha256=" + hmac.new(b"", BODY, "sha256").hexdigest()):
        for secrets in ((), (b"",), (b"", b"")):
            assert reason(check(call({"x-hub": value}), secrets)) in {Refusal.MISSING, Refusal.NO_SECRET}
    assert reason(check(call({}), SECRETS)) is Refusal.MISSING


def test_every_secret_is_compared_in_constant_time_whichever_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comparison that ends at the first that fits would tell which one it was."""
    compared: list[bool] = []

    def counted(given: str | None, expected: str) -> bool:
        compared.append(same(given, expected))
        return compared[-1]

    monkeypatch.setattr("feuerwache.ingest.adapters.proof.same", counted)
    for at in range(2):
        compared.clear()
        assert secret(call({"x-hub": SECRETS[at].decode()}), SECRETS) is None
        assert compared == [at == 0, at == 1]
    compared.clear()
    assert secret(call({"x-hub": "wrong"}), SECRETS) == Refused(Refusal.WRONG)
    assert compared == [False, False]


def test_a_value_is_one_of_the_secrets_or_not() -> None:
    assert proof.same_secret("the-first-secret", SECRETS)
    for wrong in ("", None, "the", "the-first-secret "):
        assert not proof.same_secret(wrong, SECRETS)
    assert not proof.same_secret("", (b"",))


def test_a_refusal_quotes_nothing_of_the_call() -> None:
    found = hub(call({"x-hub": "sha256=geheim"}), SECRETS)
    assert found == Refused(Refusal.WRONG)
    delivery = Delivery("POST", b"geheim", {"x": "geheim"}, {"y": "geheim"}, NOW)
    assert "geheim" not in repr(delivery) + repr(found)
