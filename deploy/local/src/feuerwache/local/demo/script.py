"""What the demo sends to ingest, when: the written night, or somebody's own posts spread over a span.

An own file is tab-separated with a header line and a `text` column, or it is JSON lines with `text`. In the former
quotes are ordinary characters, and a tab, a line break, a backslash are written `\\t`, `\\n`, `\\\\`. `id`, `author`
and `created_at` are used where they are there. With times on every line the posts keep their order and their distances,
scaled to the span; without, they are spread over it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from feuerwache.common.errors import FeuerwacheError
from feuerwache.local.night import Kind, NightPost, saturday_night

OWN_COMMUNITY = "morgenrot-facebook"
#: Own posts without authors come from this many people, taking turns.
OWN_AUTHORS = 400
#: What stands for what inside a tab-separated field. Writers that escape do so with quotes too.
ESCAPES = {"t": "\t", "n": "\n", "\\": "\\", '"': '"'}
ESCAPED = re.compile(r'\\([tn\\"])')


class BadInput(FeuerwacheError):  # noqa: N818 - reads as what it is
    """The file cannot be played. The message says which line and why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One item for `POST /v1/events` by `integration`, to be sent when the clock shows `at` (UTC)."""

    at: datetime
    integration: str
    body: Mapping[str, Any]

    @property
    def is_post(self) -> bool:
        return bool(self.body["kind"] == "post")


def written_night() -> list[Line]:
    """The Saturday night. An integration is called like its community here."""
    return [Line(post.at.astimezone(UTC), post.community, _body(post)) for post in saturday_night()]


def _body(post: NightPost) -> dict[str, Any]:
    at = post.at.isoformat()
    about = {"post_id": post.post_id}
    match post.kind:
        case Kind.DELETED:
            return {"kind": "deleted", **about, "deleted_at": at}
        case Kind.REPORTED:
            report = f"{post.post_id}-{post.reporter_id}-{int(post.at.timestamp())}"
            more = {"reporter_id": post.reporter_id, "reason": post.reason}
            return {"kind": "reported", **about, **more, "report_id": report, "reported_at": at}
        case _:
            edited = {"edited_at": at} if post.revision else {}
            optional = {"parent_id": post.parent_id, "thread_id": post.thread_id, "reach": post.reach}
            return {
                "kind": "post",
                **about,
                "author": {
                    "id": post.writer.id,
                    "handle": post.writer.handle,
                    "display_name": post.writer.name,
                    "created_at": post.writer.created_at.isoformat(),
                    "followers": post.writer.followers,
                },
                "text": post.text,
                "created_at": at,
                "revision": post.revision,
                **edited,
                **{name: value for name, value in optional.items() if value is not None},
            }


def own_posts(path: Path, begin: datetime, span: timedelta) -> list[Line]:
    """The posts of a file between `begin` and `begin + span`. Raises `BadInput`."""
    rows = list(_rows(path))
    if not rows:
        raise BadInput(f"{path} holds no posts")
    offsets = list(_offsets(rows, span))
    lines = [_own(number, row, begin + offset) for number, (row, offset) in enumerate(zip(rows, offsets, strict=True))]
    return sorted(lines, key=lambda line: line.at)


def _own(number: int, row: Mapping[str, Any], at: datetime) -> Line:
    author = str(row.get("author") or f"leser-{number % OWN_AUTHORS}")
    body = {
        "kind": "post",
        "post_id": str(row.get("id") or f"own-{number}"),
        "author": {"id": author, "created_at": (at - timedelta(days=400)).isoformat()},
        "text": row["text"],
        "created_at": at.isoformat(),
    }
    return Line(at.astimezone(UTC), OWN_COMMUNITY, body)


def _offsets(rows: list[Mapping[str, Any]], span: timedelta) -> Iterator[timedelta]:
    times = [_time(row.get("created_at")) for row in rows]
    known = [time for time in times if time is not None]
    if len(known) == len(rows) and min(known) < max(known):
        first, whole = min(known), max(known) - min(known)
        yield from ((time - first) / whole * span for time in known)
    else:
        yield from (span * number / len(rows) for number in range(len(rows)))


def _time(value: object) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            first = file.readline()
            file.seek(0)
            rows = _json_lines(path, file) if first.lstrip().startswith("{") else _tab_separated(path, file)
            yield from rows
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}") from error


def _json_lines(path: Path, lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadInput(f"{path}:{number}: not JSON: {error}") from error
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise BadInput(f"{path}:{number}: has no `text`")
        yield row


def _tab_separated(path: Path, lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    columns: list[str] | None = None
    for number, line in enumerate(lines, 1):
        fields = [_unescaped(part) for part in line.rstrip("\r\n").split("\t")]
        if columns is None:
            columns = fields
            if "text" not in columns:
                raise BadInput(
                    f"{path}:1: there is no column `text`; the first line names the columns, separated by tabs"
                )
            continue
        if fields == [""]:
            continue  # an empty line
        row = dict(zip(columns, fields, strict=False))
        if "text" not in row:
            raise BadInput(f"{path}:{number}: the line ends before its text")
        yield row


def _unescaped(field: str) -> str:
    """A backslash before anything else is a backslash; it never swallows the tab after it."""
    return ESCAPED.sub(lambda match: ESCAPES[match[1]], field)
