"""`feuerwache rules test`: what it says, its JUnit file, and that it teaches."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from typer.testing import CliRunner

from feuerwache.escalation.rules.commands import app

RULES = """\
- id: threat
  title: {de: Drohung, en: Threat}
  when: labels.threat >= 0.7 && 10 / post.revision > 1
  then: [hold]
  tests:
    - {name: "ends with \\x02 and <b>", labels: {threat: 0.9}, post: {revision: 1}, expect: [hold]}
    - {name: wrong, labels: {threat: 0.9}, post: {revision: 1}, expect: []}
    - {name: divides, labels: {threat: 0.9}, expect: []}
- id: untested
  title: {de: x, en: x}
  when: post.is_reply
  then: [review]
"""


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def test_results_are_told_with_places_and_the_rules_without_tests(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(RULES)
    code, output = run("test", str(tmp_path))
    assert code == 1
    assert "a.yaml:7:65: threat: its test 2 (wrong) fails: expected [], got [hold]" in output
    assert "its test 3 (divides) fails: could not be evaluated:" in output
    assert "without tests: untested" in output
    assert "2 rules, 3 tests, 2 failed; 1 of 2 rules have tests" in output


def test_the_junit_file_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(RULES)
    report = tmp_path / "report.xml"
    run("test", str(tmp_path), "--junit", str(report))
    root = ET.parse(report).getroot()
    assert root.attrib == {"tests": "3", "failures": "1", "errors": "1"}
    cases = root.findall("testsuite/testcase")
    assert [case.get("classname") for case in cases] == [f"{tmp_path.name}.threat"] * 3
    assert cases[0].get("name") == "1: ends with \ufffd and <b>"
    failure, error = root.find(".//failure"), root.find(".//error")
    assert failure is not None
    assert failure.get("message") == "expected [], got [hold]"
    assert failure.text is not None
    assert failure.text.endswith("a.yaml:7:65")
    assert error is not None


def test_rules_are_tested_with_what_they_include(tmp_path: Path) -> None:
    (tmp_path / "common").mkdir()
    (tmp_path / "brand").mkdir()
    (tmp_path / "common" / "a.yaml").write_text(RULES)
    (tmp_path / "brand" / "a.yaml").write_text("include: [../common/a.yaml]\n")
    assert "2 rules, 3 tests, 2 failed" in run("test", str(tmp_path / "brand"))[1]
    assert "4 rules, 6 tests, 4 failed" in run("test", str(tmp_path))[1]


def test_its_help_teaches(tmp_path: Path) -> None:
    code, output = run("test", "--help")
    assert code == 0
    for word in ("--junit", "expect: []", "Examples", "file:line:column", "feuerwache check"):
        assert word in output
