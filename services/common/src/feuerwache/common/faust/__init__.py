"""The Faust base: statistics over sharded topics, with keyed state that survives a kill.

What must be exact runs on the transactional runner (`feuerwache.common.kafka.runner`). What is statistics runs here:
Faust 0.15 drops and repeats records around a rebalance, which costs counts of a second and never an incident. This
base keeps the rest of the promises: aborted records are never seen, repeats are fenced, state is on the broker before
an offset is committed, a bad record becomes a dead letter, and health follows the poll loop.
"""
