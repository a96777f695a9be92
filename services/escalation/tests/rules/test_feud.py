"""What the community's memory says of quarrels, of heated threads, and of somebody's own copies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.events.decision import DecisionMade
from feuerwache.escalation.rules.community.feud import Feuds
from feuerwache.escalation.rules.community.memory import CommunityMemory, Row, near_duplicates
from support.rules import Judge, written

NOW = datetime(2026, 11, 14, 20, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = 86400
RUDE = {"insult": 0.9}
TEXT = "Kauft bei uns, die besten Kaffeemaschinen der Stadt, heute alles zum halben Preis, nur noch bis Mitternacht."


def evidence(judge: Judge, post_id: str, **post: Any) -> dict[str, dict[str, Any]]:
    (decision,) = judge.take(written(post_id, **post))
    assert isinstance(decision, DecisionMade)
    return decision.evidence.model_dump()


def test_a_feud_is_hostile_both_ways_and_as_old_as_a_day() -> None:
    judge = Judge()
    judge.take(written("t", author="c", thread_id="t", at=NOW))
    judge.take(written("p1", author="a", labels=RUDE, thread_id="t", parent_author_id="b", at=NOW + MINUTE))
    one_way = evidence(judge, "p2", author="a", thread_id="t", parent_author_id="b", at=NOW + 2 * MINUTE)
    assert (one_way["thread"]["feud_24h"], one_way["author"]["feuds_24h"]) == (0, 0)
    judge.take(written("p3", author="b", labels=RUDE, thread_id="t", parent_author_id="a", at=NOW + 3 * MINUTE))
    both = evidence(judge, "p4", author="a", thread_id="t", parent_author_id="b", at=NOW + 4 * MINUTE)
    assert (both["thread"]["feud_24h"], both["author"]["feuds_24h"], both["thread"]["hostile_1h"]) == (2, 1, 2)
    other = evidence(judge, "p5", author="a", thread_id="t", parent_author_id="c", at=NOW + 5 * MINUTE)
    assert (other["thread"]["feud_24h"], other["author"]["feuds_24h"]) == (0, 1)
    friendly = evidence(judge, "p6", author="c", thread_id="t", parent_author_id="a", at=NOW + 6 * MINUTE)
    assert (friendly["thread"]["feud_24h"], friendly["author"]["feuds_24h"]) == (0, 0)
    later = evidence(judge, "p7", author="a", thread_id="t", parent_author_id="b", at=NOW + timedelta(hours=25))
    assert (later["thread"]["feud_24h"], later["author"]["feuds_24h"], later["thread"]["hostile_1h"]) == (0, 0, 0)


def test_rudeness_to_nobody_in_particular_is_no_feud() -> None:
    judge = Judge()
    judge.take(written("p1", author="a", labels=RUDE), written("p2", author="a", labels=RUDE, parent_author_id="a"))
    assert evidence(judge, "p3", author="a")["author"]["feuds_24h"] == 0


def test_the_same_text_in_several_threads_is_told_from_copies_of_others() -> None:
    judge = Judge()
    for number, (author, thread) in enumerate([("a", "t1"), ("a", "t2"), ("a", "t2"), ("b", "t3")]):
        judge.take(written(f"p{number}", author=author, text=f"{TEXT} {number}", thread_id=thread))
    matched = evidence(judge, "p9", author="a", text=TEXT, thread_id="t1")["matched"]
    assert (matched["near_duplicates"], matched["near_duplicate_authors"]) == (4, 2)
    assert (matched["own_duplicates"], matched["own_duplicate_threads"]) == (3, 1)
    alone = evidence(judge, "p10", author="c", text=TEXT)["matched"]
    assert (alone["near_duplicates"], alone["own_duplicates"], alone["own_duplicate_threads"]) == (5, 0, 0)
    assert near_duplicates((), Row("p", "a", 0))["own_duplicates"] == 0


def test_a_row_keeps_who_was_answered_with_hostility_and_older_ones_have_nobody() -> None:
    row = Row("p", "a", 7, None, "t", hostile=True, answered="b")
    assert Row.unpacked(row.packed()) == row
    old = Row("p", "a", 7, None, "t", negative=True)
    assert Row.unpacked(old.packed()[:9]) == old


ANSWERS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.integers(0, 8), st.integers(0, 3 * DAY)), max_size=30
)


@settings(deadline=None)
@given(ANSWERS, st.integers(0, 4 * DAY))
def test_the_memory_counts_feuds_as_a_list_of_all_answers_would(
    answers: list[tuple[str, str, int, int]], at: int
) -> None:
    rows = {post: Row(f"p{post}", one, when, hostile=True, answered=other) for one, other, post, when in answers}
    memory = CommunityMemory()
    memory.fold(rows.values())
    memory.fold(rows.values())
    newest = 0
    kept: list[Row] = []
    for row in rows.values():  # rows older than a day before the newest are not taken any more
        if row.at >= newest - DAY:
            newest = max(newest, row.at)
            kept.append(row)

    def count(one: str, other: str) -> int:
        return sum((row.author, row.answered) == (one, other) and 0 <= at - row.at < DAY for row in kept)

    if at < newest:
        return  # of the time before, some are forgotten already
    for one in "abc":
        feuds = [count(one, other) + count(other, one) for other in "abc" if count(one, other) and count(other, one)]
        assert memory.feuds.people(one, "x", at) == len(feuds)
        for other in "abc":
            both = count(one, other) and count(other, one)
            assert memory.feuds.between(one, other, "x", at) == (count(one, other) + count(other, one) if both else 0)


def test_what_is_forgotten_leaves_nothing_behind() -> None:
    memory = CommunityMemory()
    memory.fold([Row("p1", "a", 0, hostile=True, answered="b"), Row("p2", "b", 1, hostile=True, answered="a")])
    assert memory.feuds.between("a", "b", "p1", 10) == 0, "the post itself is not counted"
    memory.fold([Row("p3", "c", 3 * DAY)])
    assert memory.feuds._answers == {}
    feuds = Feuds()
    feuds.forget("a", "b", "p1")
    assert feuds.people("a", "x", 0) == 0
