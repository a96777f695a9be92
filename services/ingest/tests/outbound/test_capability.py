"""What a platform is asked for instead of what it cannot do, as a table."""

from __future__ import annotations

from itertools import product

import pytest

from feuerwache.common.events.decision import Action
from feuerwache.ingest.outbound.capability import FALLBACKS, INTERNAL, Asked, translate

ALL = tuple(action for action in Action if action not in INTERNAL)


@pytest.mark.parametrize(
    ("decided", "can", "asked", "unsupported"),
    [
        ("hide", "hide hold", "hide", ""),
        ("hide", "hold review", "hold<hide", ""),
        ("hide", "review", "review<hide", ""),
        ("hide", "remove", "", "hide"),
        ("remove", "remove hide", "remove", ""),
        ("remove", "hide hold", "hide<remove", ""),
        ("remove", "hold", "hold<remove", ""),
        ("remove", "warn", "", "remove"),
        ("hold", "hide", "hide<hold", ""),
        ("hold", "review", "review<hold", ""),
        ("restrict", "warn review", "warn<restrict", ""),
        ("restrict", "hide", "", "restrict"),
        ("warn", "review", "review<warn", ""),
        ("move", "review", "review<move", ""),
        ("welcome", "review hide", "", "welcome"),
        ("approve", "review hide", "", "approve"),
        ("review", "hide", "", "review"),
        # Together: each asked once, the most important first, a thing itself before its being a substitute.
        ("hide warn", "hold", "hold<hide", "warn"),
        ("hide hold", "hold", "hold", ""),
        ("hold hide", "hold", "hold", ""),
        ("remove restrict warn", "hide warn", "hide<remove warn", ""),
        ("move warn", "review", "review<warn", ""),
        # People of ours are nobody's business outside.
        ("hold escalate forward", "hold", "hold", ""),
        ("escalate", "review", "", ""),
    ],
)
def test_what_a_platform_cannot_do_turns_into_what_it_can(decided: str, can: str, asked: str, unsupported: str) -> None:
    translation = translate(map(Action, decided.split()), map(Action, can.split()))
    told = [f"{one.action}<{one.instead_of}" if one.instead_of else one.action.value for one in translation.asked]
    assert " ".join(told) == asked
    assert " ".join(translation.unsupported) == unsupported


def test_single_fallbacks_are_configured_and_the_others_stay() -> None:
    instead = {Action.WARN: (), Action.APPROVE: (Action.REVIEW,)}
    translation = translate((Action.WARN, Action.APPROVE, Action.MOVE), (Action.REVIEW,), instead)
    assert translation.asked == (Asked(Action.REVIEW, Action.MOVE),)
    assert translation.unsupported == (Action.WARN,)
    assert translation.answered_by == {Action.MOVE: Action.REVIEW, Action.APPROVE: Action.REVIEW}


def test_nothing_ever_turns_into_what_cannot_be_taken_back() -> None:
    assert set(FALLBACKS) == set(ALL)
    assert all(Action.REMOVE not in substitutes for substitutes in FALLBACKS.values())


@pytest.mark.parametrize("decided", ALL)
def test_every_decided_action_is_answered_for(decided: Action) -> None:
    for able in product((False, True), repeat=len(ALL)):
        can = {action for action, there in zip(ALL, able, strict=True) if there}
        translation = translate((decided,), can)
        assert {one.action for one in translation.asked} <= can
        assert set(translation.answered_by) | set(translation.unsupported) == {decided}
        assert decided not in can or translation.asked == (Asked(decided),)
