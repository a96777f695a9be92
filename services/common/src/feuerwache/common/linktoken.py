"""The token behind the link in a page: bound to one person and one incident, signed, with an end.

HMAC-SHA256 over `incident.person.expires`. Lifetimes and signatures use real time, never the demo's clock: a token
is checked with `real_now()`.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from feuerwache.common.errors import FeuerwacheError

SEPARATOR = "\x1f"
TOO_SHORT = 32


class BadToken(FeuerwacheError):  # noqa: N818 - reads as what it is
    """The token is not ours, was changed, or has ended. The message says which, without the token."""


class EndedToken(BadToken):
    """The token was ours and unchanged, and its time is over."""


@dataclass(frozen=True, slots=True)
class LinkToken:
    incident_id: UUID
    person_id: str
    expires: datetime


def issue(token: LinkToken, secret: bytes) -> str:
    """The token as it stands in a link (URL-safe, no padding)."""
    check_secret(secret)
    body = SEPARATOR.join((str(token.incident_id), token.person_id, str(int(token.expires.timestamp())))).encode()
    return _b64(hmac.digest(secret, body, sha256) + body)


def verify(text: str, secret: bytes, real_now: datetime) -> LinkToken:
    """Raises `BadToken`."""
    check_secret(secret)
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        signature, body = raw[:32], raw[32:]
        if not hmac.compare_digest(signature, hmac.digest(secret, body, sha256)):
            raise BadToken("this link was not issued here or has been changed")
        incident, person, expires = body.decode().split(SEPARATOR)
        token = LinkToken(UUID(incident), person, datetime.fromtimestamp(int(expires), UTC))
    except (ValueError, Base64Error) as error:
        raise BadToken("this link is incomplete") from error
    if real_now >= token.expires:
        raise EndedToken("this link has ended")
    return token


def check_secret(secret: bytes) -> None:
    if len(secret) < TOO_SHORT:
        raise FeuerwacheError("FEUERWACHE_LINK_SECRET must have at least 32 characters")


def _b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
