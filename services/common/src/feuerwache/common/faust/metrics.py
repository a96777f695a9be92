"""Every figure that a Faust worker reports. `stage` is a consumer group, so bounded."""

from __future__ import annotations

from prometheus_client import Counter

#: Records handled and acknowledged, repeats and dead letters included.
RECORDS = Counter("feuerwache_faust_records_total", "Records handled", ["stage"])
#: Events sent, each before the records that led to it were acknowledged.
EVENTS = Counter("feuerwache_faust_events_total", "Events sent", ["stage"])
#: error_class is a class name from our own code or a library's, so bounded by the code.
DEAD_LETTERS = Counter("feuerwache_faust_dead_letters_total", "Dead-lettered records", ["stage", "error_class"])
#: Records that a fence had seen before; Faust repeats some at every rebalance.
REPEATS = Counter("feuerwache_faust_repeats_total", "Repeated records that were not counted again", ["stage"])
#: Numbers that never came: what Faust dropped at a rebalance.
MISSING = Counter("feuerwache_faust_missing_total", "Records missing in a source's numbers", ["stage"])


def initialise(stage: str) -> None:
    for metric in (RECORDS, EVENTS, REPEATS, MISSING):
        metric.labels(stage)
