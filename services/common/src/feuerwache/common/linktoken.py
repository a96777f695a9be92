"""The token behind the link in a page: bound to one person and one incident, signed, with an end.

HMAC-SHA256 over incident, end and person, cut to 96 bits (RFC 2104, section 5, allows it; who guesses has to ask the
console each time) so that a link fits into a text message: 60 letters for a person's id of 13. Lifetimes and
signatures use real time, never the demo's clock: a token is checked with `real_now()`.
"""

from __future__ import annotations

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from feuerwache.common.errors import FeuerwacheError

SEPARATOR = "\x1f"
TOO_SHORT = 32
#: Says which token is meant when it is signed, so that no signature of another purpose opens a page.
PURPOSE = b"link\x1f"
SIGNATURE, HEAD = 12, struct.Struct(">16sI")


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
    body = HEAD.pack(token.incident_id.bytes, int(token.expires.timestamp())) + token.person_id.encode()
    return _b64(_signature(body, secret) + body)


def verify(text: str, secret: bytes, real_now: datetime) -> LinkToken:
    """Raises `BadToken`."""
    check_secret(secret)
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        signature, body = raw[:SIGNATURE], raw[SIGNATURE:]
        if hmac.compare_digest(signature, _signature(body, secret)):
            incident, expires = HEAD.unpack_from(body)
            token = LinkToken(UUID(bytes=incident), body[HEAD.size :].decode(), datetime.fromtimestamp(expires, UTC))
        else:
            token = _long(raw, secret)
    except (ValueError, Base64Error, struct.error) as error:
        raise BadToken("this link is incomplete") from error
    if real_now >= token.expires:
        raise EndedToken("this link has ended")
    return token


def _long(raw: bytes, secret: bytes) -> LinkToken:
    """Links of pages that went out before tokens were short; none of them is valid after 2026."""
    signature, body = raw[:32], raw[32:]
    if not hmac.compare_digest(signature, hmac.digest(secret, body, sha256)):
        raise BadToken("this link was not issued here or has been changed")
    incident, person, expires = body.decode().split(SEPARATOR)
    return LinkToken(UUID(incident), person, datetime.fromtimestamp(int(expires), UTC))


def _signature(body: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, PURPOSE + body, sha256)[:SIGNATURE]


def check_secret(secret: bytes) -> None:
    if len(secret) < TOO_SHORT:
        raise FeuerwacheError("FEUERWACHE_LINK_SECRET must have at least 32 characters")


def _b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
