"""Which decisions go to a platform. Pure.

Never: of a community that is not its own or on another platform, from the past (`historic`), of a dry run, canaries.
By choice: actions, causes, the least severity. A decision that supersedes another one passes the choices: a platform
that has hidden a post on our word must hear that it is to be visible again, whatever the filter says of `approve`.
Where an appeal stands passes them too: the author is waiting for an answer.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from feuerwache.common.events.decision import Action, AppealChanged, DecisionMade, Mode, Severity
from feuerwache.ingest.outbound.outlet import CAUSES, Outlet

_RANK = {severity: place for place, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Selection:
    """`communities` are those the reader may see, already narrowed; `actions`, `causes`, `min_severity` its choice."""

    platform: str
    communities: frozenset[str]
    actions: frozenset[Action]
    causes: frozenset[str] = frozenset(CAUSES)
    min_severity: Severity | None = None

    @classmethod
    def of(cls, platform: str, communities: Collection[str], outlet: Outlet) -> Selection:
        """Of an integration on this platform with these communities."""
        chosen = frozenset(communities)
        return cls(
            platform,
            chosen & frozenset(outlet.communities) if outlet.communities else chosen,
            frozenset(outlet.actions),
            frozenset(outlet.causes),
            outlet.min_severity,
        )

    def narrowed(
        self,
        communities: Collection[str] = (),
        actions: Collection[Action] = (),
        causes: Collection[str] = (),
        min_severity: Severity | None = None,
    ) -> Selection:
        """The same or less: a reader's own choice within what it may see. Empty says nothing."""
        severities = [severity for severity in (self.min_severity, min_severity) if severity is not None]
        return Selection(
            self.platform,
            self.communities & frozenset(communities) if communities else self.communities,
            self.actions & frozenset(actions) if actions else self.actions,
            self.causes & frozenset(causes) if causes else self.causes,
            max(severities, key=_RANK.__getitem__, default=None),
        )

    def takes(self, decision: DecisionMade) -> bool:
        if decision.historic or decision.dry_run or decision.canary:
            return False
        if decision.ref.platform != self.platform or decision.ref.community not in self.communities:
            return False
        if decision.supersedes is not None:
            return True
        if decision.cause not in self.causes or not self.actions.intersection((decision.action, *decision.actions)):
            return False
        return self.min_severity is None or _RANK[self.min_severity] <= _rank(severity(decision))

    def tells(self, appeal: AppealChanged) -> bool:
        own = appeal.ref.platform == self.platform and appeal.ref.community in self.communities
        return own and not appeal.dry_run


def severity(decision: DecisionMade) -> Severity | None:
    """The highest of the live rules that matched; None when none of them has one."""
    found = [hit.severity for hit in decision.rules if hit.mode is Mode.LIVE and hit.severity is not None]
    return max(found, key=_RANK.__getitem__, default=None)


def _rank(value: Severity | None) -> int:
    return -1 if value is None else _RANK[value]
