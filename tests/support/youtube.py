"""YouTube as its documentation describes it, on loopback: comments that people write, change and delete, in pages."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support.peers.wire import Reply, Request, answering, listening

CHANNEL = "UCmorgenrot0000000000000"
KEY = "AIza-swordfish-of-the-tests"


def refusal(status: str, reason: str, **headers: str) -> Reply:
    """An error as Google's APIs write it."""
    error = {"code": int(status[:3]), "message": "PRIVATE", "errors": [{"domain": "youtube", "reason": reason}]}
    return Reply(status, headers, json.dumps({"error": error}).encode())


@dataclass
class FakeYouTube:
    """`page` and `embedded` are how many threads are on a page and how many replies come with a thread. `refusals` are
    answered first, one each. `asked` are the parameters of each call, `at` its moment. `hook` is told of every call."""

    page: int = 100
    embedded: int = 5
    refusals: deque[Reply] = field(default_factory=deque)
    asked: list[dict[str, str]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    hook: Callable[[dict[str, str]], None] = lambda _: None
    comments: dict[str, dict[str, Any]] = field(default_factory=dict)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def write(self, name: str, text: str, *, to: str | None = None, at: datetime | None = None) -> None:
        moment = (at or datetime.now(UTC)).isoformat().replace("+00:00", "Z")
        snippet = {
            "authorDisplayName": "@anna",
            "authorChannelId": {"value": f"UC-of-{name}"},
            "channelId": CHANNEL,
            "textDisplay": text,
            "publishedAt": moment,
            "updatedAt": moment,
            **({"parentId": to} if to else {}),
        }
        self.comments[name] = {"kind": "youtube#comment", "id": name, "snippet": snippet}

    def edit(self, name: str, text: str, at: datetime) -> None:
        self.comments[name]["snippet"].update(textDisplay=text, updatedAt=at.isoformat())

    def delete(self, name: str) -> None:
        del self.comments[name]

    def answer(self, request: Request) -> Reply:
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}
        query["resource"] = urlsplit(request.target).path.removeprefix("/youtube/v3/")
        self.asked.append(query)
        self.at.append(monotonic())
        self.hook(query)
        if request.headers.get("x-goog-api-key") != KEY or KEY in request.target:
            return refusal("400 Bad Request", "badRequest")
        if self.refusals:
            return self.refusals.popleft()
        if "id" in query:
            ids = query["id"].split(",")
            assert len(ids) <= 50
            found = [self.comments[each] for each in ids if each in self.comments]
            return self._list(found if query["resource"] == "comments" else [self._thread(each) for each in found])
        if "parentId" in query:
            return self._page(self._replies(query["parentId"]), query)
        assert query["allThreadsRelatedToChannelId"] == CHANNEL
        top = [each for each in self.comments.values() if "parentId" not in each["snippet"]]
        top.sort(key=lambda each: str(each["snippet"]["publishedAt"]), reverse=True)
        return self._page([self._thread(each) for each in top], query)

    def _replies(self, thread: str) -> list[dict[str, Any]]:
        return [each for each in self.comments.values() if each["snippet"].get("parentId") == thread]

    def _thread(self, top: dict[str, Any]) -> dict[str, Any]:
        replies = self._replies(top["id"])
        snippet = {"channelId": CHANNEL, "videoId": "v1", "topLevelComment": top, "totalReplyCount": len(replies)}
        shown = {"replies": {"comments": replies[: self.embedded]}} if replies[: self.embedded] else {}
        return {"kind": "youtube#commentThread", "id": top["id"], "snippet": snippet, **shown}

    def _page(self, found: list[dict[str, Any]], query: dict[str, str]) -> Reply:
        begin = int(query.get("pageToken", "0"))
        end = begin + min(self.page, int(query["maxResults"]))
        return self._list(found[begin:end], str(end) if end < len(found) else None)

    def _list(self, items: list[dict[str, Any]], token: str | None = None) -> Reply:
        body = {"kind": "youtube#list", "items": items, **({"nextPageToken": token} if token else {})}
        return Reply(headers={"Content-Type": "application/json"}, body=json.dumps(body).encode())


@asynccontextmanager
async def youtube(**how: Any) -> AsyncIterator[FakeYouTube]:
    fake = FakeYouTube(**how)
    async with listening(answering(fake.answer)) as fake.port:
        yield fake
