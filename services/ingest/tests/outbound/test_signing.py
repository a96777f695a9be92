"""Signatures, proven by the specification's own library and by a second reading of the specification."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from feuerwache.common.config.secretsource import SecretSource
from feuerwache.ingest.outbound.secret import SecretError, signing_keys
from feuerwache.ingest.outbound.signing import signed_headers, signing_key

OLD, NEW = ("whsec_" + base64.b64encode(letter * 32).decode() for letter in (b"o", b"n"))
BODY = '{"type":"decision.made","data":{"reason":"Grüße"}}'.encode()


@pytest.mark.parametrize("key", [OLD, NEW])
def test_while_the_key_changes_either_one_proves_the_call(key: str) -> None:
    now = datetime.now(UTC)
    headers = signed_headers("id-1", BODY, [signing_key(NEW), signing_key(OLD)], now)
    assert Verifier(key).verify(BODY, headers)["type"] == "decision.made"
    with pytest.raises(WebhookVerificationError):
        Verifier(key).verify(BODY.replace(b"made", b"made!"), headers)
    stale = signed_headers("id-1", BODY, [signing_key(key)], datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(WebhookVerificationError):
        Verifier(key).verify(BODY, stale)


def test_the_signature_is_what_the_specification_says() -> None:
    headers = signed_headers("id-1", BODY, [b"n" * 32], datetime.fromtimestamp(1_700_000_000.9, UTC))
    signed = hmac.new(b"n" * 32, b"id-1.1700000000." + BODY, hashlib.sha256).digest()
    assert headers == {
        "webhook-id": "id-1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


@pytest.mark.parametrize("text", ["", "whsec_", "swordfish", "whsec_swordfish!", NEW.removeprefix("whsec_")])
def test_what_is_no_secret_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="whsec_ and the base64") as caught:
        signing_key(text)
    assert "swordfish" not in str(caught.value)


def test_secrets_are_read_anew_and_a_second_one_may_be_gone(tmp_path: Path) -> None:
    async def scenario() -> None:
        file = tmp_path / "secret"
        file.write_text(f"{NEW}\n")
        sources = (SecretSource(file=file), SecretSource(env="OLD"))
        assert await signing_keys(sources, {"OLD": OLD}) == [b"n" * 32, b"o" * 32]
        assert await signing_keys(sources, {}) == [b"n" * 32]
        file.write_text("swordfish")
        for environment in ({"OLD": OLD}, {}):
            with pytest.raises(SecretError, match="holds no signing secret") as caught:
                await signing_keys(sources, environment)
            assert "swordfish" not in str(caught.value)
        with pytest.raises(SecretError, match=r"variable GONE .* is not set"):
            await signing_keys((SecretSource(env="GONE"),), {})

    asyncio.run(scenario())
