"""A redis-server is found everywhere it should be: in PATH, in the pinned wheel, in the pinned jar."""

from __future__ import annotations

import platform
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from feuerwache.local import jars
from feuerwache.local.jars import DownloadFailed, has_sum
from feuerwache.local.places import cache_dir, checkout
from feuerwache.local.progress import Silent
from feuerwache.local.redis_binary import IN_JAR, IN_WHEEL, from_jar, from_path, from_wheel, unpack

CACHE = cache_dir(checkout(Path(__file__).parent))
HERE = (platform.system(), platform.machine())
LINUX = ("Linux", "x86_64")


def fake_redis(folder: Path, version: str) -> None:
    folder.mkdir()
    program = folder / "redis-server"
    program.write_text(f"#!/bin/sh\necho 'Redis server v={version} sha=0:0 malloc=libc'\n")
    program.chmod(0o755)


@pytest.mark.parametrize(("version", "taken"), [("7.0.15", True), ("6.2.0", True), ("6.0.16", False), ("5.0.7", False)])
def test_the_installed_one_is_taken_if_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, taken: bool
) -> None:
    fake_redis(tmp_path / "bin", version)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert from_path() == (tmp_path / "bin" / "redis-server" if taken else None)


def test_the_wheel_holds_the_pinned_binary() -> None:
    found = from_wheel(CACHE, Silent())
    assert has_sum(found, IN_WHEEL.sha256)
    if HERE == LINUX:
        assert "v=6.2" in subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("machine", sorted(IN_JAR))
def test_the_jar_holds_the_pinned_binary_of_each_machine(machine: tuple[str, str]) -> None:
    found = from_jar(CACHE, IN_JAR[machine], Silent())
    assert has_sum(found, IN_JAR[machine].sha256)
    if machine == HERE:
        assert "v=6.2" in subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout


def test_another_binary_than_the_pinned_one_is_refused(tmp_path: Path) -> None:
    [jar] = jars.fetch(jars.locked("redis"), CACHE)
    wrong = replace(IN_JAR[LINUX], sha256="0" * 64)
    with pytest.raises(DownloadFailed, match="not the binary that was pinned"):
        unpack(jar, wrong, tmp_path / "redis-server")
    assert list(tmp_path.iterdir()) == []
