"""Every figure that the incidents task reports; see also the runner's own."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.page import Urgency

#: Incidents that began, by kind of fire.
OPENED = Counter("feuerwache_incidents_opened_total", "Incidents opened", ["kind"])
#: Pages asked for, by urgency; each step of each round once.
PAGES = Counter("feuerwache_incidents_pages_requested_total", "Pages requested", ["urgency"])
#: Steps that fired late after an outage.
LATE = Counter("feuerwache_incidents_late_steps_total", "Steps that fired late, because nothing ran when they were due")
#: Ladders at whose end nobody had answered.
UNANSWERED = Counter("feuerwache_incidents_unanswered_total", "Ladders at whose end nobody had answered")
#: Incidents that burn now, by shard; a shard that has left this process says 0.
OPEN = Gauge("feuerwache_incidents_open", "Incidents that are not resolved", ["shard"])


def initialise(shards: int) -> None:
    """Every label set, so that a first rise is seen as one."""
    for kind in CrisisKind:
        OPENED.labels(kind.value)
    for urgency in Urgency:
        PAGES.labels(urgency.value)
    for shard in range(shards):
        OPEN.labels(str(shard))
