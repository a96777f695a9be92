"""API tokens of programs that ask over gRPC: a file of names and hashes, and who is behind a presented token.

The file (`FEUERWACHE_API_TOKENS_FILE`) is a JSON object, the program's name → the SHA-256 of its token in hex. A token
is 256 random bits, so a plain hash of it is safe at rest; the token itself is kept by the program alone.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from feuerwache.common.errors import FatalError

PREFIX = "fwo_"
EX_CONFIG = 78
_HASH = re.compile(r"[0-9a-f]{64}")


def new_token() -> str:
    return f"{PREFIX}{secrets.token_urlsafe(32)}"


def hash_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def read_tokens(path: Path) -> dict[str, str]:
    """Name → hash. Raises `FatalError`, which names the entry that is wrong and never its value."""
    try:
        known = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise FatalError(f"{path} (FEUERWACHE_API_TOKENS_FILE) cannot be read as JSON", EX_CONFIG) from error
    if not isinstance(known, dict) or not known:
        raise FatalError(f"{path} must be a JSON object: name → SHA-256 of the token", EX_CONFIG)
    for name, digest in known.items():
        if not isinstance(digest, str) or _HASH.fullmatch(digest) is None:
            what = "write its hash (`feuerwache oncall token` prints both), never the token itself"
            raise FatalError(f"{path}: the entry {name!r} is no SHA-256 in hex; {what}", EX_CONFIG)
    return known


def whose(authorization: str | None, tokens: Mapping[str, str]) -> str | None:
    """The program behind an `Authorization: Bearer …` header; None when it is nobody's. Takes the same time for all."""
    scheme, _, token = (authorization or "").partition(" ")
    presented = hash_of(token.strip()).encode()
    found = None
    for name, digest in tokens.items():
        if hmac.compare_digest(digest.encode(), presented):
            found = name
    return found if scheme.lower() == "bearer" else None
