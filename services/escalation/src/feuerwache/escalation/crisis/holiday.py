"""The public holidays of a region, as a question: is this date one?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache

import holidays


@cache
def holidays_of(region: str) -> Callable[[date], bool]:
    """`region` is a country with an optional subdivision: DE, DE-BY. Raises `ValueError` for one nobody knows.

    Thousands of communities live in a handful of regions, so a region's days are worked out once.
    """
    country, _, subdivision = region.partition("-")
    try:
        known = holidays.country_holidays(country, subdiv=subdivision or None)
    except NotImplementedError as error:  # how `holidays` says that it does not know the country or subdivision
        raise ValueError(f"no public holidays are known for region {region!r}, e.g. DE or DE-BY") from error
    return known.__contains__
