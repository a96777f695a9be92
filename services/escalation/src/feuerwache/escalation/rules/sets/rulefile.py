"""One file of rules: a list of them, or a mapping that includes other files first.

    include: [../common/safety.yaml]     # relative to this file, within the folder that holds the sets
    without: [self-harm]                 # of what is included, these are left out
    rules:
      - id: stricter-threat
        replaces: threat                 # stands where the included rule stood
    protects: [criticism]                # for the whole set: see `protection`

A file that several others include is read once; one that includes itself, by whatever way, is refused with that way.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from pydantic import Field, RootModel, model_validator
from ruamel.yaml.comments import CommentedMap

from feuerwache.common.config.source import ConfigError, ConfigModel, Document, Problem, read
from feuerwache.escalation.rules.language.expression.flaw import suggest
from feuerwache.escalation.rules.language.spot import Spot
from feuerwache.escalation.rules.sets.protection import Protected
from feuerwache.escalation.rules.sets.rule import Rule

SUFFIXES = (".yaml", ".yml")

Rules = tuple[Rule, ...]


class _Plain(RootModel[Annotated[Rules, Field(min_length=1)]]):
    """A list of rules."""


class _Including(ConfigModel):
    include: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    protects: tuple[Protected, ...] = ()
    rules: Rules = ()

    @model_validator(mode="after")
    def says_something(self) -> _Including:
        if self.without and not self.include:
            raise ValueError("`without` leaves out included rules, and there is no `include`")
        if not self.include and not self.rules and not self.protects:
            raise ValueError("holds neither `rules` nor an `include`")
        return self


@lru_cache(maxsize=512)
def _document(path: str, _content: bytes) -> Document:
    """The file, parsed anew only when it has changed: YAML takes longer than all checks of the rules together."""
    return read(Path(path))


@dataclass(frozen=True, slots=True)
class Placed:
    """A rule, where it is written, and whether it came by an include."""

    rule: Rule
    spot: Spot
    included: bool


@dataclass(slots=True)
class Reading:
    """Reads the files of one set; `root` is the folder that included files must lie in. Collects all problems."""

    root: Path
    problems: list[Problem] = field(default_factory=list)
    #: What the set protects, and the file that says so.
    protects: dict[Protected, str] = field(default_factory=dict)
    _digests: dict[str, str] = field(default_factory=dict)
    _read: set[Path] = field(default_factory=set)

    @property
    def version(self) -> str:
        """Content hash of all files that were read (names and contents): 16 hex digits."""
        told = "\n".join(f"{name} {digest}" for name, digest in sorted(self._digests.items()))
        return sha256(told.encode()).hexdigest()[:16]

    def file(self, path: Path) -> list[Placed]:
        """The rules of the file, what it includes first; each file gives its rules once."""
        return self._file(path, (path.resolve(),), included=False)

    def _file(self, path: Path, way: tuple[Path, ...], *, included: bool) -> list[Placed]:
        if path.resolve() in self._read:
            return []
        self._read.add(path.resolve())
        try:
            document = _document(str(path), path.read_bytes() if path.is_file() else b"")
            self._digests[self._short(path.resolve())] = document.digest
            if not isinstance(document.root, CommentedMap):
                header = _Including.model_construct(rules=document.parse(_Plain).root)
                prefix: tuple[str, ...] = ()
            else:
                header = document.parse(_Including)
                prefix = ("rules",)
        except ConfigError as error:
            self.problems += error.problems
            return []
        for protected in header.protects:
            self.protects.setdefault(protected, path.name)
        here = Spot(document, ())
        placed = list(self._included(path, way, here, header))
        own = [Placed(rule, Spot(document, (*prefix, index)), included) for index, rule in enumerate(header.rules)]
        return placed + own

    def _included(self, path: Path, way: tuple[Path, ...], here: Spot, header: _Including) -> Iterator[Placed]:
        found: list[Placed] = []
        whole = True
        for number, name in enumerate(header.include):
            target = Path(os.path.normpath(path.parent / name))
            refused = self._refused(target, way)
            if refused is not None:
                self.problems.append(here.problem(("include", number), refused))
                whole = False
                continue
            found += self._file(target, (*way, target.resolve()), included=True)
        known = {each.rule.id for each in found}
        for number, rule_id in enumerate(header.without):
            if whole and rule_id not in known:
                reason = f"no rule {rule_id!r} is included{suggest(rule_id, known)}"
                self.problems.append(here.problem(("without", number), reason))
        yield from (each for each in found if each.rule.id not in header.without)

    def _refused(self, target: Path, way: tuple[Path, ...]) -> str | None:
        """Why this file cannot be included, None when it can."""
        resolved = target.resolve()
        if resolved in way:
            chain = (*way[way.index(resolved) :], resolved)
            return f"includes itself: {' → '.join(self._short(each) for each in chain)}"
        if not resolved.is_relative_to(self.root.resolve()):
            return f"lies outside of {self.root}; included files stand below it, so that changes are noticed"
        if target.suffix not in SUFFIXES:
            return "is no YAML file (*.yaml)"
        return (
            None
            if target.is_file()
            else f"there is no file {self._short(resolved)!r}{self._near(target, way[-1].parent)}"
        )

    def _short(self, path: Path) -> str:
        return str(path.relative_to(self.root.resolve()))

    def _near(self, target: Path, including: Path) -> str:
        """The file that may be meant: of the same name in another folder, or of a similar name in that one."""
        elsewhere = sorted(self.root.rglob(target.name)) if target.name else []
        if elsewhere:
            return f"; did you mean {os.path.relpath(elsewhere[0].resolve(), including)!r}?"
        beside = {each.name for each in target.parent.glob("*.y*ml")} if target.parent.is_dir() else set()
        return suggest(target.name, beside)
