"""A time on the wall, as people write it: `"18:00"`."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any

from pydantic import BeforeValidator


def wall_time(value: Any) -> Any:
    """A bare number would be taken for seconds since midnight: nobody means that."""
    if not isinstance(value, (str, time)):
        raise ValueError('write hours and minutes: "18:00"')
    return value


WallTime = Annotated[time, BeforeValidator(wall_time)]
