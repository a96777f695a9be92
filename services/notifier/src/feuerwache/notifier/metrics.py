"""Every figure of the notifier. Channels are those of the code, so the labels are bounded."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram

from feuerwache.common.events.page import ReceiptStatus

SETTLED = (ReceiptStatus.SENT, ReceiptStatus.DELIVERED, ReceiptStatus.FAILED)

#: Settled deliveries, counted when they are on record. outcome: sent, delivered, failed.
DELIVERIES = Counter("feuerwache_notifier_deliveries_total", "Settled deliveries", ["channel", "outcome"])
#: One try of one channel, from its turn in the pool to the other side's answer, in real seconds.
SEND_SECONDS = Histogram(
    "feuerwache_notifier_send_seconds",
    "Time one try of a channel takes",
    ["channel"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0),
)
#: Tries after a transient failure, within the same claim.
RETRIES = Counter("feuerwache_notifier_retries_total", "Tries after a transient failure", ["channel"])
#: A process ended between sending and settling. repeated: yes (urgent, marked) or no (quiet).
OUTCOME_UNKNOWN = Counter(
    "feuerwache_notifier_outcome_unknown_total", "Deliveries of which nobody knows", ["channel", "repeated"]
)
#: Targets that named nobody: an empty layer, an unknown person. Each is a hole in the configuration.
UNREACHABLE = Counter("feuerwache_notifier_unreachable_total", "Targets that named nobody")
#: Pages of which no delivery succeeded; the incident goes up at once.
EXHAUSTED = Counter("feuerwache_notifier_exhausted_pages_total", "Pages of which no delivery succeeded")
#: Records of the overrides' topic that are none, as of the last reading. Each may be somebody who is not stood in for.
OVERRIDES_UNREADABLE = Gauge("feuerwache_notifier_overrides_unreadable", "On-call overrides that cannot be read")
#: Records of the incidents' topic that are none, as of the last reading. Each may be an answer nobody here knows of.
INCIDENTS_UNREADABLE = Gauge("feuerwache_notifier_incidents_unreadable", "Incidents that cannot be read")
#: Deliveries that were not sent (any more), because somebody had answered.
WITHDRAWN = Counter("feuerwache_notifier_withdrawn_total", "Deliveries withdrawn after an answer", ["channel"])
#: Deliveries held back by the rate cap; each goes out in a digest or is withdrawn.
HELD = Counter("feuerwache_notifier_held_total", "Deliveries held back by the rate cap", ["channel"])
#: Deliveries that were told along in the message of another one.
TOGETHER = Counter("feuerwache_notifier_together_total", "Deliveries told in the message of another one", ["channel"])
#: Messages that told somebody, quietly, who has it.
NOTICES = Counter("feuerwache_notifier_notices_total", "Settled notices of who has it", ["channel", "outcome"])
#: Answers that came in by a provider, and what became of each (`answering/desk.py`).
ANSWERS = Counter("feuerwache_notifier_answers_total", "Answers by button, digit or text message", ["by", "outcome"])
#: What Twilio reports of a text message's way. status: those it documents, or other.
MESSAGE_STATUS = Counter("feuerwache_notifier_message_status_total", "Reports on text messages", ["status"])
#: Seconds of event time from a page's due time until it was claimed.
LATENESS = Histogram(
    "feuerwache_notifier_page_lateness_seconds",
    "Event time between a page being due and being claimed",
    buckets=(1, 5, 15, 60, 300, 900, 3600, 14400),
)

#: Seconds of event time a canary took from being written to coming home.
CANARY_AGE = Histogram(
    "feuerwache_notifier_canary_age_seconds",
    "Event time between a canary being written and coming home",
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300),
)
#: When (Unix time) the last canary came home; 0: none since the start of this process.
CANARY_HOME = Gauge("feuerwache_notifier_canary_home_timestamp_seconds", "When the last canary came home")
#: What came of telling the dead-man's switch outside. outcome: ok, failed.
DEADMAN_PINGS = Counter("feuerwache_notifier_deadman_pings_total", "Pings to the dead-man's switch", ["outcome"])
#: Counters of what was not sent when it was first due.
PUT_OFF = {ReceiptStatus.HELD: HELD, ReceiptStatus.WITHDRAWN: WITHDRAWN}


def initialise(channels: Iterable[str]) -> None:
    """Every label set that can be known at start."""
    for channel in channels:
        for status in SETTLED:
            DELIVERIES.labels(channel, status.value)
            NOTICES.labels(channel, status.value)
        for counter in (WITHDRAWN, HELD, TOGETHER):
            counter.labels(channel)
        for repeated in ("yes", "no"):
            OUTCOME_UNKNOWN.labels(channel, repeated)
        SEND_SECONDS.labels(channel)
        RETRIES.labels(channel)
    for outcome in ("ok", "failed"):
        DEADMAN_PINGS.labels(outcome)


def initialise_answers(channels: Iterable[str]) -> None:
    for channel in channels:
        for outcome in ("obeyed", "late", "repeated", "refused", "unknown_sender", "bad_reference", "forged"):
            ANSWERS.labels(channel, outcome)
