"""What is not what the lock says is never used: fetched anew if it lay in the cache, refused if it was served."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from feuerwache.local import jars
from feuerwache.local.jars import DownloadFailed, Jar

CONTENT = b"PK not really, but nobody looks inside"
JAR = Jar("org.example", "thing", "1.0", sha256(CONTENT).hexdigest())


class Repository:
    """A Maven repository on this machine, and what it was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []

    def put(self, jar: Jar, content: bytes) -> None:
        place = self.folder / jar.group.replace(".", "/") / jar.artifact / jar.version / jar.file_name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)

    def jars_asked(self) -> list[str]:
        return [path.rsplit("/", 1)[1] for path in self.asked if path.endswith(".jar")]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    served = Repository(tmp_path / "served")
    served.folder.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            served.asked.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(served.folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv(jars.REPOSITORY_VARIABLE, f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr(jars, "PAUSE_SECONDS", 0.01)
        yield served
        server.shutdown()


def test_a_jar_is_fetched_once(repository: Repository, tmp_path: Path) -> None:
    repository.put(JAR, CONTENT)
    [first] = jars.fetch([JAR], tmp_path / "cache")
    [second] = jars.fetch([JAR], tmp_path / "cache")
    assert first == second
    assert first.read_bytes() == CONTENT
    assert repository.jars_asked() == ["thing-1.0.jar"]


def test_a_broken_file_in_the_cache_is_fetched_anew_and_the_rest_is_kept(
    repository: Repository, tmp_path: Path
) -> None:
    other = replace(JAR, artifact="other")
    repository.put(JAR, CONTENT)
    repository.put(other, CONTENT)
    path, _ = jars.fetch([JAR, other], tmp_path / "cache")
    path.write_bytes(CONTENT[:7])
    repository.asked.clear()
    jars.fetch([JAR, other], tmp_path / "cache")
    assert path.read_bytes() == CONTENT
    assert repository.jars_asked() == ["thing-1.0.jar"]


def test_a_wrong_sum_is_refused_and_nothing_of_it_is_kept(repository: Repository, tmp_path: Path) -> None:
    repository.put(JAR, CONTENT + b"!")
    with pytest.raises(DownloadFailed, match=r"org\.example:thing:1\.0 does not have the SHA-256 sum .* run the same"):
        jars.fetch([JAR], tmp_path / "cache")
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []
    assert len(repository.jars_asked()) == jars.ATTEMPTS


def test_what_cannot_be_had_fails_with_what_to_do(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match=r"could not be fetched .*HTTPS_PROXY.*FEUERWACHE_MAVEN_REPOSITORY"):
        jars.fetch([JAR], tmp_path / "cache")


def test_the_lock_pins_the_whole_broker() -> None:
    pinned = jars.locked("kafka")
    assert len(pinned) == 46
    assert {jar.version for jar in pinned if jar.group == "org.apache.kafka"} == {"4.2.0"}
    assert len({jar.file_name for jar in pinned}) == 46
    assert all(len(jar.sha256) == 64 for jar in (*pinned, *jars.locked("redis")))
