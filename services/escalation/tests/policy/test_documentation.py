"""docs/on-call/policies.md: every example may stand in the file, and whom its tables call is whom the code calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import LayerTarget, PageRequested, PersonTarget, TeamTarget
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.escalation.policy.policies import load_policies
from support.incidents import SHARD, SHARDS, alarm, told
from support.policies import BERLIN, governed

PAGE = Path(__file__).parents[4] / "docs/on-call/policies.md"


@dataclass(frozen=True)
class Row:
    example: str
    begins: datetime
    severity: Severity
    paged: str


def examples() -> list[str]:
    return [block.split("```")[0] for block in PAGE.read_text().split("```yaml\n")[1:]]


def rows() -> Iterator[Row]:
    for part in PAGE.read_text().split("```yaml\n")[1:]:
        example, _, rest = part.partition("```")
        for line in rest.splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if len(cells) == 3 and cells[1] in set(Severity):
                begins = datetime.strptime(cells[0], "%a %Y-%m-%d %H:%M").replace(tzinfo=BERLIN)
                assert f"{begins:%a}" == cells[0][:3]
                yield Row(example, begins, Severity(cells[1]), cells[2])


def name(page: Event[PageRequested]) -> str:
    names = []
    for target in page.data.targets:
        match target:
            case LayerTarget(layer=layer):
                names.append(layer)
            case TeamTarget(team=team):
                names.append(team)
            case PersonTarget(person_id=person):
                names.append(person)
    return ("digest to " if page.data.digest else "") + " + ".join(names)


def played(row: Row, folder: Path) -> str:
    """Whom an incident calls of which nobody takes any notice, by the clock in Berlin."""
    (folder / "policies.yaml").write_text(row.example)
    (policy,) = load_policies(folder).policies
    book = IncidentBook(SHARD, SHARDS, governed(policy))
    at, log = row.begins, []
    changes = [told(book, alarm(at, severity=row.severity))]
    while changes:
        for change in changes:
            log += [f"{at.astimezone(BERLIN):%H:%M} {name(page)}" for page in change.pages]
            if change.incident.timeline[-1].what == "nobody_answered":
                return ", ".join([*log, f"{at.astimezone(BERLIN):%H:%M} nobody_answered"])
        at = change.incident.due_at or at + timedelta(days=1)
        changes = book.due(at)
    return ", ".join(log)


def test_there_are_examples_and_tables() -> None:
    assert len(examples()) >= 4
    assert len(list(rows())) >= 10


@pytest.mark.parametrize("example", examples())
def test_every_example_may_stand_in_the_file(example: str, tmp_path: Path) -> None:
    (tmp_path / "policies.yaml").write_text(example)
    assert load_policies(tmp_path).policies


@pytest.mark.parametrize("row", list(rows()), ids=lambda row: f"{row.begins:%a %H:%M} {row.severity.value}")
def test_whoever_the_page_says_is_called_is_called(row: Row, tmp_path: Path) -> None:
    assert played(row, tmp_path) == row.paged
