"""The address of a person's calendars: unguessable, without end, and revoked by a number in `people.yaml`. Pure.

HMAC-SHA256 over the person's id and their `feed` number, with the secret of the links. A calendar is subscribed to once
and asked for years, so the token has no end; it stops being good when the person leaves `people.yaml`, when `feed` is
raised there (a phone was lost), or when the secret is changed. It reads calendars and nothing else: the key is derived
for this purpose alone, so that a calendar's token can never pass for a page's link.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from feuerwache.common.config.people import People, Person
from feuerwache.common.linktoken import check_secret

PURPOSE = b"feuerwache calendar feed"
SEPARATOR = "\x1f"
#: 192 bits: nobody guesses it, and the address still fits into a line.
BYTES = 24


def token_of(person: Person, secret: bytes) -> str:
    """Raises `FeuerwacheError` for a secret that is too short."""
    check_secret(secret)
    key = hmac.digest(secret, PURPOSE, sha256)
    body = SEPARATOR.join((person.id, str(person.feed))).encode()
    return urlsafe_b64encode(hmac.digest(key, body, sha256)[:BYTES]).decode()


def person_of(token: str, people: People, secret: bytes) -> Person | None:
    """Whose address it is; None for nobody's. All people are tried, so the time says nothing about who matched."""
    found = None
    for person in people.people:
        if hmac.compare_digest(token_of(person, secret).encode(), token.encode()):
            found = person
    return found
