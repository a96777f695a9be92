"""What a human can say of a post: every action that needs no more words than itself. Pure."""

from __future__ import annotations

from enum import StrEnum

from feuerwache.common.events.decision import Action


class Verdict(StrEnum):
    """In the order of the page's buttons, from the mildest on; last, what leaves it to somebody else."""

    APPROVE = Action.APPROVE.value
    WARN = Action.WARN.value
    RESTRICT = Action.RESTRICT.value
    HOLD = Action.HOLD.value
    HIDE = Action.HIDE.value
    REMOVE = Action.REMOVE.value
    REVIEW = Action.REVIEW.value

    @property
    def action(self) -> Action:
        return Action(self.value)
