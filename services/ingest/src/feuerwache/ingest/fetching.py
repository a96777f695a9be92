"""Asks a platform for what an adapter lacks: one bounded GET, with the secrets where the adapter wants them.

The client says where a call may lead, how long it may take and how much is read. What goes wrong is said in words that
may go on record: neither an address nor a secret is among them.
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from feuerwache.common.http.client import OutboundClient
from feuerwache.common.http.failure import UNANSWERED, failure
from feuerwache.ingest.adapters.adapter import Fetch, Fetched, Secrets


async def fetched(client: OutboundClient, fetch: Fetch, secrets: Secrets) -> Fetched | str:
    """The answer, whatever its status, or why there is none."""
    headers, url = dict(fetch.headers), fetch.url
    if fetch.secret is not None:
        value = next(iter(secrets.get(fetch.secret, ())), b"").decode("utf-8", "replace")
        if not value:
            return f"there is no secret {fetch.secret!r}"
        if fetch.header is not None:
            headers[fetch.header] = value
        else:
            headers["Authorization"] = f"Bearer {value}"
    if fetch.parameters is not None:
        url += ("&" if urlsplit(url).query else "?") + urlencode(fetch.parameters(secrets))
    try:
        answer = await client.get(url, headers)
    except UNANSWERED as error:
        return failure(error).reason
    if answer.cut:
        return "the answer is too large"
    return Fetched(answer.status, answer.headers, answer.body)
