"""docs/threat-model.md names only tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[4]
NAMED = re.compile(r"`(test_\w+)`")


def test_every_test_that_the_page_names_exists_and_every_threat_names_one() -> None:
    page = (ROOT / "docs" / "threat-model.md").read_text()
    defined = {
        found
        for folder in ("services", "tests", "deploy")
        for path in (ROOT / folder).rglob("test_*.py")
        for found in re.findall(r"^(?:async )?def (test_\w+)\(", path.read_text(), re.MULTILINE)
    }
    named = set(NAMED.findall(page))
    assert len(named) > 40
    assert named <= defined, sorted(named - defined)
    threats = [
        line
        for line in page.partition("## Fuzzed")[0].splitlines()
        if line.startswith("| ") and not line.startswith("| threat ")
    ]
    assert [line for line in threats if NAMED.search(line) is None] == []
