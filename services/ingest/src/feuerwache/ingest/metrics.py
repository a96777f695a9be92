"""Everything ingest counts. Labels are bounded: ways in, integrations of the configuration, problem codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from feuerwache.ingest.problem import CODES

WAYS = ("http", "hook", "poll", "grpc", "kafka")
ORPHAN_OUTCOMES = ("found", "expired", "invalid")
CANARY_VERDICTS = ("accepted", "duplicate", "rejected", "unavailable")


@dataclass(frozen=True, slots=True)
class Gauges:
    """What a group writer counts: seconds of a flush, requests in one, bytes that wait."""

    seconds: Histogram
    requests: Histogram
    waiting: Gauge


class Metrics:
    def __init__(self, integrations: Iterable[str], registry: CollectorRegistry = REGISTRY) -> None:
        #: Items that Kafka acknowledged, by way in and integration.
        self.accepted = Counter(
            "feuerwache_ingest_accepted_total", "Items acknowledged by Kafka", ["way", "integration"], registry=registry
        )
        #: Items on record that name no author and wait for their post, by way in and integration.
        self.pending = Counter(
            "feuerwache_ingest_pending_total",
            "Items that wait for their post",
            ["way", "integration"],
            registry=registry,
        )
        #: What became of them. outcome: found (its post came), expired (dead letter), invalid (dead letter).
        self.orphans = Counter(
            "feuerwache_ingest_orphans_total", "Items that named no author, by outcome", ["outcome"], registry=registry
        )
        #: How many wait now, by the partition of their post; only where this process has it.
        self.orphans_waiting = Gauge(
            "feuerwache_ingest_orphans_waiting", "Items that wait for their post", ["partition"], registry=registry
        )
        #: Repeats that were recognised here and not written again (the guarantee is in the author journal).
        self.duplicates = Counter(
            "feuerwache_ingest_duplicates_total", "Repeats recognised", ["way", "integration"], registry=registry
        )
        #: Items refused, by the code of their first problem.
        self.rejected = Counter(
            "feuerwache_ingest_rejected_total", "Items refused", ["way", "reason"], registry=registry
        )
        #: Requests without a token that is known.
        self.unauthorized = Counter(
            "feuerwache_ingest_unauthorized_total", "Requests with no known token", ["way"], registry=registry
        )
        #: Requests answered with "try again": Kafka or Redis did not answer in time.
        self.unavailable = Counter(
            "feuerwache_ingest_unavailable_total", "Requests answered with try again", ["way"], registry=registry
        )
        #: Requests told to wait, because their integration has sent more than its limits say.
        self.quota_refused = Counter(
            "feuerwache_ingest_quota_refused_total", "Requests over a limit", ["way", "integration"], registry=registry
        )
        #: Requests whose quota this process counted alone, because Redis did not answer.
        self.quota_unshared = Counter(
            "feuerwache_ingest_quota_unshared_total", "Requests counted without Redis", registry=registry
        )
        #: Calls of platforms that were not believed, or not understood. integration: "unknown" where there is none.
        self.hooks_refused = Counter(
            "feuerwache_ingest_hooks_refused_total", "Hook calls refused", ["integration", "reason"], registry=registry
        )
        #: What platforms tell and nobody here wants, by reason (`adapters.adapter.SkipReason`).
        self.hooks_skipped = Counter(
            "feuerwache_ingest_hooks_skipped_total", "Things passed over", ["integration", "reason"], registry=registry
        )
        #: What had to be fetched before a call was answered. outcome: answered, failed.
        self.hooks_fetches = Counter(
            "feuerwache_ingest_hooks_fetches_total",
            "Fetches for hook calls",
            ["integration", "outcome"],
            registry=registry,
        )
        #: Items of platforms that call or are polled, refused by the examination: in posts.submitted.v1.dlq.
        self.arrivals_dead = Counter(
            "feuerwache_ingest_arrivals_dead_total",
            "Items of platforms among the dead letters",
            ["way", "integration"],
            registry=registry,
        )
        #: Moderations of platforms that were our own actions coming back.
        self.echoes = Counter(
            "feuerwache_ingest_echoes_total", "Own actions heard of", ["way", "integration"], registry=registry
        )
        #: From the whole request read to its answer.
        self.request_seconds = Histogram(
            "feuerwache_ingest_request_seconds", "Request read to answer ready", ["way"], registry=registry
        )
        #: From handing the records over to the last acknowledgement.
        self.produce_seconds = Histogram(
            "feuerwache_ingest_produce_seconds", "Records handed over to acknowledged", registry=registry
        )
        #: Requests that went to Kafka in one flush.
        self.flushed = Histogram(
            "feuerwache_ingest_flush_requests",
            "Requests written together",
            buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000),
            registry=registry,
        )
        #: What waits for Kafka now, as it counts against FEUERWACHE_ACCEPT_BYTES.
        self.waiting_bytes = Gauge("feuerwache_ingest_waiting_bytes", "Bytes that wait for Kafka", registry=registry)
        #: The same of the spool: from handing over to synced, requests synced together, what waits for the disk.
        self.spool_seconds = Histogram(
            "feuerwache_ingest_spool_seconds", "Records handed over to synced on disk", registry=registry
        )
        self.spool_requests = Histogram(
            "feuerwache_ingest_spool_requests",
            "Requests synced together",
            buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000),
            registry=registry,
        )
        self.spool_waiting = Gauge(
            "feuerwache_ingest_spool_waiting_bytes", "Bytes that wait to be synced", registry=registry
        )
        #: What lies in the spool: bytes of its files, records that Kafka does not have yet, age of the oldest.
        self.spool_bytes = Gauge("feuerwache_ingest_spool_bytes", "Bytes in the spool", registry=registry)
        self.spool_records = Gauge("feuerwache_ingest_spool_records", "Records in the spool", registry=registry)
        self.spool_oldest_seconds = Gauge(
            "feuerwache_ingest_spool_oldest_seconds", "Age of the oldest record in the spool", registry=registry
        )
        #: Records that went from the spool to Kafka.
        self.spool_drained = Counter(
            "feuerwache_ingest_spool_drained_total", "Records handed from the spool to Kafka", registry=registry
        )
        #: Acknowledged posts whose index entry could not be put into Redis at once (the projection does it later).
        self.index_late = Counter(
            "feuerwache_ingest_index_late_total", "Posts indexed by the projection alone", registry=registry
        )
        #: Index entries the projection took from `posts.index.v1`.
        self.index_projected = Counter(
            "feuerwache_ingest_index_projected_total", "Index entries written to Redis", registry=registry
        )
        #: Partitions whose projection was missing in Redis and was built anew.
        self.index_rebuilt = Counter(
            "feuerwache_ingest_index_rebuilds_total", "Index partitions rebuilt from the beginning", registry=registry
        )
        #: Canaries sent, by what became of them. verdict: accepted, duplicate, rejected, unavailable.
        self.canaries = Counter("feuerwache_ingest_canaries_total", "Canaries sent", ["verdict"], registry=registry)
        for verdict in CANARY_VERDICTS:
            self.canaries.labels(verdict)
        for outcome in ORPHAN_OUTCOMES:
            self.orphans.labels(outcome)
        for way in WAYS:
            self.request_seconds.labels(way)
            self.unauthorized.labels(way)
            self.unavailable.labels(way)
            for code in CODES:
                self.rejected.labels(way, code)
        self.to_kafka = Gauges(self.produce_seconds, self.flushed, self.waiting_bytes)
        self.to_disk = Gauges(self.spool_seconds, self.spool_requests, self.spool_waiting)
        self.initialise(integrations)

    def initialise(self, integrations: Iterable[str]) -> None:
        """The label sets of integrations, also of those that are added later."""
        for name in integrations:
            for way in WAYS:
                self.accepted.labels(way, name)
                self.pending.labels(way, name)
                self.duplicates.labels(way, name)
                self.quota_refused.labels(way, name)
