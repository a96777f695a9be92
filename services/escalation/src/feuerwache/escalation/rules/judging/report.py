"""What users' reports of one post weigh together: by reason, by who reports, and each circle of reporters once. Pure.

`config/reports.yaml` gives the weights. Reports by one person count once, with their weightiest reason; so do reports
by people who go about it together (`reporter.Reporters.together`). Somebody whose reports humans kept refusing weighs
less. Reports that name nobody cannot be told apart: each counts as somebody's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from feuerwache.common.config.source import ConfigModel, load
from feuerwache.common.events.author import JournalEntry
from feuerwache.escalation.rules.community.reporter import Reporters

#: Reports of one post that are weighed, the newest: beyond them nothing changes, and the work stays bounded.
MAX_WEIGHED = 200
#: People of a circle a newcomer is compared with: whoever goes together with one of them belongs to it.
MAX_COMPARED = 5
#: The reason of a report that gives none we know.
OTHER = "other"

Weight = Annotated[float, Field(ge=0, le=100)]
_NOT_A_WORD = re.compile(r"[\W_]+")


class ReportReason(ConfigModel):
    """`said` lists what platforms call it; case and punctuation do not matter."""

    weight: Weight
    said: tuple[str, ...] = ()


class ReportTable(ConfigModel):
    """`config/reports.yaml`: reason → weight. `other` is what every other reason weighs."""

    reasons: dict[Annotated[str, Field(pattern=r"^[a-z]+(_[a-z]+)*$")], ReportReason] = {}
    other: Weight = 1.0

    @model_validator(mode="after")
    def each_name_means_one_reason(self) -> ReportTable:
        seen: dict[str, str] = {}
        for reason, entry in self.reasons.items():
            for name in (reason, *entry.said):
                if seen.setdefault(_plain(name), reason) != reason:
                    raise ValueError(f"{name!r} is both {seen[_plain(name)]!r} and {reason!r}")
        return self

    @cached_property
    def _names(self) -> dict[str, str]:
        return {_plain(name): reason for reason, entry in self.reasons.items() for name in (reason, *entry.said)}

    def reason(self, said: str) -> str:
        """The table's name for it; what users wrote in their own words is `other`, and goes no further."""
        return self._names.get(_plain(said), OTHER)

    def weight(self, reason: str) -> float:
        entry = self.reasons.get(reason)
        return self.other if entry is None else entry.weight


def load_reports(config_dir: Path) -> ReportTable:
    """The table; without the file every report weighs 1. Raises `ConfigError`."""
    path = config_dir / "reports.yaml"
    return load(path, ReportTable) if path.exists() else ReportTable()


@dataclass(frozen=True, slots=True)
class Weighed:
    """`voices` is what each circle weighs, in the order in which they were first heard. `merged`: the last report
    belonged to a circle that had been heard already."""

    reports: int
    reporters: int
    voices: tuple[float, ...]
    reasons: Mapping[str, int]
    merged: bool

    @property
    def weight(self) -> float:
        return round(sum(self.voices), 4)

    def evidence(self, threshold: float) -> dict[str, Any]:
        """As the decision records it: enough to come to the same end, and nobody's name."""
        return {
            "reports": self.reports,
            "reporters": self.reporters,
            "voices": list(self.voices),
            "weight": self.weight,
            "threshold": threshold,
            "reasons": dict(self.reasons),
        }


@dataclass(slots=True)
class _Circle:
    members: list[str]
    weight: float


def weigh(reports: Sequence[JournalEntry], table: ReportTable, reporters: Reporters, post: str) -> Weighed:
    """`reports` are the entries of one post, oldest first; `post` is its pseudonym."""
    circles: list[_Circle] = []
    of: dict[str, _Circle] = {}
    merged = False
    weighed = reports[-MAX_WEIGHED:]
    for entry in weighed:
        credit = reporters.credit(entry.reporter, post) if entry.reporter else 1.0
        weight = round(table.weight(entry.reason) * credit, 4)
        circle = of.get(entry.reporter) if entry.reporter else None
        if circle is None and entry.reporter:
            circle = next((each for each in circles if _belongs(entry.reporter, each, reporters, post)), None)
        merged = circle is not None
        if circle is None:
            circle = _Circle([], 0.0)
            circles.append(circle)
        circle.weight = max(circle.weight, weight)
        if entry.reporter and entry.reporter not in of:
            of[entry.reporter] = circle
            circle.members.append(entry.reporter)
    return Weighed(
        reports=len(reports),
        reporters=len(of) + sum(not entry.reporter for entry in weighed),
        voices=tuple(circle.weight for circle in circles),
        reasons=dict(sorted(Counter(entry.reason or OTHER for entry in weighed).items())),
        merged=merged,
    )


def _belongs(reporter: str, circle: _Circle, reporters: Reporters, post: str) -> bool:
    return any(reporters.together(reporter, member, post) for member in circle.members[:MAX_COMPARED])


def _plain(said: str) -> str:
    return _NOT_A_WORD.sub(" ", said.casefold()).strip()
