"""The numbers a runner works with. The defaults are meant for production; tests shorten what they wait for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from feuerwache.common.clock import Clock
from feuerwache.common.kafka.record import Handler
from feuerwache.common.kafka.runner.limits import DeadLetterLimit
from feuerwache.common.settings import CommonSettings


@dataclass(frozen=True, slots=True)
class RunnerOptions:
    """`max_records` per transaction; `poll_ms` is how long an empty poll takes, and so how often `tick` is called.

    Dead letters: more than `dead_letter_share` of the last `dead_letter_window` records end the process.
    Waits after transient errors grow from `backoff_first` to `backoff_limit` seconds, each with jitter.
    `revoke_seconds`: how long a rebalance waits for loops to finish their transaction; must stay below the session
    time-out, or the member is expelled meanwhile. A partition without progress for `stall_seconds` makes the process
    unready, after `give_up_seconds` it ends, so that another one gets the partition.
    `silence_seconds`: so long may the broker not answer a partition's fetches before the process is unready.
    """

    max_records: int = 500
    poll_ms: int = 200
    dead_letter_window: int = 500
    dead_letter_share: float = 0.2
    backoff_first: float = 0.1
    backoff_limit: float = 15.0
    session_timeout_ms: int = 10_000
    heartbeat_interval_ms: int = 3_000
    revoke_seconds: float = 5.0
    stop_seconds: float = 15.0
    transaction_timeout_ms: int = 10_000
    transaction_seconds: float = 15.0
    fetch_max_wait_ms: int = 50
    stall_seconds: float = 30.0
    give_up_seconds: float = 300.0
    silence_seconds: float = 15.0
    tick_failures: int = 5


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage as its loops know it. Topic names are those on the broker; `group` is the consumer group."""

    name: str
    group: str
    inputs: tuple[str, ...]
    state: str | None
    make_handler: Callable[[int], Handler]
    settings: CommonSettings
    clock: Clock
    options: RunnerOptions
    limit: DeadLetterLimit = field(compare=False)

    def transactional_id(self, number: int) -> str:
        """One id per partition number, whoever holds it: a new owner's producer fences the former one's."""
        return f"{self.group}-{self.inputs[0]}-{number}"
