"""What a button or a digit brings back: which incident, or which message that tells of several, and for whom it was
made, signed, with an end.

It is no key: an answer counts only when the provider's signature holds and the account it comes from belongs to a
person. The reference keeps a button that was made for one person, or one room, from acting for anybody else, and old
buttons from acting for ever. 38 letters, so that it fits where Telegram takes 64 bytes. Whose it is is signed and not
said: it stands in previews and logs of providers. Real time, as with links.
"""

from __future__ import annotations

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from feuerwache.common.errors import FeuerwacheError

PURPOSE = b"answer\x1f"
SIGNATURE, BODY = 8, struct.Struct(">16sI")


class BadReference(FeuerwacheError):  # noqa: N818 - reads as what it is
    """Not ours, changed, or made for somebody else."""


class EndedReference(BadReference):
    """Ours, and its time is over."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`about`: an incident, or the delivery that carries a message about several (`paged.py` knows which).
    `holder`: a person's id, or `room:` and a room's."""

    about: UUID
    holder: str
    expires: datetime


def issue(reference: Reference, secret: bytes) -> str:
    body = BODY.pack(reference.about.bytes, int(reference.expires.timestamp()))
    return urlsafe_b64encode(_signature(body, reference.holder, secret) + body).rstrip(b"=").decode()


def verify(text: str, holders: Iterable[str], secret: bytes, real_now: datetime) -> Reference:
    """For which of these it was made. Raises `BadReference`."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (ValueError, Base64Error) as error:
        raise BadReference("this is no reference") from error
    signature, body = raw[:SIGNATURE], raw[SIGNATURE:]
    if len(body) != BODY.size:
        raise BadReference("this is no reference")
    found = [one for one in holders if hmac.compare_digest(signature, _signature(body, one, secret))]
    if not found:
        raise BadReference("this was made for somebody else, or not here")
    about, expires = BODY.unpack(body)
    reference = Reference(UUID(bytes=about), found[0], datetime.fromtimestamp(expires, UTC))
    if real_now >= reference.expires:
        raise EndedReference("the time of this button is over")
    return reference


def _signature(body: bytes, holder: str, secret: bytes) -> bytes:
    return hmac.digest(secret, PURPOSE + body + holder.encode(), sha256)[:SIGNATURE]
