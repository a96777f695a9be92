"""Translated schedules as the text of a `schedules.yaml`."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

HEADER = "# Taken over from PagerDuty. Shifts are looked at from top to bottom; times are on the wall in `timezone`.\n"
#: Keys whose lists fit on a line.
SHORT = frozenset({"begins", "people", "days"})
#: A time without quotes would be read as a number of minutes.
QUOTED = frozenset({"from", "to"})


def dump(schedules: Sequence[dict[str, Any]]) -> str:
    yaml = YAML()
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = StringIO()
    yaml.dump({"schedules": [_dressed(schedule) for schedule in schedules]}, text)
    return HEADER + text.getvalue()


def _dressed(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return CommentedMap((name, _dressed(each, name)) for name, each in value.items())
    if isinstance(value, list):
        listed = CommentedSeq(_dressed(each) for each in value)
        if key in SHORT:
            listed.fa.set_flow_style()
        return listed
    return DoubleQuotedScalarString(value) if key in QUOTED else value
