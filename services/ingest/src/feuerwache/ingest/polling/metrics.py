"""Everything pollers count. Labels are bounded: integrations of the configuration, outcomes, reasons to pass over."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge

#: What became of a page: taken; or nothing came of it. `rate`, `quota`, `refused`, `page` are the platform's word,
#: `unavailable` its own trouble; `not_accepted` is ours (Kafka or Redis), `failed` a mistake in the adapter.
OUTCOMES = (
    *("taken", "unanswered", "unavailable", "rate", "quota", "refused", "page"),
    *("unreadable", "not_accepted", "failed", "no_secret"),
)


class PollingMetrics:
    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        #: Real seconds since a pass was complete (or since this process began, or, where it took over, since the last
        #: page was on record). The process that polls has the least: `min by (integration)`.
        self.delay = Gauge(
            "feuerwache_ingest_polling_delay_seconds", "Since the last whole pass", ["integration"], registry=registry
        )
        #: Units of today's quota that are left; only in the process that polls, and where there is a limit.
        self.units = Gauge(
            "feuerwache_ingest_polling_units_left", "Units left of the day", ["integration"], registry=registry
        )
        #: 1 in the process that polls.
        self.polling = Gauge(
            "feuerwache_ingest_polling_here", "Whether this process polls", ["integration"], registry=registry
        )
        #: Pages asked for, by what became of them.
        self.pages = Counter(
            "feuerwache_ingest_polling_pages_total", "Pages", ["integration", "outcome"], registry=registry
        )
        #: What a platform tells and nobody here wants, by reason (`adapters.adapter.SkipReason`).
        self.skipped = Counter(
            "feuerwache_ingest_polling_skipped_total", "Passed over", ["integration", "reason"], registry=registry
        )

    def initialise(self, integration: str, delay: Callable[[], float]) -> None:
        self.delay.labels(integration).set_function(delay)
        self.polling.labels(integration).set(0)
        for outcome in OUTCOMES:
            self.pages.labels(integration, outcome)

    def elsewhere(self, integration: str) -> None:
        """Another process polls it, and counts its units."""
        self.units.labels(integration)  # what was never set could not be removed
        self.units.remove(integration)

    def forget(self, integration: str) -> None:
        """It is no longer polled."""
        self.elsewhere(integration)
        for gauge in (self.delay, self.polling):
            gauge.remove(integration)
