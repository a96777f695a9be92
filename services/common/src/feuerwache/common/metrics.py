"""Every figure that the shared parts report. Labels are bounded: a stage is a consumer group, a partition a number."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

#: Records handed to a stage's handlers, each once per attempt.
RECORDS_IN = Counter("feuerwache_runner_records_in_total", "Records consumed and committed", ["stage"])
#: Records written in committed transactions, dead letters not counted.
RECORDS_OUT = Counter("feuerwache_runner_records_out_total", "Records written in committed transactions", ["stage"])
#: From the first record handed over to the commit, in real seconds.
BATCH_SECONDS = Histogram(
    "feuerwache_runner_batch_seconds",
    "Time from handing a batch to the handler until its transaction is committed",
    ["stage"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
#: outcome: committed or aborted.
TRANSACTIONS = Counter("feuerwache_runner_transactions_total", "Transactions by outcome", ["stage", "outcome"])
#: error_class is a class name from our own code or a library's, so bounded by the code.
DEAD_LETTERS = Counter("feuerwache_runner_dead_letters_total", "Dead-lettered records", ["stage", "error_class"])
#: Records between a partition's stable end and where its loop reads.
LAG = Gauge("feuerwache_runner_lag_records", "Records not read yet, all inputs of a partition", ["stage", "partition"])
#: cause: rebalance, fenced, transaction, handler, tick, transient.
RESTARTS = Counter("feuerwache_runner_restarts_total", "Handlers thrown away and built anew", ["stage", "cause"])
#: A handler asked to be called again later.
RETRIES = Counter("feuerwache_runner_retries_total", "Batches retried after a transient error", ["stage"])
#: Partition numbers this process holds now.
ASSIGNED = Gauge("feuerwache_runner_assigned_partitions", "Partition numbers held by this process", ["stage"])
#: Partition numbers without progress for longer than the watchdog allows.
STALLED = Gauge("feuerwache_runner_stalled_partitions", "Partition numbers without progress", ["stage"])
#: Records acknowledged to, or refused by, the plain producer. outcome: acknowledged, failed.
PRODUCED = Counter("feuerwache_producer_records_total", "Records sent outside of transactions", ["outcome"])
#: 0 while the files on disk are broken and the last good configuration is used.
CONFIG_OK = Gauge("feuerwache_config_ok", "Whether the configuration on disk can be used", ["service"])


def initialise_runner(stage: str) -> None:
    """Every label set that can be known at start, so that a counter's first rise is seen as one."""
    for metric in (RECORDS_IN, RECORDS_OUT, BATCH_SECONDS, RETRIES, ASSIGNED, STALLED):
        metric.labels(stage)
    for outcome in ("committed", "aborted"):
        TRANSACTIONS.labels(stage, outcome)
    for cause in ("fenced", "transaction", "handler", "tick", "transient"):
        RESTARTS.labels(stage, cause)
