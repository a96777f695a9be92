"""All scenarios by name, and which seeds are for what.

Seeds below 1,000 are for looking and tuning. Those from 10,000 on judge, each range of them once: after somebody has
looked at the stories of a seed and changed a detector, that seed is used up.
"""

from __future__ import annotations

from feuerwache.escalation.crisis.scenarios.calm import CALM_ONES, LAUNCH_GONE_WRONG
from feuerwache.escalation.crisis.scenarios.further import FURTHER
from feuerwache.escalation.crisis.scenarios.storms import STORMS
from feuerwache.escalation.crisis.scenarios.story import Scenario

TUNING_SEEDS = range(1, 1_000)
FIRST_JUDGING_SEED = 10_000

SCENARIOS: tuple[Scenario, ...] = (
    *(storm.scenario for storm in STORMS),
    LAUNCH_GONE_WRONG,
    *CALM_ONES,
    *FURTHER,
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
