"""Schedules from PagerDuty's REST API v2, page by page.

Source: developer.pagerduty.com, "REST API v2 overview" (headers `Authorization: Token token=…` and `Accept`),
"Pagination" (`limit`, `offset`, `more`), "Rate limiting" (429). The token goes to the given address alone: redirects
are not followed. No error names the token or an id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote, urlencode

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.http.client import OutboundClient
from feuerwache.common.http.guard import AddressGuard, ForbiddenAddressError
from feuerwache.notifier.pagerduty.document import Answer, Page, PagerDutySchedule, Read, Reference

ADDRESS = "https://api.pagerduty.com"
LIMIT = 8 * 1024 * 1024
PAGE = 100
#: More schedules than this and something is wrong with `more`.
MOST_PAGES = 100
TRIES = 4
LONGEST_WAIT = 30.0
M = TypeVar("M", bound=BaseModel)


class PagerDutyError(FeuerwacheError):
    """PagerDuty did not answer, refused, or answered something that is not in its documentation."""


class UserAnswer(Read):
    """What `GET /users/{id}` answers."""

    user: Reference


class PagerDuty:
    """Async context manager. Every method raises `PagerDutyError`."""

    def __init__(self, token: SecretStr, guard: AddressGuard, *, address: str = ADDRESS, seconds: float = 20.0) -> None:
        self._token = token
        self._address = address.rstrip("/")
        self._client = OutboundClient(guard, seconds=seconds, limit=LIMIT)

    async def __aenter__(self) -> PagerDuty:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.__aexit__()

    async def list_ids(self) -> list[str]:
        """The ids of all schedules the token may see."""
        ids: list[str] = []
        for number in range(MOST_PAGES):
            page = await self._get("/schedules", {"limit": PAGE, "offset": number * PAGE}, Page)
            ids += [reference.id for reference in page.schedules]
            if not page.more:
                return ids
        raise PagerDutyError(f"PagerDuty lists more than {MOST_PAGES * PAGE} schedules")

    async def schedule(self, schedule_id: str, since: str, until: str) -> PagerDutySchedule:
        """One schedule with its rendered entries between two ISO 8601 instants."""
        query = {"since": since, "until": until}
        return (await self._get(f"/schedules/{quote(schedule_id, safe='')}", query, Answer)).schedule

    async def user(self, user_id: str) -> Reference:
        return (await self._get(f"/users/{quote(user_id, safe='')}", {}, UserAnswer)).user

    async def _get(self, path: str, query: Mapping[str, object], model: type[M]) -> M:
        url = f"{self._address}{path}?{urlencode(query)}"
        headers = {
            "Authorization": f"Token token={self._token.get_secret_value()}",
            "Accept": "application/vnd.pagerduty+json;version=2",
        }
        for attempt in range(TRIES):
            try:
                answer = await self._client.get(url, headers)
            except ForbiddenAddressError as error:
                raise PagerDutyError("the address of PagerDuty leads inside of a network and is not allowed") from error
            except (httpx.TransportError, httpx.InvalidURL, OSError, ValueError) as error:
                raise PagerDutyError(f"PagerDuty cannot be reached: {type(error).__name__}") from error
            if answer.status != 429 and answer.status < 500:
                break
            if attempt + 1 < TRIES:
                await asyncio.sleep(_wait(answer.headers, attempt))
        if answer.status == 401:
            raise PagerDutyError("PagerDuty does not accept the token (401)")
        if answer.status != 200:
            raise PagerDutyError(f"PagerDuty answers {answer.status} to {path.split('/')[1]}")
        if answer.cut:
            raise PagerDutyError(f"PagerDuty answers with more than {LIMIT // 1024 // 1024} MB")
        try:
            return model.model_validate_json(answer.body)
        except ValidationError as error:
            raise PagerDutyError(f"PagerDuty's answer is not as documented: {_first(error)}") from error


def _wait(headers: Mapping[str, str], attempt: int) -> float:
    """`ratelimit-reset`: seconds until there are calls again; else a little more each time."""
    said = headers.get("ratelimit-reset", headers.get("retry-after", ""))
    return min(float(said) if said.isdecimal() else 0.5 * 2**attempt, LONGEST_WAIT)


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}"
