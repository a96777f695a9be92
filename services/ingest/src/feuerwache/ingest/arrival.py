"""What came from a platform of its own accord, through an adapter: taken for good, every item of it.

Nobody stands at the other end who could mend an item. So what the examination refuses goes to the dead letters with its
problems, and what came is done with, either way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from feuerwache.ingest.envelope import MAX_ITEMS
from feuerwache.ingest.intake import Intake
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.item import Item
from feuerwache.ingest.letter import Letters
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.verdict import Status, Verdict

#: Edits of one post within a second that are told apart.
MOST_EDITS = 5


class Arrivals:
    def __init__(self, intake: Intake, letters: Letters, metrics: Metrics) -> None:
        self._intake = intake
        self._letters = letters
        self._metrics = metrics

    async def take(self, items: Sequence[Item], integration: Integration, way: str) -> None:
        """Every item is on record afterwards, or among the dead letters. Raises `TransientError`: take all of them
        again later, repeats do no harm."""
        refused: list[tuple[Item, Verdict]] = []
        for at in range(0, len(items), MAX_ITEMS):
            refused += await self._refused(items[at : at + MAX_ITEMS], integration, way)
        for _ in range(MOST_EDITS):
            # Platforms tell edits apart by the second; another text under the same revision is the next edit.
            again = [edited for item, verdict in refused if (edited := _next_revision(item, verdict)) is not None]
            if not again:
                break
            refused = [each for each in refused if _next_revision(*each) is None]
            refused += await self._refused(again, integration, way)
        if refused:
            await self._letters.refused(integration, [(item, verdict.problems) for item, verdict in refused], way)
            self._metrics.arrivals_dead.labels(way, integration.id).inc(len(refused))

    async def _refused(self, items: Sequence[Item], integration: Integration, way: str) -> list[tuple[Item, Verdict]]:
        verdicts = await self._intake.accept(items, integration, way)
        return [pair for pair in zip(items, verdicts, strict=True) if pair[1].status is Status.REJECTED]


def _next_revision(item: Item, verdict: Verdict) -> Item | None:
    if not any(problem.code == "other_text" for problem in verdict.problems) or not isinstance(item.data, Mapping):
        return None
    revision = item.data.get("revision", 0)
    return replace(item, data={**item.data, "revision": revision + 1}) if isinstance(revision, int) else None
