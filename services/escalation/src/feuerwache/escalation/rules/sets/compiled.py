"""Rules that are ready to run, and the set of them that a community names."""

from __future__ import annotations

from dataclasses import dataclass

from feuerwache.escalation.rules.language.condition import Condition
from feuerwache.escalation.rules.language.spot import Spot
from feuerwache.escalation.rules.sets.rule import Rule


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its condition ready to run; `spot` says where it stands."""

    rule: Rule
    condition: Condition
    spot: Spot

    @property
    def file(self) -> str:
        return self.spot.file


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules of a folder: file after file by their names, included rules before those of the file.

    `version` is the content hash of all files of the set with what they include: 16 hex digits. `protects` names what
    no rule of it restricts or escalates (`protection.Protected`).
    """

    name: str
    rules: tuple[CompiledRule, ...]
    version: str = ""
    protects: frozenset[str] = frozenset()
