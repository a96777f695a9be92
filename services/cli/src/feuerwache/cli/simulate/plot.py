"""The picture of a weekend as plain geometry, in the units of an SVG view box. The template only writes it down.

From top to bottom: a panel per community with its incidents as strips, one below the other where they overlap, and its
talk in bars (negative at the bottom) with the usual as a line; a lane per person who was called, a mark for each call;
a lane per layer that was unmanned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, log10
from zoneinfo import ZoneInfo

from feuerwache.cli.simulate.report import REACHED, SLOT, Burned, Called, Report, Talk
from feuerwache.common.events.decision import Severity

WIDTH, LEFT, RIGHT = 1120.0, 170.0, 16.0
PANEL, LANE, HEAD, GAP, AXIS = 150.0, 22.0, 24.0, 18.0, 24.0
#: Distances of the time axis; the first that gives at most so many marks is taken.
DISTANCES = tuple(timedelta(minutes=each) for each in (15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080))
MOST_TICKS = 13
#: A bar is never narrower, nor a strip, which has a number in it.
LEAST, LEAST_STRIP = 1.5, 16.0
#: Height of an incident's strip, and how far apart the rows of strips are.
STRIP, ROW = 15.0, 19.0
#: The room for an incident's number, for its name, and right of the mark of its first alarm.
NUMBER, NAME, MARK = 18.0, 160.0, 6.0


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    other: Box
    negative: Box


@dataclass(frozen=True, slots=True)
class Strip:
    """One incident from its onset to its last alarm; `number` is that in the table, from 1. `alarm`: the first one."""

    box: Box
    alarm: float
    number: int
    incident: Burned

    @property
    def marked(self) -> bool:
        """Whether the first alarm lies so far from the onset that it has a mark of its own."""
        return self.box.x + NUMBER < self.alarm

    @property
    def words(self) -> float:
        """Where the incident's name begins, right of number and mark."""
        return round(self.alarm + NUMBER / 2 if self.marked else self.box.x + NUMBER, 1)

    @property
    def roomy(self) -> bool:
        """Whether the name fits."""
        return self.box.x + self.box.width - self.words >= NAME


@dataclass(frozen=True, slots=True)
class Tick:
    place: float
    at: datetime
    midnight: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    y: float
    posts: int


@dataclass(frozen=True, slots=True)
class Panel:
    """`y` is where the bars' area begins, `top` where the strips above it do."""

    title: str
    top: float
    y: float
    bars: tuple[Bar, ...]
    usual: str
    strips: tuple[Strip, ...]
    levels: tuple[Level, ...]

    @property
    def bottom(self) -> float:
        return self.y + PANEL


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    number: int
    call: Called


@dataclass(frozen=True, slots=True)
class Lane:
    """`marks` are calls to a person, `gaps` the unmanned spans of a layer."""

    title: str
    y: float
    marks: tuple[Mark, ...] = ()
    gaps: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Plot:
    panels: tuple[Panel, ...]
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    height: float
    width: float = WIDTH
    left: float = LEFT

    @property
    def right(self) -> float:
        return self.width - RIGHT

    # what the key has to explain

    @property
    def known(self) -> bool:
        """Whether it is known for some community what is usual."""
        return any(panel.usual for panel in self.panels)

    @property
    def called(self) -> bool:
        return any(lane.marks for lane in self.lanes)

    @property
    def severities(self) -> tuple[Severity, ...]:
        """Those of the incidents that are drawn, the worst first."""
        drawn = {strip.incident.severity for panel in self.panels for strip in panel.strips}
        return tuple(severity for severity in reversed(Severity) if severity in drawn)


def plot(report: Report) -> Plot:
    last = max([report.end, *(call.at for incident in report.incidents for call in incident.calls)])
    scale = Scale(report.begin, max(last, report.begin + SLOT))
    y = 0.0
    panels = []
    for talk in report.talk:
        panels.append(_panel(talk, report, scale, y + HEAD))
        y = panels[-1].bottom + GAP
    lanes = []
    for lane in (*_people(report, scale), *_layers(report, scale)):
        lanes.append(Lane(lane.title, y, lane.marks, tuple(Box(b.x, y + 4, b.width, LANE - 8) for b in lane.gaps)))
        y += LANE
    return Plot(tuple(panels), tuple(lanes), tuple(_ticks(scale, ZoneInfo(report.timezone))), y + AXIS)


@dataclass(frozen=True, slots=True)
class Scale:
    begin: datetime
    end: datetime

    def x(self, at: datetime) -> float:
        within = min(max((at - self.begin) / (self.end - self.begin), 0.0), 1.0)
        return round(LEFT + within * (WIDTH - LEFT - RIGHT), 1)

    def box(self, start: datetime, end: datetime, y: float, height: float) -> Box:
        left, right = self.x(start), self.x(end)
        return Box(left, round(y, 1), round(max(right - left, LEAST), 1), round(height, 1))


def _panel(talk: Talk, report: Report, scale: Scale, top: float) -> Panel:
    strips, rows = _strips(talk, report, scale, top)
    y = top + rows * ROW
    highest = max([1.0, *(slot.posts for slot in talk.slots), *(slot.usual or 0.0 for slot in talk.slots)])
    step = _nice(highest / 3)
    most = ceil(highest / step) * step

    def height(posts: float) -> float:
        return PANEL * posts / most

    bottom = y + PANEL
    bars = [
        Bar(
            other=scale.box(
                slot.start, slot.start + SLOT, bottom - height(slot.posts), height(slot.posts - slot.negative)
            ),
            negative=scale.box(slot.start, slot.start + SLOT, bottom - height(slot.negative), height(slot.negative)),
        )
        for slot in talk.slots
        if slot.posts
    ]
    usual = [
        f"{scale.x(slot.start + SLOT / 2)},{round(bottom - height(slot.usual), 1)}"
        for slot in talk.slots
        if slot.usual is not None
    ]
    levels = [Level(round(bottom - height(posts), 1), posts) for posts in range(0, int(most) + 1, step)]
    return Panel(talk.title, top, y, tuple(bars), " ".join(usual), strips, tuple(levels))


def _strips(talk: Talk, report: Report, scale: Scale, top: float) -> tuple[tuple[Strip, ...], int]:
    """The incidents of this community, each in the first row that is free there, and how many rows there are."""
    strips: list[Strip] = []
    ends: list[float] = []
    for number, incident in enumerate(report.incidents, 1):
        if talk.title not in (incident.community_title, *incident.parts):
            continue
        left = min(scale.x(incident.onset), WIDTH - RIGHT - LEAST_STRIP)
        alarm = scale.x(incident.first_alarm)
        width = round(max(min(alarm + MARK, WIDTH - RIGHT), scale.x(incident.last_alarm), left + LEAST_STRIP) - left, 1)
        row = next((row for row, end in enumerate(ends) if end + 2 <= left), len(ends))
        ends[row:] = [left + width, *ends[row + 1 :]]
        box = Box(round(left, 1), round(top + row * ROW, 1), width, STRIP)
        strips.append(Strip(box, alarm, number, incident))
    return tuple(strips), len(ends)


def _people(report: Report, scale: Scale) -> Iterator[Lane]:
    marks: dict[str, list[Mark]] = {}
    for number, incident in enumerate(report.incidents, 1):
        for call in incident.calls:
            if call.status in REACHED and call.name is not None:
                marks.setdefault(call.name, []).append(Mark(scale.x(call.at), number, call))
    for name, called in marks.items():
        yield Lane(name, 0.0, tuple(called))


def _layers(report: Report, scale: Scale) -> Iterator[Lane]:
    gaps: dict[str, list[Box]] = {}
    for gap in report.unmanned:
        gaps.setdefault(f"{gap.schedule}/{gap.layer}", []).append(scale.box(gap.start, gap.end, 0.0, LANE))
    for layer, boxes in gaps.items():
        yield Lane(layer, 0.0, gaps=tuple(boxes))


def _ticks(scale: Scale, zone: ZoneInfo) -> Iterator[Tick]:
    """Full hours (or their parts) by the wall clock of the zone."""
    span = scale.end - scale.begin
    distance = next((each for each in DISTANCES if span / each <= MOST_TICKS), DISTANCES[-1])
    day = scale.begin.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    at = day
    while at <= scale.end:
        if at >= scale.begin:
            local = at.astimezone(zone)
            yield Tick(scale.x(at), at, midnight=(local.hour, local.minute) == (0, 0))
        at += distance


def _nice(value: float) -> int:
    """1, 2, 5, 10, 20, 50 …: the next one that is not below."""
    power = 10 ** max(0, int(log10(max(value, 1))))
    return int(next(each * power for each in (1, 2, 5, 10) if each * power >= value))
