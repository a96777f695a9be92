"""One thing that was sent, in the form of `submission`, before anybody looked at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from feuerwache.ingest.problem import Problem, shown


@dataclass(frozen=True, slots=True)
class Item:
    """`kind` None takes the item's own `kind` (else "post"). `time` is the CloudEvents time, used where the item has
    none. `problems` were found on the way in (a broken envelope): then nothing else is looked at.
    """

    data: object
    kind: str | None = None
    time: object = None
    traceparent: str | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def post_id(self) -> str | None:
        """The post id to name in an answer, as far as there is one."""
        value = self.data.get("post_id") if isinstance(self.data, Mapping) else None
        return shown("post_id", value)
