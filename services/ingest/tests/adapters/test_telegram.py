"""Telegram, beside its samples: private words stay private, positions in UTF-16, topics, links, groups that move."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feuerwache.ingest.adapters.adapter import Delivery, Fetch, Fetched, Skipped, SkipReason
from feuerwache.ingest.adapters.telegram import TELEGRAM, Telegram, TelegramSettings
from feuerwache.ingest.adapters.telegram_message import _part
from feuerwache.ingest.envelope import Unreadable

NOW = datetime(2026, 11, 14, 12, tzinfo=UTC)
JANA = {"id": 700000001, "is_bot": False, "first_name": "Jana"}
GROUP = {"id": -1001000000001, "type": "supergroup", "title": "Gruppe"}
SENT = 1794654300


def adapter(**settings: Any) -> Telegram:
    return cast(Telegram, TELEGRAM.make(TelegramSettings.model_validate(settings)))


def read(kind: str = "message", made: Telegram | None = None, **message: Any) -> Any:
    """The item's data, or why it was skipped."""
    whole = {"message_id": 42, "from": JANA, "chat": GROUP, "date": SENT, **message}
    body = json.dumps({"update_id": 1, kind: whole}).encode()
    reading = (made or adapter()).read(Delivery("POST", body, {}, {}, NOW), NOW)
    assert len(reading.items) + len(reading.skipped) == 1
    return reading.items[0].data if reading.items else reading.skipped[0]


@pytest.mark.parametrize("kind", ("message", "edited_message", "channel_post", "edited_channel_post"))
@pytest.mark.parametrize(
    "chat",
    (
        {"id": 700000001, "type": "private"},
        {**GROUP, "is_direct_messages": True},
        {"id": -1, "type": "a new kind of chat"},
        {"id": -1},
        None,
    ),
    ids=str,
)
def test_what_is_not_surely_public_is_taken_for_private(kind: str, chat: Any) -> None:
    assert read(kind, text="geheim", chat=chat).reason is SkipReason.PRIVATE


@pytest.mark.parametrize("kind", ("business_message", "edited_business_message", "deleted_business_messages"))
def test_what_a_business_account_hears_stays_there(kind: str) -> None:
    assert read(kind, text="geheim") == Skipped(SkipReason.PRIVATE, kind)
    assert read(text="geheim", business_connection_id="b").reason is SkipReason.PRIVATE


def test_a_private_chat_is_private_even_where_it_is_named_as_a_place() -> None:
    made = adapter(places={700000001: "de"})
    assert read(made=made, text="x", chat={"id": 700000001, "type": "private"}).reason is SkipReason.PRIVATE


@pytest.mark.parametrize(
    ("said", "offset", "length", "address"),
    (
        ("siehe a.example", 6, 9, "a.example"),
        ("😡 a.example", 3, 9, "a.example"),
        ("👨‍👩‍👧 ä a.example!", 11, 9, "a.example"),
        ("kurz", 0, 4_000, "kurz"),
    ),
)
def test_positions_of_addresses_count_utf16_units(said: str, offset: int, length: int, address: str) -> None:
    item = read(text=said, entities=[{"type": "url", "offset": offset, "length": length}])
    assert item["links"] == [address]


def test_a_position_inside_a_pair_or_beyond_the_text_breaks_nothing() -> None:
    for offset, length in ((1, 1), (0, 1), (50, 3), (10**12, 10**12), (-1, 3)):
        assert read(text="😡😡", entities=[{"type": "url", "offset": offset, "length": length}])["text"] == "😡😡"


def test_the_nearest_place_counts() -> None:
    made = adapter(places={"-1001000000001": "all", "-1001000000001/7": "topic", "@gruppe": "name"})
    assert read(made=made, text="x")["community"] == "all"
    assert read(made=made, text="x", message_thread_id=7, is_topic_message=True)["community"] == "topic"
    assert read(made=made, text="x", message_thread_id=8, is_topic_message=True)["community"] == "all"
    assert read(made=made, text="x", message_thread_id=7)["community"] == "all"  # a thread of answers, no topic
    assert read(made=made, text="x", chat={"id": -5, "type": "group", "username": "gruppe"})["community"] == "name"


def test_a_group_that_moved_is_known_by_both_ids() -> None:
    made = adapter(places={-4000001: "de", -1001000000003: "de"})
    old = {"id": -4000001, "type": "group"}
    assert read(made=made, chat=old, migrate_to_chat_id=-1001000000003) == Skipped(
        SkipReason.SERVICE_MESSAGE, "migrate_to_chat_id"
    )
    assert read(made=made, chat=old, text="x")["post_id"] == "-4000001:42"
    assert read(made=made, chat={**GROUP, "id": -1001000000003}, text="x")["community"] == "de"


@pytest.mark.parametrize(
    ("chat", "url"),
    (
        (GROUP, "https://t.me/c/1000000001/42"),
        ({**GROUP, "username": "gruppe"}, "https://t.me/gruppe/42"),
        ({"id": -1000000000001, "type": "channel"}, "https://t.me/c/1/42"),
        ({"id": -1000000000000, "type": "channel"}, None),
        ({"id": -4000001, "type": "group"}, None),
    ),
    ids=str,
)
def test_links_lead_to_the_message_where_telegram_has_such_links(chat: Any, url: str | None) -> None:
    assert read(text="x", chat=chat).get("url") == url


def test_an_edit_counts_the_seconds_since_the_message() -> None:
    first = read("edited_message", text="eins", edit_date=SENT + 5)
    second = read("edited_message", text="zwei", edit_date=SENT + 9)
    assert (first["revision"], second["revision"]) == (5, 9)
    assert read("edited_message", text="zugleich", edit_date=SENT)["revision"] == 1


def test_a_message_that_was_edited_before_it_came_is_still_its_first_version() -> None:
    item = read(text="eins", edit_date=SENT + 5)
    assert "revision" not in item and "edited_at" not in item


def test_a_scheduled_message_has_no_id_yet() -> None:
    assert read(text="x", message_id=0) == Skipped(SkipReason.SERVICE_MESSAGE, "scheduled")


REPLY = {"message_id": 40, "chat": GROUP, "date": SENT - 9, "text": "…", "from": {"id": 7, "first_name": "Max"}}
COMMAND = {"type": "bot_command", "offset": 0}


def test_a_report_is_no_post_and_who_reports_is_known() -> None:
    item = read(text="/REPORT", entities=[{**COMMAND, "length": 7}], reply_to_message=REPLY)
    assert (item["kind"], item["post_id"], item["author_id"]) == ("reported", "-1001000000001:40", "7")
    assert (item["reporter_id"], item["report_id"]) == ("700000001", "-1001000000001:42")
    assert "reason" not in item


def test_a_report_about_who_writes_as_a_chat_names_that_chat() -> None:
    reply = {**REPLY, "sender_chat": {"id": -100200, "type": "channel", "title": "Kanal"}}
    item = read(text="/report", entities=[{**COMMAND, "length": 7}], reply_to_message=reply)
    assert item["author_id"] == "-100200"


def test_the_words_that_report_can_be_chosen_and_others_are_posts() -> None:
    german = adapter(report_commands=["melden"])
    said: dict[str, Any] = {"reply_to_message": REPLY}
    assert read(made=german, text="/melden Spam", entities=[{**COMMAND, "length": 7}], **said)["reason"] == "Spam"
    assert read(made=german, text="/report", entities=[{**COMMAND, "length": 7}], **said)["text"] == "/report"
    assert read(made=adapter(report_commands=[]), text="/report", entities=[{**COMMAND, "length": 7}], **said)["text"]
    assert read(text="report /report", entities=[{**COMMAND, "offset": 7, "length": 7}], **said)["text"]


def test_a_report_of_a_topics_beginning_names_no_post() -> None:
    reply = {**REPLY, "forum_topic_created": {"name": "x"}}
    assert (
        read(text="/report", entities=[{**COMMAND, "length": 7}], reply_to_message=reply).reason is SkipReason.NO_POST
    )


def test_nobody_hides_a_message_from_us_by_what_may_not_be_carried() -> None:
    author: dict[str, Any] = {"from": {**JANA, "first_name": "\x00\u202e", "last_name": "x" * 300}}
    item = read(text="Bom\x07be", **author)
    assert item["text"] == "Bom\N{REPLACEMENT CHARACTER}be"
    assert item["author"]["display_name"] == "x" * 200
    assert read(text="\u200b\u200b").reason is SkipReason.NOT_TEXT
    assert read(caption="\u200b", photo=[{}]).reason is SkipReason.NOT_TEXT


def test_a_message_without_a_time_or_an_id_is_left_to_the_examination() -> None:
    assert "created_at" not in read(text="x", date="gestern")
    assert "post_id" not in read(text="x", message_id=None)


def test_telegram_is_never_asked_for_anything() -> None:
    with pytest.raises(Unreadable):
        adapter().complete(Fetch("https://x.example/"), Fetched(200, {}, b"{}"), NOW)


@given(st.text(), st.text(min_size=1), st.text())
def test_any_piece_of_any_text_is_found_by_its_utf16_position(before: str, piece: str, after: str) -> None:
    def units(text: str) -> int:
        return len(text.encode("utf-16-le")) // 2

    entity = {"type": "url", "offset": units(before), "length": units(piece)}
    assert _part(before + piece + after, entity) == piece
