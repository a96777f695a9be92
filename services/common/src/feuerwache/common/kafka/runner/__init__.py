"""The per-partition transactional runner: what a stage consumes, writes and remembers becomes visible together.

One loop per partition number, one producer per loop, one transaction per batch. See `loop.py` for the order of
things, `membership.py` for what happens when partitions move, `runner.py` for the outside.
"""

from feuerwache.common.kafka.runner.options import RunnerOptions
from feuerwache.common.kafka.runner.runner import Runner

__all__ = ["Runner", "RunnerOptions"]
