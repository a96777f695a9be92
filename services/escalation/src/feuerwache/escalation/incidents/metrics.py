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
#: Ladders of which not one page got through; each is an alarm of its own.
NOBODY_REACHED = Counter("feuerwache_incidents_nobody_reached_total", "Ladders of which no page reached anybody")
#: Ladders that were through in vain, so that the policy's last resort was paged.
LAST_RESORT = Counter("feuerwache_incidents_last_resort_total", "Pages to the last resort of a policy")
#: Owners of whom nothing was heard for too long.
ASKED_AGAIN = Counter("feuerwache_incidents_asked_again_total", "Owners asked again because nothing had happened")
#: What people called a false alarm, by kind of fire: the detector's own record.
FALSE_ALARMS = Counter("feuerwache_incidents_false_alarms_total", "Incidents resolved as false alarms", ["kind"])
#: Commands that changed nothing because the person may not, or what they asked for cannot be done.
REFUSED = Counter("feuerwache_incidents_commands_refused_total", "Commands refused, by reason", ["reason"])
#: Incidents that ended by themselves after a long quiet; `answered` says whether anybody had taken them over.
CALMED = Counter("feuerwache_incidents_calmed_total", "Incidents resolved by a long quiet", ["answered"])
#: Quiet pages that told of several incidents, or of what was over already.
DIGESTS = Counter("feuerwache_incidents_digests_total", "Digests requested")
#: Why a command may be refused.
REFUSALS = (
    "unknown_person",
    "not_a_person",
    "role",
    "snooze_too_long",
    "service",
    "unknown_recipient",
    "unknown_plan",
    "unknown_step",
    "already_merged",
    "already_resolved",
    "unknown_target",
    "same_incident",
    "other_nature",
    "other_brand",
    "target_resolved",
    "id_taken",
    "no_posts",
    "too_many_posts",
    "foreign_posts",
)
#: Incidents that burn now, by shard; a shard that has left this process says 0.
OPEN = Gauge("feuerwache_incidents_open", "Incidents that are not resolved", ["shard"])


def initialise(shards: int) -> None:
    """Every label set, so that a first rise is seen as one."""
    for kind in CrisisKind:
        OPENED.labels(kind.value)
        FALSE_ALARMS.labels(kind.value)
    for reason in REFUSALS:
        REFUSED.labels(reason)
    for answered in ("yes", "no"):
        CALMED.labels(answered)
    for urgency in Urgency:
        PAGES.labels(urgency.value)
    for shard in range(shards):
        OPEN.labels(str(shard))
