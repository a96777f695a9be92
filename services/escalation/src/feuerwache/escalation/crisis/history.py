"""A quarter hour that has become history."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quarter:
    """One known quarter hour, `index` counted from 1970."""

    index: int
    posts: int
    negative: int
    reports: int = 0
