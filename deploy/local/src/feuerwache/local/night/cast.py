"""The people who write: regulars, occasional writers, accounts that are a few hours old, and the brand's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random

from feuerwache.local.night.phrasebook import Phrasebook

#: The account of the brand's own people; `config/communities.yaml` names it as the communities' team.
TEAM = "morgenrot-team"


@dataclass(frozen=True, slots=True)
class Writer:
    """An account as its platform shows it. `created_at` is in UTC."""

    id: str
    handle: str
    name: str
    created_at: datetime
    followers: int


def regulars(community: str, count: int, night: datetime, random: Random) -> tuple[Writer, ...]:
    """People with accounts of one month to ten years and a few to a few hundred followers."""
    return tuple(
        _writer(f"{community}-r{number}", night - timedelta(days=random.randint(30, 3650)), random)
        for number in range(count)
    )


def newcomers(community: str, count: int, night: datetime, random: Random) -> tuple[Writer, ...]:
    """Accounts that are one to twenty hours old, as trolls make them for an evening."""
    return tuple(
        _writer(f"{community}-n{number}", night - timedelta(hours=random.randint(1, 20)), random)
        for number in range(count)
    )


def team_account(night: datetime) -> Writer:
    """The brand's own account, ten years old."""
    return Writer(TEAM, TEAM, "Morgenrot", night - timedelta(days=3650), 26_000)


def _writer(writer_id: str, created_at: datetime, random: Random) -> Writer:
    first, last = (random.choice(names()[part]) for part in ("first", "last"))
    return Writer(
        id=writer_id,
        handle=f"{first.lower()}.{last.lower()}{random.randint(1, 99)}",
        name=f"{first} {last}",
        created_at=created_at,
        followers=int(random.lognormvariate(4, 1.2)),
    )


@cache
def names() -> dict[str, list[str]]:
    """The written first and last names."""
    return Phrasebook.load("cast").sections
