"""One post of the review queue as one person reads it: its text, why it waits, what was decided and said, what they may
say to it. Pure; whatever comes from a post or a person is plain text here, and the template escapes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from feuerwache.common.events.classification import Classification
from feuerwache.common.events.decision import Action, AnswerAppeal, DecisionMade, Mode, ReviewDecision
from feuerwache.common.events.post import PostCreated, PostEdited
from feuerwache.common.permission import DECIDES
from feuerwache.common.wording.numeral import percent
from feuerwache.common.wording.refusal import ROLE
from feuerwache.console.page.example import beginning
from feuerwache.console.page.queue_wording import KIND, QUEUE_UI, URGENCY, VERDICT, WHY
from feuerwache.console.page.reader import Reader
from feuerwache.console.page.record import (
    LineView,
    actions,
    author_lines,
    decisive,
    rule_title,
    shown_words,
    story,
    verdict,
)
from feuerwache.console.page.timeline import iso
from feuerwache.console.review.urgency import Urgency, pressing
from feuerwache.console.review.verdict import Verdict
from feuerwache.console.store.claim import Claim
from feuerwache.console.store.queue import Case, Kind
from feuerwache.console.store.waiting import waits

#: Scores from this one on are told, so many of them.
SCORES_FROM, MOST_SCORES = 0.3, 6
#: A digit means the same on every post.
KEYS = {one: str(key) for key, one in enumerate(Verdict, 1)}
TONES = {Urgency.CRITICAL: "burning", Urgency.URGENT: "burning", Urgency.WAITING: "held", Urgency.CALM: "over"}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the text; `why` says what the words of it stand out for, empty for all the rest."""

    text: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class StatementView:
    language: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ButtonView:
    """`key` is the digit that presses it."""

    verdict: str
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class PostView:
    """`parts` empty: see `gap`. `url` only if names may be seen. `under_way`: somebody's click is being carried out.

    `seen` and `appeal_seen` name what a word would be given on; `buttons` are empty where this person may not or
    nothing is to be decided, and `why_not` says so. `appeal` None: none is open; else the author's words.
    """

    platform: str
    post_id: str
    community: str
    parts: tuple[Part, ...]
    gap: str
    language: str | None
    author: str
    at: str
    at_iso: str
    url: str | None
    waiting: bool
    since: str
    tone: str
    urgency: str
    why: str
    kinds: tuple[str, ...]
    marks: tuple[str, ...]
    decided: str
    scores: tuple[tuple[str, str], ...]
    terms: tuple[tuple[str, str], ...]
    rule: str
    rule_id: str
    rules: tuple[str, ...]
    statement: StatementView | None
    history: tuple[str, ...]
    story: tuple[LineView, ...]
    notes: tuple[LineView, ...]
    appeal: str | None
    seen: str
    appeal_seen: str
    buttons: tuple[ButtonView, ...]
    answers: tuple[ButtonView, ...]
    why_not: str
    under_way: str


def post_view(
    case: Case, reader: Reader, community: str, *, claimed: Claim | None = None, whole: bool = False
) -> PostView:
    """`community` is its title. `claimed`: a click of which nothing has come yet. `whole`: all of the text."""
    ui = QUEUE_UI[reader.language]
    force, seen = case.in_force, case.judged
    decision = force[1] if force is not None else None
    kinds, told = kinds_of(case), story(case, reader)
    press = pressing(seen, appealed="appeal" in kinds, held="held" in kinds, reported="reported" in kinds)
    received = case.post.received if case.post is not None else None
    written = received if isinstance(received, PostCreated | PostEdited) else None
    classification = case.post.classification if case.post is not None else None
    named = reader.sees_names(case.ref.community)
    text = reader.text(written) if written is not None else ""
    shown = text if whole else beginning(text)
    url = written.post.url if written is not None and named else None
    since = (
        case.open_appeal.at if case.open_appeal is not None else decision.decided_at if decision is not None else None
    )
    at = written.post.created_at if written is not None else None
    rule = decisive(seen) if seen is not None else None
    cause = decision.cause if decision is not None else "post"
    buttons, answers, why_not = may_say(case, reader, claimed)
    appealed = appeal_words(case, reader)
    return PostView(
        platform=case.ref.platform,
        post_id=case.ref.post_id,
        community=community,
        parts=parts(shown, classification if written is not None and text == written.post.text else None, reader),
        gap="" if shown else reader.words.ui["example_deleted" if case.deleted else "example_missing"],
        language=classification.language if classification and classification.language != "und" else None,
        author=reader.words.ui["by"].format(author=author(case, written, reader)),
        at=reader.time(at) if at is not None else "",
        at_iso=iso(at) if at is not None else "",
        url=url if url is not None and url.startswith(("https://", "http://")) else None,
        waiting=case.since_ms is not None,
        since=ui["queue_since"].format(at=reader.time(since)) if since is not None else "",
        tone=TONES[press.urgency] if case.since_ms is not None else "over",
        urgency=URGENCY[reader.language][press.urgency],
        why=WHY[reader.language][press.why],
        kinds=tuple(KIND[reader.language][kind] for kind in kinds),
        marks=(reader.words.ui["dry_run"],) if decision is not None and decision.dry_run else (),
        decided=actions(decision.actions, reader) if decision is not None else "",
        scores=scores(seen, classification, reader),
        terms=terms(classification, text, reader),
        rule=rule_title(rule, reader)
        if rule is not None
        else ui["queue_no_rule"].format(why=ui[f"queue_cause_{cause}"]),
        rule_id=rule.rule_id if rule is not None else "",
        rules=others(seen, reader),
        statement=statement(decision),
        history=author_lines(case, reader),
        story=told,
        notes=tuple(one for one in told if one.note),
        appeal=appealed,
        seen=case.looked_at,
        appeal_seen=str(case.open_appeal.decision_id) if case.open_appeal is not None else "",
        buttons=buttons,
        answers=answers,
        why_not=why_not,
        under_way=ui["queue_under_way"].format(
            who=reader.name(claimed.person_id), what=verdict(claimed.verdict, reader)
        )
        if claimed is not None
        else "",
    )


def kinds_of(case: Case) -> tuple[Kind, ...]:
    """Why it waits; the same as in the rows of the queue."""
    force, found = case.in_force, list[Kind]()
    if case.open_appeal is not None:
        found.append("appeal")
    if force is not None and waits(force[1]) and case.upheld is None:
        decision = force[1]
        if Action.REVIEW in decision.actions:
            found += ["reported", "asked"] if "reports" in decision.evidence.matched else ["asked"]
        if decision.automated and Action.HOLD in decision.actions:
            found.append("held")
    return tuple(found)


def may_say(
    case: Case, reader: Reader, claimed: Claim | None
) -> tuple[tuple[ButtonView, ...], tuple[ButtonView, ...], str]:
    """The buttons for the post, those for its appeal, and why there are none."""
    ui, role = QUEUE_UI[reader.language], reader.person.role
    if case.deleted:
        return (), (), ui["queue_gone"]
    if claimed is not None or (case.in_force is None and case.open_appeal is None):
        return (), (), ""
    named, now = VERDICT[reader.language], case.in_force[1] if case.in_force is not None else None
    if case.open_appeal is not None:
        if AnswerAppeal not in DECIDES[role]:
            return (), (), ui["queue_no_answer"].format(role=ROLE[reader.language][role])
        others = [one for one in Verdict if now is None or now.actions != (one.action,)]
        uphold = ButtonView("uphold", ui["queue_uphold"], "0")
        return (), (uphold, *(ButtonView(one.value, named[one], KEYS[one]) for one in others)), ""
    if ReviewDecision not in DECIDES[role]:
        return (), (), ui["queue_read_only"].format(role=ROLE[reader.language][role])
    return tuple(ButtonView(one.value, named[one], KEYS[one]) for one in Verdict), (), ""


def author(case: Case, written: PostCreated | PostEdited | None, reader: Reader) -> str:
    if written is not None:
        return reader.author(written)
    shown = reader.names.shown(case.ref.community, case.author_id, case.author_id, reader.person.role)
    return shown or reader.words.ui["unknown_author"]


def appeal_words(case: Case, reader: Reader) -> str | None:
    """What the author of the open appeal wrote; empty when they wrote nothing; None when none is open."""
    appeal = case.open_appeal
    if appeal is None:
        return None
    mine = [word for word in case.words if word.event_id == str(appeal.cause_id)]
    return shown_words(mine[0].said, case, reader) if mine else ""


def scores(
    seen: DecisionMade | None, classification: Classification | None, reader: Reader
) -> tuple[tuple[str, str], ...]:
    """The strongest, by name; out of the classification, else out of what the rules saw."""
    labels = classification.labels if classification is not None else seen.evidence.labels if seen is not None else {}
    known = {label.value: text for label, text in reader.words.label.items()}
    ranked = sorted(labels.items(), key=lambda one: (-one[1], one[0]))
    return tuple((known.get(name, name), percent(score)) for name, score in ranked if score >= SCORES_FROM)[
        :MOST_SCORES
    ]


def terms(classification: Classification | None, text: str, reader: Reader) -> tuple[tuple[str, str], ...]:
    """Each word that stood out and for what, as far as this reader's text has it."""
    if classification is None:
        return ()
    found = dict[tuple[str, str], None]()
    for (_, word), _, why in places(classification, reader):
        if word and word in text:
            found[(word, why)] = None
    return tuple(found)


def parts(text: str, classification: Classification | None, reader: Reader) -> tuple[Part, ...]:
    """The text with what stood out marked; unmarked where its places are those of another text."""
    marked = list[Part]()
    begun = 0
    for (start, word), end, why in places(classification, reader) if classification is not None else ():
        if start < begun or end > len(text) or text[start:end] != word:
            continue
        marked += [Part(text[begun:start]), Part(text[start:end], why)]
        begun = end
    return tuple(part for part in (*marked, Part(text[begun:])) if part.text)


def places(classification: Classification, reader: Reader) -> list[tuple[tuple[int, str], int, str]]:
    """(start, word), end and what it speaks for, in the order of the text."""
    label = {one.value: text for one, text in reader.words.label.items()}
    spans = [((one.start, one.text), one.end, label.get(one.label, one.label)) for one in classification.why]
    lists = [((one.start, one.text), one.end, one.watchlist) for one in classification.watchlists]
    return sorted([*lists, *spans])


def others(seen: DecisionMade | None, reader: Reader) -> tuple[str, ...]:
    """Live rules that held and did not decide."""
    rules: Iterable[str] = (
        rule_title(rule, reader)
        for rule in (seen.rules if seen is not None else ())
        if rule.mode is Mode.LIVE and not rule.decisive
    )
    return tuple(dict.fromkeys(rules))


def statement(decision: DecisionMade | None) -> StatementView | None:
    told = decision.statement if decision is not None else None
    if told is None:
        return None
    return StatementView(told.language, tuple(filter(None, (told.facts, told.ground, told.means, told.redress))))
