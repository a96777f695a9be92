"""Reading a recording: every form in which integrations send, in the order of time, by whoever sent it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from feuerwache.cli.simulate.recording import NothingToRead, read
from feuerwache.ingest.integration import Integration, Integrations
from feuerwache.ingest.submission import SubmittedReport
from support.evening import BEGIN, FORUM, post, write

MINUTE = timedelta(minutes=1)
BOTH = Integrations(
    integrations=(
        Integration(id="fb", platform="facebook", communities=("morgenrot-facebook",)),
        Integration(id="forum", platform="forum", communities=(FORUM, "zweites-forum")),
    )
)


def test_lists_wrapped_lists_and_cloudevents_are_read_like_plain_items(tmp_path: Path) -> None:
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "/x",
        "type": "feuerwache.post.reported.v1",
        "time": (BEGIN + 3 * MINUTE).isoformat(),
        "data": {"community": FORUM, "platform": "forum", "post_id": "post-2", "report_id": "r1"},
    }
    lines: list[Mapping[str, Any] | str] = [{"posts": [post(0, BEGIN, "a"), post(1, BEGIN + MINUTE, "b")]}, event]
    path = write(tmp_path / "f.jsonl", [*lines, "", f"[{'{'}{'}'}]"])
    recording = read(path, BOTH)
    assert [(line.number, line.at - BEGIN) for line in recording.lines] == [
        (1, 0 * MINUTE),
        (1, MINUTE),
        (2, 3 * MINUTE),
    ]
    reported = recording.lines[-1]
    assert isinstance(reported.examined.submission, SubmittedReport)
    assert reported.body["kind"] == "reported"
    assert reported.body["reported_at"] == event["time"]
    assert [bad.line for bad in recording.bad] == [4]
    assert recording.count == 3


def test_lines_come_in_the_order_of_their_time_and_history_before_all(tmp_path: Path) -> None:
    lines = [
        post(0, BEGIN + 5 * MINUTE, "später"),
        post(1, BEGIN, "früher"),
        post(2, BEGIN - timedelta(days=90), "längst", historic=True),
    ]
    recording = read(write(tmp_path / "f.jsonl", lines), BOTH)
    assert [line.number for line in recording.lines] == [3, 2, 1]
    assert recording.reordered
    assert recording.begin == BEGIN == recording.lines[0].at


def test_an_edit_that_does_not_say_when_came_after_the_line_before_it(tmp_path: Path) -> None:
    lines = [post(0, BEGIN, "a"), post(1, BEGIN + 9 * MINUTE, "b"), post(0, BEGIN, "a, neu", revision=1)]
    recording = read(write(tmp_path / "f.jsonl", lines), BOTH)
    assert [line.at - BEGIN for line in recording.lines] == [0 * MINUTE, 9 * MINUTE, 9 * MINUTE]
    assert not recording.reordered


def test_the_sender_is_told_by_the_place_or_named(tmp_path: Path) -> None:
    nameless = {name: value for name, value in post(0, BEGIN, "a").items() if name not in {"platform", "community"}}
    path = write(tmp_path / "f.jsonl", [nameless])
    with pytest.raises(NothingToRead, match="community is missing, and several integrations could have sent this"):
        read(path, BOTH)
    [line] = read(path, BOTH, "fb").lines
    assert (line.examined.platform, line.examined.community) == ("facebook", "morgenrot-facebook")
    with pytest.raises(NothingToRead, match="there is: fb, forum"):
        read(path, BOTH, "twitter")


def test_who_names_only_the_platform_needs_a_sender_with_one_community(tmp_path: Path) -> None:
    items = [{name: value for name, value in post(0, BEGIN, "a").items() if name != "community"}]
    assert read(write(tmp_path / "f.jsonl", items), BOTH).lines[0].integration.id == "fb"
    items[0]["platform"] = "forum"
    with pytest.raises(NothingToRead, match="community is missing"):
        read(write(tmp_path / "f.jsonl", items), BOTH)
