"""Where an alarm finds its incident without asking all of them: by the alarm's id, and by what burns where.

Kept by the book with every change. It narrows the choice and decides nothing: what belongs together stands in
`alarmed`, which is asked about the few that come back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from uuid import UUID

from feuerwache.common.events.alarm import AlarmEnded, AlarmRaised, CrisisKind
from feuerwache.common.events.incident import Incident
from feuerwache.escalation.incidents.part import sources

#: A kind of fire, in a community (`c`) or anywhere in a brand (`b`).
Place = tuple[CrisisKind, str, str]


class Index:
    """Ids of the incidents by place, and every alarm id that some incident remembers."""

    def __init__(self) -> None:
        self._heard: Counter[UUID] = Counter()
        self._at: defaultdict[Place, dict[UUID, None]] = defaultdict(dict)

    def replace(self, former: Incident | None, incident: Incident | None) -> None:
        """`incident` stands where `former` stood; None where there was, or is, nothing."""
        before = former.alarm_ids if former is not None else ()
        after = incident.alarm_ids if incident is not None else ()
        if before is not after:
            self._heard.update(after)
            self._heard.subtract(before)
            for alarm_id in before:
                if self._heard[alarm_id] <= 0:
                    del self._heard[alarm_id]
        gone = dict.fromkeys(places(former)) if former is not None else {}
        for place in places(incident) if incident is not None else ():
            gone.pop(place, None)
            if incident is not None:
                self._at[place][incident.incident_id] = None
        for place in gone:
            assert former is not None
            self._at[place].pop(former.incident_id, None)
            if not self._at[place]:
                del self._at[place]

    def heard(self, alarm_id: UUID) -> bool:
        return alarm_id in self._heard

    def near(self, alarm: AlarmRaised | AlarmEnded) -> list[UUID]:
        """The incidents in which this kind burns, or burnt, in this community or elsewhere in its brand."""
        here = self._at.get((alarm.kind, "c", alarm.community), {})
        brand = self._at.get((alarm.kind, "b", alarm.brand), {}) if alarm.brand else {}
        return list({**here, **brand})


def places(incident: Incident) -> Iterator[Place]:
    """Every place an alarm may look for this incident at."""
    for source, _ in sources(incident):
        yield source.kind, "c", source.community
    if incident.brand:
        yield incident.kind, "b", incident.brand
