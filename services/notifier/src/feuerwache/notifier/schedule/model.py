"""`config/schedules.yaml`: who is on call when, by the wall clock of a named zone.

A schedule has layers (`first`, `deputy`, `head`), a layer has shifts, a shift has people who take turns. Shifts are
looked at from top to bottom and the first one that covers an instant has it: put the weekend above the week.

    - id: first
      shifts:
        - id: weekend
          begins: [friday]
          from: "18:00"
          ends: monday
          to: "08:00"
          rotate: weekly
          since: 2026-11-02
          people: [anna.bergmann, murat.oezdemir]

The shapes stand in `plan.py`; everything they can say is taught in docs/on-call/schedules.md.
"""

from __future__ import annotations

from pathlib import Path

from feuerwache.common.config.people import People
from feuerwache.common.config.source import ConfigError, read
from feuerwache.notifier.schedule.faults import faults
from feuerwache.notifier.schedule.plan import Layer, Rotate, Schedule, Schedules, Shift


def load_schedules(config_dir: Path, people: People) -> Schedules:
    """Reads `schedules.yaml`; raises `ConfigError` for all that is wrong in it, held against `people` and itself."""
    document = read(config_dir / "schedules.yaml")
    schedules = document.parse(Schedules)
    problems = list(faults(document, schedules, people))
    if problems:
        raise ConfigError(problems)
    return schedules.bound(people)


__all__ = ["Layer", "Rotate", "Schedule", "Schedules", "Shift", "load_schedules"]
