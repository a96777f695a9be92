"""Everything the classifier counts. Labels are bounded: the house's labels, the languages told apart."""

from __future__ import annotations

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, Info

from feuerwache.classifier.model.classifier import THRESHOLDS
from feuerwache.classifier.model.language import ENGLISH, GERMAN, OTHER, UNDETERMINED


class Metrics:
    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        #: Posts given a judgement in a committed transaction, by language.
        self.scored = Counter(
            "feuerwache_classifier_posts_scored_total", "Posts judged", ["language"], registry=registry
        )
        #: Events without text, passed through.
        self.passed = Counter(
            "feuerwache_classifier_events_passed_total", "Events without text, passed through", registry=registry
        )
        #: Judged posts in which a harmful label reached its threshold, by that label; a post may count under several.
        self.flagged = Counter(
            "feuerwache_classifier_posts_flagged_total", "Posts above a label's threshold", ["label"], registry=registry
        )
        #: Posts in which a watchlist hit, whichever.
        self.watched = Counter(
            "feuerwache_classifier_posts_watched_total", "Posts with a watchlist hit", registry=registry
        )
        #: Judging one batch, without Kafka and without JSON.
        self.score_seconds = Histogram(
            "feuerwache_classifier_score_seconds",
            "Judging one batch",
            registry=registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0),
        )
        #: Reading weights and compiling patterns at the start.
        self.load_seconds = Gauge("feuerwache_classifier_load_seconds", "Loading the model", registry=registry)
        #: Which model judges here: label `version`.
        self.model = Info("feuerwache_classifier_model", "The model in use", registry=registry)
        #: 1 while the newest watchlists on disk are in use, 0 while they are broken and the last good ones stand.
        self.watchlists_current = Gauge(
            "feuerwache_classifier_watchlists_current", "1 when the watchlists on disk are in use", registry=registry
        )
        for language in (GERMAN, ENGLISH, OTHER, UNDETERMINED):
            self.scored.labels(language)
        for label in THRESHOLDS:
            self.flagged.labels(label)
