"""A mistake in a configuration file is told with file, line, column, field and reason; all of them at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from feuerwache.common.config.community import Communities, load_communities
from feuerwache.common.config.people import People
from feuerwache.common.config.source import ConfigError, directory_hash, load, plain, read

GOOD = """\
communities:
  - id: morgenrot-forum
    title: Forum
    brand: Morgenrot
    rules: brand-de
    policy: brand
"""


def problems(tmp_path: Path, text: str | bytes, model: type[Communities] | type[People] = Communities) -> list[str]:
    path = tmp_path / "communities.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        load(path, model)
    return [str(problem).removeprefix(f"{path}:") for problem in caught.value.problems]


def test_a_good_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "communities.yaml").write_text(GOOD, "utf-8")
    communities = load_communities(tmp_path)
    assert communities.get("morgenrot-forum") is communities.communities[0]
    assert communities.get("unknown") is None


def test_an_unknown_field_is_told_at_its_place(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD + "    titel: Forum\n") == [
        "7:5: communities.0.titel: Extra inputs are not permitted; did you mean 'title'?"
    ]


def test_a_missing_field_is_told_at_its_parent(tmp_path: Path) -> None:
    text = GOOD.replace("    brand: Morgenrot\n", "")
    assert problems(tmp_path, text) == ["2:5: communities.0.brand: Field required"]


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    text = GOOD + "    timezone: Europe/Köln\n    canary: perhaps\n"
    found = problems(tmp_path, text)
    assert len(found) == 2
    assert found[0].startswith("7:5: communities.0.timezone: Value error, 'Europe/Köln' is no IANA time zone")
    assert found[1].startswith("8:5: communities.0.canary: Input should be a valid boolean")


AS_JSON = {
    "communities": [{"id": "a", "title": "Bär 🐻", "brand": "b", "rules": "r", "policy": "p", "team": ["x"]}],
}


def test_a_file_of_json_is_read_as_such_and_means_what_yaml_makes_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "communities.yaml"
    path.write_text(json.dumps(AS_JSON, indent=2, ensure_ascii=False), "utf-8")
    slow = Communities.model_validate(plain(read(path).root))
    monkeypatch.setattr(YAML, "load", lambda *_: pytest.fail("YAML is not needed"))
    assert load_communities(tmp_path) == slow
    assert slow.communities[0].title == "Bär 🐻"


def test_a_mistake_in_a_file_of_json_is_told_at_its_place(tmp_path: Path) -> None:
    wrong = json.dumps(AS_JSON, indent=2).replace('"brand": "b"', '"brandt": "b"')
    assert problems(tmp_path, wrong) == [
        "3:5: communities.0.brand: Field required",
        "6:7: communities.0.brandt: Extra inputs are not permitted; did you mean 'brand'?",
    ]
    twice = json.dumps(AS_JSON).replace('"id": "a"', '"id": "a", "id": "b"')
    assert "`id` stands there twice" in problems(tmp_path, twice)[0]
    assert "nested too deeply" in problems(tmp_path, '{"communities": ' + "[" * 60 + "]" * 60 + "}")[0]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "0x1F", "yes", "1_000", "~"])
def test_what_is_no_json_means_what_it_means_in_yaml(tmp_path: Path, value: str) -> None:
    path = tmp_path / "some.yaml"
    path.write_text(f'{{"a": {value}}}', "utf-8")
    block = tmp_path / "block.yaml"
    block.write_text(f"a: {value}\n", "utf-8")
    assert repr(plain(read(path).root)) == repr(plain(read(block).root))


def test_broken_yaml_is_told_at_its_place(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "communities:\n  - id: [\n")
    assert found.startswith("3:1: ")


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "communities: Münster".encode("latin-1"))
    assert "is not UTF-8" in found


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "")
    assert found.startswith("1:1: ")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "nowhere.yaml", Communities)


def test_the_same_id_twice_is_told(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, GOOD + GOOD.removeprefix("communities:\n"))
    assert "'morgenrot-forum' stands there twice" in found


@pytest.mark.parametrize(
    ("value", "place", "reason"),
    [
        ("2026-13-45", "3:5: ", "month must be in 1..12"),
        ("2026-11-14T25:00:00Z", "3:5: ", "hour must be in 0..23"),
        ("!!int seven", "3:5: ", "invalid literal"),
        ("0x_", "3:5: ", "is no value of its kind"),
        ("9" * 5000, "3:5: ", "Exceeds the limit"),
        ("[" * 100 + "]" * 100, "3:", "nested too deeply"),
        ("[" * 3000 + "]" * 3000, "1:1: ", "nested too deeply"),
        ("{a: " * 3000 + "}" * 3000, "1:1: ", "nested too deeply"),
    ],
    ids=["date", "time", "number", "hexadecimal", "long", "deep", "abyss", "mappings"],
)
def test_what_the_parser_trips_over_is_told(tmp_path: Path, value: str, place: str, reason: str) -> None:
    (found,) = problems(tmp_path, f"# people\ncommunities:\n  - {value}\n")
    assert found.startswith(place)
    assert reason in found


def test_a_list_that_contains_itself_is_told(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "# people\n- &a [*a]\n")
    assert found == "2:3: is nested too deeply, or contains itself"


def test_a_value_used_twice_is_not_one_that_contains_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: &a [1, 2]\nb: [*a, *a]\n", "utf-8")
    assert plain(read(path).root) == {"a": [1, 2], "b": [[1, 2], [1, 2]]}


def test_the_hash_follows_content_and_names(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\n", "utf-8")
    first = directory_hash(tmp_path)
    assert directory_hash(tmp_path) == first
    (tmp_path / "a.yaml").write_text("a: 2\n", "utf-8")
    second = directory_hash(tmp_path)
    (tmp_path / "a.yaml").rename(tmp_path / "b.yaml")
    assert len({first, second, directory_hash(tmp_path)}) == 3
