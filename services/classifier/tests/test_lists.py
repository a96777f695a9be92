"""Watchlist files: read, refused with their place, taken over when they change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feuerwache.classifier.lists import WatchedLists, load_watch
from feuerwache.classifier.model.phrases import FoldedText
from feuerwache.classifier.model.tokens import tokenise
from feuerwache.classifier.model.watchlist import Watch
from feuerwache.common.clock import ManualClock
from feuerwache.common.config.source import ConfigError

LIST = "id: {id}\ntitle: {{de: Titel}}\ncategory: test\nterms: [{terms}]\n"


def write(config: Path, name: str, terms: str, list_id: str | None = None) -> None:
    (config / "watchlists").mkdir(exist_ok=True)
    (config / "watchlists" / f"{name}.yaml").write_text(LIST.format(id=list_id or name, terms=terms), encoding="utf-8")


def hits(watch: Watch, text: str) -> list[str]:
    return [hit.watchlist for hit in watch.hits(FoldedText(text, tokenise(text)))]


def test_no_folder_is_no_lists(tmp_path: Path) -> None:
    assert load_watch(tmp_path).lists == ()


def test_all_files_together(tmp_path: Path) -> None:
    write(tmp_path, "one", "rückruf*")
    write(tmp_path, "two", '"(anwalt|anwältin)", "du [0-2] hörst noch"')
    watch = load_watch(tmp_path)
    assert hits(watch, "Meine Anwältin sagt: RUECKRUFAKTION!") == ["two", "one"]
    assert hits(watch, "Du, ihr hört noch von mir") == []


def test_every_mistake_is_told_with_its_place(tmp_path: Path) -> None:
    write(tmp_path, "one", '"gut", "[0-3]"')
    write(tmp_path, "two", "gut", list_id="one")
    write(tmp_path, "wrong", "gut", list_id="Groß")
    with pytest.raises(ConfigError) as raised:
        load_watch(tmp_path)
    assert {(Path(each.file).name, each.line, each.field) for each in raised.value.problems} == {
        ("one.yaml", 4, "terms.1"),
        ("wrong.yaml", 1, "id"),
    }


def test_the_same_id_twice_is_a_mistake(tmp_path: Path) -> None:
    write(tmp_path, "one", "gut")
    write(tmp_path, "two", "gut", list_id="one")
    with pytest.raises(ConfigError, match=r"two\.yaml:1:1: id: there is a watchlist 'one' already"):
        load_watch(tmp_path)


def test_changes_are_taken_over_and_broken_ones_told_once(tmp_path: Path) -> None:
    clock = ManualClock(datetime(2026, 11, 14, tzinfo=UTC))
    write(tmp_path, "one", "alt")
    lists = WatchedLists(tmp_path, 2.0, clock.monotonic)
    write(tmp_path, "one", "neu")
    assert lists.changed() is None, "not looked at yet"
    clock.advance(timedelta(seconds=2))
    watch = lists.changed()
    assert watch is not None
    assert hits(watch, "neu") == ["one"]
    write(tmp_path, "one", '"[0-3]"')
    clock.advance(timedelta(seconds=2))
    with pytest.raises(ConfigError):
        lists.changed()
    clock.advance(timedelta(seconds=2))
    assert lists.changed() is None


def test_the_lists_of_the_house_are_in_order() -> None:
    watch = load_watch(Path(__file__).parents[3] / "config")
    assert {each.id for each in watch.lists} >= {"product-safety", "legal", "press"}
    assert (
        hits(watch, "Bei der Aurora kam Rauch aus dem Gehäuse, ich verlange einen Rückruf!") == ["product-safety"] * 2
    )
    assert hits(watch, "Mein Anwalt ist informiert, die Presse auch informiert.") == ["legal", "press"]
    assert hits(watch, "Die Röstung schmeckt leicht verbrannt, ich nehme die French Press.") == []
    assert hits(watch, "Welche Bohnen nehmt ihr?") == []
