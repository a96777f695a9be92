"""What both of Meta's platforms share: times, a post that may lack something, and asking the Graph API for it. Pure.

The token goes in the header `Authorization: Bearer`, as Meta's own examples do for other Graph calls and client
libraries do for all (github.com/restfb/restfb/issues/1107); `appsecret_proof` is a parameter of the query
(developers.facebook.com/docs/graph-api/guides/secure-requests).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from feuerwache.common.http.signature import hex_hmac
from feuerwache.ingest.adapters.adapter import Fetched, Secrets
from feuerwache.ingest.adapters.document import Object, document, inside
from feuerwache.ingest.adapters.instant import from_milliseconds, from_seconds, instant
from feuerwache.ingest.envelope import Unreadable

#: An item that is whole: a deletion, a moderator's action.
Change = dict[str, Any]
#: Errors that pass (error-handling: 1, 2 downtime; 4, 17, 341 too many calls; rate-limiting: 32, 613; 80000 and up are
#: limits of a business use case), those that a new token mends, and those that a permission does.
_PASSING = frozenset({1, 2, 4, 17, 32, 341, 613})
_TOKEN = frozenset({102, 190})
_PERMISSION = frozenset({3, 10, *range(200, 300)})
#: "does not exist, cannot be loaded due to missing permissions, or does not support this operation"
_UNSUPPORTED = (100, 33)
_MILLISECONDS_FROM = 10**11


@dataclass(frozen=True, slots=True)
class Draft:
    """A post as far as it was told. `what` is the object it belongs to: page or instagram."""

    what: str
    fields: Change

    @property
    def lacks(self) -> bool:
        return "text" not in self.fields or "id" not in inside(self.fields, "author")


def moment(value: object) -> str | None:
    """A time of Meta's as RFC 3339: seconds since 1970; milliseconds where the number is that large, which Meta uses in
    some calls; ISO 8601 as the Graph API has it. None for anything else: the examination says then what is missing."""
    try:
        if isinstance(value, str) and not value.isdecimal():
            return instant(value).isoformat()
        large = isinstance(value, int | float) and value >= _MILLISECONDS_FROM
        return from_milliseconds(value) if large else from_seconds(value)
    except Unreadable:
        return None


def address(host: str, version: str, post_id: str, fields: str) -> str:
    return f"https://{host}/{version}/{quote(post_id, safe='')}?fields={fields}"


def proof(secrets: Secrets) -> Mapping[str, str]:
    """`appsecret_proof`: the access token's HMAC-SHA256 under the app secret, in hexadecimal digits."""
    token, app = secrets.get("api", ()), secrets.get("webhook", ())
    return {"appsecret_proof": hex_hmac(app[0], token[0])} if token and app else {}


class Failure(StrEnum):
    """What an answer other than 2xx means."""

    LATER = "later"
    DOOR = "door"  # the token has to be mended, or needs a permission
    GONE = "gone"  # not there, or this token does not see it: Meta does not say which
    OTHER = "other"


def failure(answer: Fetched) -> Failure:
    """Of an answer that is none of 2xx."""
    error: Object = {}
    if 400 <= answer.status < 500:
        with suppress(Unreadable):  # Without an explanation, the status says enough.
            error = inside(document(answer.body), "error")
    code = error.get("code")
    code = code if isinstance(code, int) and not isinstance(code, bool) else 0
    if answer.status == 429 or not 400 <= answer.status < 500 or error.get("is_transient") is True:
        return Failure.LATER
    if code in _PASSING or code >= 80_000:
        return Failure.LATER
    if answer.status == 401 or code in _TOKEN or code in _PERMISSION:
        return Failure.DOOR
    if code == _UNSUPPORTED[0] and error.get("error_subcode") == _UNSUPPORTED[1]:
        return Failure.GONE
    return Failure.OTHER


def found(answer: Fetched, *, needed: bool) -> Object:
    """The node that was asked for; an empty one when Meta will not give it (deleted meanwhile, no permission).

    Raises `Unreadable` with 503 when it may be had later. That includes a token that is no longer valid, when there is
    nothing to read without the answer (`needed`): somebody mends it, and Meta repeats its call for 36 hours."""
    if answer.status == 200:
        return document(answer.body)
    kind = failure(answer)
    if kind is Failure.LATER or (kind is Failure.DOOR and needed):
        raise Unreadable(503, "Not to be had now", "the Graph API does not answer now; send the call again later")
    return {}
