"""Every figure that the console reports."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

#: Records projected into SQL, by topic (the console reads five).
PROJECTED = Counter("feuerwache_console_records_projected_total", "Records projected into SQL", ["topic"])
#: Records that could not be read and went to their dead-letter topic.
DEAD_LETTERS = Counter("feuerwache_console_dead_letters_total", "Records the projection could not read", ["topic"])
#: One SQL transaction: rows and positions.
WRITE_SECONDS = Histogram("feuerwache_console_write_seconds", "Time of one SQL transaction of the projection")
#: Records between the ends of the topics and what stands in SQL.
LAG = Gauge("feuerwache_console_lag_records", "Records not projected yet")
#: action: see ACTIONS; outcome: done, refused (link), not_there, unavailable, invalid.
REQUESTS = Counter("feuerwache_console_requests_total", "Requests behind a link", ["action", "outcome"])

ACTIONS = (
    "view",
    "acknowledge",
    "resolve",
    "revision",
    "tick",
    "comment",
    "help",
    "hand-over",
    "snooze",
    "split",
    "merge",
    "post-mortem",
    "queue",
    "decide",
    "answer",
)
OUTCOMES = ("done", "refused", "not_there", "unavailable", "invalid")


def initialise(topics: tuple[str, ...]) -> None:
    """Every label set, so that a first rise is seen as one."""
    for topic in topics:
        PROJECTED.labels(topic)
        DEAD_LETTERS.labels(topic)
    for action in ACTIONS:
        for outcome in OUTCOMES:
            REQUESTS.labels(action, outcome)
