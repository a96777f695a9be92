"""The results of rule tests as JUnit XML, which every build server shows: a suite per set, a class per rule."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from feuerwache.escalation.rules.sets.trial import TrialResult

#: Characters that XML 1.0 cannot hold, not even escaped.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(suites: Mapping[str, Sequence[TrialResult]]) -> str:
    """The XML document; `suites` are the results of each set by its name."""
    root = ET.Element("testsuites", _counts([each for results in suites.values() for each in results]))
    for name, results in suites.items():
        suite = ET.SubElement(root, "testsuite", {"name": name, **_counts(results)})
        for result in results:
            _case(suite, name, result)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ET.Element, name: str, result: TrialResult) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "classname": f"{name}.{result.rule_id}",
            "name": _UNWRITABLE.sub("\ufffd", f"{result.number}: {result.name}" if result.name else str(result.number)),
            "file": result.file,
            "line": str(result.line),
        },
    )
    if not result.passed:
        kind = "error" if result.error else "failure"
        told = ET.SubElement(case, kind, {"message": _UNWRITABLE.sub("\ufffd", result.reason)})
        told.text = f"{result.file}:{result.line}:{result.column}"


def _counts(results: Sequence[TrialResult]) -> dict[str, str]:
    errors = sum(bool(each.error) for each in results)
    failures = sum(not each.passed for each in results) - errors
    return {"tests": str(len(results)), "failures": str(failures), "errors": str(errors)}
