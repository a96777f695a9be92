"""Everything outbound counts. Labels are bounded: integrations of the configuration, outcomes of the list below."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

#: taken, refused: the platform's word. retried: a try that did not get through. expired: tried for a day, dead letter.
#: superseded, withdrawn: never sent, because a later word (of a repeated appeal: the earlier one that still waits) or
#: the end of the post came first. not_supported: the
#: platform can do nothing of it. gone: answered 410, which pauses. not_meant: left out by the integration's filters.
OUTCOMES = (
    "taken",
    "refused",
    "retried",
    "expired",
    "superseded",
    "withdrawn",
    "not_supported",
    "gone",
    "not_meant",
)
REPORTED = ("accepted", "rejected")


class Metrics:
    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.deliveries = Counter(
            "feuerwache_outbound_deliveries_total",
            "Decisions by what became of them",
            ["integration", "outcome"],
            registry=registry,
        )
        #: From the record's time on the broker to the platform's word, in real seconds.
        self.age = Histogram(
            "feuerwache_outbound_age_seconds",
            "Age of a decision when the platform took or refused it",
            ["integration"],
            buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400),
            registry=registry,
        )
        #: One call, whatever came of it.
        self.call_seconds = Histogram(
            "feuerwache_outbound_call_seconds", "One call of a platform", ["integration"], registry=registry
        )
        #: Decisions that wait for another try, in the partitions of this process.
        self.parked = Gauge(
            "feuerwache_outbound_parked_decisions",
            "Decisions waiting for another try",
            ["integration"],
            registry=registry,
        )
        #: 1 while a platform's 410 has stopped everything, until a human resumes it.
        self.paused = Gauge(
            "feuerwache_outbound_paused", "Whether a human has to resume it", ["integration"], registry=registry
        )
        #: 1 while a platform is left alone for a moment, because nothing got through or it asked for that.
        self.closed = Gauge(
            "feuerwache_outbound_closed", "Whether the platform is being left alone", ["integration"], registry=registry
        )
        self.streams = Gauge(
            "feuerwache_outbound_streams", "Open gRPC streams of decisions", ["integration"], registry=registry
        )
        self.streamed = Counter(
            "feuerwache_outbound_streamed_total", "Decisions sent over gRPC", ["integration"], registry=registry
        )
        #: What platforms said they did with decisions of the stream. outcome: accepted, rejected.
        self.reported = Counter(
            "feuerwache_outbound_reported_total",
            "Reports of what was done, over gRPC",
            ["integration", "outcome"],
            registry=registry,
        )
        #: Calls without a token that is known.
        self.unauthorized = Counter(
            "feuerwache_outbound_unauthorized_total", "gRPC calls with no known token", registry=registry
        )

    def initialise(self, integrations: Iterable[str]) -> None:
        """The label sets of integrations, also of those that are added later."""
        for name in integrations:
            for outcome in OUTCOMES:
                self.deliveries.labels(name, outcome)
            for metric in (self.age, self.call_seconds, self.parked, self.paused, self.closed, self.streams):
                metric.labels(name)
            self.streamed.labels(name)
            for outcome in REPORTED:
                self.reported.labels(name, outcome)

    def forget(self, integration: str) -> None:
        """What is said of an integration that is no longer served by this process; its counters stay."""
        for gauge in (self.parked, self.paused, self.closed):
            gauge.remove(integration)
