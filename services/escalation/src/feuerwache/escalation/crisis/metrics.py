"""Every figure that the crisis process reports; see also those of the Faust base.

`community` labels are bounded by config/communities.yaml.
"""

from __future__ import annotations

from collections import Counter as Counted
from collections.abc import Iterable

from prometheus_client import Counter, Gauge

from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.bars import Bar
from feuerwache.escalation.crisis.registry import KINDS

#: Why increments are not counted.
UNKNOWN_COMMUNITY, FUTURE, NEGATIVE_COUNT = "unknown_community", "future", "negative_count"
REASONS = (UNKNOWN_COMMUNITY, FUTURE, NEGATIVE_COUNT)

#: Alarms raised, updates of a fire that got worse included.
ALARMS = Counter("feuerwache_crisis_alarms_total", "Alarms raised", ["kind", "severity"])
#: Ends of fires that were said.
ENDED = Counter("feuerwache_crisis_ended_total", "Fires that are out", ["kind"])
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
#: Increments that were passed over: of a community that is not configured, or of a minute that cannot have come yet.
REFUSED = Counter("feuerwache_crisis_refused_increments_total", "Increments that were not counted", ["reason"])
#: Rows that could not be read; the community began anew.
UNREADABLE = Counter("feuerwache_crisis_unreadable_rows_total", "Rows that could not be read")
#: Size of the row written last; it is written every second, so it should stay small.
ROW_BYTES = Gauge("feuerwache_crisis_row_bytes", "Size of the last community row written")
#: Bars in force or still to come, by what they were raised for: campaign, mute, false_alarm.
BARS = Gauge("feuerwache_crisis_bars", "Bars that hold or will hold", ["cause", "kind"])
#: Records of detectors.bars.v1 that are none.
BARS_UNREADABLE = Counter("feuerwache_crisis_unreadable_bars_total", "Records that are no bar and should be")
#: Alarms that people called false, as far as they are on record: what a detector has to answer for.
FALSE_ALARMS = Gauge("feuerwache_crisis_false_alarms_told", "Alarms that were told to be false", ["kind"])
#: 1 while everything this process watches is silent at once: that is our own pipeline, and no alarm is raised for it.
ALL_SILENT = Gauge("feuerwache_crisis_all_silent", "Whether everything is silent at once")

CAUSES = ("campaign", "mute", "false_alarm")


def initialise(communities: Iterable[str]) -> None:
    """Every label set, also of communities that are added later, so that a first rise is seen as one."""
    for kind in KINDS:
        ENDED.labels(kind.value)
        FALSE_ALARMS.labels(kind.value)
        for severity in Severity:
            ALARMS.labels(kind.value, severity.value)
        for cause in CAUSES:
            BARS.labels(cause, kind.value)
    for reason in REASONS:
        REFUSED.labels(reason)
    for community in communities:
        BASELINE.labels(community)
        for kind in KINDS:
            BURNING.labels(community, kind.value)


def bars(known: Iterable[Bar], now: int) -> None:
    """Tells of all bars at the minute `now`; one for all kinds counts for each."""
    holding: Counted[tuple[str, str]] = Counted()
    false_alarms: Counted[str] = Counted()
    for bar in known:
        for kind in bar.kinds or KINDS:
            holding[bar.cause, kind.value] += bar.until > now
            false_alarms[kind.value] += bar.cause == "false_alarm"
    for kind in KINDS:
        FALSE_ALARMS.labels(kind.value).set(false_alarms[kind.value])
        for cause in CAUSES:
            BARS.labels(cause, kind.value).set(holding[cause, kind.value])
