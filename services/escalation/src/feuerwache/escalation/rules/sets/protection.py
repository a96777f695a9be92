"""What a set of rules protects: speech that no rule of it may restrict or escalate, proved when the set is loaded.

    protects: [criticism]      # in the mapping form of any file of the set; it holds for the whole set

Criticism, also where it is angry, coarse, repeated or spread by many, is every post on which the classifier found no
ground: no insult, hatred, threat, sexual content, advertising, self-harm or personal data of `GROUND_FROM` or more.
For each rule with an action of `RESTRICTING` it must follow from `when` that there is such a ground; who wrote, how
often, in what thread, with which terms of a watchlist is none. What cannot be proved is refused. Shadow rules are held
to the same, for one line makes them live.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from feuerwache.common.config.source import Problem
from feuerwache.common.events.classification import Label
from feuerwache.common.events.decision import Action
from feuerwache.escalation.rules.language.expression.parser import parse
from feuerwache.escalation.rules.language.expression.tree import Logical, Node
from feuerwache.escalation.rules.language.possible import CASES
from feuerwache.escalation.rules.sets.compiled import CompiledRule


class Protected(StrEnum):
    CRITICISM = "criticism"


#: What is done against a post or its author, or calls people up against them. A look (`review`), passing on
#: (`forward`), a welcome and an approval are not.
RESTRICTING = frozenset(
    {Action.REMOVE, Action.HIDE, Action.HOLD, Action.RESTRICT, Action.WARN, Action.MOVE, Action.ESCALATE}
)
#: Labels that say what is wrong with a post beyond its opinion. `offensive` says only that it is harsh.
GROUNDS = (
    Label.INSULT,
    Label.HATE,
    Label.THREAT,
    Label.SEXUAL,
    Label.SPAM,
    Label.SELF_HARM,
    Label.PERSONAL_DATA,
)
#: From this score on a label is a ground: below it, it is as likely not so.
GROUND_FROM = 0.5

_GROUND = parse(" || ".join(f"labels.{label.value} >= {GROUND_FROM}" for label in GROUNDS))


def unprotected(compiled: CompiledRule, where: str) -> Iterator[Problem]:
    """Why this rule may not stand in a set that protects criticism; nothing where it may. `where` says so."""
    asked = [action for action in compiled.rule.then if action in RESTRICTING]
    if not asked:
        return
    bare = _without_ground(compiled.condition.tree)
    if bare is None:
        return
    names = ", ".join(label.value for label in GROUNDS)
    source = compiled.rule.when
    shown = " ".join(source[bare.offset : bare.end].split())
    reason = (
        f"`{asked[0]}` could fall on criticism alone, which this set protects ({where}): nothing in `{shown}` needs a "
        f"label of {names} at {GROUND_FROM} or more; add one, or ask for no more than `review` or `forward`"
    )
    yield compiled.spot.within("when", bare.offset, reason)


def _without_ground(tree: Node) -> Node | None:
    """The part that can be true without a ground: of alternatives the first such one. None where there is none."""
    if CASES.implies(tree, _GROUND):
        return None
    if isinstance(tree, Logical) and tree.operator == "||":
        return next((found for part in tree.parts if (found := _without_ground(part)) is not None), tree)
    return tree
