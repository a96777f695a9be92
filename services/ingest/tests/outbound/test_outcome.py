"""What a platform's answer means, as a table; when it is left alone; and where a reader of the stream stands."""

from __future__ import annotations

from uuid import uuid4

import pytest

from feuerwache.common.events.decision import Action
from feuerwache.ingest.outbound import cursor
from feuerwache.ingest.outbound.outcome import LONGEST_REASON, Kind, Word, by_answer
from feuerwache.ingest.outbound.valve import Valve


@pytest.mark.parametrize(
    ("status", "body", "kind", "word"),
    [
        (200, b"", Kind.TAKEN, Word("done")),
        (204, b"", Kind.TAKEN, Word("done")),
        (202, b"<html>", Kind.TAKEN, Word("done")),
        (200, b'{"status": "failed", "reason": "locked"}', Kind.TAKEN, Word("failed", "locked")),
        (200, b'{"status": "not_supported"}', Kind.TAKEN, Word("not_supported")),
        (200, b'{"status": "surprise", "reason": 7}', Kind.TAKEN, Word("done")),
        (200, b"[" * 100_000, Kind.TAKEN, Word("done")),
        (400, b"", Kind.REFUSED, Word("refused", "HTTP 400")),
        (409, b'{"reason": "a human\\nwas faster"}', Kind.REFUSED, Word("refused", "a human was faster")),
        (422, b'{"status": "not_supported", "reason": "no"}', Kind.REFUSED, Word("not_supported", "no")),
        (404, b'{"status": "refused", "reason": "no such post"}', Kind.REFUSED, Word("refused", "no such post")),
        (403, b'{"status": "refused"}', Kind.REFUSED, Word("refused", "HTTP 403")),
        (404, b"<html>not found</html>", Kind.RETRY, Word("failed", "HTTP 404")),
        (401, b'{"error": "bad signature"}', Kind.RETRY, Word("failed", "HTTP 401")),
        (410, b'{"status": "refused"}', Kind.GONE, Word("refused", "HTTP 410")),
        (429, b"", Kind.RETRY, Word("failed", "HTTP 429")),
        (500, b'{"status": "refused"}', Kind.RETRY, Word("failed", "HTTP 500")),
        (503, b"", Kind.RETRY, Word("failed", "HTTP 503")),
        (302, b"", Kind.RETRY, Word("failed", "HTTP 302 (redirects are not followed)")),
    ],
)
def test_only_a_clear_word_of_the_platform_ends_a_delivery(status: int, body: bytes, kind: Kind, word: Word) -> None:
    outcome = by_answer(status, body, None)
    assert (outcome.kind, outcome.word) == (kind, word)


def test_a_platform_may_answer_for_each_action() -> None:
    body = (
        b'{"actions": {"hide": {"status": "done"}, "warn": {"status": "refused", "reason": "left"}, "x": 1, "hold": 2}}'
    )
    outcome = by_answer(200, body, None)
    assert outcome.of(Action.HIDE) == Word("done")
    assert outcome.of(Action.WARN) == Word("refused", "left")
    assert outcome.of(Action.HOLD) == Word("done")


def test_what_a_platform_says_is_kept_short_and_on_one_line() -> None:
    reason = by_answer(200, ('{"reason": "' + "ä\\u0000\\r\\n" * 500 + '"}').encode(), None).word.reason
    assert len(reason) <= LONGEST_REASON
    assert reason.isprintable()


ONE, TWO, THREE, FOUR = (uuid4() for _ in range(4))


def valve() -> Valve:
    """Pauses are 1, 2, 4, 8, 8 … seconds."""
    return Valve(1.0, 8.0, uniform=lambda _, high: high)


def test_one_decision_that_fails_again_and_again_stops_no_other() -> None:
    one = valve()
    for _ in range(20):
        one.failed(ONE, 0.0, "HTTP 500")
    assert one.admits(TWO, 0.0)


def test_several_in_a_row_close_it_and_one_that_gets_through_opens_it() -> None:
    one = valve()
    for parcel in (ONE, TWO, THREE):
        assert one.admits(parcel, 0.0)
        one.failed(parcel, 0.0, "no answer in time")
    assert one.closed
    assert not one.admits(FOUR, 0.9)
    assert one.admits(FOUR, 1.0)
    assert not one.admits(ONE, 1.0), "one at a time while it is closed"
    one.failed(FOUR, 1.0, "no answer in time")
    assert one.seconds_left(1.0) == 2.0
    assert one.admits(ONE, 3.0)
    one.answered(ONE)
    assert not one.closed
    assert one.admits(TWO, 3.0)
    assert one.admits(THREE, 3.0)


def test_a_success_in_between_begins_the_count_anew() -> None:
    one = valve()
    for parcel in (ONE, TWO, THREE, FOUR):
        one.failed(parcel, 0.0, "HTTP 500")
        one.answered(uuid4())
    assert not one.closed


def test_who_asks_to_wait_is_left_alone_at_once_for_as_long() -> None:
    one = valve()
    one.failed(ONE, 0.0, "HTTP 429", asked=30.0)
    assert one.closed
    assert one.seconds_left(0.0) >= 30.0
    assert not one.admits(TWO, 29.9)


def test_calls_that_were_under_way_when_it_closed_do_not_prolong_it() -> None:
    one = valve()
    for parcel in (ONE, TWO, THREE, FOUR):
        one.failed(parcel, 0.0, "no answer in time")
    assert one.seconds_left(0.0) == 1.0


def test_the_one_that_may_try_can_give_its_turn_back() -> None:
    one = valve()
    one.failed(ONE, 0.0, "HTTP 429", asked=1.0)
    assert one.admits(ONE, 5.0)
    one.released(ONE)
    assert one.admits(TWO, 5.0)


def test_paused_admits_nothing_until_a_human_resumes_it() -> None:
    one = valve()
    one.failed(ONE, 0.0, "HTTP 429", asked=100.0)
    one.paused = "HTTP 410"
    assert not one.admits(ONE, 1e9)
    one.reopened()
    assert one.admits(ONE, 0.0)


def test_a_cursor_says_where_its_reader_stands() -> None:
    offsets = [0, 5, 2**60]
    assert cursor.decode(cursor.encode(offsets), 3) == offsets


@pytest.mark.parametrize(
    "word",
    [
        "x",
        "AAAA",
        "ä",
        "a b",
        "=" * 8,
        "A" * 5000,
        cursor.encode([1, 2])[:-2],
        cursor.encode([1]),
        cursor.encode([1, -1]),
    ],
)
def test_what_is_no_cursor_is_refused(word: str) -> None:
    with pytest.raises(cursor.BadCursor):
        cursor.decode(word, 2)


def test_a_cursor_with_one_letter_changed_is_refused() -> None:
    word = cursor.encode([1234, 5678])
    for place, letter in enumerate(word):
        other = "B" if letter == "A" else "A"
        with pytest.raises(cursor.BadCursor):
            cursor.decode(word[:place] + other + word[place + 1 :], 2)
