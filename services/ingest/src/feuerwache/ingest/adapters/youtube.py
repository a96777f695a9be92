"""YouTube: the comments on a channel and its videos, asked for again and again with an API key.

A pass reads `commentThreads.list` from the newest thread down to what it knows, the replies that did not come along by
`comments.list`, and, more seldom, the last comments once more by their ids: for edits, for new replies to older threads
and for deletions (a comment that is missing twice). YouTube tells of none of them, nor of reports; what is held for
review or rejected cannot be told from what was deleted. Only published comments are seen: others need an OAuth token of
the channel's owner.

The key travels in the header `x-goog-api-key`, which Google documents for all of its APIs that take keys (no page of
YouTube's own says so), never in a URL. Checked against, below https://developers.google.com: youtube/v3/docs/
commentThreads, commentThreads/list, comments, comments/list, errors; youtube/v3/determine_quota_cost. That
`comments.list` takes 50 ids at most is known from https://github.com/sns-sdks/python-youtube/issues/103.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlencode

from pydantic import Field

from feuerwache.common.config.duration import Duration
from feuerwache.common.events.decision import Action
from feuerwache.ingest.adapters import youtube_comment
from feuerwache.ingest.adapters.adapter import AdapterKind, Ask, Cursor, Fetch, Fetched, Page
from feuerwache.ingest.adapters.document import Object, document, identity, inside, objects, text
from feuerwache.ingest.adapters.polled import PolledSettings
from feuerwache.ingest.adapters.profile import Feature, Profile
from feuerwache.ingest.adapters.youtube_finding import Finding
from feuerwache.ingest.adapters.youtube_memory import Memory, Unread
from feuerwache.ingest.adapters.youtube_refusal import ZONE, refused
from feuerwache.ingest.envelope import Unreadable

API = "https://www.googleapis.com"
#: Ids in one request, and comments on a page.
IDS, PAGE = 50, 100
#: A comment may be published later than its time says (it was held for review): so far back a pass reads again.
OVERLAP = timedelta(minutes=30)
What = Literal["threads", "replies", "threads again", "answers again"]


class YouTubeSettings(PolledSettings):
    """`channel`: the id of the channel, `UC…`. `lookback`: how old a comment may be that is passed on by a poller that
    begins. `watched`: so many threads, and as many replies, are looked at again every `recheck`. `deletions`: what is
    missing then counts as deleted; not where moderators hold comments for review, for those are missing as well."""

    QUOTA_ZONE: ClassVar[str] = ZONE

    channel: Annotated[str, Field(pattern=r"^UC[A-Za-z0-9_-]{22}$")]
    units_per_day: Annotated[int, Field(ge=100, le=100_000_000)] | None = 9_000
    lookback: Duration = timedelta(hours=24)
    recheck: Duration = timedelta(minutes=15)
    watched: Annotated[int, Field(ge=0, le=2_000)] = 500
    deletions: bool = True

    def clash(self, acts: Collection[Action]) -> str | None:
        if self.deletions and {Action.HOLD, Action.HIDE} & set(acts):
            return "what is held for review looks deleted to an API key, and its text would go: set `deletions: false`"
        return None

    #: The key goes there: without TLS only to this machine, as tests do.
    base_url: Annotated[str, Field(pattern=r"^(https://[^/?#@\s]+|http://(127\.0\.0\.1|localhost)(:\d+)?)$")] = API


class YouTube:
    """The adapter of one channel."""

    def __init__(self, settings: YouTubeSettings) -> None:
        self._settings = settings
        self._community = settings.community(settings.channel)

    def begin(self, now: datetime) -> Cursor:
        start = now - self._settings.lookback
        return Memory(origin=start, since=start, checked=now).cursor()

    def ask(self, cursor: Cursor, now: datetime) -> tuple[Ask, ...]:
        memory = self._memory(cursor, now)
        # Replies first: what waits to be read stands in the cursor, and must not pile up there.
        asks = [self._replies(thread, unread.token) for thread, unread in memory.replies.items()]
        asks.append(self._threads(memory.page))
        if now - memory.checked >= self._settings.recheck:
            asks += [self._again("threads again", ids) for ids in _batches(list(memory.threads))]
            asks += [self._again("answers again", ids) for ids in _batches(list(memory.answers))]
        return tuple(asks)

    def page(self, cursor: Cursor, asked: Ask, answer: Fetched, now: datetime) -> Page:
        memory, what = self._memory(cursor, now), asked.fetch.note["what"]
        if answer.status == 404 and what != "threads":
            return self._not_found(memory, asked, now)
        if answer.status != 200:
            return refused(memory, asked, answer, now)
        body = document(answer.body)
        if not isinstance(body.get("items"), list):
            raise Unreadable(400, "No items", "a list of YouTube has no items")
        if what == "threads":
            return self._read_threads(memory, body, now)
        if what == "replies":
            return self._read_replies(memory, asked, body, now)
        return self._read_again(memory, asked, body, now)

    def _read_threads(self, memory: Memory, body: Object, now: datetime) -> Page:
        found = self._finding(memory)
        more: list[Ask] = []
        oldest = None
        for thread in objects(body, "items"):
            oldest = youtube_comment.moment(inside(thread, "snippet", "topLevelComment"), "publishedAt")
            if oldest is not None:
                memory.newest = max(oldest, memory.newest or oldest)
            if (unread := found.thread(thread)) is not None:
                more.append(self._replies(unread, ""))
        token = text(body, "nextPageToken")
        if token is None or (oldest is not None and oldest < memory.since - OVERLAP):
            memory.end_pass(now)
        else:
            memory.page = token
            more.append(self._threads(token))
        return self._page(found, more)

    def _read_replies(self, memory: Memory, asked: Ask, body: Object, now: datetime) -> Page:  # noqa: ARG002 - one form
        found, thread = self._finding(memory), asked.fetch.note["of"]
        above = memory.threads.get(thread)
        for reply in objects(body, "items"):
            found.comment(reply, thread, above.video if above else None)
        unread, token = memory.replies.get(thread), text(body, "nextPageToken")
        if token is not None:
            memory.replies[thread] = Unread(token=token, total=unread.total if unread else 0)
            return self._page(found, [self._replies(thread, token)])
        memory.replies.pop(thread, None)
        if above is not None and unread is not None:
            above.replies = unread.total
        return self._page(found, [])

    def _read_again(self, memory: Memory, asked: Ask, body: Object, now: datetime) -> Page:
        found, threads = self._finding(memory), asked.fetch.note["what"] == "threads again"
        seen: set[str | None] = set()
        more: list[Ask] = []
        for each in objects(body, "items"):
            seen.add(identity(each, "id"))
            if not threads:
                found.answer(each)
            elif (unread := found.thread(each)) is not None:
                more.append(self._replies(unread, ""))
        for missing in (one for one in asked.fetch.note["ids"] if one not in seen):
            found.missing(missing, now)
        memory.checked = now
        return self._page(found, more)

    def _not_found(self, memory: Memory, asked: Ask, now: datetime) -> Page:
        """YouTube says "one or more cannot be found": halves tell which."""
        note, found = asked.fetch.note, self._finding(memory)
        if note["what"] == "replies":
            memory.replies.pop(note["of"], None)
            return self._page(found, [])
        ids = note["ids"]
        memory.checked = now
        if len(ids) == 1:
            found.missing(ids[0], now)
            return self._page(found, [])
        half = len(ids) // 2
        return self._page(found, [self._again(note["what"], part) for part in (ids[:half], ids[half:])])

    def _finding(self, memory: Memory) -> Finding:
        return Finding(memory, self._community, deletions=self._settings.deletions)

    def _page(self, found: Finding, more: list[Ask]) -> Page:
        found.memory.bound(self._settings.watched)
        return Page(tuple(found.items), found.memory.cursor(), tuple(more), skipped=tuple(found.skipped))

    def _memory(self, cursor: Cursor, now: datetime) -> Memory:
        """A cursor that cannot be read (of another version) is none: then a poller begins."""
        return Memory.of(cursor) or Memory.model_validate(self.begin(now))

    def _threads(self, token: str) -> Ask:
        query = {"allThreadsRelatedToChannelId": self._settings.channel, "order": "time", "maxResults": str(PAGE)}
        return self._list("commentThreads", "snippet,replies", query, token, what="threads", token=token)

    def _replies(self, thread: str, token: str) -> Ask:
        query = {"parentId": thread, "maxResults": str(PAGE)}
        return self._list("comments", "snippet", query, token, what="replies", of=thread, token=token)

    def _again(self, what: What, ids: list[str]) -> Ask:
        resource, part = ("commentThreads", "snippet,replies") if what == "threads again" else ("comments", "snippet")
        return self._list(resource, part, {"id": ",".join(ids)}, "", what=what, ids=ids)

    def _list(self, resource: str, part: str, query: dict[str, str], page: str, **note: Any) -> Ask:
        query = {"part": part, **query, "textFormat": "plainText", **({"pageToken": page} if page else {})}
        url = f"{self._settings.base_url}/youtube/v3/{resource}?{urlencode(query, safe=',')}"
        return Ask(Fetch(url, "key", note=note, header="x-goog-api-key"), units=1)


def _batches(ids: list[str]) -> Iterator[list[str]]:
    return (ids[at : at + IDS] for at in range(0, len(ids), IDS))


_BELOW = "https://developers.google.com/youtube/v3/"
YOUTUBE = AdapterKind(
    Profile(
        name="youtube",
        title="YouTube comments",
        way="polling",
        docs=(
            f"{_BELOW}docs/commentThreads",
            f"{_BELOW}docs/commentThreads/list",
            f"{_BELOW}docs/comments",
            f"{_BELOW}docs/comments/list",
            f"{_BELOW}docs/errors",
            f"{_BELOW}determine_quota_cost",
            "https://cloud.google.com/docs/authentication/api-keys-use",
        ),
        features={
            Feature.CREATE: "published comments",
            Feature.EDIT: "of the last comments (watched), at the next look",
            Feature.DELETE: "of the last comments (watched), after two looks; held and rejected ones look the same",
            Feature.REPLY: "YouTube has one level of replies",
        },
        missing={
            Feature.REPORT: "the API tells of no reports",
            Feature.MODERATE: "the moderation status comes to the channel's owner alone (OAuth)",
            Feature.MEDIA: "comments are text; what imageUrl holds is not said on the pages this was checked against",
            Feature.REACH: "a comment has likes, and no number of views",
            Feature.SIGNATURE: "nobody calls: we ask YouTube over TLS",
        },
        actions={
            Action.HOLD: "with an OAuth access token that something else renews",
            Action.HIDE: "held for review, as hold",
            Action.REMOVE: "rejects; what was rejected cannot be published again",
            Action.APPROVE: "publishes what was held for review",
        },
        secrets={"key": True, "api": False},
    ),
    YouTubeSettings,
    YouTube,
)
