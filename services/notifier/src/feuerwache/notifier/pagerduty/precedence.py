"""Which layer wins where several overlap: the first that is listed, unless PagerDuty's own entries say the last. Pure.

In the web app a lower layer ("Layer 2" over "Layer 1") takes precedence (https://support.pagerduty.com/docs/schedules).
`GET /schedules/{id}` lists them the other way round, the winner first (PagerDuty/public-support-scripts, pull request
60; PagerDuty's Terraform provider turns the list around), and a pull request there expects that to change
(PagerDuty/terraform-provider-pagerduty, 610). So the order is not taken on trust: where the answer has rendered
entries, the direction that agrees with them is the right one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from feuerwache.notifier.pagerduty.document import PagerDutySchedule
from feuerwache.notifier.pagerduty.translation import Translation, translate
from feuerwache.notifier.pagerduty.verification import differences
from feuerwache.notifier.schedule.model import Schedule

TURNED = "its layers are listed with the winning one last; taken so, because PagerDuty's own entries say so"


def translated(
    source: PagerDutySchedule, persons: Mapping[str, str], now: datetime, layer_id: str = "first"
) -> tuple[Translation, list[str]]:
    """The translation, and in words where PagerDuty's own entries differ from it (`differences`)."""
    done, wrong = _compared(source, persons, now, layer_id)
    if not wrong or len(source.schedule_layers) < 2:
        return done, wrong
    turned = source.model_copy(update={"schedule_layers": source.schedule_layers[::-1]})
    other, still = _compared(turned, persons, now, layer_id)
    if still:
        return done, wrong
    return replace(other, notes=(*other.notes, TURNED)), []


def _compared(
    source: PagerDutySchedule, persons: Mapping[str, str], now: datetime, layer_id: str
) -> tuple[Translation, list[str]]:
    done = translate(source, persons, now, layer_id)
    if done.schedule is None:
        return done, []
    return done, differences(source, Schedule.model_validate(done.schedule), persons)
