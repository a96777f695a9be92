"""The text of a post as it is carried: NFC, without control characters, with something to see, its links found.

Pure. Nothing is repaired silently except the Unicode normal form: positions that are reported later (matched words)
must be positions in what the platform shows.
"""

from __future__ import annotations

import re
from unicodedata import category, is_normalized, normalize

from pydantic_core import PydanticCustomError

from feuerwache.common.events.post import MAX_TEXT

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CONTROL_OR_BREAK = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: Letters and symbols that draw nothing: Hangul fillers, the empty Braille cell, Mongolian and Khmer signs.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u180e\u17b4\u17b5\u2065")
#: Categories that show nothing by themselves. Unassigned (Cn) and private (Co) do count as visible: this Python may
#: not know an emoji that the sender's phone shows.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me", "Mc"})
_TAGS = range(0xE0000, 0xE1000)
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'`\\^{|}]+", re.IGNORECASE)
_TRAILING = ".,;:!?…)]}»“”’*_"
MAX_LINKS = 50
MAX_LINK = 2_048


def visible(text: str) -> bool:
    """Whether a reader would see anything at all."""
    return any(
        category(character) not in _UNSEEN and character not in _BLANK and ord(character) not in _TAGS
        for character in text
    )


def refuse_controls(text: str, pattern: re.Pattern[str] = _CONTROL) -> None:
    found = pattern.search(text)
    if found is not None:
        raise problem(
            "control_character",
            f"holds the control character U+{ord(found[0]):04X} at position {found.start()}",
            "remove it; tab and line breaks are allowed in texts",
        )


def post_text(text: str) -> str:
    """The text in NFC; raises `PydanticCustomError` when it cannot be a post."""
    refuse_controls(text)
    if not is_normalized("NFC", text):
        text = normalize("NFC", text)
    if len(text) > MAX_TEXT:
        raise problem("too_long", f"is longer than {MAX_TEXT} characters", "shorten it")
    if not visible(text):
        raise problem(
            "text_invisible", "has no visible character", "send only posts in which there is something to read"
        )
    return text


def identifier(value: str) -> str:
    """An id as it stands: not blank and without control characters (they separate the parts of our keys)."""
    refuse_controls(value, _CONTROL_OR_BREAK)
    if not visible(value):
        raise problem("blank", "is blank", "send the platform's own id")
    return value


def links_in(text: str) -> tuple[str, ...]:
    """The web addresses in a text, in order, each once, at most `MAX_LINKS`."""
    if "://" not in text and "www." not in text.lower():
        return ()  # most posts have none, and to see that costs a tenth of the search
    found: dict[str, None] = {}
    for match in _LINK.finditer(text):
        link = match[0][:MAX_LINK].rstrip(_TRAILING)
        if "." in link:
            found.setdefault(link)
        if len(found) == MAX_LINKS:
            break
    return tuple(found)


def problem(code: str, reason: str, fix: str) -> PydanticCustomError:
    """An error that `problem.problems_of` turns into a `Problem` with these words."""
    return PydanticCustomError(code, "{reason}", {"reason": reason, "fix": fix})
