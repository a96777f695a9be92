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
from feuerwache.ingest.outbound.actions.echo import Echo
from feuerwache.ingest.verdict import Status, Verdict

#: Edits of one post within a second that are told apart.
MOST_EDITS = 5


class Arrivals:
    def __init__(self, intake: Intake, letters: Letters, metrics: Metrics, echo: Echo | None = None) -> None:
        """`echo` knows what we did ourselves on the platform: that comes back, and is nobody's word."""
        self._echo = echo
        self._intake = intake
        self._letters = letters
        self._metrics = metrics

    async def take(self, items: Sequence[Item], integration: Integration, way: str) -> None:
        """Every item is on record afterwards, or among the dead letters. Raises `TransientError`: take all of them
        again later, repeats do no harm."""
        items = [item for item in items if not await self._ours(item, integration, way)]
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

    async def _ours(self, item: Item, integration: Integration, way: str) -> bool:
        """Whether this is an action of ours that the platform tells us of."""
        data = item.data if isinstance(item.data, Mapping) else {}
        if self._echo is None or (item.kind or data.get("kind")) != "moderated":
            return False
        post_id, verb = data.get("post_id"), data.get("action")
        if not isinstance(post_id, str) or not isinstance(verb, str):
            return False
        ours = await self._echo.ours(integration.platform, post_id, verb)
        if ours:
            self._metrics.echoes.labels(way, integration.id).inc()
        return ours

    async def _refused(self, items: Sequence[Item], integration: Integration, way: str) -> list[tuple[Item, Verdict]]:
        verdicts = await self._intake.accept(items, integration, way)
        return [pair for pair in zip(items, verdicts, strict=True) if pair[1].status is Status.REJECTED]


def _next_revision(item: Item, verdict: Verdict) -> Item | None:
    if not any(problem.code == "other_text" for problem in verdict.problems) or not isinstance(item.data, Mapping):
        return None
    revision = item.data.get("revision", 0)
    return replace(item, data={**item.data, "revision": revision + 1}) if isinstance(revision, int) else None
