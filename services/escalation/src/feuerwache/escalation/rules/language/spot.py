"""Where a rule is written: the file it stands in, and the way to each of its parts, down to a character of a text.

A condition may run over several lines, folded (`>-`), kept (`|`), quoted or plain; YAML gives the joined text. Its
characters are found again in the file in their order, whatever blanks YAML took away between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml.scalarstring import FoldedScalarString, LiteralScalarString

from feuerwache.common.config.source import Document, Problem

#: As far as the next character of a value may lie behind the one before, blanks aside: an escape of YAML in between.
_NEAR = 12


@dataclass(frozen=True, slots=True)
class Spot:
    """The part of a document that `path` leads to."""

    document: Document
    path: tuple[str | int, ...]

    @property
    def file(self) -> str:
        return self.document.file

    def problem(self, way: tuple[str | int, ...], reason: str) -> Problem:
        """A problem at the part that `way` leads to from here."""
        return self.document.problem((*self.path, *way), reason)

    def within(self, key: str, offset: int, reason: str) -> Problem:
        """A problem at the character `offset` of the text that stands under `key`."""
        problem = self.problem((key,), reason)
        holder = self._node()
        value = holder[key]
        line, column = holder.lc.value(key)
        lines = Path(self.document.file).read_text().splitlines(keepends=True)
        start = sum(map(len, lines[:line])) + column
        if isinstance(value, FoldedScalarString | LiteralScalarString):
            start = sum(map(len, lines[: line + 1]))
        place = _found("".join(lines), start, str(value), offset)
        above = "".join(lines)[:place]
        return Problem(
            problem.file, above.count("\n") + 1, place - (above.rfind("\n") + 1) + 1, problem.field, problem.reason
        )

    def _node(self) -> Any:
        node = self.document.root
        for part in self.path:
            node = node[part]
        return node


def _found(written: str, start: int, value: str, offset: int) -> int:
    """Where the character `offset` of the value stands in what is written from `start`; the end is behind the last."""
    place, last = start, start
    for index, character in enumerate(value):
        if index >= offset and not character.isspace():
            return _next(written, place, character)
        if character.isspace():
            continue
        last = _next(written, place, character)
        place = last + 1
    return last + 1 if value.strip() else start


def _next(written: str, place: int, character: str) -> int:
    """Where the character comes next, near this place; the place itself where YAML writes it in another way."""
    seen = 0
    for index in range(place, len(written)):
        if written[index] == character:
            return index
        seen += not written[index].isspace()
        if seen > _NEAR:
            break
    return place
