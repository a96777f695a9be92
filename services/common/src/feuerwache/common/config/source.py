"""Reads a YAML file into a pydantic model; every error says file, line, column, field and reason.

JSON is YAML. A file that is plain JSON, as a program writes one for ten thousand communities, is read by the JSON
parser, which is some hundred times as fast; where its values stand is looked up once there is something to tell.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.constructor import ConstructorError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import Node

from feuerwache.common.config.plainyaml import in_plain_words
from feuerwache.common.errors import FeuerwacheError

#: Far more than any configuration needs; a list that contains itself never ends.
MAX_DEPTH = 50
TOO_DEEP = "is nested too deeply, or contains itself"


class ConfigModel(BaseModel):
    """A frozen piece of configuration. An unknown field is an error: it is nearly always a typing mistake. Errors do
    not show what was given: it may be a secret."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong with a configuration file. `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    field: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{place}: {self.field}: {self.reason}" if self.field else f"{place}: {self.reason}"


class ConfigError(FeuerwacheError):
    """A configuration that must not be used, with everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


M = TypeVar("M", bound=BaseModel)


class Document:
    """A parsed YAML file that still knows where each value stood. `root`, or what gives it when it is asked for; then
    `values` are the same in plain types.
    """

    def __init__(self, file: str, root: Any | Callable[[], Any], digest: str, values: Any = None) -> None:
        self.file = file
        self.digest = digest
        self._root = root
        self._values = values

    @cached_property
    def root(self) -> Any:
        return self._root() if callable(self._root) else self._root

    def problem(self, path: tuple[str | int, ...], reason: str) -> Problem:
        """A `Problem` at the place of the value that `path` leads to, or at its nearest parent that exists."""
        line, column = self.place(path)
        return Problem(self.file, line, column, ".".join(str(part) for part in path), reason)

    def place(self, path: tuple[str | int, ...]) -> tuple[int, int]:
        """Line and column, from 1, of the value (a sequence item, a mapping's key) that `path` leads to."""
        node, place = self.root, (1, 1)
        for part in path:
            if isinstance(node, CommentedMap) and part in node:
                line, column = node.lc.key(part)
            elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
                line, column = node.lc.item(part)
            else:
                break
            place = (line + 1, column + 1)
            node = node[part]
        return place

    def parse(self, model: type[M]) -> M:
        """The document as `model`; raises `ConfigError` with every problem in it."""
        try:
            return model.model_validate(plain(self.root) if self._values is None else self._values)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False)
            places = [item["loc"] for item in found]
            raise ConfigError(
                [
                    self.problem(tuple(item["loc"]), item["msg"] + self._hint(model, item))
                    for item in found
                    if not (item["type"] == "too_short" and _holds_another(item["loc"], places))
                ]
            ) from error

    def _hint(self, model: type[BaseModel], item: ErrorDetails) -> str:
        """What was meant: the field with a similar name, or a text that YAML took for a tag of its own."""
        if item["type"] == "extra_forbidden":
            *way, last = item["loc"]
            close = get_close_matches(str(last), _fields(model, tuple(way)), n=1)
            return f"; did you mean {close[0]!r}?" if close else ""
        node = self.root
        for part in item["loc"]:
            node = node[part] if isinstance(node, CommentedMap | CommentedSeq) and _holds(node, part) else None
        if isinstance(node, TaggedScalar):
            return "; YAML takes a text that begins with ! for its own; put it in quotes, or below `>-`"
        return ""


def _holds(node: CommentedMap | CommentedSeq, part: str | int) -> bool:
    return part in node if isinstance(node, CommentedMap) else isinstance(part, int) and part < len(node)


def _fields(model: type[BaseModel], way: tuple[str | int, ...]) -> list[str]:
    """The fields of the model that stands at the end of this way; none where that cannot be told."""
    types: list[Any] = [model]
    for part in way:
        inner = [each for type_ in types for each in _models(type_)]
        types = [each.model_fields[part].annotation for each in inner if part in each.model_fields] or inner
    return [name for type_ in types for each in _models(type_) for name in each.model_fields if name != "root"]


def _models(type_: Any) -> list[type[BaseModel]]:
    """The models within a type: in tuples, in unions, as the root of another."""
    if isinstance(type_, type) and issubclass(type_, BaseModel):
        return _models(type_.model_fields["root"].annotation) if issubclass(type_, RootModel) else [type_]
    return [model for each in get_args(type_) for model in _models(each)]


def _holds_another(place: tuple[int | str, ...], places: list[tuple[int | str, ...]]) -> bool:
    """A list is also called too short when what is in it is wrong; the mistake itself is told already."""
    return any(len(other) > len(place) and other[: len(place)] == place for other in places)


class _Constructor(RoundTripConstructor):
    """Tells of a value that looks like a date or a number and is none at its place; ruamel lets Python's error out."""

    def construct_non_recursive_object(self, node: Node, tag: str | None = None) -> Any:
        try:
            return super().construct_non_recursive_object(node, tag)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise ConstructorError(None, None, f"is no value of its kind: {error}", node.start_mark) from error


def read(path: Path) -> Document:
    """Reads one YAML file; raises `ConfigError` when it is missing, not YAML or nested without end."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError([Problem(str(path), 1, 1, "", f"cannot be read: {error.strerror}")]) from error
    digest, values = sha256(raw).hexdigest(), _json(raw)
    if values is not None:
        return Document(str(path), lambda: _marked(path, raw), digest, values)
    return Document(str(path), _marked(path, raw), digest)


def _json(raw: bytes) -> Any | None:
    """The values of a plain JSON object; None for everything that YAML might understand in another way, or refuse."""
    if not raw.startswith(b"{") or b"\t" in raw:
        return None
    try:
        values = json.loads(raw.decode(), object_pairs_hook=_each_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    return None if _deeper(values, MAX_DEPTH) else values


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _deeper(node: Any, left: int) -> bool:
    if not isinstance(node, dict | list):
        return False
    return left < 0 or any(_deeper(child, left - 1) for child in (node.values() if isinstance(node, dict) else node))


def _marked(path: Path, raw: bytes) -> Any:
    """The root with the place of each value; raises `ConfigError`."""
    try:
        yaml = YAML(typ="rt", pure=True)
        yaml.Constructor = _Constructor
        root = yaml.load(raw.decode())
    except UnicodeDecodeError as error:
        raise ConfigError([Problem(str(path), 1, 1, "", f"is not UTF-8: {error.reason}")]) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise ConfigError([Problem(str(path), line, column, "", in_plain_words(str(error.problem)))]) from error
    except YAMLError as error:
        raise ConfigError([Problem(str(path), 1, 1, "", str(error))]) from error
    except RecursionError as error:
        raise ConfigError([Problem(str(path), 1, 1, "", TOO_DEEP)]) from error
    if (place := _too_deep(root)) is not None:
        raise ConfigError([Problem(str(path), *place, "", TOO_DEEP)])
    return root


def load(path: Path, model: type[M]) -> M:
    """Reads and checks one file; raises `ConfigError`."""
    return read(path).parse(model)


def _too_deep(node: Any, depth: int = 0) -> tuple[int, int] | None:
    """Line and column of the first list or mapping that lies more than `MAX_DEPTH` deep."""
    if not isinstance(node, CommentedMap | CommentedSeq):
        return None
    if depth > MAX_DEPTH:
        return node.lc.line + 1, node.lc.col + 1
    children = node.values() if isinstance(node, CommentedMap) else node
    return next((place for child in children if (place := _too_deep(child, depth + 1)) is not None), None)


def plain(node: Any) -> Any:
    """The same value without ruamel's round-trip types."""
    if isinstance(node, Mapping):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(item) for item in node]
    if isinstance(node, str):
        return str(node)
    if isinstance(node, int) and not isinstance(node, bool):
        return int(node)
    if isinstance(node, float):
        return float(node)
    return node


def directory_hash(root: Path) -> str:
    """Content hash of a configuration directory (file names and contents): 16 hex digits that go into decisions."""
    digest = sha256()
    for path in sorted(root.rglob("*.y*ml")):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(b"\0")
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
