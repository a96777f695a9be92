"""The fires of one community: what detectors sight becomes episodes, and episodes say alarms and their ends.

A shitstorm is what burns in number and in mood at once; anger alone is as grave at ten times the usual. A crowd alone
never is: a match in which everybody writes may wake one person, but not the house.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.alarm import Ended, Said, ended
from feuerwache.escalation.crisis.episode import CRITICAL_FACTOR, RANK, Episode, advance, graver, quiet
from feuerwache.escalation.crisis.registry import DETECTORS
from feuerwache.escalation.crisis.saying import alarm
from feuerwache.escalation.crisis.scene import Scene, Sighting
from feuerwache.escalation.crisis.state import EPISODES_KEPT, EPISODES_OF_A_KIND, Key, State

#: These two together are a shitstorm, from so many posts on; anger alone at ten times the usual.
STORM = {CrisisKind.VOLUME_BURST: 20, CrisisKind.NEGATIVITY_BURST: 8}
CRITICAL_MEASURE = 30


@dataclass(frozen=True, slots=True)
class Fires:
    """What burns in `community`; it lives in `state.episodes`."""

    community: str
    state: State

    def ends(self, at: int) -> list[Ended]:
        """The ends of everything that burns. Changes nothing."""
        return [self._end(key, each, at) for key, each in self.state.episodes.items()]

    def put_out(self, at: int) -> list[Ended]:
        """Ends everything that burns."""
        over = self.ends(at)
        self.state.episodes.clear()
        return over

    def look(self, scene: Scene) -> Iterator[Said]:
        """Shows the scene to every detector, and takes the episodes along."""
        seen = self._seen(scene)
        if not seen and not self.state.episodes:
            return
        storm = all(_is_large(seen.get((kind, "")), least) for kind, least in STORM.items())
        for key, sighting in seen.items():
            least = sighting.least
            if sighting.burning is not None and key in self.state.episodes:
                least = sighting.burning
            severity = graver(least, _burst_severity(key[0], sighting, storm))
            yield from self._advance(key, sighting, severity, scene)
        for key in [key for key in self.state.episodes if key not in seen]:
            yield from self._unseen(key, scene.at)

    def _seen(self, scene: Scene) -> dict[Key, Sighting]:
        """What burns already, and what is reason to begin an episode, unless another alarm tells it."""
        episodes = self.state.episodes
        burning = {kind for kind, _ in episodes}
        seen: dict[Key, Sighting] = {}
        for detector in DETECTORS:
            is_told = not burning.isdisjoint(detector.told_by)
            for sighting in detector.look(scene):
                key = detector.kind, sighting.about
                begins = sighting.finding.alarming and not is_told
                if key in episodes or (begins and not (detector.one_story and self._is_retold(key, sighting, seen))):
                    seen[key] = sighting
                    if sighting.finding.alarming:  # those that tell of others come first in the registry
                        burning.add(detector.kind)
        return seen

    def _is_retold(self, key: Key, sighting: Sighting, seen: Mapping[Key, Sighting]) -> bool:
        """Whether another of the same kind that is as grave tells it already. Beside one, it is as grave as burning."""
        told = [each.severity for (kind, _), each in self.state.episodes.items() if kind is key[0]]
        told += [each.least for (kind, _), each in seen.items() if kind is key[0]]
        severity = sighting.least if sighting.burning is None else sighting.burning
        return any(RANK[each] >= RANK[severity] for each in told)

    def _advance(self, key: Key, sighting: Sighting, severity: Severity, scene: Scene) -> Iterator[Said]:
        before = self.state.episodes.get(key)
        if before is None and not self._room_for(key[0]):
            return
        episode, says = advance(before, sighting.finding, scene.at, sighting.began, severity)
        if episode is None:
            yield from self._unseen(key, scene.at)
            return
        if before is None:
            # What burns in one corner begins with what the whole burns with; once is enough.
            firsts = () if key[1] else self.state.shown.began_with(episode.onset)
            episode = replace(episode, firsts=firsts)
        self.state.episodes[key] = episode
        if says:
            yield alarm(self.community, key, episode, sighting, scene, shown=self.state.shown)

    def _room_for(self, kind: CrisisKind) -> bool:
        episodes = self.state.episodes
        return len(episodes) < EPISODES_KEPT and sum(each is kind for each, _ in episodes) < EPISODES_OF_A_KIND

    def _unseen(self, key: Key, at: int) -> Iterator[Said]:
        before = self.state.episodes[key]
        episode = quiet(before, at)
        if episode is not None:
            self.state.episodes[key] = episode
            return
        del self.state.episodes[key]
        yield self._end(key, before, at)

    def _end(self, key: Key, episode: Episode, at: int) -> Ended:
        return ended(self.community, *key, onset=episode.onset, at=at, peak=episode.peak)


def _is_large(sighting: Sighting | None, least: int) -> bool:
    return sighting is not None and sighting.finding.alarming and sighting.finding.measure >= least


def _burst_severity(kind: CrisisKind, sighting: Sighting, storm: bool) -> Severity:
    finding = sighting.finding
    if (
        kind is CrisisKind.NEGATIVITY_BURST
        and finding.factor >= CRITICAL_FACTOR
        and finding.measure >= CRITICAL_MEASURE
    ):
        return Severity.CRITICAL
    return Severity.CRITICAL if kind in STORM and storm else Severity.LOW
