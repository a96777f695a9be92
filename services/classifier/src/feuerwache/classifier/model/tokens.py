"""A text cut into tokens that know where they stood, and the folded spelling in which tokens are compared.

Tokens are spans of the text as it was given, so whatever is said about a token can be shown in the original.
Folding makes variants alike that a reader takes for the same word: case, composed and decomposed umlauts, ä/ae, ß/ss,
full-width and ornamental letters, accents piled up, characters of no width, l3tters replaced by digits, looooong
vowels. Names (`@name`), addresses and numbers become placeholders: who is meant must not move a score.

Every string is accepted: lone surrogates, NULs, forty thousand characters without a space. Work is linear in length.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

#: A token is cut after this many characters; the rest is the next token.
MAX_TOKEN = 48

URL = "{url}"
MAIL = "{mail}"
NAME = "{name}"
STOPS = ("!", "?", ".")

# Letters, digits and what is written into words without being seen: combining marks, soft hyphen, zero width.
_W = r"[\w\u0300-\u036f\u0483-\u0489\u00ad\u200b-\u200d\u2060\ufeff]"
_TOKEN = re.compile(
    rf"(?P<url>(?:https?://|www\.)[^\s<>\"]{{1,2000}})"
    rf"|(?P<mail>[\w.+-]{{1,64}}@[\w-]{{1,64}}\.[\w.-]{{2,64}})"
    rf"|(?P<name>@\w{{1,60}})"
    rf"|(?P<word>{_W}(?:{_W}|['’@$*](?={_W})|\*{{1,10}}(?={_W}|\*)|(?<=\*)\*){{0,{MAX_TOKEN - 1}}})"
    r"|(?P<face>[:;=8]['’]?-?[()DPpOo3/|\\<>](?!\w)|<3)"
    r"|(?P<stop>[.!?…\n]{1,48})"
    r"|(?P<sign>[^\w\s])"
)


class Token(NamedTuple):
    """`text[start:end]` of the original and its folded spelling."""

    start: int
    end: int
    folded: str


def tokenise(text: str) -> list[Token]:
    """All tokens in order; signs that mean nothing to anybody here (commas, brackets) are left out."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "word":
            folded = fold(match[0])
        elif kind == "stop":
            folded = _stop(match[0])
        elif kind == "sign":
            folded = _sign(match[0])
        elif kind == "face":
            folded = match[0].replace("’", "'").replace("-", "")
        else:
            folded = {"url": URL, "mail": MAIL, "name": NAME}[str(kind)]
        if folded:
            tokens.append(Token(match.start(), match.end(), folded))
    return tokens


@lru_cache(maxsize=60_000)
def fold(word: str) -> str:
    """The spelling in which a single word is compared; empty when nothing of it is visible."""
    folded = unicodedata.normalize("NFKC", word).casefold().translate(_SPELT_OUT)
    if not folded.isascii():
        folded = unicodedata.normalize("NFD", folded)
        folded = "".join(char for char in folded if unicodedata.category(char) not in _UNSEEN)
    if folded.isdigit():
        return "0" * min(len(folded), 6)
    if _REPLACED.search(folded):
        folded = folded.translate(_LETTERS)
    return _REPEATED.sub(r"\1\1", folded.replace("'", "").replace("’", "").strip("_"))


#: German umlauts as they are spelt without them. `casefold` has made ß to ss before.
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "\x00": "", "\u00ad": ""})
_UNSEEN = {"Mn", "Me", "Cf", "Cc", "Cs"}
#: A digit or sign between letters stands for a letter; `28cm` and `anna42` are left as they are.
_REPLACED = re.compile(r"[^\W\d_][013457@$]{1,3}[^\W\d_]")
_LETTERS = str.maketrans("013457@$", "oieastas")
_REPEATED = re.compile(r"(.)\1{2,}")
#: Signs without meaning for mood or target; everything else of its kind (emoji, ideographs' signs) is a token.
_DULL = frozenset(",;:-–—_()[]{}<>/\\|\"'„“”‚‘’»«`´^~+=§%&#*@$€°·•\ufffd\ufe0f\u200d")


def _stop(signs: str) -> str:
    if "?" in signs:
        return "?"
    return "!" if "!" in signs else "."


def _sign(sign: str) -> str:
    return "" if sign in _DULL or unicodedata.category(sign) in _UNSEEN else sign
