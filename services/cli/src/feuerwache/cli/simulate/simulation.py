"""A whole simulation: configuration and recording in, report out. The one place where its parts are put together."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from zoneinfo import ZoneInfo

from feuerwache.cli.simulate.court import sitting
from feuerwache.cli.simulate.recording import Recording
from feuerwache.cli.simulate.report import (
    Names,
    Report,
    burned,
    by_kind,
    forwarded,
    refused,
    talk,
    unanswered,
    unmanned,
    within,
)
from feuerwache.cli.simulate.station import Station
from feuerwache.cli.simulate.usual import Usual
from feuerwache.cli.simulate.weekend import Circumstances, Weekend


def simulate(
    name: str,
    recording: Recording,
    station: Station,
    circumstances: Circumstances,
    progress: Callable[[int], None] = lambda _: None,
    *,
    processes: int | None = 1,
) -> Report:
    """`name` is what the recording is called in the report. `processes` judge its posts (`court`)."""
    options, shards = circumstances.options, circumstances.shards
    court = partial(sitting, station=station, options=options, shards=shards, processes=processes)
    course = Weekend(station, circumstances, court).play(recording.lines, progress)
    names = Names(station.directory, station.communities)
    bad = [*recording.bad, *course.bad]
    departments = {each: known for house in station.rules.houses.values() for each, known in house.departments.items()}
    incidents = [one for one in course.incidents.values() if within(one, course.end)]
    return Report(
        by="simulate",
        file=name,
        timezone=station.timezone,
        begin=course.begin,
        end=course.end,
        until=course.until,
        lines=recording.count,
        reordered=recording.reordered,
        bad_lines=len({each.line for each in bad}),
        bad=refused(bad),
        received=by_kind(course.received),
        repeats=course.repeats,
        decisions=dict(sorted(course.actions.items())),
        withdrawn=course.withdrawn,
        dead_letters=dict(sorted(course.dead.items())),
        incidents=burned(incidents, course.pages, course.receipts, names),
        unmanned=unmanned(station.directory, circumstances.overrides, course.begin, course.end),
        talk=talk(course.pulses, usual_of(station, circumstances), names, course.begin, course.end),
        forwards=forwarded(course.forwards.counts),
        unanswered=unanswered(course.forwards.unanswered(), names, departments),
    )


def usual_of(station: Station, circumstances: Circumstances) -> Usual:
    zones = {community.id: ZoneInfo(community.timezone) for community in station.communities.communities}
    return Usual(circumstances.counts, zones)
