"""Process settings of the rules stage, from the environment. Read in `bootstrap.py` alone."""

from __future__ import annotations

from pydantic import Field, SecretStr

from feuerwache.common.settings import CommonSettings


class RulesSettings(CommonSettings):
    """`rules_report_threshold` reports put a post on review; `rules_label_threshold` (0..1) is where a label counts.

    `rules_generation` is raised by one when the input topics are created anew: their offsets begin again at 0, and
    what the journals know of the former ones stays below. `pulse_secret` keys the authors' hashes in the pulses; all
    instances share it. `rules_batch` bounds the records of one transaction. A rule that has failed
    `rules_failures` times, or takes longer than `rules_cost_us` microseconds a post on average, is not asked for
    `rules_pause_seconds`.
    """

    rules_report_threshold: int = Field(default=3, ge=1)
    rules_label_threshold: float = Field(default=0.5, gt=0, le=1)
    rules_generation: int = Field(default=0, ge=0)
    rules_batch: int = Field(default=500, ge=1, le=5000)
    rules_failures: int = Field(default=50, ge=1)
    rules_cost_us: float = Field(default=1000.0, gt=0)
    rules_pause_seconds: float = Field(default=300.0, ge=0)
    pulse_secret: SecretStr = SecretStr("")
