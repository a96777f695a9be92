"""One finding out of those of several windows.

The ordinary window of a quarter of an hour speaks for the fire: its count is what "twice as much" is measured by and
its calm ends the episode. A quicker or a slower window speaks where the ordinary one does not alarm and it does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from feuerwache.escalation.crisis.finding import Finding
from feuerwache.escalation.crisis.scene import WINDOWS


def strongest(judged: Callable[[int], Finding], windows: Sequence[int] = WINDOWS) -> tuple[int, Finding]:
    """The window that speaks, in minutes, and its finding, with the measure and the calm of the ordinary one.

    `windows` in minutes; the first one is the ordinary one.
    """
    ordinary = judged(windows[0])
    if ordinary.alarming:
        return windows[0], ordinary
    for minutes in windows[1:]:
        finding = judged(minutes)
        if finding.alarming:
            return minutes, replace(finding, measure=max(1, ordinary.measure), quiet=False)
    return windows[0], ordinary
