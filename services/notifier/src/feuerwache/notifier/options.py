"""The options that the `feuerwache oncall` commands share. Light, because `feuerwache --help` reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[Path, typer.Option("--config", envvar="FEUERWACHE_CONFIG_DIR", help="The configuration directory.")]
ScheduleId = Annotated[str | None, typer.Option("--schedule", metavar="ID", help="Only this schedule.")]
LayerId = Annotated[
    str | None, typer.Option("--layer", metavar="ID", help="The layer. Default: the first of the schedule.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
WithOverrides = Annotated[bool, typer.Option("--overrides", help="With the exceptions on record (asks Kafka).")]
Zone = Annotated[
    str | None, typer.Option("--zone", metavar="NAME", help="Show times of this zone. Default: the schedule's.")
]
GivenBy = Annotated[
    str, typer.Option("--as", envvar="FEUERWACHE_PERSON", metavar="PERSON", help="Your id in people.yaml.")
]
CONFIG = Path("config")
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")]
