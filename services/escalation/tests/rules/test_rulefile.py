"""Files of rules that include others: what is left out, what is replaced, and every way in which it can go wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from feuerwache.common.config.source import ConfigError, directory_hash
from feuerwache.escalation.rules.sets.ruleset import load_ruleset, load_rulesets

Write = Callable[[str, str], Path]


def rule(rule_id: str, when: str = "labels.threat >= 0.7", more: str = "") -> str:
    return f"- {{id: {rule_id}, title: {{de: x, en: x}}, when: {when}, then: [hold]{more}}}\n"


def indented(rules: str) -> str:
    return "rules:\n" + "".join(f"  {line}\n" for line in rules.splitlines())


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(name: str, text: str) -> Path:
        path = tmp_path / "rules" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path.parent

    return written


def ids(folder: Path) -> list[str]:
    return [compiled.rule.id for compiled in load_ruleset(folder).rules]


def problems(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_ruleset(folder)
    return [str(each).removeprefix(f"{folder.parent}/") for each in caught.value.problems]


def test_included_rules_stand_before_those_of_the_file(write: Write) -> None:
    write("common/safety.yaml", rule("threat") + rule("hate"))
    folder = write("brand/a.yaml", "include: [../common/safety.yaml]\n" + indented(rule("own")))
    write("brand/b.yaml", rule("later"))
    assert ids(folder) == ["threat", "hate", "own", "later"]
    assert [Path(each.file).name for each in load_ruleset(folder).rules][:3] == ["safety.yaml", "safety.yaml", "a.yaml"]


def test_a_set_may_consist_of_includes(write: Write) -> None:
    write("common/safety.yaml", rule("threat"))
    write("common/all.yaml", "include: [safety.yaml]\n")
    assert ids(write("brand/a.yaml", "include: [../common/all.yaml]\n")) == ["threat"]


def test_a_rule_stands_in_the_place_of_the_one_it_replaces(write: Write) -> None:
    write("common/safety.yaml", rule("threat") + rule("hate"))
    stricter = rule("threat", "labels.threat >= 0.5", ", replaces: threat")
    folder = write("brand/a.yaml", "include: [../common/safety.yaml]\n" + indented(rule("own") + stricter))
    assert ids(folder) == ["threat", "hate", "own"]
    assert load_ruleset(folder).rules[0].rule.when == "labels.threat >= 0.5"


def test_a_rule_of_another_name_may_replace_one_that_another_file_includes(write: Write) -> None:
    write("common/safety.yaml", rule("threat") + rule("hate"))
    folder = write("brand/a.yaml", "include: [../common/safety.yaml]\n")
    write("brand/b.yaml", rule("menace", more=", replaces: threat"))
    assert ids(folder) == ["menace", "hate"]


def test_included_rules_can_be_left_out(write: Write) -> None:
    write("common/safety.yaml", rule("threat") + rule("hate"))
    assert ids(write("brand/a.yaml", "include: [../common/safety.yaml]\nwithout: [threat]\n")) == ["hate"]


def test_a_file_that_two_others_include_gives_its_rules_once(write: Write) -> None:
    write("common/safety.yaml", rule("threat"))
    folder = write("brand/a.yaml", "include: [../common/safety.yaml]\n" + indented(rule("a")))
    write("brand/b.yaml", "include: [../common/safety.yaml]\n" + indented(rule("b")))
    assert ids(folder) == ["threat", "a", "b"]


def test_a_circular_include_is_refused_with_its_way(write: Write) -> None:
    write("common/one.yaml", "include: [two.yaml]\n")
    write("common/two.yaml", "include:\n  - one.yaml\n")
    folder = write("brand/a.yaml", "include: [../common/one.yaml]\n")
    (problem,) = problems(folder)
    way = "common/one.yaml → common/two.yaml → common/one.yaml"
    assert problem == f"common/two.yaml:2:5: include.0: includes itself: {way}"
    (problem,) = problems(write("alone/a.yaml", "include: [a.yaml]\n"))
    assert problem.endswith("includes itself: alone/a.yaml → alone/a.yaml")


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("include: [../common/safty.yaml]\n", "1:11", "no file 'common/safty.yaml'; did you mean 'safety.yaml'?"),
        ("include: [safety.yaml]\n", "1:11", "no file 'brand/safety.yaml'; did you mean '../common/safety.yaml'?"),
        ("include: [../../secret.yaml]\n", "1:11", "lies outside of"),
        ("include: [../common/notes.txt]\n", "1:11", "is no YAML file"),
        ("include: [../common/safety.yaml]\nwithout: [thread]\n", "2:11", "is included; did you mean 'threat'?"),
        ("without: [threat]\n", "1:1", "there is no `include`"),
        ("includes: [../common/safety.yaml]\n", "1:1", "did you mean 'include'?"),
        ("rules: []\n", "1:1", "holds neither `rules` nor an `include`"),
    ],
)
def test_a_wrong_include_is_told_with_its_place(write: Write, text: str, place: str, told: str) -> None:
    write("common/safety.yaml", rule("threat"))
    write("common/notes.txt", "")
    found = problems(write("brand/a.yaml", text))
    assert found[0].startswith(f"brand/a.yaml:{place}:")
    assert told in found[0]


@pytest.mark.parametrize(
    ("own", "told"),
    [
        (rule("threat"), "stands in safety.yaml too; to stand in its place, say `replaces`"),
        (rule("x", more=", replaces: thread"), "no rule 'thread' is included; did you mean 'threat'?"),
        (
            rule("x", more=", replaces: threat") + rule("y", more=", replaces: threat"),
            "'threat' is replaced in a.yaml already",
        ),
        (rule("x", more=", replaces: y") + rule("y"), "no rule 'y' is included"),
    ],
)
def test_a_wrong_replacement_is_told(write: Write, own: str, told: str) -> None:
    write("common/safety.yaml", rule("threat"))
    folder = write("brand/a.yaml", "include: [../common/safety.yaml]\n" + indented(own))
    assert told in problems(folder)[0]


def test_a_mistake_in_an_included_file_is_told_once_and_there(write: Write, tmp_path: Path) -> None:
    write("common/safety.yaml", rule("threat", "labels.thraet > 0.5"))
    for name in ("brand", "forum"):
        write(f"{name}/a.yaml", "include: [../common/safety.yaml]\n")
    entries = "".join(
        f"  - {{id: {name}, title: X, brand: b, rules: {name}, policy: p}}\n" for name in ("brand", "forum")
    )
    (tmp_path / "communities.yaml").write_text(f"communities:\n{entries}")
    with pytest.raises(ConfigError) as caught:
        load_rulesets(tmp_path)
    told = [str(problem) for problem in caught.value.problems]
    assert len(told) == 1
    assert "safety.yaml:1:45: 0.when: unknown field 'labels.thraet'" in told[0]


def test_hash_and_version_change_with_an_included_file(write: Write, tmp_path: Path) -> None:
    write("common/safety.yaml", rule("threat"))
    folder = write("brand/a.yaml", "include: [../common/safety.yaml]\n")
    before = (directory_hash(tmp_path), load_ruleset(folder).version)
    write("common/safety.yaml", rule("threat", "labels.threat >= 0.71"))
    after = (directory_hash(tmp_path), load_ruleset(folder).version)
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert load_ruleset(folder).version == after[1]


def test_a_set_whose_tests_fail_is_refused_at_what_the_test_expects(write: Write) -> None:
    tests = ", tests: [{labels: {threat: 0.9}, expect: [hold]}, {name: mild, labels: {threat: 0.6}, expect: [hold]}]"
    folder = write("brand/a.yaml", rule("threat", more=tests))
    (problem,) = problems(folder)
    assert problem.startswith("brand/a.yaml:1:")
    assert "its test 2 (mild) fails: expected [hold], got []" in problem
    line = (folder / "a.yaml").read_text()
    assert line[int(problem.split(":")[2]) - 1 :].startswith("expect: [hold]}]")
    assert len(load_ruleset(folder, tested=False).rules) == 1


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("- id: [", "1:8", "the file ends within a list or mapping"),
        ("- id: x\n title: y", "2:2", "not indented like the lines it belongs to"),
        ("- id: x\n  when: a: b", "2:10", "a second `: ` on this line"),
        ("- id: 'x\n", "2:1", "a quote is opened and never closed"),
        ("- id: x\n\twhen: y", "2:1", "a tab; YAML is indented with blanks alone"),
        ("- id: x\n  id: y", "2:3", "`id` stands there twice"),
        ('- when: "a\\d"', "1:12", "\\d means nothing within \"…\"; write it within '…'"),
        ("- id: @x", "1:7", "nothing begins with @ here"),
        ("- id: {a: b", "1:12", "a comma or } is missing before this"),
    ],
)
def test_broken_yaml_is_told_in_plain_words(write: Write, text: str, place: str, told: str) -> None:
    (problem,) = problems(write("brand/a.yaml", text))
    assert problem.startswith(f"brand/a.yaml:{place}: is no YAML: ")
    assert told in problem
