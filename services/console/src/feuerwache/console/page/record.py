"""What happened to a post and what is known of its author, as lines one person reads. Pure.

Names of authors do not stand in them: a note that names one is shown without the name to whom it is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feuerwache.common.events.decision import Action, AppealState, DecisionMade, Mode, RuleHit
from feuerwache.common.events.post import PostCreated, PostEdited
from feuerwache.console.page.queue_wording import COUNTED, QUEUE_UI, STANDING
from feuerwache.console.page.reader import Reader
from feuerwache.console.page.timeline import iso
from feuerwache.console.store.queue import Case
from feuerwache.console.store.words import UPHELD, Word

#: What is said of an author's last 90 days, in this order.
MARKS = ("violations_90d", "warnings_90d", "restrictions_90d", "reports_90d")


@dataclass(frozen=True, slots=True)
class LineView:
    """`said`: a human's note (`note` says so), or an author's own words; empty where there are none."""

    at: str
    at_iso: str
    text: str
    said: str = ""
    note: bool = False


def story(case: Case, reader: Reader) -> tuple[LineView, ...]:
    """Everything decided and said about the post, the oldest first."""
    ui = QUEUE_UI[reader.language]
    told: list[tuple[datetime, LineView]] = []
    by_cause = {word.event_id: word for word in case.words}
    for _, decision in case.made:
        text = ui["queue_told"].format(who=decider(decision, reader), what=actions(decision.actions, reader))
        told.append(
            (decision.decided_at, line(decision.decided_at, text, by_cause.get(str(decision.cause_id)), case, reader))
        )
    for appeal in case.appeals:
        if appeal.state is AppealState.UPHELD:
            who = reader.name(appeal.actor.person_id if appeal.actor is not None else None)
            text = ui["queue_told"].format(who=who, what=ui["queue_upheld"])
            told.append((appeal.at, line(appeal.at, text, by_cause.get(str(appeal.cause_id)), case, reader)))
    complaints = [word for word in case.words if word.kind == "appeal"]
    for word in complaints:
        told.append((word.at, line(word.at, ui["queue_appealed"], word, case, reader)))
    if not complaints:
        told += [
            (one.at, line(one.at, ui["queue_appealed"], None, case, reader))
            for one in case.appeals[:1]
            if one.state is AppealState.OPEN
        ]
    for word in case.words:
        if word.kind in ("review", "answer") and not case.heard(word.event_id):
            text = ui["queue_wanted"].format(who=reader.name(word.person_id), what=verdict(word.verdict, reader))
            told.append((word.at, line(word.at, text, word, case, reader)))
    return tuple(one for _, one in sorted(told, key=lambda each: each[0]))


def line(at: datetime, text: str, word: Word | None, case: Case, reader: Reader) -> LineView:
    said = shown_words(word.said, case, reader) if word is not None and word.said else ""
    note = bool(said) and word is not None and word.kind != "appeal"
    if note:
        said = QUEUE_UI[reader.language]["queue_note_of"].format(note=said)
    return LineView(reader.time(at), iso(at), text, said, note)


def shown_words(text: str, case: Case, reader: Reader) -> str:
    """A note or an appeal, without names where this person may not know them."""
    received = case.post.received if case.post is not None else None
    own: tuple[str | None, ...] = ()
    if isinstance(received, PostCreated | PostEdited):
        own = (received.post.author.display_name, received.post.author.handle)
    return reader.names.text(case.ref.community, text, own, reader.person.role)


def decider(decision: DecisionMade, reader: Reader) -> str:
    ui = QUEUE_UI[reader.language]
    if not decision.automated:
        return reader.name(decision.actor.person_id if decision.actor is not None else None)
    rule = decisive(decision)
    if rule is not None:
        return ui["queue_by_rule"].format(rule=rule_title(rule, reader))
    return ui["queue_automatic"] if decision.cause == "post" else ui[f"queue_cause_{decision.cause}"]


def decisive(decision: DecisionMade) -> RuleHit | None:
    return next((rule for rule in decision.rules if rule.decisive and rule.mode is Mode.LIVE), None)


def rule_title(rule: RuleHit, reader: Reader) -> str:
    return rule.title.get(reader.language) or next(iter(rule.title.values()), rule.rule_id)


def actions(every: tuple[Action, ...], reader: Reader) -> str:
    return ", ".join(reader.words.action[action] for action in every)


def verdict(name: str, reader: Reader) -> str:
    """An action or `upheld` in words; a word of a newer writer as it is."""
    known = {action.value: text for action, text in reader.words.action.items()}
    return known.get(name, QUEUE_UI[reader.language]["queue_upheld"] if name == UPHELD else name)


def author_lines(case: Case, reader: Reader) -> tuple[str, ...]:
    """What the rules knew of the author as of this post, and what humans have said of them since."""
    ui = QUEUE_UI[reader.language]
    seen = case.judged.evidence.author if case.judged is not None else {}
    lines = list(known(seen, reader)) if seen else [ui["queue_no_history"]]
    for word in case.author_words:
        standing = STANDING[reader.language].get(word.verdict, word.verdict)
        text = ui["queue_author_word"].format(
            who=f"{reader.time(word.at)}, {reader.name(word.person_id)}", standing=standing
        )
        if word.until is not None:
            text += f" {ui['queue_until'].format(at=reader.time(word.until))}"
        if word.said:
            text += f". {ui['queue_note_of'].format(note=shown_words(word.said, case, reader))}"
        lines.append(text)
    return tuple(lines)


def known(seen: dict[str, Any], reader: Reader) -> list[str]:
    ui, counted = QUEUE_UI[reader.language], COUNTED[reader.language]

    def told(field: str, count: int) -> str:
        return f"{count}\u00a0{counted[field][count != 1]}"

    if seen.get("first_post"):
        lines = [ui["queue_first_post"]]
    else:
        age, posts = number(seen, "age_days"), number(seen, "posts_total")
        lines = [", ".join([ui["queue_age"].format(days=age), told("posts_total", posts)])]
    marks = ", ".join(told(field, number(seen, field)) for field in MARKS if number(seen, field))
    lines.append(ui["queue_90d"].format(counts=marks or ui["queue_spotless"]))
    standing = str(seen.get("standing", "normal"))
    if standing != "normal":
        lines.append(ui["queue_standing"].format(standing=STANDING[reader.language].get(standing, standing)))
    return lines


def number(seen: dict[str, Any], field: str) -> int:
    value = seen.get(field, 0)
    return int(value) if isinstance(value, int | float) else 0
