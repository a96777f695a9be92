"""What the demo would play, as files: the posts for `simulate` and `replay`, the weeks before for `--baseline`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from feuerwache.common.config.community import load_communities
from feuerwache.ingest.integration import load_integrations
from feuerwache.local.demo.script import BadInput, Line


def write_lines(path: Path, lines: Sequence[Line], config_dir: Path) -> None:
    """One JSON object per line, each naming its platform and community, so that nobody has to know who sent it.

    Raises `BadInput` for lines of an integration that is not configured.
    """
    integrations = load_integrations(config_dir, load_communities(config_dir))
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            sender = integrations.get(line.integration)
            if sender is None:
                raise BadInput(f"{line.integration!r} is not in {config_dir / 'integrations.yaml'}")
            place = {"platform": sender.platform, "community": sender.communities[0]}
            file.write(json.dumps({**place, **line.body}, ensure_ascii=False) + "\n")


def weeks_beside(path: Path) -> Path:
    """`night.jsonl` has its weeks in `night.weeks.csv`."""
    return path.with_name(f"{path.stem}.weeks.csv")
