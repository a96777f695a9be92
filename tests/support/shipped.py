"""The shipped configuration, copied to be broken."""

from __future__ import annotations

import shutil
from pathlib import Path

SHIPPED = Path(__file__).parents[2] / "config"


def copied(folder: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, folder / "config"))


def edit(path: Path, old: str, new: str) -> int:
    """Replaces the first `old` in the file; the line (from 1) where it stood."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1
