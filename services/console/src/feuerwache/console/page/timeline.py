"""The timeline of an incident as sentences in the reader's language, for the page and for the post-mortem."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import FrozenPlan, TimelineEntry
from feuerwache.common.events.page import ReceiptStatus
from feuerwache.common.wording.refusal import refusal_text
from feuerwache.console.page.plan_wording import WANTED
from feuerwache.console.page.reader import Reader


@dataclass(frozen=True, slots=True)
class EntryView:
    at: str
    at_iso: str
    text: str
    what: str


def entry(one: TimelineEntry, reader: Reader, plan: FrozenPlan | None = None) -> EntryView:
    """One line of the timeline as a sentence; a word that is not known yet is shown as it is."""
    words = reader.words
    detail = dict(one.detail)
    severities = {severity.value: words.severity[severity] for severity in Severity}
    statuses = {status.value: words.receipt[status] for status in ReceiptStatus}
    person = detail.get("person")
    late = float(detail.get("late_seconds") or 0)
    values = {
        **{name: "" if value is None else str(value) for name, value in detail.items()},
        "what": one.what,
        "actor": reader.name(one.actor.person_id if one.actor else None),
        "owner": reader.name(str(detail["owner"]) if detail.get("owner") else None),
        "person": reader.name(str(person)) if person else words.ui["whole_step"],
        "to": reader.name(str(detail["to"])) if detail.get("to") else "",
        "severity": severities.get(str(detail.get("severity")), ""),
        "before": severities.get(str(detail.get("before")), ""),
        "status": statuses.get(str(detail.get("status")), ""),
        "reason": words.reason.get(str(detail.get("reason")), str(detail.get("reason"))),
        "late_minutes": str(round(late / 60)),
        "channel": words.channel.get(str(detail.get("channel")), str(detail.get("channel") or "–")),
        "title": step_title(plan, str(detail.get("step")), reader),
        "wanted": WANTED[words.language].get(str(detail.get("asked")), str(detail.get("asked"))),
    }
    for name in ("until", "quiet_since"):
        if detail.get(name):
            values[name] = reader.time(datetime.fromisoformat(str(detail[name])))
    if one.what == "refused":
        role = reader.people.person(one.actor.person_id) if one.actor else None
        values["reason"] = refusal_text(str(detail.get("reason")), role.role if role else None, words.language)
    sentence = words.timeline.get(told_as(one, late), words.timeline["other"])
    text = sentence.format_map(values)
    note = detail.get("note")
    return EntryView(reader.time(one.at), iso(one.at), f"{text} – {note}" if note else text, one.what)


def told_as(one: TimelineEntry, late: float) -> str:
    """Which sentence tells it: some words have another one for a special case."""
    if one.what == "alarm" and int(one.detail.get("times") or 1) > 1:
        return "alarms"
    if one.what == "paged" and late:
        return "paged_late"
    if one.what == "resolved" and one.actor is None:
        return "resolved_itself" if one.detail.get("answered", True) else "resolved_unanswered"
    return one.what


def step_title(plan: FrozenPlan | None, step_id: str, reader: Reader) -> str:
    titles = next((step.title for step in plan.steps if step.id == step_id), {}) if plan is not None else {}
    return titles.get(reader.language, step_id)


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
