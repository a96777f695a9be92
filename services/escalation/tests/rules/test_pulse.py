"""The pulse: counts per minute of event time, no names, no canaries, historic and late apart."""

from __future__ import annotations

from datetime import timedelta

from feuerwache.common.kafka.keys import shard_of
from feuerwache.escalation.rules.judging import Options
from feuerwache.escalation.rules.terms import content_words
from support.rules import COMMUNITY, NOW, Judge, minutes, reported, written

NEGATIVE = {"complaint": 0.9, "negative": 0.8}


def test_a_batch_is_counted_by_minute_and_each_negative_post_once() -> None:
    judge = Judge()
    judge.take(
        written("p1", author="a1", labels=NEGATIVE, text="Die Lieferung fehlt, Lieferung!", reach=500, thread_id="t"),
        written("p2", author="a2", labels={"negative": 0.6}, text="Lieferung verspätet @jemand", thread_id="t"),
        written("p3", author="a1", at=NOW + minutes(1)),
        written("p1", revision=1, author="a1", labels=NEGATIVE),
        reported("p1", author="a1", at=NOW + minutes(1)),
    )
    shards = judge.last.pulse.increments(8)
    assert list(shards) == [shard_of(COMMUNITY, 8)]
    first, second = shards[shard_of(COMMUNITY, 8)]
    assert (first.minute, first.posts, first.negative, first.reach) == (NOW, 2, 2, 500)
    assert first.labels == {"complaint": 1, "negative": 2}
    assert first.actions == {"forward": 1, "welcome": 1}
    assert first.terms["lieferung"] == 2
    assert first.threads == {"t": 2}
    assert len(first.authors) == len(first.new_authors) == 2
    assert [example.post_id for example in first.examples] == ["p1", "p2"]
    assert (second.posts, second.reports, second.negative, second.new_authors) == (1, 1, 0, ())
    assert second.authors == first.authors[:1]


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
    judge.take(written("p1", canary=True))
    assert judge.last.pulse.increments(8) == {}
    judge.take(
        written("p2"),
        written("p3", historic=True),
        now=NOW + timedelta(hours=3),
    )
    (increments,) = judge.last.pulse.increments(8).values()
    assert sorted((each.late, each.historic, each.posts) for each in increments) == [(True, False, 1), (True, True, 1)]


def test_terms_are_content_words_without_links_and_names() -> None:
    text = (
        "Hallo @anna, die Lieferung der Kaffeemühle war schon wieder NICHT da! https://x.example/Rückruf Grüße Jördis"
    )
    assert content_words(text, ("Jördis Beispiel",)) == {"lieferung", "kaffeemühle", "grüße"}
