"""Every figure that the crisis process reports; see also those of the Faust base.

`community` labels are bounded by config/communities.yaml.
"""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import Counter, Gauge

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity

KINDS = (CrisisKind.VOLUME_BURST, CrisisKind.NEGATIVITY_BURST)

#: Alarms raised, updates of a fire that got worse included.
ALARMS = Counter("feuerwache_crisis_alarms_total", "Alarms raised", ["kind", "severity"])
#: 1 while an episode lasts.
BURNING = Gauge("feuerwache_crisis_burning", "Whether a fire burns", ["community", "kind"])
#: Quarter hours of the last twelve weeks that a community's baseline knows, as of its last rebuild.
BASELINE = Gauge("feuerwache_crisis_baseline_quarters", "Known quarter hours", ["community"])
#: Quarter hours that came by `feuerwache baseline import`.
IMPORTED = Counter("feuerwache_crisis_imported_quarters_total", "Imported quarter hours")
#: Pulses of a community that came a second time and were not counted.
REPEATS = Counter("feuerwache_crisis_repeats_total", "Repeated pulses that were not counted again")
#: Pulses that never came, by the numbers of their sources: Faust drops some at a rebalance.
MISSING = Counter("feuerwache_crisis_missing_pulses_total", "Pulses missing in their source's numbers")
#: Size of the row written last; it is written every second, so it should stay small.
ROW_BYTES = Gauge("feuerwache_crisis_row_bytes", "Size of the last community row written")


def initialise(communities: Iterable[str]) -> None:
    """Every label set, also of communities that are added later, so that a first rise is seen as one."""
    for kind in KINDS:
        for severity in (Severity.HIGH, Severity.CRITICAL):
            ALARMS.labels(kind.value, severity.value)
    for community in communities:
        BASELINE.labels(community)
        for kind in KINDS:
            BURNING.labels(community, kind.value)
