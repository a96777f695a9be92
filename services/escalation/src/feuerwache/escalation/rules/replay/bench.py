"""Judges the past anew: the rules stage's own `Judging`, with journals in memory, and with what was recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.base import Event
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import DecisionMade
from feuerwache.escalation.rules.author.brand import BrandAuthor, BrandMemory
from feuerwache.escalation.rules.author.entry import Position
from feuerwache.escalation.rules.author.journal import Journal
from feuerwache.escalation.rules.community.memory import CommunityMemory
from feuerwache.escalation.rules.house import HouseRules
from feuerwache.escalation.rules.judging.case import Case
from feuerwache.escalation.rules.judging.docket import Docket
from feuerwache.escalation.rules.judging.judging import Judging, Options
from feuerwache.escalation.rules.replay.recalled import LightCase, RecalledCase, RecalledMemory, Recorded, Ruling
from feuerwache.escalation.rules.replay.shelf import Shelf

#: Events after which all that has come together, and is of no use here, is dropped.
BATCH = 500
#: Nothing is late against a clock that stands there.
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Made(Protocol):
    """What was decided: a `Ruling` on a post, or the decision that follows on a report or on a human's word."""

    @property
    def cause(self) -> str: ...


@dataclass(slots=True)
class Rejudging(Judging):
    """`Judging` for replays. `recalling`: the moment of each post is taken from `recorded`, its decision of then."""

    recalling: bool = False
    recorded: Recorded | None = None
    requota: frozenset[str] = frozenset()

    def memory(self, community: str) -> CommunityMemory:
        memory = self.memories.get(community)
        if memory is None:
            memory = RecalledMemory(requota=self.requota) if self.recalling else CommunityMemory()
            self.memories[community] = memory
        return memory

    def opened(self, case: Case, journal: Journal, memory: CommunityMemory) -> Case:
        if not self.recalling:
            light = LightCase(case.event, case.received, case.classification, case.house)
            return Docket.opened(self, light, journal, memory)
        assert isinstance(memory, RecalledMemory)
        memory.recall(self.recorded)
        recalled = RecalledCase(case.event, case.received, case.classification, case.house, recorded=self.recorded)
        return recalled.open(journal, memory, self.options.pulse_key, self.options.label_threshold)


@dataclass(slots=True)
class Bench:
    """One side of a replay. Events of one author come in the order in which the stage took them."""

    rules: HouseRules
    options: Options
    requota: frozenset[str] = frozenset()
    recalling: bool = False
    shelf: Shelf = field(default_factory=Shelf)
    _judging: Rejudging = field(init=False)
    _taken: int = 0
    _brands: dict[BrandAuthor, dict[bytes, bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._judging = self._anew({})

    def _anew(self, memories: dict[str, CommunityMemory]) -> Rejudging:
        """An empty batch over the same journals and memories."""
        options = replace(self.options, counting=False)
        return Rejudging(
            self.rules,
            self.shelf,
            memories,
            options,
            _BEGINNING,
            recalling=self.recalling,
            requota=self.requota,
        )

    def take(
        self, event: Event[Any], position: Position, recorded: Recorded | None, refused: Callable[[str], None]
    ) -> list[Made]:
        """What is decided now, mostly one decision or none. An event that cannot be judged goes to `refused`."""
        judging = self._judging
        judging.recorded = recorded
        asked = self._ask_brand(event)
        try:
            judging.take(event, position)
        except InvalidRecord as error:
            refused(str(error))
            return []
        made: list[Made] = []
        if judging.decisions:
            made = [each.data for each in judging.decisions if isinstance(each.data, Ruling | DecisionMade)]
            judging.decisions.clear()
        if asked:
            self._learn()
        judging.touched.clear()
        self.shelf.rest()
        self._taken += 1
        if self._taken % BATCH == 0:
            self._judging = self._anew(judging.memories)
        return made

    def _ask_brand(self, event: Event[Any]) -> bool:
        """As the stage does before a batch, where the brand's communities share their memory and it is not recorded."""
        if self.recalling or not isinstance(event.data, PostClassified):
            return False
        received = event.data.received
        account = self.rules.shared(received.ref, received.author_id)
        if account is None:
            return False
        self._judging.brand = brand = BrandMemory()
        brand.ask((received.ref.community, received.author_id), account)
        brand.learn([self._brands.get(account, {})])
        return True

    def _learn(self) -> None:
        gained = self._judging.brand.gained(self._judging.marks())
        for known, parts in gained.items():
            self._brands.setdefault(known, {}).update({name.encode(): part for name, part in parts.items()})
