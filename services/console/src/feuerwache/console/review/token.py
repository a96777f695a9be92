"""The address of a person's review queue: signed, bound to that person, with an end. Pure.

HMAC-SHA256 over person, the number of their addresses (`feed` in `people.yaml`: raised by one, what was given out
before is good for nothing) and the end, with a key of the link secret made for this purpose alone, so that neither a
page's link nor a calendar's address passes for it, nor the other way round. Ends are real time.
"""

from __future__ import annotations

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from datetime import UTC, datetime
from hashlib import sha256

from feuerwache.common.config.people import People, Person
from feuerwache.common.linktoken import BadToken, EndedToken, check_secret

PURPOSE = b"feuerwache review queue"
SIGNATURE, HEAD = 18, struct.Struct(">I")


def issue(person: Person, expires: datetime, secret: bytes) -> str:
    """The token as it stands in the address (URL-safe, no padding). Raises `FeuerwacheError` for a short secret."""
    body = HEAD.pack(int(expires.timestamp())) + person.id.encode()
    return urlsafe_b64encode(_signature(body, person, secret) + body).rstrip(b"=").decode()


def person_of(token: str, people: People, secret: bytes, real_now: datetime) -> Person:
    """Whose address it is. Raises `BadToken`, or `EndedToken` when it was good once."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        signature, body = raw[:SIGNATURE], raw[SIGNATURE:]
        (ends,) = HEAD.unpack_from(body)
        person = people.person(body[HEAD.size :].decode())
    except (ValueError, Base64Error, struct.error) as error:
        raise BadToken("this address is incomplete") from error
    if person is None or not hmac.compare_digest(signature, _signature(body, person, secret)):
        raise BadToken("this address was not issued here, or is not good any more")
    if real_now >= datetime.fromtimestamp(ends, UTC):
        raise EndedToken("this address has ended")
    return person


def _signature(body: bytes, person: Person, secret: bytes) -> bytes:
    check_secret(secret)
    key = hmac.digest(secret, PURPOSE, sha256)
    return hmac.digest(key, HEAD.pack(person.feed) + body, sha256)[:SIGNATURE]
