"""Which event types each topic carries. Whoever adds one adds it here, and the documents follow."""

from __future__ import annotations

from feuerwache.common.events import (
    alarm,
    author,
    classification,
    decision,
    incident,
    oncall,
    orphan,
    outbound,
    page,
    polling,
    post,
    pulse,
)
from feuerwache.common.events.base import Payload
from feuerwache.common.kafka import topics
from feuerwache.common.kafka.topics import Topic

WRITTEN = (post.PostCreated, post.PostEdited, post.PostDeleted, post.PostReported, post.PostModerated)
COMMANDS = (
    incident.Acknowledge,
    incident.Resolve,
    incident.Snooze,
    incident.Declare,
    incident.HandOver,
    incident.NeedHelp,
    incident.Merge,
    incident.Split,
    incident.Mute,
    incident.Comment,
    incident.TickPlanStep,
)

DECISION_COMMANDS = (
    decision.ReviewDecision,
    decision.AppealDecision,
    decision.AnswerAppeal,
    decision.DecideAuthor,
    decision.AnswerForward,
    decision.ForwardOverdue,
)

#: `posts.submitted.v1` is missing: it carries what integrations write, in the form of ingest's own document.
CARRIED: dict[Topic, tuple[type[Payload], ...]] = {
    topics.POSTS_RECEIVED: WRITTEN,
    topics.POSTS_INDEX: (post.PostIndexed,),
    topics.POSTS_ORPHANED: (orphan.PostOrphaned,),
    topics.POSTS_WAITING: (orphan.PostOrphaned,),
    topics.POLLING_CURSORS: (polling.PollingCursor,),
    topics.POSTS_CLASSIFIED: (classification.PostClassified,),
    topics.DECISIONS_MADE: (decision.DecisionMade, decision.DecisionWithdrawn, decision.AppealChanged),
    topics.DECISIONS_COMMANDS: DECISION_COMMANDS,
    topics.AUTHORS_JOURNAL: (author.AuthorJournalled,),
    topics.ACTIONS_RECEIPTS: (decision.ActionReceipt,),
    topics.OUTBOUND_PARKED: (decision.DecisionMade, decision.AppealChanged),
    topics.OUTBOUND_PAUSES: (outbound.OutboundPaused,),
    topics.COMMUNITIES_PULSE: (pulse.CommunitiesPulsed,),
    topics.ALARMS_RAISED: (alarm.AlarmRaised, alarm.AlarmEnded),
    topics.DETECTORS_BARS: (alarm.BarRaised,),
    topics.INCIDENTS_CHANGED: (incident.IncidentChanged,),
    topics.INCIDENTS_COMMANDS: COMMANDS,
    topics.PAGES_REQUESTED: (page.PageRequested,),
    topics.PAGES_RECEIPTS: (page.PageReceipt,),
    topics.PAGES_FAILURES: (page.DeliveryFailed,),
    topics.PAGES_DELIVERIES: (page.DeliveryChanged,),
    topics.ONCALL_OVERRIDES: (oncall.OnCallOverridden,),
}
