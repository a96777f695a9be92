"""What escalation adds to the `feuerwache` command: one group per part, each kept beside the part it operates.

A part that is not there (an image that carries the rules alone) leaves its group out; a part that is there and
cannot be imported is an error.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import typer

#: group → (package, the `typer.Typer` in that package's `commands.py`)
GROUPS: dict[str, tuple[str, str]] = {
    "rules": ("feuerwache.escalation.rules", "app"),
    "forwards": ("feuerwache.escalation.rules", "forwards_app"),
    "crisis": ("feuerwache.escalation.crisis", "app"),
    "baseline": ("feuerwache.escalation.crisis", "baseline_app"),
    "incidents": ("feuerwache.escalation.incidents", "app"),
}


def _assembled() -> typer.Typer:
    root = typer.Typer(no_args_is_help=True)
    for group, (package, attribute) in GROUPS.items():
        if find_spec(package) is None or find_spec(f"{package}.commands") is None:
            continue
        root.add_typer(getattr(import_module(f"{package}.commands"), attribute), name=group)
    return root


app = _assembled()
