"""A link token opens one incident for one person until it ends, and nothing else."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest

from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.linktoken import BadToken, EndedToken, LinkToken, issue, verify

SECRET = b"0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 11, 14, 20, 0, tzinfo=UTC)
TOKEN = LinkToken(UUID(int=7), "anna.bergmann", NOW + timedelta(days=1))


def test_it_says_again_what_was_issued() -> None:
    assert verify(issue(TOKEN, SECRET), SECRET, NOW) == TOKEN


def test_it_stands_in_a_link_as_it_is() -> None:
    assert set(issue(TOKEN, SECRET)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_it_is_short_enough_for_a_text_message() -> None:
    assert len(issue(TOKEN, SECRET)) == 60


def test_a_link_of_before_they_were_short_still_opens() -> None:
    body = "\x1f".join((str(TOKEN.incident_id), TOKEN.person_id, str(int(TOKEN.expires.timestamp())))).encode()
    old = urlsafe_b64encode(hmac.digest(SECRET, body, sha256) + body).rstrip(b"=").decode()
    assert verify(old, SECRET, NOW) == TOKEN
    with pytest.raises(EndedToken):
        verify(old, SECRET, TOKEN.expires)


def test_any_changed_byte_is_noticed() -> None:
    raw = bytearray(urlsafe_b64decode(issue(TOKEN, SECRET) + "=="))
    for place in range(len(raw)):
        changed = raw.copy()
        changed[place] ^= 1
        with pytest.raises(BadToken):
            verify(urlsafe_b64encode(changed).rstrip(b"=").decode(), SECRET, NOW)


def test_a_foreign_secrets_token_is_refused() -> None:
    with pytest.raises(BadToken, match="not issued here"):
        verify(issue(TOKEN, b"f" * 32), SECRET, NOW)


def test_it_ends_on_time() -> None:
    text = issue(TOKEN, SECRET)
    assert verify(text, SECRET, TOKEN.expires - timedelta(seconds=1)) == TOKEN
    with pytest.raises(EndedToken):
        verify(text, SECRET, TOKEN.expires)


@pytest.mark.parametrize("text", ["", "a", "%%%", "ä", "A" * 43, "A" * 200])
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(BadToken):
        verify(text, SECRET, NOW)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(FeuerwacheError, match="32"):
        issue(TOKEN, b"short")
