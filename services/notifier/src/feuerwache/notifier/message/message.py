"""A page in words, ready for any channel. It holds a link that acts for a person, so its `repr` shows nothing of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """`data` is the same for machines: plain JSON values."""

    language: str
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    data: dict[str, Any] = field(repr=False)
