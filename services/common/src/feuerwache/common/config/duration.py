"""How long a step waits, as people write it: `90s`, `5m`, `1h30m`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

UNITS = {"h": 3600, "m": 60, "s": 1}
MAX_DIGITS = 6


def parse(value: object) -> object:
    """Hours, minutes, seconds, each at most once and in this order; anything else is a `ValueError`."""
    if not isinstance(value, str):
        raise ValueError('write a duration such as "90s", "5m" or "1h30m"')
    seconds, digits, units = 0, "", list(UNITS)
    for character in value.replace(" ", ""):
        if character.isascii() and character.isdigit() and len(digits) < MAX_DIGITS:
            digits += character
        elif digits and character in units:
            seconds += int(digits) * UNITS[character]
            units = units[units.index(character) + 1 :]
            digits = ""
        else:
            raise ValueError(f'{value!r} is no duration; write "90s", "5m" or "1h30m"')
    if digits or seconds == 0:
        raise ValueError(f'{value!r} is no duration above zero with a unit; write "90s", "5m" or "1h30m"')
    return timedelta(seconds=seconds)


Duration = Annotated[timedelta, BeforeValidator(parse)]
