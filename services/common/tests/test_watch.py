"""The watch of a running process: what it takes over, what it says in its metric and log, and when it ends it all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from feuerwache.common.config.catalog import Catalog
from feuerwache.common.config.source import ConfigModel, load
from feuerwache.common.watch import together, watch
from support.kafka import until

SECONDS = 0.01


class Watchword(ConfigModel):
    word: str


def load_word(config_dir: Path) -> str:
    word = load(config_dir / "word.yaml", Watchword).word
    if word == "bug":
        raise ZeroDivisionError(word)
    return word


@asynccontextmanager
async def watched(config: Path, service: str, taken: list[str]) -> AsyncIterator[Catalog[str]]:
    catalog = Catalog(load_word, config)
    stop = asyncio.Event()
    watching = asyncio.create_task(together(stop, watch(catalog, service, SECONDS, stop, taken.append)))
    try:
        yield catalog
    finally:
        stop.set()
        await watching


def is_ok(service: str) -> float | None:
    return REGISTRY.get_sample_value("feuerwache_config_ok", {"service": service})


def test_changed_broken_mended(tmp_path: Path) -> None:
    file = tmp_path / "word.yaml"
    file.write_text("word: fire\n")
    taken: list[str] = []

    async def main() -> None:
        async with watched(tmp_path, "mended", taken) as catalog:
            await until(lambda: _is(is_ok("mended"), 1.0), "the metric", 10)
            put(file, "word: flame\n")
            await until(lambda: _is(catalog.current, "flame"), "the change", 10)

            put(file, "\nword: [\n")
            await until(lambda: _is(is_ok("mended"), 0.0), "the metric", 10)
            assert catalog.current == "flame"
            await asyncio.sleep(SECONDS * 10)  # looked at again and again, and told once

            put(file, "word: ember\n")
            await until(lambda: _is(is_ok("mended"), 1.0), "the metric", 10)
            assert catalog.current == "ember"

    with capture_logs() as logs:
        asyncio.run(main())
    assert taken == ["flame", "ember"]
    (problem,) = [line["problems"] for line in logs if line["log_level"] == "error"]
    assert problem.startswith(f"{file}:")
    assert ":3:1:" in problem


def test_a_watch_that_dies_ends_its_process(tmp_path: Path) -> None:
    (tmp_path / "word.yaml").write_text("word: fire\n")

    async def main() -> None:
        catalog = Catalog(load_word, tmp_path)
        stop = asyncio.Event()
        (tmp_path / "word.yaml").write_text("word: bug\n")
        async with asyncio.timeout(10):
            await together(stop, work(stop), watch(catalog, "dies", SECONDS, stop))

    ended: list[str] = []

    async def work(stop: asyncio.Event) -> None:
        await stop.wait()
        ended.append("in order")

    with pytest.raises(ZeroDivisionError):
        asyncio.run(main())
    assert ended == ["in order"]


def put(file: Path, text: str) -> None:
    """In one step: a file caught half written would be told as another broken one."""
    draft = file.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(file)


async def _is(found: object, wanted: object) -> bool:
    return found == wanted
