"""What the classifier is told by its environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from feuerwache.common.settings import CommonSettings


class ClassifierSettings(CommonSettings):
    """`classifier_weights`: another weights file than the one that comes with the package.

    `classifier_reload_seconds`: how often the watchlists are looked at for changes, in real seconds.
    """

    classifier_weights: Path | None = None
    classifier_reload_seconds: float = Field(default=2.0, gt=0)
