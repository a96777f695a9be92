"""What a stack is to be: written by whoever starts it, read by its supervisor."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict

from feuerwache.local.places import Places

FILE = "plan.json"


class FastClock(BaseModel):
    """Civil time stands at `start` while the services get ready, then runs `factor` times as fast.

    How long that is nobody knows before: at least `lead_seconds` (real), and `lead_factor` times as long as the servers
    took, so that a slow machine is given more. Services that take longer find a little to catch up with.
    """

    model_config = ConfigDict(frozen=True)

    start: AwareDatetime
    factor: float
    lead_seconds: float = 0.0
    lead_factor: float = 0.0


class Plan(BaseModel):
    """`kafka` and `redis` None start embedded servers. `first` are commands (arguments of `feuerwache`) that run
    after the topics stand and before the services start. `only` names the services to start; empty means all.
    `lifeline`: end when standard input does, because whoever started the stack is gone. `config` None is `root/config`.
    """

    model_config = ConfigDict(frozen=True)

    root: Path
    name: str = "stack"
    kafka: str | None = None
    redis: str | None = None
    clock: FastClock | None = None
    first: tuple[tuple[str, ...], ...] = ()
    only: tuple[str, ...] = ()
    lifeline: bool = True
    config: Path | None = None

    @property
    def config_dir(self) -> Path:
        return self.config or self.root / "config"

    @property
    def places(self) -> Places:
        return Places(self.root, self.name)

    def write(self) -> None:
        self.places.home.mkdir(parents=True, exist_ok=True)
        (self.places.home / FILE).write_text(self.model_dump_json(), "utf-8")

    @classmethod
    def read(cls, home: Path) -> Plan:
        return cls.model_validate_json((home / FILE).read_text("utf-8"))


def clock_environment(clock: FastClock | None, epoch: datetime | None) -> dict[str, str]:
    """The variables through which all processes share one accelerated clock."""
    if clock is None or epoch is None:
        return {}
    return {
        "FEUERWACHE_CLOCK_START": clock.start.isoformat(),
        "FEUERWACHE_CLOCK_EPOCH": epoch.isoformat(),
        "FEUERWACHE_CLOCK_FACTOR": str(clock.factor),
    }
