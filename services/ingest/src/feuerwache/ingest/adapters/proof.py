"""How platforms prove that a call is theirs: an HMAC of the body in a header, or a secret of ours given back. Pure.

All of them compare in constant time, take any of two secrets while one is being changed, and are never satisfied by an
empty secret. A header that is missing is told apart from one that is wrong, for the operator's sake alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from feuerwache.common.http.signature import hex_hmac, same
from feuerwache.ingest.adapters.adapter import Delivery, Refusal, Refused


def hub_signature(delivery: Delivery, header: str, secrets: Iterable[bytes], prefix: str = "sha256=") -> Refused | None:
    """`<prefix><hex HMAC-SHA256 of the body>`, as WebSub has it (https://www.w3.org/TR/websub/#signing-content)."""
    given = delivery.headers.get(header)
    if not given:
        return Refused(Refusal.MISSING)
    return _any(given, (f"{prefix}{hex_hmac(secret, delivery.body)}" for secret in secrets if secret))


def secret_header(delivery: Delivery, header: str, secrets: Iterable[bytes]) -> Refused | None:
    """The secret itself, in a header. It proves nothing about the body: TLS has to keep both."""
    given = delivery.headers.get(header)
    if not given:
        return Refused(Refusal.MISSING)
    return _any(given, (secret.decode("utf-8", "replace") for secret in secrets if secret))


def same_secret(given: str | None, secrets: Iterable[bytes]) -> bool:
    """Whether a value is one of the secrets."""
    return _any(given or "", (secret.decode("utf-8", "replace") for secret in secrets if secret)) is None


def _any(given: str, expected: Iterable[str]) -> Refused | None:
    """Every one is compared, so that the time it takes does not tell which fitted."""
    found = [same(given, each) for each in expected]
    if not found:
        return Refused(Refusal.NO_SECRET)
    return None if any(found) else Refused(Refusal.WRONG)
