"""Which payload model belongs to which CloudEvents type. Which topic carries which: `carried.py`."""

from __future__ import annotations

from feuerwache.common.events import alarm, author, classification, decision, incident, oncall, page, post, pulse
from feuerwache.common.events.base import Payload

PAYLOADS: tuple[type[Payload], ...] = (
    post.PostCreated,
    post.PostEdited,
    post.PostDeleted,
    post.PostReported,
    post.PostModerated,
    post.PostIndexed,
    classification.PostClassified,
    decision.DecisionMade,
    decision.DecisionWithdrawn,
    decision.ReviewDecision,
    decision.AppealDecision,
    decision.AnswerAppeal,
    decision.ActionReceipt,
    author.AuthorJournalled,
    pulse.CommunitiesPulsed,
    alarm.AlarmRaised,
    incident.IncidentChanged,
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
    page.PageRequested,
    page.PageReceipt,
    page.DeliveryChanged,
    oncall.OnCallOverridden,
)

BY_TYPE: dict[str, type[Payload]] = {payload.TYPE: payload for payload in PAYLOADS}
