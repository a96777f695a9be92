"""The integrations of one community that are silent: asked by the clock, and again when they come back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.escalation.crisis.alarm import Ended, ended
from feuerwache.escalation.crisis.knowledge import Knowledge
from feuerwache.escalation.crisis.silence import LEAST_GAP, Delivery, Silence, silence
from feuerwache.escalation.crisis.state import State
from feuerwache.escalation.crisis.week import MINUTES_PER_QUARTER, start_of_minute
from feuerwache.escalation.crisis.window import WINDOW_MINUTES


def absent(community: str, state: State, known: Knowledge, now: int) -> Iterator[Silence]:
    """The integrations that are silent at the minute `now`. Changes nothing."""
    for name, delivery in state.deliveries.by_name.items():
        found = _missed(community, state, known, (name, delivery, now))
        if found is not None:
            yield found


def back_again(
    community: str, state: State, known: Knowledge, back: Iterable[tuple[str, Delivery, int]]
) -> Iterator[Ended]:
    """The ends of silences, found by the question that found them; other gaps are usual ones from now on.

    `back`: (integration, as it was, the minute in which it was heard again).
    """
    for name, delivery, minute in back:
        was = _missed(community, state, known, (name, delivery, minute))
        if was is None:
            state.deliveries.usual_gap(name, minute - delivery.last - 1)
            continue
        state.open.burn(was.since // MINUTES_PER_QUARTER, minute // MINUTES_PER_QUARTER)
        yield ended(community, CrisisKind.SILENCE, name, onset=was.since, at=minute, peak=was.minutes)


def _missed(community: str, state: State, known: Knowledge, gap: tuple[str, Delivery, int]) -> Silence | None:
    name, delivery, until = gap
    deliveries = state.deliveries
    if until - delivery.last <= LEAST_GAP or deliveries.posts <= 0 or not deliveries.steady(name, until):
        return None

    def usually(minute: int) -> tuple[float, float] | None:
        usual = known.baseline().usual(start_of_minute(minute) + timedelta(minutes=WINDOW_MINUTES / 2))
        # Not `posts`: that is rounded up at night, and here what was expected is the evidence.
        return None if usual.unfloored is None else (usual.unfloored / WINDOW_MINUTES, usual.dispersion)

    bar = known.bars.factor(community, CrisisKind.SILENCE, until, max(1, until - delivery.last))
    per_post = delivery.events / deliveries.posts
    threshold = known.sensitivity.threshold()
    return silence(name, delivery, per_post, until, usually, threshold=threshold, bar=bar)
