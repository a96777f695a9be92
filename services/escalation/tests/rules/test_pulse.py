"""The pulse: counts per minute of event time, no names, no canaries, the team apart, historic and late apart."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from feuerwache.common.events import codec
from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.pulse import Increment
from feuerwache.common.kafka.keys import shard_of
from feuerwache.escalation.rules.community import pseudonym
from feuerwache.escalation.rules.judging.judging import Options
from feuerwache.escalation.rules.outputs import MAX_INCREMENTS, Outputs
from feuerwache.escalation.rules.pulse.pulse import MAX_EXAMPLES, MAX_PEOPLE
from feuerwache.escalation.rules.settings import RulesSettings
from support.rules import (
    COMMUNITY,
    CONFIG,
    NOW,
    PLATFORM,
    Judge,
    deleted,
    house_with_team,
    minutes,
    moderated,
    reported,
    reviewed,
    written,
)

NEGATIVE = {"complaint": 0.9, "negative": 0.8}
INSULT = {"insult": 0.7, "negative": 0.9}
TEXT = "Seit gestern tropft meine Aurora unten heraus, und bei der Hotline geht niemand ans Telefon."
LATER = NOW + timedelta(hours=3)


def gained(judge: Judge) -> tuple[Increment, ...]:
    """What the last batch gained, by minute."""
    return judge.last.pulse.increments(8).get(shard_of(COMMUNITY, 8), ())


def increment_of(*events: Event[Payload], judge: Judge | None = None) -> Increment:
    """The one increment of a batch of one minute."""
    judge = judge or Judge()
    judge.take(*events)
    (increment,) = gained(judge)
    return increment


def answer(post_id: str, parent: str = "root", thread: str | None = "root", **more: Any) -> Event[Payload]:
    return written(post_id, parent_id=parent, thread_id=thread, **more)


def person(author: str) -> str:
    return pseudonym.person(COMMUNITY, author, b"")


def post(post_id: str) -> str:
    return pseudonym.post(PLATFORM, post_id, b"")


def test_a_batch_is_counted_by_minute_and_each_negative_post_once() -> None:
    judge = Judge()
    judge.take(
        written("p1", author="a1", labels=NEGATIVE, text="Die Lieferung fehlt, Lieferung!", reach=500),
        written("p2", author="a2", labels={"negative": 0.6}, text="Lieferung verspätet @jemand"),
        written("p3", author="a1", at=NOW + minutes(1)),
        written("p1", revision=1, author="a1", labels=NEGATIVE),
        reported("p1", author="a1", at=NOW + minutes(1)),
    )
    first, second = gained(judge)
    assert (first.minute, first.posts, first.negative, first.reach) == (NOW, 2, 2, 500)
    assert first.labels == {"complaint": 1, "negative": 2}
    assert first.actions == {"forward": 1, "welcome": 1}
    assert first.terms["lieferung"] == 2
    assert set(first.authors) == set(first.new_authors) == {person("a1"), person("a2")}
    assert [example.post_id for example in first.examples] == ["p1", "p2"]
    assert (second.posts, second.reports, second.negative, second.new_authors) == (1, 1, 0, ())
    assert second.authors == (person("a1"),)
    assert first.threads == second.threads == {}, "the old field is not written any more"


def test_authors_are_hashes_by_the_house_key() -> None:
    pulses = []
    for key in (b"one", b"two", b"one"):
        judge = Judge(options=Options(pulse_key=key))
        judge.take(written(author="kaffeetante"))
        pulses.append(judge.last.pulse.increments(1)[0][0].authors)
    assert pulses[0] == pulses[2] != pulses[1]
    assert len(pulses[0][0]) == 8


def test_canaries_are_not_counted_and_the_past_is_counted_apart() -> None:
    judge = Judge()
    judge.take(written("p1", canary=True, labels=NEGATIVE, parent_id="p0"))
    assert judge.last.pulse.increments(8) == {}
    judge.take(written("p2"), written("p3", historic=True), now=LATER)
    assert sorted((each.late, each.historic, each.posts) for each in gained(judge)) == [
        (True, False, 1),
        (True, True, 1),
    ]


def test_what_is_historic_is_bare_counts() -> None:
    increment = increment_of(
        *(
            answer(f"p{n}", author=f"a{n}", parent_author_id="a0", text=TEXT, labels=NEGATIVE | INSULT, historic=True)
            for n in range(1, 4)
        )
    )
    assert (increment.posts, increment.negative, len(increment.authors)) == (3, 3, 3)
    assert increment.terms
    nothing = (increment.hot_threads, increment.copies, increment.quarrels, increment.examples, increment.complaints)
    assert nothing == ((), (), (), (), ())
    assert increment.integrations == {}


def test_a_regular_has_written_ten_posts_before() -> None:
    judge = Judge()
    judge.take(*(written(f"p{n}") for n in range(10)))
    assert gained(judge)[0].regular_authors == ()
    judge.take(written("p10"), written("q1", author="a2"))
    assert gained(judge)[0].regular_authors == (person("a1"),)


def test_a_thread_gains_answers_and_no_posts_that_stand_alone() -> None:
    increment = increment_of(
        written("root", thread_id="root"),
        written("lonely", author="a9", thread_id="lonely"),
        answer("p1", author="a1", labels={"profanity": 0.8}),
        answer("p2", parent="p1", author="a2", labels={"negative": 0.9}),
        answer("p3", parent="p2", author="a1", labels={"threat": 0.6}),
        answer("q1", parent="lost", thread=None, author="a3"),
    )
    first, second = increment.hot_threads
    assert (first.platform, first.thread, first.posts, first.hostile, first.depth) == (PLATFORM, "root", 3, 2, 3)
    assert set(first.authors) == {person("a1"), person("a2")}
    assert (second.thread, second.posts, second.depth) == ("lost", 1, 1)


def test_the_depth_of_a_chain_is_remembered_over_batches_and_the_unknown_counts_one() -> None:
    judge = Judge()
    judge.take(written("root"))
    for number, parent in enumerate(["root", "p0", "p1", "p2", "never-seen"]):
        judge.take(answer(f"p{number}", parent=parent))
        (increment,) = gained(judge)
        assert increment.hot_threads[0].depth == (1 if parent == "never-seen" else number + 1)


def test_copies_are_told_from_the_second_author_on_with_the_one_who_was_first() -> None:
    judge = Judge()
    judge.take(written("p0", author="a0", text=TEXT))
    assert gained(judge)[0].copies == ()
    judge.take(written("p1", author="a1", text=TEXT + " 😡", at=NOW + minutes(2)))
    earlier, now = gained(judge)
    assert (earlier.minute, earlier.posts) == (NOW, 0)
    (first,), (second,) = earlier.copies, now.copies
    assert first.cluster == second.cluster == post("p0")
    assert (first.posts, first.authors, first.new_authors) == (1, (person("a0"),), (person("a0"),))
    assert first.example is None
    assert (second.posts, second.authors, second.new_authors) == (1, (person("a1"),), (person("a1"),))
    assert second.example is not None
    assert second.example.post_id == "p1"
    judge.take(written("p2", author="a0", text=TEXT, at=NOW + minutes(2)))
    (third,) = gained(judge)
    assert [(each.cluster, each.posts, each.new_authors) for each in third.copies] == [(post("p0"), 1, ())]


def test_one_author_alone_makes_copies_from_the_third_on() -> None:
    judge = Judge()
    judge.take(written("p0", text=TEXT), written("p1", text=TEXT))
    assert gained(judge)[0].copies == ()
    judge.take(written("p2", text=TEXT))
    (copies,) = gained(judge)[0].copies
    assert (copies.posts, copies.authors) == (3, (person("a1"),))


def test_links_alone_and_short_posts_are_no_copies() -> None:
    texts = ("https://x.example/aurora-ruckruf-jetzt-lesen-und-teilen", "Guten Morgen zusammen!")
    increment = increment_of(*(written(f"p{n}", author=f"a{n}", text=texts[n % 2]) for n in range(8)))
    assert increment.copies == ()


def test_partitions_that_each_took_a_copy_for_the_first_agree_from_then_on() -> None:
    here, there = Judge(), Judge()
    here.take(written("p1", author="a1", text=TEXT))
    there.take(written("p2", author="a2", text=TEXT))
    rows = [here.last.rows[COMMUNITY], there.last.rows[COMMUNITY]]
    here.memories[COMMUNITY].fold(rows[1])
    there.memories[COMMUNITY].fold(rows[0])
    clusters = set()
    for number, judge in enumerate((here, there)):
        judge.take(written(f"q{number}", author=f"b{number}", text=TEXT))
        (copies,) = gained(judge)[0].copies
        clusters.add(copies.cluster)
    assert clusters == {min(post("p1"), post("p2"))}


@pytest.mark.parametrize("named", [True, False])
def test_hostile_answers_between_two_are_a_quarrel_whoever_says_whose_post_it_was(named: bool) -> None:
    def said(post_id: str, parent: str, author: str, whose: str, **more: Any) -> Event[Payload]:
        return answer(post_id, parent, author=author, parent_author_id=whose if named else None, **more)

    increment = increment_of(
        written("root", author="a"),
        said("p1", "root", "b", "a", labels=INSULT),
        said("p2", "p1", "a", "b", labels={"hate": 0.6}),
        said("p3", "p2", "b", "a", labels={"profanity": 0.6}),
        said("p4", "p3", "b", "b", labels=INSULT),
        said("p5", "p3", "a", "b", labels={"negative": 0.9}),
        said("p6", "p1", "c", "b"),
    )
    (quarrel,) = increment.quarrels
    by_b_first = person("b") < person("a")
    assert (quarrel.forth, quarrel.back) == ((2, 1) if by_b_first else (1, 2))
    assert quarrel.pair == pseudonym.pair(person("a"), person("b"), b"")
    assert (quarrel.platform, quarrel.thread) == (PLATFORM, "root")
    assert quarrel.example is not None
    assert quarrel.example.post_id == "p1"


def test_an_insult_at_somebody_unknown_is_no_quarrel() -> None:
    assert increment_of(answer("p1", parent="never-seen", labels=INSULT)).quarrels == ()


def test_complaints_are_open_until_the_team_answers_in_their_thread() -> None:
    judge = Judge(house_with_team("support"))
    complained = increment_of(
        written("alone", author="a1", labels=NEGATIVE),
        written("root", author="a2"),
        answer("p1", author="a3", labels=NEGATIVE),
        answer("p2", author="a4", labels={"negative": 0.9}),
        answer("p3", author="support", labels=NEGATIVE),
        judge=judge,
    )
    assert set(complained.complaints) == {post("alone"), post("root")}
    assert set(complained.answered) == {post("root")}
    assert set(increment_of(answer("p4", "alone", None, author="support"), judge=judge).answered) == {post("alone")}
    nested = answer("p5", "p1", None, author="support", at=NOW)
    assert set(increment_of(nested, judge=judge).answered) == {post("p1"), post("root")}


def test_a_humans_word_answers_the_post_and_the_thread_of_a_complaint() -> None:
    judge = Judge()
    judge.take(answer("p1", labels=NEGATIVE), answer("p2", labels=INSULT))
    answered = increment_of(reviewed("p1"), judge=judge)
    assert set(answered.answered) == {post("p1"), post("root")}
    assert (answered.posts, answered.integrations) == (0, {})
    assert increment_of(moderated("p2", "hidden"), judge=judge).answered == (post("p2"),)


def test_what_the_team_writes_is_delivered_and_counted_nowhere_else() -> None:
    judge = Judge(house_with_team("support"))
    labels = NEGATIVE | INSULT
    judge.take(*(answer(f"p{n}", author="support", text=TEXT, labels=labels, reach=900) for n in range(4)))
    (increment,) = gained(judge)
    bare = Increment(community=COMMUNITY, minute=NOW, integrations={COMMUNITY: 4}, answered=increment.answered)
    assert increment == bare
    assert increment_of(written("q1", author="a2", text=TEXT), judge=judge).copies == (), (
        "who quotes them copies nobody"
    )


def test_reporters_are_people_where_they_are_known_and_the_post_is_shown() -> None:
    judge = Judge()
    judge.take(written("p1", at=NOW - minutes(20)))
    increment = increment_of(
        reported("p1", "r1", reporter="x"),
        reported("p1", "r2", reporter="x"),
        reported("p1", "r2", reporter="x"),
        reported("p1", "r3"),
        reported("p1", "r4"),
        reported("p2", "r5", author="a2", reporter="a1"),
        judge=judge,
    )
    assert increment.reports == 5
    assert len(increment.reporters) == 4
    assert {person("x"), person("a1")} < set(increment.reporters)
    assert [(each.post_id, each.label, each.weight) for each in increment.examples] == [
        ("p1", "reported", 0.8),
        ("p2", "reported", 0.5),
    ]
    assert increment.examples[0].at == NOW - minutes(20)
    assert increment.examples[1].at is None


def test_integrations_are_counted_for_every_event_once() -> None:
    judge = Judge()
    judge.take(written("p1", at=LATER), written("p1", at=LATER), written("p1", revision=1, at=LATER), now=LATER)
    assert gained(judge)[0].integrations == {COMMUNITY: 2}
    events = [reported("p1", at=LATER), moderated("p1", at=LATER), deleted("p1", at=LATER)]
    judge.take(*events, *events, reviewed("p1", at=LATER), now=LATER)
    assert gained(judge)[0].integrations == {"t": 3}
    judge.take(written("p2"), written("p3", historic=True, at=LATER), now=LATER)
    assert [each.integrations for each in gained(judge)] == [{}, {}]


def test_examples_are_the_strongest_the_most_seen_the_newest_and_the_first() -> None:
    at = [NOW + timedelta(seconds=second) for second in range(6)]
    increment = increment_of(
        written("strong", labels={"hate": 0.95}, at=at[1]),
        written("newest", labels={"negative": 0.6}, at=at[5]),
        written("first", at=at[0], text="Die Lieferung kam mit der Post, Lieferung und Aurora sind gut."),
        written("seen", reach=40_000, at=at[2], text="Lieferung!"),
        written("second", labels={"complaint": 0.9}, at=at[3]),
        written("weak", labels={"negative": 0.7}, at=at[4]),
    )
    assert [each.post_id for each in increment.examples] == ["strong", "second", "seen", "newest", "first"]
    shown = {each.post_id: each for each in increment.examples}
    assert [shown[name].label for name in ("strong", "second", "seen", "first")] == [
        "hate",
        "complaint",
        "reach",
        "other",
    ]
    assert (shown["seen"].reach, shown["seen"].at, shown["seen"].terms) == (40_000, at[2], ("lieferung",))
    assert shown["first"].terms[:2] == ("aurora", "lieferung")


def everything() -> list[Event[Payload]]:
    """A heated minute with something in every field."""
    random = Random(3)
    events = []
    for number in range(60):
        labels = random.choice([NEGATIVE, INSULT, {}, {"threat": 0.6, "negative": 0.6}])
        author = f"a{random.randrange(12)}"
        parent = f"p{random.randrange(60)}"
        text = TEXT if number % 5 == 0 else f"Rückruf der Lieferung {number}"
        more = {"parent_author_id": f"a{random.randrange(12)}", "reach": random.randrange(500)}
        events.append(answer(f"p{number}", parent, f"t{number % 15}", author=author, text=text, labels=labels, **more))
    return [*events, *(reported(f"p{number}", author="x", reporter=f"r{number}") for number in range(5))]


def test_the_same_batch_gives_the_same_pulse() -> None:
    increment, again = increment_of(*everything()), increment_of(*everything())
    assert increment.model_dump_json() == again.model_dump_json()
    for name in ("hot_threads", "copies", "quarrels", "complaints", "reporters", "examples", "terms", "integrations"):
        assert getattr(increment, name), name
    assert len(increment.hot_threads) == 10


def test_the_order_of_a_batch_changes_nothing_but_what_came_first() -> None:
    """What a post is to those before it (first post, depth, cluster, welcome) follows the order; counts do not."""
    ordered_events = everything()
    shuffled = Random(5).sample(ordered_events, len(ordered_events))
    one, other = increment_of(*ordered_events), increment_of(*shuffled)

    def told(increment: Increment) -> dict[str, Any]:
        plain = increment.model_dump(exclude={"actions", "new_authors", "copies"})
        for thread in plain["hot_threads"]:
            thread.pop("depth")
        return plain

    assert told(one) == told(other)
    assert sum(each.posts for each in one.copies) == sum(each.posts for each in other.copies) == 12


def test_a_busy_batch_stays_small_and_one_over_many_minutes_is_told_in_several_pulses() -> None:
    judge = Judge()
    judge.take(*(written(f"p{n}", author=f"a{n}", labels=NEGATIVE, text=f"{TEXT} {n}") for n in range(1500)))
    (busy,) = gained(judge)
    assert (busy.posts, len(busy.authors)) == (1500, MAX_PEOPLE)
    assert len(busy.examples) <= MAX_EXAMPLES
    assert len(busy.model_dump_json()) < 40_000
    long = Judge()
    long.take(*(written(f"p{n}", at=NOW - minutes(n), labels=NEGATIVE) for n in range(120)))
    sequences = {shard_of(COMMUNITY, 8): 4}
    records = Outputs(3, RulesSettings(config_dir=CONFIG)).pulses(long.last, NOW, sequences)
    pulses = [codec.decode(record.value, record.headers).data for record in records]
    assert [pulse.sequence for pulse in pulses] == [5, 6, 7]
    assert [len(pulse.increments) for pulse in pulses] == [MAX_INCREMENTS, MAX_INCREMENTS, 20]
    assert sequences == {shard_of(COMMUNITY, 8): 7}
