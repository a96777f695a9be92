"""The written night is what the demo promises: the same every time, in time order, with its fire where it belongs."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import timedelta
from pathlib import Path

from feuerwache.common.config.community import load_communities
from feuerwache.local.night import BEGIN, END, Kind, NightPost, ordinary_weeks, saturday_night
from feuerwache.local.night.cast import TEAM
from feuerwache.local.night.script import ANSWER, BURNING, SPARK, THREAT
from feuerwache.local.night.weeks import BUSIEST, ordinary_rate


def test_the_same_seed_gives_the_same_night() -> None:
    assert saturday_night() == saturday_night()
    assert saturday_night(seed=15) != saturday_night()


def test_everything_happens_in_time_order_within_the_night() -> None:
    night = saturday_night()
    assert [event.at for event in night] == sorted(event.at for event in night)
    assert all(BEGIN <= event.at < END for event in night)


def test_edits_deletions_and_reports_come_after_their_post() -> None:
    created: dict[str, NightPost] = {}
    for event in saturday_night():
        if event.kind is Kind.CREATED:
            assert event.post_id not in created
            created[event.post_id] = event
        else:
            assert created[event.post_id].at < event.at
            assert created[event.post_id].writer == event.writer


def test_about_as_many_posts_as_promised() -> None:
    count = Counter(event.post_id.rsplit("-", 1)[0] for event in saturday_night() if event.kind is Kind.CREATED)
    assert 2_500 <= count["morgenrot-facebook"] + count["morgenrot-forum"] <= 3_500
    assert 2_000 <= count["video"] <= 3_000
    assert count["threat"] == 1


def test_the_brands_own_people_answer_complaints_of_the_night_from_an_account_that_is_the_team() -> None:
    night = {event.post_id: event for event in saturday_night() if event.kind is Kind.CREATED}
    answers = [event for event in night.values() if event.writer.id == TEAM]
    assert len(answers) > 30
    for answer in answers:
        assert answer.parent_id is not None
        parent = night[answer.parent_id]
        assert answer.at >= ANSWER
        assert answer.thread_id in (parent.thread_id, parent.post_id)
    config = load_communities(Path(__file__).parents[3] / "config")
    assert all(TEAM in community.team for community in config.communities if community.id in BUSIEST)


def test_before_the_video_the_evening_is_an_ordinary_one() -> None:
    begin, end = SPARK - timedelta(minutes=60), SPARK
    posts = sum(begin <= event.at < end and event.community == BURNING for event in saturday_night())
    usual = ordinary_rate(BURNING, begin + timedelta(minutes=30)) * 60
    assert 0.8 < posts / usual < 1.2


def test_an_hour_later_it_burns() -> None:
    begin = THREAT
    posts = sum(begin <= event.at < begin + timedelta(minutes=15) for event in saturday_night())
    assert posts > 2.5 * ordinary_rate(BURNING, begin) * 15


def test_posts_are_written_differently_enough_not_to_be_taken_for_copies() -> None:
    texts = [event.text for event in saturday_night() if event.text and not event.post_id.startswith("troll")]
    assert len(set(texts)) > 0.75 * len(texts)


def test_four_ordinary_weeks_lie_before_the_night_without_a_gap() -> None:
    counts = [count for count in ordinary_weeks(BEGIN) if count.community == BURNING]
    assert len(counts) == 4 * 7 * 24 * 4
    assert all(later.start - earlier.start == timedelta(minutes=15) for earlier, later in itertools.pairwise(counts))
    assert counts[-1].start < BEGIN
    share = sum(count.negative for count in counts) / sum(count.posts for count in counts)
    assert 0.02 < share < 0.06
