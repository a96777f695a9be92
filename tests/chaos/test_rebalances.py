"""The short form of the storm, and proof that its verdict can be a bad one."""

from __future__ import annotations

import asyncio
from pathlib import Path

from chaos.rebalances import storm
from chaos.verdict import gaps, judge
from support.servers import KafkaServer


def test_a_storm_of_rebalances_loses_nothing_and_repeats_nothing(
    kafka: KafkaServer, topic_prefix: str, tmp_path: Path
) -> None:
    figures = asyncio.run(storm(kafka.bootstrap, topic_prefix, tmp_path, rebalances=10, seed=7, longest=45))
    assert figures.relay.sent > 1_000
    assert figures.rebalances >= 5
    assert figures.clean, figures


def test_the_verdict_sees_what_is_wrong() -> None:
    sent = {0: [b"1", b"2", b"3", b"4"], 1: [b"5"]}
    assert judge(sent, sent).clean
    verdict = judge(sent, {0: [b"1", b"3", b"2", b"2"], 1: [b"5", b"9"]})
    assert (verdict.lost, verdict.repeated, verdict.foreign, verdict.disordered) == (1, 1, 1, 1)


def test_a_counter_must_read_one_to_n() -> None:
    assert gaps({b"a": [1, 2, 3]}, {b"a": 3}) == 0
    assert gaps({b"a": [1, 3, 2]}, {b"a": 3}) == 1
    assert gaps({b"a": [1, 2]}, {b"a": 3}) == 1
    assert gaps({}, {b"a": 1}) == 1
