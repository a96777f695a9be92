"""The alphabet of a text message: GSM 7-bit (3GPP TS 23.038, 6.2.1), what a text costs in it, and how to get there.

A message holds 160 septets. Letters of the alphabet cost one, those of its extension table two (they are sent as an
escape and a letter). One letter outside of both turns the whole message into UCS-2, of which 70 units fit; so what
does not belong there is written otherwise: "ş" as "s", „…“ as "…", an emoji not at all. German umlauts and ß belong.
"""

from __future__ import annotations

import unicodedata

SINGLE = 160
SINGLE_UCS2 = 70

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")
#: What is neither a letter with a mark nor in the alphabet, and can be written in it.
WRITTEN = str.maketrans(
    {
        "„": '"',
        "“": '"',
        "”": '"',
        "«": '"',
        "»": '"',
        "‚": "'",
        "‘": "'",
        "’": "'",
        "`": "'",
        "´": "'",
        "–": "-",
        "—": "-",
        "‑": "-",
        "−": "-",
        "…": "...",
        "×": "x",
        "•": "-",
        "·": "-",
        "ı": "i",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ð": "d",
        "þ": "th",
        "œ": "oe",
        "Œ": "OE",
        "ẞ": "SS",
        "ŋ": "n",
    }
)


def septets(text: str) -> int | None:
    """What a text costs; None when it cannot be said in GSM 7-bit."""
    cost = 0
    for letter in text:
        if letter in BASIC:
            cost += 1
        elif letter in EXTENDED:
            cost += 2
        else:
            return None
    return cost


def fits(text: str) -> bool:
    """Whether it goes out as one text message, in whichever alphabet it has to."""
    cost = septets(text)
    return cost <= SINGLE if cost is not None else len(text.encode("utf-16-be")) // 2 <= SINGLE_UCS2


def written(text: str) -> str:
    """The text in the alphabet, one line, single blanks; what has no way to be written is left out."""
    letters = "".join(_letter(letter) for letter in unicodedata.normalize("NFC", text).translate(WRITTEN))
    return " ".join(letters.split())


def _letter(letter: str) -> str:
    if letter.isspace():
        return " "
    if letter in BASIC or letter in EXTENDED:
        return letter
    bare = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in bare.translate(WRITTEN) if part in BASIC or part in EXTENDED)


def cut(text: str, room: int) -> str:
    """As much of a written text as costs at most `room`, at a word where that is possible, with "..." if it was cut."""
    if (septets(text) or 0) <= room:
        return text
    kept, cost = "", 3
    for letter in text:
        cost += 1 if letter in BASIC else 2
        if cost > room:
            break
        kept += letter
    if " " in kept and 2 * kept.rindex(" ") > len(kept):
        kept = kept[: kept.rindex(" ")]
    while kept and not kept[-1].isalnum():
        kept = kept[:-1]
    return f"{kept}..." if kept else ""
