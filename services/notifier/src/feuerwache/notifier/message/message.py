"""A page in words, ready for any channel. It holds a link that acts for a person, so its `repr` shows nothing of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """`data` is the same for machines: plain JSON values. `link` opens the incident and acts in the reader's name.

    `short`: what a push or a chat shows below the subject. `sms`: one text message, `link` included. `spoken`: read out
    by a voice on the phone.
    """

    language: str
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    data: dict[str, Any] = field(repr=False)
    link: str = field(default="", repr=False)
    short: str = field(default="", repr=False)
    sms: str = field(default="", repr=False)
    spoken: str = field(default="", repr=False)
