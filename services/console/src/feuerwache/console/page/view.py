"""What one person reads about one incident, ready for the template: words, numbers and times are theirs already.

Pure. Whatever comes from a post or a person is plain text here; the template escapes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from feuerwache.common.config.people import People, Person
from feuerwache.common.events.classification import Classification, Label
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident, IncidentState, TimelineEntry
from feuerwache.common.events.page import PageReceipt, ReceiptStatus
from feuerwache.common.events.post import PostCreated, PostEdited
from feuerwache.common.vocabulary import Language
from feuerwache.console.page.numbers import clock_time, figure_rows, figures_line
from feuerwache.console.page.wording import WORDS, Words
from feuerwache.console.store.reading import Dossier, ExamplePost

#: A label is shown from this score on, the three strongest of them.
SHOWN_FROM = 0.5
SHOWN_LABELS = 3
#: So many characters of an example are shown.
MAX_TEXT = 700
#: What a command of a person leads to once it has been carried out.
Sent = Literal["acknowledge", "resolve"]
OPEN = frozenset({IncidentState.TRIGGERED, IncidentState.REOPENED, IncidentState.SNOOZED})


@dataclass(frozen=True, slots=True)
class ExampleView:
    """`text` None: see `gap`. `url` only if it is a web address."""

    text: str | None
    gap: str
    language: str | None
    author: str
    at: str
    at_iso: str
    labels: tuple[str, ...]
    action: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class ReachedView:
    who: str
    channel: str
    step: str
    status: str
    good: bool | None
    at: str
    at_iso: str
    note: str


@dataclass(frozen=True, slots=True)
class EntryView:
    at: str
    at_iso: str
    text: str
    what: str


@dataclass(frozen=True, slots=True)
class IncidentView:
    """`title` and `lines` say what happened: what; where and since when, how much, who has it.

    `tone` colours the state; the words beside it say the same.
    """

    title: str
    community: str
    severity: str
    lines: tuple[str, str, str]
    state: str
    tone: Literal["burning", "held", "over"]
    pending: str | None
    notice: str | None
    may_acknowledge: bool
    may_resolve: bool
    revision: int
    numbers: tuple[tuple[str, str], ...]
    most_said: tuple[str, ...]
    examples: tuple[ExampleView, ...]
    reached: tuple[ReachedView, ...]
    timeline: tuple[EntryView, ...]
    reader: str
    zone: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Through whose eyes: language, zone, names of people, and the (civil) time now."""

    person: Person
    language: Language
    people: People
    now: datetime

    @property
    def words(self) -> Words:
        return WORDS[self.language]

    def time(self, at: datetime) -> str:
        return clock_time(at, self.now, ZoneInfo(self.person.timezone), self.words)

    def name(self, person_id: str | None) -> str:
        """A person's name; the id itself for tokens and for people who are no longer there."""
        if person_id is None:
            return self.words.ui["someone"]
        person = self.people.person(person_id)
        return person.name if person is not None else person_id


def view(dossier: Dossier, reader: Reader, sent: Sent | None = None) -> IncidentView:
    """The page. `sent`: the reader's command is under way, as far as the incident does not show it yet."""
    incident, words = dossier.incident, reader.words
    open_still, resolved = incident.state in OPEN, incident.state is IncidentState.RESOLVED
    pending = None
    if (sent == "acknowledge" and open_still) or (sent == "resolve" and not resolved):
        pending = words.ui[f"pending_{sent}"]
    title = incident.rule_title.get(words.language) or incident.rule_title.get("en") or words.kind[incident.kind]
    return IncidentView(
        title=title,
        community=incident.community_title,
        severity=words.severity[incident.severity],
        lines=(
            where_and_since(incident, reader),
            figures_line(incident.figures, words),
            who_has_it(incident, reader),
        ),
        state=words.state[incident.state],
        tone="over" if resolved else "burning" if open_still else "held",
        pending=pending,
        notice=notice(incident, reader, sent),
        may_acknowledge=open_still and pending is None,
        may_resolve=not resolved and pending is None,
        revision=incident.revision,
        numbers=tuple(figure_rows(incident.figures, words)),
        most_said=incident.figures.most_said,
        examples=tuple(example(one, reader) for one in dossier.examples),
        reached=tuple(reached(dossier.receipts, reader)),
        timeline=tuple(entry(one, reader) for one in reversed(incident.timeline)),
        reader=reader.person.name,
        zone=reader.person.timezone,
    )


def where_and_since(incident: Incident, reader: Reader) -> str:
    ui = reader.words.ui
    line = f"{incident.community_title}, {ui['since'].format(since=reader.time(incident.onset))}."
    extra = [ui["drill"]] if incident.canary else []
    extra += [ui["late"]] if incident.late else []
    return " ".join([line, *extra])


def who_has_it(incident: Incident, reader: Reader) -> str:
    """The third line: who has it since when, or what happens next if nobody takes over."""
    ui = reader.words.ui
    if incident.state is IncidentState.RESOLVED and incident.resolved_at is not None:
        reason = reader.words.reason.get(incident.resolved_reason or "", incident.resolved_reason or "")
        return ui["resolved"].format(at=reader.time(incident.resolved_at), reason=reason)
    if incident.state is IncidentState.ACKNOWLEDGED and incident.acknowledged_at is not None:
        at = reader.time(incident.acknowledged_at)
        mine = incident.owner == reader.person.id
        return (
            ui["owned_by_you"].format(at=at) if mine else ui["owned"].format(owner=reader.name(incident.owner), at=at)
        )
    if incident.state is IncidentState.SNOOZED and incident.snoozed_until is not None:
        return ui["snoozed"].format(until=reader.time(incident.snoozed_until))
    if incident.due_at is None:
        return f"{ui['unowned']} {ui['no_next_step']}"
    if incident.step is None:
        return f"{ui['unowned']} {ui['waiting_last']}"
    return f"{ui['unowned']} {ui['next_step'].format(due=reader.time(incident.due_at))}"


def notice(incident: Incident, reader: Reader, sent: Sent | None) -> str | None:
    """What somebody is told who came too late with the button."""
    ui = reader.words.ui
    if sent == "acknowledge" and incident.state is IncidentState.RESOLVED:
        return ui["already_resolved"]
    other = incident.owner != reader.person.id and incident.acknowledged_at is not None
    if sent == "acknowledge" and incident.state is IncidentState.ACKNOWLEDGED and other:
        assert incident.acknowledged_at is not None
        return ui["already"].format(owner=reader.name(incident.owner), at=reader.time(incident.acknowledged_at))
    return None


def example(one: ExamplePost, reader: Reader) -> ExampleView:
    words = reader.words
    action = words.action[one.decision.action] if one.decision is not None else None
    received = one.post.received if one.post is not None else None
    if one.post is None or not isinstance(received, PostCreated | PostEdited):
        gap = words.ui["example_deleted" if one.deleted else "example_missing"]
        return ExampleView(None, gap, None, "", "", "", (), action, None)
    post, classification = received.post, one.post.classification
    author = post.author.display_name or post.author.handle or words.ui["unknown_author"]
    return ExampleView(
        text=beginning(post.text),
        gap="",
        language=classification.language if classification and classification.language != "und" else None,
        author=words.ui["by"].format(author=author),
        at=reader.time(post.created_at),
        at_iso=iso(post.created_at),
        labels=strongest(classification, words),
        action=action,
        url=post.url if post.url is not None and post.url.startswith(("https://", "http://")) else None,
    )


def beginning(text: str) -> str:
    """As much of a post as helps to judge; the rest stands on its platform."""
    if len(text) <= MAX_TEXT:
        return text
    return text[:MAX_TEXT].rsplit(maxsplit=1)[0] + " …"


def strongest(classification: Classification | None, words: Words) -> tuple[str, ...]:
    if classification is None:
        return ()
    ranked = sorted(classification.labels.items(), key=lambda label: -label[1])
    known: Mapping[str, Label] = {label.value: label for label in Label}
    return tuple(words.label[known[name]] for name, score in ranked if score >= SHOWN_FROM and name in known)[
        :SHOWN_LABELS
    ]


def reached(receipts: tuple[PageReceipt, ...], reader: Reader) -> list[ReachedView]:
    """The last word about each delivery, in the order in which they began."""
    order = list(ReceiptStatus)
    last: dict[str, PageReceipt] = {}
    for receipt in sorted(receipts, key=lambda one: (one.at, order.index(one.status))):
        last[str(receipt.delivery_id)] = receipt
    words = reader.words
    good = {ReceiptStatus.SENT: True, ReceiptStatus.DELIVERED: True, ReceiptStatus.CLAIMED: None}
    return [
        ReachedView(
            who=reader.name(receipt.recipient) if receipt.recipient else words.ui["whole_step"],
            channel=words.channel.get(receipt.channel or "", receipt.channel or ""),
            step=words.ui["step"].format(step=receipt.step + 1),
            status=words.receipt[receipt.status],
            good=good.get(receipt.status, False),
            at=reader.time(receipt.at),
            at_iso=iso(receipt.at),
            note=words.ui["possible_repeat"] if receipt.possible_repeat else "",
        )
        for receipt in last.values()
    ]


def entry(one: TimelineEntry, reader: Reader) -> EntryView:
    """One line of the timeline as a sentence; a word that is not known yet is shown as it is."""
    words = reader.words
    detail = dict(one.detail)
    what = one.what
    if what == "alarm" and int(detail.get("times") or 1) > 1:
        what = "alarms"
    late = float(detail.get("late_seconds") or 0)
    if what == "paged" and late:
        what = "paged_late"
    severities = {severity.value: words.severity[severity] for severity in Severity}
    statuses = {status.value: words.receipt[status] for status in ReceiptStatus}
    person = detail.get("person")
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
    }
    if detail.get("until"):
        values["until"] = reader.time(datetime.fromisoformat(str(detail["until"])))
    sentence = words.timeline.get(what, words.timeline["other"])
    text = sentence.format_map(values)
    note = detail.get("note")
    return EntryView(reader.time(one.at), iso(one.at), f"{text} – {note}" if note else text, one.what)


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
