"""What people wrote on a platform, so that the examination takes it: nobody may keep a post from being looked at by a
control character in it, in a name, or by its length. Pure.

Positions stay the platform's, as far as they do in NFC: a character that may not be carried becomes U+FFFD, one for
one, and what is too long is cut at the end.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from feuerwache.common.events.post import MAX_TEXT
from feuerwache.ingest.text import visible

#: What `text.refuse_controls` refuses, and lone halves of UTF-16 pairs, which UTF-8 cannot hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST_NAME = 200
#: More is not looked at: what a platform lets people write is much shorter.
_LONGEST_READ = 4 * MAX_TEXT


def body(text: str | None) -> str | None:
    """A post's text; None where a reader would see nothing."""
    if text is None:
        return None
    # NFC may be longer than what was sent, so it is made before the cut; the beginning of an NFC text is in NFC.
    text = normalize("NFC", _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text[:_LONGEST_READ]))[:MAX_TEXT]
    return text if visible(text) else None


def name(text: str | None) -> str | None:
    """A name on one line; None where there is nothing of it."""
    if text is None:
        return None
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[:1_000]).split())
    return line[:_LONGEST_NAME].strip() or None
