"""The HTTP edge: what is sent to `/v1/posts`, `/v1/events` and `/v1/appeals`, and what platforms call at `/v1/hooks/…`.

The ways that are busy are plain ASGI (docs/adr/0012): `app` finds the way, `body` reads within limits, `endpoint`,
`ndjson` and `hooks` answer. FastAPI serves the description of the API, and what is none of these ways.
"""

from feuerwache.ingest.http.app import make_app
from feuerwache.ingest.http.body import MAX_BODY
from feuerwache.ingest.http.response import RETRY_AFTER_SECONDS

__all__ = ["MAX_BODY", "RETRY_AFTER_SECONDS", "make_app"]
