"""A page in words, ready for any channel. It holds a link that acts for a person, so its `repr` shows nothing of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be given with a button: what it says, and what comes back when it is pressed."""

    label: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """`data` is the same for machines: plain JSON values. `link` opens the incident and acts in the reader's name.

    `short`: what a push or a chat shows; its first line says how bad, what and where. `sms`: one text message, `link`
    included. `spoken`: read out by a voice on the phone. None of them quotes what was said, unless the reader wants it.
    `link_label` is what a button with the link says.
    `reference` stands behind a digit pressed on the phone, `choices` are the buttons of a chat. Both are empty when
    nobody would hear the answer; then no text asks for one.
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
    reference: str = field(default="", repr=False)
    choices: tuple[Choice, ...] = ()
    link_label: str = ""

    @property
    def headline(self) -> str:
        """The first line of `short`, for a channel that has a title."""
        return self.short.partition("\n")[0] or self.subject

    @property
    def body(self) -> str:
        """The rest of `short`, below the title."""
        return self.short.partition("\n")[2] if self.short else self.text
