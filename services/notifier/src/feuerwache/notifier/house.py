"""What the notifier knows of the house: whom targets mean, and what a person in distress may be told. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from feuerwache.common.config.community import Communities
from feuerwache.common.config.plan import Helpline, Plans
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.page import PageSubject
from feuerwache.notifier.delivery.directory import Directory


@dataclass(frozen=True, slots=True)
class House:
    directory: Directory
    communities: Communities | None = None
    plans: Plans = field(default_factory=Plans)

    def helplines(self, subject: PageSubject) -> tuple[Helpline, ...]:
        """Those of the plan for this single post: of the community's own country, of all if there is none of it."""
        community = self.communities.get(subject.community) if self.communities is not None else None
        if community is None or subject.kind is not CrisisKind.SINGLE_POST:
            return ()
        plan = self.plans.choose(community, subject.kind, subject.about)
        lines = plan.helplines if plan is not None else ()
        near = tuple(line for line in lines if line.country == community.region[:2])
        return near or lines
