"""What a detector says about a window, and how sure it must be before it says alarm.

The one knob is what a person can judge: how many false alarms per quiet week a community may cost. It becomes the
probability with which an ordinary window may look like this. A week has 672 windows of 15 minutes; looked at every
minute, they count as about three times as many independent ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

WINDOWS_PER_WEEK = 672
INDEPENDENT_LOOKS = 3.0


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """`false_alarms_per_week`: per detector and community, in weeks in which nothing happens.

    It is one part of what all of them may cost; a detector that takes more of it asks for so many `parts`.
    """

    false_alarms_per_week: float = 0.2
    least_posts: int = 20
    least_negative: int = 8
    #: So many times the usual at least, however sure it is: a reliable 20 % more is no fire.
    least_factor: float = 1.5

    def threshold(self, windows_per_week: float = WINDOWS_PER_WEEK * INDEPENDENT_LOOKS, parts: float = 1.0) -> float:
        """The surprise, in nats, from which on it is an alarm."""
        return log(windows_per_week / (parts * self.false_alarms_per_week))


@dataclass(frozen=True, slots=True)
class Finding:
    """`measure` is what is counted (posts, negatives), `factor` how many times the usual it is.

    `alarming` says that the window is one; `quiet` that the fire, if there was one, is out.
    """

    measure: int
    factor: float
    surprise: float
    alarming: bool
    quiet: bool


NOTHING = Finding(0, 0.0, 0.0, alarming=False, quiet=True)
#: Below this part of the threshold a window counts as quiet again.
QUIET_PART = 1 / 3
