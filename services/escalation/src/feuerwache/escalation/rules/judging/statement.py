"""The statement of reasons: what the author is told when something is done about their post, in plain words.

Regulation (EU) 2022/2065 (Digital Services Act), Article 17(3): (a) what is done, and for how long; (b) the facts, and
whether somebody reported it; (c) what machines did in finding it and in deciding; (d) the law, or (e) the house rule,
and that the content does not agree with it; (f) how to object. It blames nobody, names no other user and repeats
nothing of the text. Every word of it stands here; the tests hold each action and language against a page that people
have read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from feuerwache.common.config.community import Community
from feuerwache.common.events.decision import Action, Discipline, Standing, StatementOfReasons, Step
from feuerwache.escalation.rules.sets.rule import Rule

#: Actions of which the author is told why.
TOLD = frozenset({Action.REMOVE, Action.HIDE, Action.HOLD, Action.RESTRICT, Action.WARN, Action.MOVE})
LANGUAGES = ("de", "en")

#: Who drew attention to the post.
Found = Literal["machine", "report", "human"]

_DONE = {
    "de": {
        Action.REMOVE: "Dein Beitrag vom {at} in »{community}« wurde entfernt.",
        Action.HIDE: "Dein Beitrag vom {at} in »{community}« wurde ausgeblendet; andere sehen ihn nicht mehr.",
        Action.HOLD: "Dein Beitrag vom {at} in »{community}« wird zurückgehalten, bis jemand aus dem Team ihn "
        "angesehen hat.",
        Action.RESTRICT: "Nach deinem Beitrag vom {at} in »{community}« kannst du hier {until} nur eingeschränkt "
        "schreiben. Der Beitrag selbst bleibt stehen.",
        Action.WARN: "Dein Beitrag vom {at} in »{community}« bleibt stehen.{warned}",
        Action.MOVE: "Dein Beitrag vom {at} in »{community}« wurde verschoben{where}.",
    },
    "en": {
        Action.REMOVE: "Your post of {at} in “{community}” has been removed.",
        Action.HIDE: "Your post of {at} in “{community}” has been hidden; others no longer see it.",
        Action.HOLD: "Your post of {at} in “{community}” is being held back until somebody of the team has looked at "
        "it.",
        Action.RESTRICT: "After your post of {at} in “{community}” you can write here only to a limited extent "
        "{until}. The post itself stays.",
        Action.WARN: "Your post of {at} in “{community}” stays where it is.{warned}",
        Action.MOVE: "Your post of {at} in “{community}” has been moved{where}.",
    },
}
_SEEN = {
    "de": "Wir haben deinen Beitrag vom {at} in »{community}« gesehen.",
    "en": "We have seen your post of {at} in “{community}”.",
}
#: Beside what is done about the post itself.
_HINT = {
    "de": " Nimm das bitte als Hinweis auf unsere Hausregeln.",
    "en": " Please take this as a pointer to our house rules.",
}
_WARNING = {"de": " Wir verwarnen dich dafür.", "en": " You are warned for it."}
_RESTRICTED = {
    "de": " Du kannst hier {until} nur eingeschränkt schreiben.",
    "en": " You can write here only to a limited extent {until}.",
}
_UNTIL = {"de": ("bis zum {at}", "bis auf Weiteres"), "en": ("until {at}", "until further notice")}
_WHERE = {"de": " nach »{place}«", "en": " to “{place}”"}

_RULE = {
    "de": "Grundlage ist unsere Hausregel »{title}«. Nach unserer Einschätzung verträgt sich der Inhalt nicht mit ihr.",
    "en": "The basis is our house rule “{title}”. In our view the content does not agree with it.",
}
_PLACED = {
    "de": "Grundlage ist unsere Hausregel »{title}«: Der Beitrag ist dort besser aufgehoben.",
    "en": "The basis is our house rule “{title}”: the post is in better hands there.",
}
_LAW = {
    "de": "Grundlage ist {law}. Nach unserer Einschätzung kann der Inhalt rechtswidrig sein ({title}).",
    "en": "The basis is {law}. In our view the content may be illegal ({title}).",
}
_BY_HAND = {
    "de": "Ein Mensch aus dem Team hat nach unseren Hausregeln entschieden.",
    "en": "Somebody of the team decided by our house rules.",
}
_WATCHED = {
    "de": "Ein Mensch aus dem Team hat entschieden, dass deine Beiträge hier {until} angesehen werden, bevor sie "
    "erscheinen.",
    "en": "Somebody of the team has decided that your posts here are looked at before they appear, {until}.",
}
_SEEN_GROUND = {"de": "Anlass ist »{title}«.", "en": "The reason is “{title}”."}

_FOUND: dict[str, dict[Found, str]] = {
    "de": {
        "machine": "Ein Programm hat den Beitrag erkannt",
        "report": "Der Beitrag wurde gemeldet",
        "human": "Ein Mensch aus dem Team hat den Beitrag gesehen",
    },
    "en": {
        "machine": "A program noticed the post",
        "report": "The post was reported",
        "human": "Somebody of the team saw the post",
    },
}
_DECIDED = {
    "de": {True: "; auch entschieden hat ein Programm, kein Mensch.", False: "; entschieden hat ein Mensch."},
    "en": {True: "; a program decided too, not a person.", False: "; a person decided."},
}
_DECIDED_AFTER = {
    "de": {True: "; entschieden hat ein Programm, kein Mensch.", False: "; entschieden hat ein Mensch."},
    "en": {True: "; a program decided, not a person.", False: "; a person decided."},
}
#: A program does what a human has said about the author.
_APPLIED = {
    "de": "Das gilt zurzeit für alle deine Beiträge hier; angewandt hat es ein Programm.",
    "en": "At the moment this goes for all your posts here; a program applied it.",
}
#: Where nothing was done, there is nothing to complain about.
_ASK = {
    "de": "Wenn du Fragen dazu hast, antworte auf diese Nachricht: Ein Mensch liest sie.",
    "en": "If you have questions about this, answer this message: a person will read it.",
}
_REDRESS = {
    "de": "Siehst du das anders? Antworte innerhalb von sechs Monaten auf diese Nachricht: Das kostet nichts, und ein "
    "Mensch sieht es sich noch einmal an. Du kannst dich auch an eine zugelassene Stelle für außergerichtliche "
    "Streitbeilegung oder an ein Gericht wenden.",
    "en": "Do you see it differently? Answer this message within six months: it costs nothing, and a person will look "
    "at "
    "it again. You can also turn to a certified out-of-court dispute settlement body or to a court.",
}
_AT = {"de": "%d.%m.%Y, %H:%M Uhr", "en": "%d %B %Y, %H:%M"}


@dataclass(frozen=True, slots=True)
class Reasons:
    """What a statement speaks of: a post of the instant `at`, and what is done about it.

    `rule` is the one that decided, None where a human did. `watched`: the human's word about the author by which their
    posts are held, `watched_until` its end, if it has one (UTC). `move_to` names the place of a `move`.
    """

    actions: tuple[Action, ...]
    at: datetime
    community: Community
    language: str
    automated: bool
    found: Found
    rule: Rule | None = None
    watched: Standing | None = None
    watched_until: datetime | None = None
    discipline: Discipline | None = None
    move_to: str | None = None


def spoken(language: str, community: Community) -> str:
    """The language to write in: the post's, else the community's, else English."""
    return next((each for each in (language, community.language) if each in LANGUAGES), "en")


def local(at: datetime, community: Community, language: str) -> str:
    """The instant as the community's clocks show it, in words of this language."""
    return at.astimezone(ZoneInfo(community.timezone)).strftime(_AT[language])


def statement(reasons: Reasons) -> StatementOfReasons | None:
    """None when there is nothing to tell."""
    language = reasons.language
    done = next((action for action in reasons.actions if action in TOLD), None)
    notice = reasons.rule.notice if reasons.rule is not None else None
    if done is None and notice is None:
        return None
    facts = _facts(reasons, done)
    if notice is not None:
        facts += f" {getattr(notice, language)}"
    illegal = _law(reasons) is not None
    return StatementOfReasons(
        language=language,
        facts=facts,
        ground=_ground(reasons, done),
        automated=reasons.automated,
        redress=(_ASK if done is None else _REDRESS)[language],
        illegal=illegal,
        means=_means(reasons),
    )


def _facts(reasons: Reasons, done: Action | None) -> str:
    language, discipline = reasons.language, reasons.discipline
    hint = discipline is not None and discipline.step is Step.HINT
    warned = (_HINT if hint else _WARNING)[language]
    words = {
        "at": local(reasons.at, reasons.community, language),
        "community": reasons.community.title,
        "until": _until(reasons, discipline.until if discipline is not None else None),
        "where": _WHERE[language].format(place=reasons.move_to) if reasons.move_to else "",
        "warned": warned,
    }
    if done is None:
        return _SEEN[language].format(**words)
    facts = _DONE[language][done].format(**words)
    beside = reasons.actions[reasons.actions.index(done) + 1 :]
    if Action.RESTRICT in beside:
        facts += _RESTRICTED[language].format(**words)
    if Action.WARN in beside:
        facts += warned
    return facts


def _until(reasons: Reasons, until: datetime | None) -> str:
    dated, undated = _UNTIL[reasons.language]
    return undated if until is None else dated.format(at=local(until, reasons.community, reasons.language))


def _ground(reasons: Reasons, done: Action | None) -> str:
    language, rule, law = reasons.language, reasons.rule, _law(reasons)
    if reasons.watched is not None:
        return _WATCHED[language].format(until=_until(reasons, reasons.watched_until))
    if rule is None:
        return _BY_HAND[language]
    title = getattr(rule.title, language)
    if done is None:
        return _SEEN_GROUND[language].format(title=title)
    if law is not None:
        return _LAW[language].format(law=law, title=title)
    return (_PLACED if done is Action.MOVE else _RULE)[language].format(title=title)


def _law(reasons: Reasons) -> str | None:
    """The law the rule is about, where it is about one and decides."""
    if reasons.rule is None or reasons.rule.law is None or reasons.watched is not None:
        return None
    return str(getattr(reasons.rule.law, reasons.language))


def _means(reasons: Reasons) -> str:
    if reasons.watched is not None:
        return _APPLIED[reasons.language]
    decided = _DECIDED if reasons.found == "machine" else _DECIDED_AFTER
    return _FOUND[reasons.language][reasons.found] + decided[reasons.language][reasons.automated]
