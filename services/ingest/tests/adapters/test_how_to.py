"""docs/how-to-add-a-platform.md is right: its adapter has fewer than 100 lines and does what all adapters have to."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from feuerwache.common.config.community import Communities, Community
from feuerwache.ingest.adapters import registry
from feuerwache.ingest.adapters.adapter import Refusal, Refused
from feuerwache.ingest.adapters.profile import Feature
from feuerwache.ingest.adapters.sample import differences, read_sample, run, samples
from feuerwache.ingest.envelope import Unreadable
from feuerwache.ingest.integration import load_integrations
from support.adapters import changed, near, proof_of, webhook, while_changing

PAGE = (Path(__file__).parents[4] / "docs/how-to-add-a-platform.md").read_text("utf-8")
MODULE = "pinboard_of_the_page"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of one's own, with the adapter of the page and its samples."""
    [code] = blocks("python")
    (tmp_path / f"{MODULE}.py").write_text(code, "utf-8")
    (tmp_path / "samples" / "pinboard").mkdir(parents=True)
    for at, sample in enumerate(blocks("json")):
        (tmp_path / "samples" / "pinboard" / f"{at}.json").write_text(sample, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(registry, "OWN", {**registry.OWN, "pinboard": f"{MODULE}:PINBOARD"})
    yield tmp_path
    sys.modules.pop(MODULE, None)


def test_the_adapter_has_fewer_than_a_hundred_lines() -> None:
    [code] = blocks("python")
    assert 50 < len(code.splitlines()) < 100


def test_its_samples_give_what_the_page_says_and_show_every_feature(folder: Path) -> None:
    kind = registry.load("pinboard")
    found = [read_sample(path) for path in samples("pinboard")]
    assert len(found) == len(blocks("json")) == 4
    for sample in found:
        assert differences(sample.expect, run(sample, kind)) == []
    shown = {feature for sample in found for feature in sample.features} | {Feature.SIGNATURE}
    assert shown == set(kind.profile.features)


def test_its_calls_are_believed_for_their_signature_alone_and_no_body_breaks_it(folder: Path) -> None:
    kind = registry.load("pinboard")
    for path in samples("pinboard"):
        sample = read_sample(path)
        adapter, delivery = webhook(kind, sample), sample.delivery()
        assert proof_of(sample) == "x-pinboard-signature"
        assert adapter.verify(delivery, while_changing(sample.values), sample.now) is None
        for refused in (
            adapter.verify(delivery, changed(sample.values), sample.now),
            adapter.verify(replace(delivery, body=delivery.body + b" "), sample.values, sample.now),
        ):
            assert refused == Refused(Refusal.WRONG)
        for body in near(sample.request.body if sample.request is not None else {}):
            try:
                adapter.read(replace(delivery, body=body), sample.now)
            except Unreadable:
                continue


def test_its_configuration_loads(folder: Path) -> None:
    [text] = blocks("yaml")
    (folder / "integrations.yaml").write_text(text, "utf-8")
    one = Community(id="morgenrot-forum", title="T", brand="b", rules="r", policy="p")
    loaded = load_integrations(folder, Communities(communities=(one,)))
    written: Any = YAML(typ="safe").load(text)
    assert [each.id for each in loaded.integrations] == [each["id"] for each in written["integrations"]]


def test_an_adapter_of_another_package_is_found_by_its_entry_point(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "OWN", {})
    info = folder / "pinboard-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pinboard\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\npinboard = {MODULE}:PINBOARD\n")
    assert "pinboard" in registry.kinds()
    assert registry.load("pinboard").profile.title == "Pinboard"
