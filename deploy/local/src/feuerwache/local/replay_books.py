"""What went through the running services, read from their topics into the same report as a simulation's."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from feuerwache.cli.simulate.recording import Recording
from feuerwache.cli.simulate.report import Names, Report, burned, by_kind, refused, talk, unmanned, within
from feuerwache.cli.simulate.station import Station
from feuerwache.cli.simulate.usual import Usual
from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.base import Payload
from feuerwache.common.events.post import PostEvent
from feuerwache.common.events.pulse import CommunitiesPulsed
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import COMMUNITIES_PULSE, POSTS_RECEIVED
from feuerwache.common.settings import CommonSettings
from feuerwache.local.demo.flow import Flow
from feuerwache.local.demo.player import Sent
from feuerwache.local.invariant import Verdict


async def report_of(
    name: str,
    recording: Recording,
    station: Station,
    settings: CommonSettings,
    *,
    flow: Flow,
    sent: Sent,
    verdict: Verdict,
    usual: Usual,
    until: datetime,
) -> Report:
    """What the services made of the recording until this instant, as far as it is on record now."""
    names, topics = Names(station.directory, station.communities), settings.topics()
    received = Counter(
        data.TYPE
        for record in await read_topic(settings, topics.of(POSTS_RECEIVED))
        if isinstance(data := _payload(record), PostEvent) and not data.canary
    )
    pulses = [
        data
        for record in await read_topic(settings, topics.of(COMMUNITIES_PULSE))
        if isinstance(data := _payload(record), CommunitiesPulsed)
    ]
    incidents = [one for one in flow.incidents.values() if within(one, recording.end)]
    return Report(
        by="replay",
        file=name,
        timezone=station.timezone,
        begin=recording.begin,
        end=recording.end,
        until=until,
        lines=recording.count,
        reordered=recording.reordered,
        bad_lines=len({bad.line for bad in recording.bad}) + sum(sent.refused.values()),
        bad=refused(recording.bad),
        received=by_kind(received),
        repeats=sent.repeated,
        decisions=dict(sorted(flow.actions.items())),
        withdrawn=verdict.withdrawn,
        dead_letters=dict(sorted(verdict.reasons.items())),
        incidents=burned(incidents, flow.pages, flow.receipts, names),
        unmanned=unmanned(station.directory, (), recording.begin, recording.end),
        talk=talk(pulses, usual, names, recording.begin, recording.end),
    )


def _payload(record: Record) -> Payload | None:
    try:
        data: Payload = record.event().data
    except InvalidRecord:
        return None  # its consumer makes a dead letter of it, which is counted
    return data
