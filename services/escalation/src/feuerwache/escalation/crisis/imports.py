"""How counts of earlier weeks travel: as historic pulses under a source number that no partition has.

An increment under such a number is the whole count of its quarter hour, so it is set, not added: importing the same
file twice, or a corrected one, leaves what it says.
"""

from __future__ import annotations

FIRST_SOURCE = 1_000_000


def is_import(source_partition: int) -> bool:
    return source_partition >= FIRST_SOURCE
