"""How platforms prove that a call is theirs: an HMAC of the body in a header, or a secret of ours given back. Pure.

All of them compare in constant time, take any of two secrets while one is being changed, and are never satisfied by an
empty secret. A header that is missing is told apart from one that is wrong, for the operator's sake alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal

from feuerwache.common.http.signature import WITHIN, base64_hmac, fresh, hex_hmac, same
from feuerwache.ingest.adapters.adapter import Delivery, Refusal, Refused
from feuerwache.ingest.outbound.signing import signing_key

MOST_SIGNATURES = 8


def hub_signature(delivery: Delivery, header: str, secrets: Iterable[bytes], prefix: str = "sha256=") -> Refused | None:
    """`<prefix><hex HMAC-SHA256 of the body>`, as WebSub has it (https://www.w3.org/TR/websub/#signing-content)."""
    given = delivery.headers.get(header)
    if not given:
        return Refused(Refusal.MISSING)
    return _any(given, (f"{prefix}{hex_hmac(secret, delivery.body)}" for secret in secrets if secret))


def hmac_header(
    delivery: Delivery,
    header: str,
    secrets: Iterable[bytes],
    real_now: datetime,
    *,
    prefix: str = "",
    encoding: Literal["hex", "base64"] = "hex",
    signed: str = "{body}",
    time_header: str | None = None,
    within: timedelta = WITHIN,
) -> Refused | None:
    """An HMAC-SHA256 of `signed`, in which {body} and {timestamp} stand for the body and for the time header's value.

    That value is in Unix seconds and must not be older or newer than `within`. Without one, whoever has heard a call
    can repeat it, and it is the same events again. A wrong signature is told as one, however old the call is.
    """
    given = delivery.headers.get(header)
    time = "" if time_header is None else delivery.headers.get(time_header, "")
    if not given or (time_header is not None and not time):
        return Refused(Refusal.MISSING)
    before, _, after = signed.partition("{body}")
    first, last = (part.replace("{timestamp}", time).encode() for part in (before, after))
    text = first + delivery.body + last
    refused = _any(given, (f"{prefix}{_hmac(secret, text, encoding)}" for secret in secrets if secret))
    if refused is None and time_header is not None and not fresh(time, real_now, within):
        return Refused(Refusal.STALE)
    return refused


def standard_webhook(
    delivery: Delivery, secrets: Iterable[bytes], real_now: datetime, within: timedelta = WITHIN
) -> Refused | None:
    """Signed as Standard Webhooks 1.0 says, with `whsec_` secrets; of several signatures one has to fit.

    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    message, time, signatures = (delivery.headers.get(name, "") for name in names)
    if not message or not time or not signatures:
        return Refused(Refusal.MISSING)
    text = f"{message}.{time}.".encode() + delivery.body
    expected = [f"v1,{base64_hmac(key, text)}" for key in _keys(secrets)]
    if not expected:
        return Refused(Refusal.NO_SECRET)
    # A sender signs with a few keys at most: more signatures are somebody who tries.
    found = [_any(given, expected) is None for given in signatures.split(" ")[:MOST_SIGNATURES]]
    if not any(found):
        return Refused(Refusal.WRONG)
    return None if fresh(time, real_now, within) else Refused(Refusal.STALE)


def bearer(delivery: Delivery, secrets: Iterable[bytes]) -> Refused | None:
    """`Authorization: Bearer <secret>`. It proves nothing about the body: TLS has to keep both."""
    given = delivery.headers.get("authorization")
    if not given:
        return Refused(Refusal.MISSING)
    scheme, _, token = given.partition(" ")
    refused = _any(token.strip(), (secret.decode("utf-8", "replace") for secret in secrets if secret))
    return refused if refused is not None or scheme.lower() == "bearer" else Refused(Refusal.WRONG)


def secret_header(delivery: Delivery, header: str, secrets: Iterable[bytes]) -> Refused | None:
    """The secret itself, in a header. It proves nothing about the body: TLS has to keep both."""
    given = delivery.headers.get(header)
    if not given:
        return Refused(Refusal.MISSING)
    return _any(given, (secret.decode("utf-8", "replace") for secret in secrets if secret))


def same_secret(given: str | None, secrets: Iterable[bytes]) -> bool:
    """Whether a value is one of the secrets."""
    return _any(given or "", (secret.decode("utf-8", "replace") for secret in secrets if secret)) is None


def _keys(secrets: Iterable[bytes]) -> Iterator[bytes]:
    for secret in secrets:
        try:
            yield signing_key(secret.decode("utf-8", "replace").strip())
        except ValueError:
            continue  # a secret that is no key opens nothing; with none left the call is refused


def _hmac(secret: bytes, text: bytes, encoding: Literal["hex", "base64"]) -> str:
    return hex_hmac(secret, text) if encoding == "hex" else base64_hmac(secret, text)


def _any(given: str, expected: Iterable[str]) -> Refused | None:
    """Every one is compared, so that the time it takes does not tell which fitted."""
    found = [same(given, each) for each in expected]
    if not found:
        return Refused(Refusal.NO_SECRET)
    return None if any(found) else Refused(Refusal.WRONG)
