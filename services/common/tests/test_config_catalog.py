"""A changed configuration comes into force, a broken one leaves the last good one, and a mended one is taken over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from feuerwache.common.config.catalog import Catalog, unmoved
from feuerwache.common.config.source import ConfigError, ConfigModel, Problem, directory_hash, load


class Watchword(ConfigModel):
    word: str


def load_word(config_dir: Path) -> str:
    return load(config_dir / "word.yaml", Watchword).word


def write(config_dir: Path, content: str) -> None:
    (config_dir / "word.yaml").write_text(content)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    write(tmp_path, "word: fire\n")
    return tmp_path


def test_a_change_is_taken_over_once(config: Path) -> None:
    catalog = Catalog(load_word, config)
    assert not catalog.refresh()
    write(config, "word: flame\n")
    assert catalog.refresh()
    assert catalog.current == "flame"
    assert not catalog.refresh()


def test_the_last_good_one_stays_until_the_file_is_mended(config: Path) -> None:
    catalog = Catalog(load_word, config)
    write(config, "\nwort: flame\n")
    assert catalog.refresh()
    assert catalog.current == "fire"
    assert f"{config / 'word.yaml'}:2:1: wort" in str(catalog.problem)
    (config / "another.yaml").write_text("{}")
    assert not catalog.refresh(), "the same problem is told once"

    write(config, "word: fire\n")
    assert catalog.refresh(), "mended back to what it was"
    assert (catalog.current, catalog.problem) == ("fire", None)


def test_a_file_that_cannot_be_read_is_told_once_and_looked_at_again(config: Path) -> None:
    catalog = Catalog(load_word, config)
    broken = config / "gone.yaml"
    broken.symlink_to(config / "nowhere")
    assert catalog.refresh()
    assert str(catalog.problem) == f"{broken}:1:1: cannot be read: No such file or directory"
    assert not catalog.refresh()
    broken.unlink()
    assert catalog.refresh()
    assert (catalog.current, catalog.problem) == ("fire", None)


def test_what_changes_while_it_is_read_is_read_at_the_next_look(config: Path) -> None:
    def load_and_change(config_dir: Path) -> str:
        found = load_word(config_dir)
        write(config_dir, "word: flame\n")
        return found

    catalog = Catalog(load_and_change, config)
    assert catalog.current == "fire"
    assert catalog.refresh()
    assert catalog.current == "flame"


def test_without_any_good_configuration_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        Catalog(load_word, tmp_path)


def test_another_error_is_nobodys_configuration(config: Path) -> None:
    catalog = Catalog(load_word, config)
    catalog._load = lambda _: str(1 / 0)  # a bug in the loader
    write(config, "word: flame\n")
    with pytest.raises(ZeroDivisionError):
        catalog.refresh()


def test_the_hash_names_the_files_that_were_read(config: Path) -> None:
    states = iter(["word: flame\n", "word: {\n", "word: ember\n", None])

    def read(config_hash: str) -> tuple[str, str]:
        change = next(states)
        if change is not None:  # somebody writes between the hash and the reading
            write(config, change)
        return load_word(config), config_hash

    assert unmoved(config, read) == ("ember", directory_hash(config))


def test_files_that_never_come_to_rest_are_not_used(config: Path) -> None:
    def words() -> Iterator[str]:
        yield from (f"word: fire{count}\n" for count in range(100))

    changes = words()
    with pytest.raises(ConfigError, match="changes while it is read"):
        unmoved(config, lambda _: write(config, next(changes)))


def test_a_problem_of_files_at_rest_is_told_as_it_is(config: Path) -> None:
    def read(_: str) -> str:
        raise ConfigError([Problem("word.yaml", 3, 1, "word", "is wrong")])

    with pytest.raises(ConfigError, match=r"word\.yaml:3:1: word: is wrong"):
        unmoved(config, read)
