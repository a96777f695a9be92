"""Judges the past anew: the rules stage's own `Judging`, with journals in memory and what was recorded in its place.

What a community was like at that moment (thread, near-duplicates, an incident) was written by many partitions and is
approximate by nature; where the decision that was made then recorded it, that is what the rules see again. Where
nothing is recorded, it is worked out from the posts of this replay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import DecisionMade
from feuerwache.escalation.rules.case import Case
from feuerwache.escalation.rules.context import SCHEMA
from feuerwache.escalation.rules.entry import Position
from feuerwache.escalation.rules.house import HouseRules
from feuerwache.escalation.rules.journal import Journal
from feuerwache.escalation.rules.judging import Judging, Options
from feuerwache.escalation.rules.memory import CommunityMemory
from feuerwache.escalation.rules.replay.shelf import Shelf

#: The JSON of the `DecisionMade` that was made then.
Recorded = Mapping[str, Any]
#: What follows from the configuration or the classification, and not from the moment: never taken from the record.
_SETTLED = {"community": frozenset({"id", "brand", "language"}), "matched": frozenset({"watchlists", "skipped_rules"})}
_NONE: frozenset[str] = frozenset()
#: More than any quota allows.
_TRIPPED = 2**31
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class RecalledMemory(CommunityMemory):
    """A community's memory that knows whether a quota had tripped when this post was decided then.

    Only rules that did not hit it then, and those in `requota`, whose quota is another one now, are counted anew.
    """

    requota: frozenset[str] = frozenset()
    hit: frozenset[str] = frozenset()
    over: frozenset[str] = frozenset()

    def spent(self, rule: str, span: str, post: str, at: int) -> int:
        if rule in self.hit and rule not in self.requota:
            return _TRIPPED if rule in self.over else 0
        return CommunityMemory.spent(self, rule, span, post, at)


@dataclass(slots=True)
class Rejudging(Judging):
    """`Judging` that lays what was recorded over what it works out itself."""

    recorded: Recorded | None = None
    requota: frozenset[str] = frozenset()

    def memory(self, community: str) -> CommunityMemory:
        memory = self.memories.get(community)
        if memory is None:
            memory = self.memories[community] = RecalledMemory(requota=self.requota)
        return memory

    def opened(self, case: Case, journal: Journal, memory: CommunityMemory) -> Case:
        case = case.open(journal, memory, self.options.pulse_key, self.options.label_threshold)
        assert isinstance(memory, RecalledMemory)
        if self.recorded is None:
            memory.hit = memory.over = _NONE
            return case
        evidence = self.recorded["evidence"]
        for name in ("thread", "matched", "community"):
            seen = evidence.get(name)
            if seen:
                settled, known = _SETTLED.get(name, _NONE), SCHEMA[name]
                laid = {field: seen[field] for field in seen if field in known and field not in settled}
                case.context[name] |= laid
        memory.hit = frozenset(hit["rule_id"] for hit in self.recorded.get("rules", ()))
        memory.over = frozenset(evidence.get("matched", {}).get("over_quota", ()))
        return case


@dataclass(slots=True)
class Bench:
    """One side of a replay. Events of one author come in the order in which the stage took them."""

    rules: HouseRules
    options: Options
    requota: frozenset[str] = frozenset()
    shelf: Shelf = field(default_factory=Shelf)
    _judging: Rejudging = field(init=False)

    def __post_init__(self) -> None:
        memories: dict[str, CommunityMemory] = {}
        options = replace(self.options, counting=False)
        # Nothing here is late: the clock stands at the beginning of time.
        self._judging = Rejudging(self.rules, self.shelf, memories, options, _BEGINNING, requota=self.requota)

    def take(
        self, event: Event[Any], position: Position, recorded: Recorded | None, refused: Callable[[str], None]
    ) -> list[DecisionMade]:
        """What is decided now, mostly one decision or none. An event that cannot be judged goes to `refused`."""
        judging = self._judging
        judging.recorded = recorded
        try:
            judging.take(event, position)
        except InvalidRecord as error:
            refused(str(error))
            return []
        made = [decision.data for decision in judging.decisions if isinstance(decision.data, DecisionMade)]
        for author in judging.touched:
            journal = self.shelf.get(author)
            if journal is not None:
                journal.settle()
        for gained in (judging.decisions, judging.appeals, judging.alarms):
            gained.clear()
        for kept in (judging.rows, judging.report_rows, judging.touched):
            kept.clear()
        self.shelf.rest()
        return made
