"""YouTube beyond its samples: what the memory of a poller holds, how large it gets, and what never leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from feuerwache.ingest.adapters.adapter import Ask, Cursor, Fetched, Page
from feuerwache.ingest.adapters.youtube import YOUTUBE, YouTube, YouTubeSettings

NOW = datetime(2026, 11, 14, 12, tzinfo=UTC)
CHANNEL = "UCmorgenrot0000000000000"


def adapter(**settings: Any) -> YouTube:
    return YouTube(YouTubeSettings.model_validate({"channel": CHANNEL, **settings}))


def comment(name: str, at: datetime = NOW - timedelta(minutes=5), *, to: str | None = None, **more: Any) -> Any:
    snippet = {
        "authorDisplayName": "@anna",
        "authorProfileImageUrl": "https://yt3.ggpht.com/ytc/x",
        "authorChannelUrl": "http://www.youtube.com/@anna",
        "authorChannelId": {"value": "UCanna0000000000000000000"},
        "channelId": CHANNEL,
        "videoId": "v1",
        "textDisplay": "Ä" * 50,
        "textOriginal": "Ä" * 50,
        "canRate": True,
        "viewerRating": "none",
        "likeCount": 0,
        "moderationStatus": "published",
        "publishedAt": at.isoformat(),
        "updatedAt": at.isoformat(),
        **({"parentId": to} if to else {}),
        **more,
    }
    return {"kind": "youtube#comment", "etag": "e", "id": name, "snippet": snippet}


def thread(top: Any, replies: list[Any] | None = None) -> Any:
    replies = replies or []
    snippet = {"channelId": CHANNEL, "videoId": "v1", "topLevelComment": top, "totalReplyCount": len(replies)}
    return {
        "kind": "youtube#commentThread",
        "etag": "e",
        "id": top["id"],
        "snippet": {**snippet, "canReply": True, "isPublic": True},
        "replies": {"comments": replies},
    }


def ok(items: list[Any], token: str | None = None) -> Fetched:
    body = {"items": items, **({"nextPageToken": token} if token else {})}
    return Fetched(200, {}, json.dumps(body).encode())


def names(page: Page) -> list[object]:
    return [item.data["post_id"] for item in page.items if isinstance(item.data, Mapping)]


def first(poller: YouTube, cursor: Cursor, now: datetime = NOW) -> Ask:
    return poller.ask(cursor, now)[0]


def test_the_largest_page_is_read() -> None:
    """A hundred threads with five replies each, every field there."""
    poller, threads = adapter(), []
    for number in range(100):
        replies = [comment(f"t{number}.r{each}", to=f"t{number}") for each in range(5)]
        threads.append(thread(comment(f"t{number}"), replies))
    cursor = poller.begin(NOW)
    page = poller.page(cursor, first(poller, cursor), ok(threads), NOW)
    assert len(page.items) == 600
    assert poller.ask(page.cursor, NOW)[0].fetch.url == first(poller, cursor).fetch.url


def test_the_memory_is_bounded_and_fits_into_a_record() -> None:
    poller = adapter(watched=2_000)
    cursor: Cursor = poller.begin(NOW)
    for number in range(25):
        threads = [
            thread(
                comment(f"Ugz-as-long-as-they-are-{number}-{each}"),
                [comment(f"Ugz-as-long-as-they-are-{number}-{each}.8dEb-and-a-reply", to="x")],
            )
            for each in range(100)
        ]
        cursor = poller.page(cursor, first(poller, cursor), ok(threads), NOW).cursor
    assert (len(cursor["threads"]), len(cursor["answers"])) == (2_000, 2_000)
    assert (
        "Ugz-as-long-as-they-are-24-99" in cursor["threads"] and "Ugz-as-long-as-they-are-4-99" not in cursor["threads"]
    )
    assert len(json.dumps(dict(cursor))) < 900_000
    assert max(len(ask.fetch.note.get("ids", ())) for ask in poller.ask(cursor, NOW + timedelta(hours=1))) == 50


def test_the_cursor_that_was_given_is_left_as_it_was() -> None:
    poller = adapter()
    cursor = json.loads(json.dumps(dict(poller.begin(NOW))))
    before = json.dumps(cursor)
    poller.page(cursor, first(poller, cursor), ok([thread(comment("a"))], "next"), NOW)
    assert json.dumps(cursor) == before


def test_a_page_that_is_read_again_gives_the_same_items() -> None:
    poller = adapter()
    cursor = poller.begin(NOW)
    answer = ok([thread(comment("a"), [comment("a.1", to="a")]), thread(comment("b"))])
    one, other = (poller.page(cursor, first(poller, cursor), answer, NOW) for _ in range(2))
    assert one.items == other.items and one.cursor == other.cursor


def test_a_comment_from_the_future_hides_nothing() -> None:
    poller = adapter()
    cursor = poller.begin(NOW)
    odd = thread(comment("odd", NOW + timedelta(days=900)))
    page = poller.page(cursor, first(poller, cursor), ok([odd]), NOW)
    assert page.cursor["since"] == "2026-11-14T12:00:00Z"
    later = NOW + timedelta(minutes=10)
    asked = first(poller, page.cursor, later)
    first_page = ok([odd, thread(comment("new", later))], "2")
    page = poller.page(page.cursor, asked, first_page, later)
    assert names(page) == ["new"] and page.more
    assert names(poller.page(page.cursor, page.more[0], ok([thread(comment("too", later))]), later)) == ["too"]


def test_a_cursor_that_cannot_be_read_is_a_beginning() -> None:
    poller = adapter()
    page = poller.page({"version": "another"}, first(poller, {"version": "another"}), ok([thread(comment("a"))]), NOW)
    assert names(page) == ["a"]


def test_one_look_without_a_comment_is_no_deletion() -> None:
    poller = adapter(recheck="1m")
    cursor: Cursor = poller.begin(NOW)
    cursor = poller.page(cursor, first(poller, cursor), ok([thread(comment("a"))]), NOW).cursor

    def look(cursor: Cursor, minutes: int, *found: Any) -> Page:
        now = NOW + timedelta(minutes=minutes)
        (again,) = [each for each in poller.ask(cursor, now) if each.fetch.note["what"] == "threads again"]
        return poller.page(cursor, again, ok([thread(each) for each in found]), now)

    page = look(cursor, 2)
    assert page.items == ()
    page = look(page.cursor, 4, comment("a"))
    page = look(page.cursor, 6)
    assert page.items == ()
    page = look(page.cursor, 8)
    assert [item.data for item in page.items] == [
        {
            "kind": "deleted",
            "post_id": "a",
            "author_id": "UCanna0000000000000000000",
            "deleted_at": "2026-11-14T12:08:00+00:00",
        }
    ]
    assert not any(each.fetch.note["what"] == "threads again" for each in poller.ask(page.cursor, NOW + timedelta(1)))


def test_where_comments_are_held_for_review_what_is_missing_is_not_deleted() -> None:
    poller = adapter(deletions=False, recheck="1m")
    cursor: Cursor = poller.begin(NOW)
    cursor = poller.page(cursor, first(poller, cursor), ok([thread(comment("a"))]), NOW).cursor
    for minutes in (2, 4):
        now = NOW + timedelta(minutes=minutes)
        page = poller.page(cursor, poller.ask(cursor, now)[1], ok([]), now)
        assert page.items == ()
        cursor = page.cursor
    assert "threads" not in cursor


def test_the_key_is_named_and_stands_in_no_address() -> None:
    ask = first(adapter(), adapter().begin(NOW))
    assert (ask.fetch.secret, ask.fetch.header) == ("key", "x-goog-api-key")
    assert "key" not in ask.fetch.url
    assert ask.fetch.url not in repr(ask)


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "@morgenrot"},
        {"interval": "13h"},
        {"watched": 2_001},
        {"units_per_day": 10},
        {"base_url": "https://a@b"},
        {"base_url": "https://a/?x"},
        {"base_url": "http://www.googleapis.com"},
        {"chanel": CHANNEL},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        YOUTUBE.settings.model_validate({"channel": CHANNEL, **wrong})
