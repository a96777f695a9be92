"""The statement of reasons: what the author is told when something is done about their post, in plain words.

Regulation (EU) 2022/2065 (Digital Services Act), Article 17(3): the restriction and the facts, whether a machine
decided, the ground in the house rules, and how to object. Names no other user and repeats nothing of the text.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from feuerwache.common.config.community import Community
from feuerwache.common.events.decision import Action, StatementOfReasons
from feuerwache.escalation.rules.rule import Rule

#: Actions of which the author is told why.
RESTRICTING = frozenset({Action.REMOVE, Action.HIDE, Action.HOLD, Action.RESTRICT, Action.WARN})
LANGUAGES = ("de", "en")

_DONE = {
    "de": {
        Action.REMOVE: "wurde entfernt",
        Action.HIDE: "wurde ausgeblendet",
        Action.HOLD: "wird zurückgehalten, bis jemand aus dem Team ihn geprüft hat",
        Action.RESTRICT: "ist nur noch eingeschränkt sichtbar",
        Action.WARN: "bleibt stehen, wir verwarnen dich aber dafür",
    },
    "en": {
        Action.REMOVE: "has been removed",
        Action.HIDE: "has been hidden",
        Action.HOLD: "is being held back until somebody of the team has looked at it",
        Action.RESTRICT: "can only be seen by some",
        Action.WARN: "stays where it is, but this is a warning",
    },
}
_FACTS = {
    "de": "Dein Beitrag vom {at} in »{community}« {done}.",
    "en": "Your post of {at} in “{community}” {done}.",
}
_UNTOUCHED = {
    "de": "Dein Beitrag vom {at} in »{community}« ist uns aufgefallen.",
    "en": "We noticed your post of {at} in “{community}”.",
}
_WARNED = {"de": " Du wirst dafür verwarnt.", "en": " You are warned for it."}
_GROUND = {"de": "Hausregel: {title}.", "en": "House rule: {title}."}
_BY_HAND = {
    "de": "Ein Mensch aus dem Team hat nach den Hausregeln entschieden.",
    "en": "Somebody of the team decided by the house rules.",
}
_REDRESS = {
    "de": "Wenn du das für falsch hältst, antworte auf diese Nachricht: Ein Mensch sieht es sich noch einmal an. "
    "Du kannst dich auch an eine zugelassene Streitbeilegungsstelle oder an ein Gericht wenden.",
    "en": "If you think this is wrong, answer this message: a person will look at it again. "
    "You can also turn to a certified out-of-court dispute settlement body or to a court.",
}
_AT = {"de": "%d.%m.%Y, %H:%M Uhr", "en": "%d %B %Y, %H:%M"}


def spoken(language: str, community: Community) -> str:
    """The language to write in: the post's, else the community's, else English."""
    return next((each for each in (language, community.language) if each in LANGUAGES), "en")


def statement(
    actions: tuple[Action, ...],
    rule: Rule | None,
    *,
    automated: bool,
    at: datetime,
    community: Community,
    language: str,
) -> StatementOfReasons | None:
    """The statement about a post of the instant `at`; None when there is nothing to tell. `rule` None: a human's."""
    restricting = [action for action in actions if action in RESTRICTING]
    notice = rule.notice if rule is not None else None
    if not restricting and notice is None:
        return None
    words = {
        "at": at.astimezone(ZoneInfo(community.timezone)).strftime(_AT[language]),
        "community": community.title,
    }
    if restricting:
        facts = _FACTS[language].format(done=_DONE[language][restricting[0]], **words)
        if Action.WARN in restricting[1:]:
            facts += _WARNED[language]
    else:
        facts = _UNTOUCHED[language].format(**words)
    if notice is not None:
        facts += f" {getattr(notice, language)}"
    ground = _BY_HAND[language] if rule is None else _GROUND[language].format(title=getattr(rule.title, language))
    return StatementOfReasons(
        language=language, facts=facts, ground=ground, automated=automated, redress=_REDRESS[language]
    )
