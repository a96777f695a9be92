"""A rule that fails or is slow on many posts is out for a while; one slow moment, or one failure, changes nothing."""

from __future__ import annotations

from pathlib import Path

from feuerwache.escalation.rules.engine.engine import Engine
from feuerwache.escalation.rules.engine.fuse import Change, Fuse, Limits
from feuerwache.escalation.rules.language.context import defaults
from feuerwache.escalation.rules.sets.ruleset import load_ruleset

LIMITS = Limits(failures=3, cost_us=100, pause_seconds=60)


def test_it_fails_three_times_and_is_out_until_a_trial_after_the_pause_works() -> None:
    fuse = Fuse(LIMITS)
    assert [fuse.failed(now) for now in (0, 1, 2)] == [Change.FAILED, Change.FAILED, Change.OUT]
    assert [fuse.asks(now) for now in (3, 61.9, 62)] == [False, False, True]
    assert fuse.failed(62) is Change.OUT
    assert not fuse.asks(100)
    assert fuse.asks(122)
    assert fuse.worked(0.00001, 122) is Change.BACK
    assert fuse.asks(123)
    assert fuse.failed(124) is Change.FAILED, "it begins at nothing again"


def test_slow_on_many_posts_is_out_slow_on_one_is_not() -> None:
    moment, always = Fuse(LIMITS), Fuse(LIMITS)
    for number in range(200):
        assert moment.worked(5.0 if number == 150 else 0.00005, number) is None
    changes = [always.worked(0.0002, number) for number in range(100)]
    assert changes == [None] * 99 + [Change.SLOW]
    assert not always.asks(100)
    assert always.asks(99 + 60)
    assert always.worked(0.0002, 160) is Change.SLOW, "as slow as before"
    assert always.asks(300)
    assert always.worked(0.00002, 300) is Change.BACK


def test_the_engine_asks_again_after_the_pause_and_names_what_it_skips(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "- id: broken\n  title: {de: x, en: x}\n  when: 100 / (post.reach - 7) > 0\n  then: [hold]\n"
        "- id: exact\n  title: {de: x, en: x}\n  when: labels.hate >= 0.7\n  then: [hide]\n"
    )
    now = [0.0]
    changes: list[Change] = []
    engine = Engine(load_ruleset(tmp_path), lambda _, change: changes.append(change), LIMITS, lambda: now[0])
    failing, working = defaults(), defaults()
    failing["post"]["reach"], working["post"]["reach"] = 7, 8
    for _ in range(3):
        assert engine.judge(failing).skipped == ("broken",)
    assert changes == [Change.FAILED, Change.FAILED, Change.OUT]
    assert engine.out == ("broken",)
    verdict = engine.judge(working | {"labels": working["labels"] | {"hate": 0.8}})
    assert (verdict.skipped, [hit.rule_id for hit in verdict.hits]) == (("broken",), ["exact"])
    now[0] = 60.0
    assert [hit.rule_id for hit in engine.judge(working).hits] == ["broken"]
    assert changes[-1] is Change.BACK
    assert engine.judge(working).skipped == engine.out
    assert not engine.out
