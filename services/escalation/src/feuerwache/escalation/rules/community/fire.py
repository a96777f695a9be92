"""What burns in a community while its posts are judged: the open incidents of the community and of its brand. Pure.

Rules may read it (`community.incident`): pre-moderate who is new while it burns. A post from before the fire is judged
as if there were none. Drills, and alarms about ourselves, are no fires.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from feuerwache.common.config.community import Community
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.escalation.rules.language.context import Fields

#: They say something about us, not about the community.
OURS = frozenset({CrisisKind.DRILL, CrisisKind.NOBODY_REACHED, CrisisKind.RULE_PAUSED})

_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Fire:
    """One open incident; `since` is when it began."""

    kind: CrisisKind
    severity: Severity
    since: datetime
    communities: frozenset[str]
    brand: str = ""

    @classmethod
    def of(cls, incident: Incident) -> Fire | None:
        """None for what is over, or no fire."""
        if incident.state is IncidentState.RESOLVED or incident.canary or incident.kind in OURS:
            return None
        communities = frozenset((incident.community, *(part.community for part in incident.parts)))
        return cls(incident.kind, incident.severity, incident.onset, communities, incident.brand)


@dataclass(frozen=True, slots=True)
class Fires:
    """All that burns now, by community and by brand."""

    communities: Mapping[str, tuple[Fire, ...]] = field(default_factory=dict)
    brands: Mapping[str, tuple[Fire, ...]] = field(default_factory=dict)

    @classmethod
    def among(cls, burning: Iterable[Fire]) -> Fires:
        communities: dict[str, tuple[Fire, ...]] = {}
        brands: dict[str, tuple[Fire, ...]] = {}
        for fire in burning:
            for community in fire.communities:
                communities[community] = (*communities.get(community, ()), fire)
            if fire.brand:
                brands[fire.brand] = (*brands.get(fire.brand, ()), fire)
        return cls(communities, brands)

    def seen_from(self, community: Community, at: datetime) -> Fields:
        """The fields of `community` in the rule context that say so, for a post written at `at`; none if nothing does.

        `incident_minutes` counts from when the first of them began.
        """
        if not (self.communities or self.brands):
            return {}
        near = (*self.communities.get(community.id, ()), *self.brands.get(community.brand, ()))
        burning = [fire for fire in near if fire.since <= at]
        if not burning:
            return {}
        return {
            "incident": True,
            "incident_kinds": sorted({fire.kind.value for fire in burning}),
            "incident_severity": max((fire.severity for fire in burning), key=_RANKS.__getitem__).value,
            "incident_minutes": int((at - min(fire.since for fire in burning)).total_seconds() // 60),
        }


NO_FIRES = Fires()
