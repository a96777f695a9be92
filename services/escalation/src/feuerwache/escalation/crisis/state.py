"""Everything about one community that has to survive a restart and changes with every pulse: its hot row.

Written at most once a second, so it is short (below 2 kB) and every part of it is bounded, whatever comes: counts by
minute, people as bitmaps, a few words, posts, threads, texts and pairs. Rows of older versions are read as well.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.faust.fence import Fence
from feuerwache.escalation.crisis import coordinated_posting, feud, thread_on_fire
from feuerwache.escalation.crisis.complaints import Complaints
from feuerwache.escalation.crisis.episode import Episode
from feuerwache.escalation.crisis.habit import Heard
from feuerwache.escalation.crisis.packing import packed, unpacked
from feuerwache.escalation.crisis.quarters import OpenQuarters
from feuerwache.escalation.crisis.shown import Shown
from feuerwache.escalation.crisis.silence import Deliveries
from feuerwache.escalation.crisis.surge import Surge
from feuerwache.escalation.crisis.tracks import Tracks
from feuerwache.escalation.crisis.window import Window
from feuerwache.escalation.crisis.words import Words

#: Fires of one community that are told apart at a time; more than this are one fire anyway.
EPISODES_KEPT = 8
#: Of one kind; threads on fire are told in an alarm or two, and then it is the storm that burns.
EPISODES_OF_A_KIND = 2

#: An episode is known by what kind it is and what it is about.
Key = tuple[CrisisKind, str]


@dataclass(slots=True)
class State:
    """`window` None: no live talk yet."""

    fence: Fence = field(default_factory=Fence)
    window: Window | None = None
    open: OpenQuarters = field(default_factory=lambda: OpenQuarters(0))
    surge: Surge = field(default_factory=lambda: Surge(0))
    shown: Shown = field(default_factory=Shown)
    words: Words = field(default_factory=Words)
    heard: Heard = field(default_factory=Heard)
    threads: Tracks = field(default_factory=thread_on_fire.threads)
    copies: Tracks = field(default_factory=coordinated_posting.texts)
    quarrels: Tracks = field(default_factory=feud.pairs)
    complaints: Complaints = field(default_factory=Complaints)
    deliveries: Deliveries = field(default_factory=Deliveries)
    episodes: dict[Key, Episode] = field(default_factory=dict)

    def rewound(self) -> State:
        """What is left when its window turns out to lie in a future that a wrong clock made up."""
        return State(fence=self.fence)

    def to_row(self) -> bytes:
        stored: dict[str, Any] = {
            "f": sorted(self.fence.applied.items()),
            "s": self.words.to_row(),
            "h": self.heard.to_row(),
            "d": self.deliveries.to_row(),
        }
        if self.window is not None:
            stored |= {"w": self.window.to_row(), "o": self.open.to_row(), "x": self.shown.to_row()}
            stored["v"] = self.surge.to_row()
        for name, tracks in (("t", self.threads), ("c", self.copies), ("q", self.quarrels)):
            if tracks.by_name:
                stored[name] = tracks.to_row()
        if self.complaints:
            stored["u"] = self.complaints.to_row()
        if self.episodes:
            stored["e"] = [[kind.value, about, each.to_row()] for (kind, about), each in sorted(self.episodes.items())]
        return packed(stored)

    @classmethod
    def from_row(cls, row: bytes) -> State:
        """Raises one of `UNREADABLE` for a row that it cannot read."""
        stored = unpacked(row)
        state = cls(
            fence=Fence(dict(stored["f"])),
            words=Words.from_row(stored["s"]),
            heard=Heard(*stored["h"]),
            deliveries=Deliveries.from_row(stored["d"]),
        )
        if "w" in stored:
            state.window = Window.from_row(stored["w"])
            state.open = OpenQuarters.from_row(stored["o"])
            state.shown = Shown.from_row(stored["x"])
            state.surge = Surge.from_row(stored["v"]) if "v" in stored else Surge(state.window.newest)
        for name, tracks in (("t", state.threads), ("c", state.copies), ("q", state.quarrels)):
            tracks.load(stored.get(name, ()))
        if "u" in stored:
            state.complaints = Complaints.from_row(stored["u"])
        for kind, about, each in stored.get("e", ()):
            state.episodes[CrisisKind(kind), about] = Episode.from_row(each)
        return state


#: What `from_row` raises.
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, zlib.error)
