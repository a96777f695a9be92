"""Files of posts: CSV and JSON lines, as exports and archives come. Nothing in a cell is evaluated.

CSV as RFC 4180 has it (https://www.rfc-editor.org/rfc/rfc4180.html): a header line, quotes doubled within quotes, line
breaks within quotes. JSON lines (https://jsonlines.org): one object a line, in the form of `POST /v1/events` or made
into it by rules. What is imported lies in the past (`historic`): it feeds baselines and never acts or pages.

Every item is given with the line on which it begins, counted from 1, so that an error can be found and an import can go
on where it stopped.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from feuerwache.ingest.adapters.adapter import AdapterKind, Skipped, SkipReason
from feuerwache.ingest.adapters.expression import bounded, context_of
from feuerwache.ingest.adapters.mapping import TARGETS, Rule, Rules, Target, nested, number_edit
from feuerwache.ingest.adapters.profile import Feature, Profile
from feuerwache.ingest.adapters.settings import AdapterSettings
from feuerwache.ingest.envelope import Unreadable, parse
from feuerwache.ingest.item import Item
from feuerwache.ingest.problem import SHORT, Problem
from feuerwache.ingest.submission import KINDS

#: Of a field and of a line: more than any post has, and a quote that is never closed ends there.
LONGEST_LINE = 256_000
MOST_COLUMNS = 200
_FIELDS = ("kind", *dict.fromkeys(name for targets in TARGETS.values() for name in targets))
_NUMBERS = frozenset({"author.followers", "reach", "revision"})
_LISTS = frozenset({"links", "media_alt"})
_TIMES = frozenset(name for name in _FIELDS if name.endswith("_at"))
_SWITCHES: Mapping[str, bool] = {"true": True, "false": False, "1": True, "0": False}


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name!r}; write it as Europe/Berlin") from error
    return name


class TableSettings(AdapterSettings):
    """`columns` names the column that holds a field (`author.id: Benutzer`); without it, the header line holds the
    fields' own names. `place` is the column that says where a post comes from (see `places`), `timezone` the zone of
    times without one. `separator` divides what is in one cell for `links` and `media_alt`. `rules`: JSON lines only.
    """

    format: Literal["csv", "jsonl"] = "csv"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    columns: Annotated[dict[Literal["kind"] | Target, str], Field(max_length=60)] = {}
    place: str | None = None
    timezone: Annotated[str, AfterValidator(_zone)] | None = None
    separator: Annotated[str, Field(min_length=1, max_length=3)] = "|"
    rules: Annotated[tuple[Rule, ...], Field(max_length=16)] = ()
    historic: bool = True

    @model_validator(mode="after")
    def of_one_format(self) -> TableSettings:
        if self.format == "csv" and self.rules:
            raise ValueError("`rules` are for JSON lines; CSV has `columns`")
        if self.format == "jsonl" and (self.columns or self.timezone or self.place):
            raise ValueError("`columns`, `timezone` and `place` are for CSV; JSON lines have `rules`")
        return self


class TableAdapter:
    """The adapter of one file."""

    def __init__(self, settings: TableSettings) -> None:
        self._settings = settings
        self._rules = Rules(settings.rules) if settings.rules else None

    def lines(self, text: Iterable[str]) -> Iterator[tuple[int, Item | Skipped]]:
        """What each line is, with its number; `text` are the lines with their ends. Raises `Unreadable` where the rest
        of the file cannot be understood; what came before is right."""
        bare = _without_mark(text)
        found = self._csv(bare) if self._settings.format == "csv" else self._jsonl(bare)
        for number, item in found:
            yield number, self._historic(item)

    def _historic(self, item: Item | Skipped) -> Item | Skipped:
        if self._settings.historic and isinstance(item, Item) and isinstance(item.data, dict):
            item.data.setdefault("historic", True)
        return item

    def _jsonl(self, text: Iterable[str]) -> Iterator[tuple[int, Item | Skipped]]:
        for number, line in enumerate(text, 1):
            if line.strip():
                yield number, self._object(line)

    def _object(self, line: str) -> Item | Skipped:
        try:
            found = bounded(parse(line.encode("utf-8", "surrogatepass")))
            if self._rules is not None:
                return self._rules.read(context_of(item=found, envelope={}, headers={}, query={}))
        except Unreadable as error:
            return Item({}, problems=(Problem("not_json", "", f"is not read: {error}", "send one JSON object a line"),))
        return Item(found)

    def _csv(self, text: Iterable[str]) -> Iterator[tuple[int, Item | Skipped]]:
        csv.field_size_limit(LONGEST_LINE)  # the module has one for all; nobody else here reads CSV
        rows = csv.reader(text, delimiter=self._settings.delimiter, strict=True)
        header: list[tuple[str, int]] | None = None
        width = begins = 0
        while True:
            begins = rows.line_num + 1
            try:
                row = next(rows, None)
            except csv.Error as error:
                raise Unreadable(400, "Not CSV", f"line {begins}: {error}; is a quote not closed?") from error
            if row is None:
                return
            if not row:
                continue
            if header is None:
                header, width = self._header(row), len(row)
            elif len(row) != width:
                reason = f"has {len(row)} cells, and the header line has {width}"
                fix = "put cells that hold the delimiter or a line break in quotes"
                yield begins, Item({}, problems=(Problem("wrong_value", "", reason, fix),))
            else:
                yield begins, self._row(header, row)

    def _header(self, row: list[str]) -> list[tuple[str, int]]:
        """Field → its column. Raises `Unreadable`."""
        names = [cell.strip() for cell in row]
        if len(names) > MOST_COLUMNS:
            raise Unreadable(400, "Not CSV", f"line 1: has more than {MOST_COLUMNS} columns")
        twice = next((name for name in names if name and names.count(name) > 1), None)
        if twice is not None:
            raise Unreadable(400, "Not CSV", f"line 1: the column {twice[:SHORT]!r} stands there twice")
        place = {"": self._settings.place} if self._settings.place is not None else {}
        wanted = {**self._settings.columns, **place}
        if self._settings.columns:
            missing = next((column for column in wanted.values() if column not in names), None)
            if missing is not None:
                raise Unreadable(400, "Not CSV", f"line 1: there is no column {missing!r}{_near(missing, names)}")
            return [(field, names.index(column)) for field, column in wanted.items()]
        unknown = next((name for name in names if name not in _FIELDS and name != self._settings.place), None)
        if unknown is not None:
            hint = _near(unknown, list(_FIELDS)) or "; say in `columns` which column holds which field"
            raise Unreadable(400, "Not CSV", f"line 1: {unknown[:SHORT]!r} is no field{hint}")
        return [("" if name == self._settings.place else name, at) for at, name in enumerate(names)]

    def _row(self, header: list[tuple[str, int]], row: list[str]) -> Item | Skipped:
        cells = {field: row[at] for field, at in header if row[at].strip()}
        place = cells.pop("", "").strip() or None
        if place is not None and not self._settings.knows(place):
            return Skipped(SkipReason.FOREIGN_PLACE)
        kind = cells.pop("kind", "post")
        # One table holds all kinds: a column that a kind does not have is empty there, or told as an unknown field.
        data = nested({field: self._value(field, cell) for field, cell in cells.items()})
        community = self._settings.community(place) if place is not None else None
        if community is not None:
            data.setdefault("community", community)
        if kind == "post" and "revision" not in data:
            number_edit(data)
        return Item({"kind": kind, **data}, kind if kind in KINDS else None)

    def _value(self, field: str, cell: str) -> Any:
        if field in _NUMBERS and cell.strip().isascii() and cell.strip().isdecimal() and len(cell) < SHORT:
            return int(cell)
        if field in _LISTS:
            return [part.strip() for part in cell.split(self._settings.separator) if part.strip()]
        if field == "historic":
            return _SWITCHES.get(cell.strip().lower(), cell)
        if field in _TIMES and self._settings.timezone is not None:
            return _in_zone(cell.strip(), ZoneInfo(self._settings.timezone))
        return cell if field == "text" else cell.strip()


def _in_zone(cell: str, zone: ZoneInfo) -> str:
    """The time with its zone; what is no time stays as it is, and the examination says so."""
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        return cell
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).isoformat()


def _without_mark(text: Iterable[str]) -> Iterator[str]:
    """Without the mark that some programs put before the first letter of UTF-8."""
    for at, line in enumerate(text):
        yield line.removeprefix("\ufeff") if at == 0 else line


def _near(name: str, names: list[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f"; did you mean {close[0][:SHORT]!r}?" if close else ""


TABLE = AdapterKind(
    Profile(
        name="table",
        title="CSV and JSON lines",
        way="file",
        docs=("https://www.rfc-editor.org/rfc/rfc4180.html", "https://jsonlines.org"),
        features={
            Feature.CREATE: "",
            Feature.EDIT: "",
            Feature.DELETE: "",
            Feature.REPORT: "",
            Feature.MODERATE: "",
            Feature.REPLY: "",
            Feature.MEDIA: "alternative texts and links",
            Feature.REACH: "",
        },
        missing={Feature.SIGNATURE: "a file is sent with the token of its integration"},
    ),
    TableSettings,
    TableAdapter,
)
