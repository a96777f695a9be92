"""Personal data in the original text: telephone numbers, IBANs, mail addresses, streets with a number.

Hotlines, order numbers, dates and prices are told apart. Every quantifier is bounded, so the search is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Detail(NamedTuple):
    """`text[start:end]` is such a detail, with the chance that it is one about a person."""

    start: int
    end: int
    weight: float


_POSSIBLE = re.compile(r"[\d@]")
_PHONE = re.compile(r"(?<![\w.,/€$#-])(?:\+|00?)[1-9](?:[ /().-]{0,3}\d){5,14}(?![\w%])")
_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})?")
_NUMBERED = re.compile(
    r"(?:nummer|nr\.?|bestell\w{0,12}|auftrag\w{0,12}|ticket|serie\w{0,12}|artikel\w{0,12})\W{0,3}$", re.I
)
_PHONE_WORD = re.compile(r"(?:tel|telefon\w{0,8}|handy\w{0,8}|mobil\w{0,8}|privat|durchwahl)\W{0,3}$", re.I)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,30}){1,4}")
_OFFICE = re.compile(r"(?:info|service|support|kontakt|hilfe|presse|shop|post|mail|kundenservice|datenschutz)@", re.I)
_STREET = re.compile(
    r"(?<!\w)[A-ZÄÖÜ][A-Za-zäöüß-]{1,30}(?:[Ss]traße|[Ss]trasse|[Ss]tr\.|[Ww]eg|[Aa]llee|[Pp]latz|[Gg]asse|[Rr]ing|"
    r"[Dd]amm|[Uu]fer|[Cc]haussee|[Ss]teig) {0,2}\d{1,3} ?[a-z]?(?=[,.;!?)\n]|$| in | \d{5})"
)
_TOWN = re.compile(r",?\s{1,2}(?:in\s)?\d{5}\s[A-ZÄÖÜ]")
#: Words that end like streets.
_NO_STREET = ("heimweg", "arbeitsweg", "umweg", "rückweg", "schulweg", "hinweg", "fußweg", "ausweg", "mittelweg")
_FREE_CALL = ("0800", "00800", "0900", "0180", "116")


def personal_data(text: str) -> list[Detail]:
    """Everything of that kind in a text, in order of kind and place."""
    if not _POSSIBLE.search(text):
        return []
    return [*_ibans(text), *_phones(text), *_mails(text), *_streets(text)]


def _phones(text: str) -> Iterator[Detail]:
    for match in _PHONE.finditer(text):
        digits = "".join(char for char in match[0] if char.isdigit())
        before = text[max(0, match.start() - 24) : match.start()]
        if not 8 <= len(digits) <= 15 or _DATE.match(match[0]) or _NUMBERED.search(before):
            continue
        if digits.startswith(_FREE_CALL):
            yield Detail(match.start(), match.end(), 0.3)
        else:
            yield Detail(match.start(), match.end(), 0.95 if _PHONE_WORD.search(before) else 0.88)


def _ibans(text: str) -> Iterator[Detail]:
    for match in _IBAN.finditer(text):
        compact = match[0].replace(" ", "")
        if 15 <= len(compact) <= 34:
            yield Detail(match.start(), match.end(), 0.99 if _checks(compact) else 0.8)


def _checks(iban: str) -> bool:
    """ISO 13616: rearranged and with letters as numbers, modulo 97 is 1."""
    return int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) % 97 == 1


def _mails(text: str) -> Iterator[Detail]:
    for match in _MAIL.finditer(text):
        yield Detail(match.start(), match.end(), 0.2 if _OFFICE.match(match[0]) else 0.72)


def _streets(text: str) -> Iterator[Detail]:
    for match in _STREET.finditer(text):
        if match[0].lower().startswith(_NO_STREET):
            continue
        town = _TOWN.match(text, match.end())
        yield Detail(match.start(), match.end(), 0.92 if town else 0.75)
