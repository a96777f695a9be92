"""Away is what does not answer, or has failed; and somebody always looks whether it is back."""

from __future__ import annotations

from feuerwache.ingest.writing.breaker import Breaker


def test_kafka_is_there_until_it_shows_otherwise() -> None:
    breaker = Breaker(hang=2, pause=1)
    assert not breaker.away(0)
    breaker.began(10)
    assert not breaker.refuses(11.9)
    breaker.answered()
    assert not breaker.refuses(100)


def test_a_flush_without_an_answer_makes_nobody_else_wait_until_it_is_answered() -> None:
    breaker = Breaker(hang=2, pause=1)
    breaker.began(10)
    assert breaker.refuses(12)
    assert breaker.away(12)
    assert breaker.refuses(60), "the one under way is the one that sees"
    breaker.answered()
    assert not breaker.refuses(60)
    assert not breaker.away(60)


def test_after_a_failure_one_is_let_through_after_a_pause_and_its_answer_decides() -> None:
    breaker = Breaker(hang=2, pause=1)
    breaker.began(10)
    breaker.failed(11)
    assert breaker.refuses(11.9)
    assert not breaker.refuses(12)
    assert breaker.away(12), "let through to see, and not because it is back"
    breaker.began(12)
    assert breaker.refuses(12.1), "one is enough"
    breaker.failed(12.2)
    assert breaker.refuses(13.1)
    breaker.began(13.3)
    breaker.answered()
    assert not breaker.away(13.3)
