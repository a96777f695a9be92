"""Every figure that a Faust worker reports. `stage` is a consumer group, so bounded."""

from __future__ import annotations

from prometheus_client import Counter

#: Records handled and acknowledged, repeats and dead letters included.
RECORDS = Counter("feuerwache_faust_records_total", "Records handled", ["stage"])
#: Events sent, each before the records that led to it were acknowledged.
EVENTS = Counter("feuerwache_faust_events_total", "Events sent", ["stage"])
#: error_class is a class name from our own code or a library's, so bounded by the code.
DEAD_LETTERS = Counter("feuerwache_faust_dead_letters_total", "Dead-lettered records", ["stage", "error_class"])


def initialise(stage: str) -> None:
    for metric in (RECORDS, EVENTS):
        metric.labels(stage)
