"""Who may come in: the committed file, tokens by hash and by the stack's file, and the command that makes one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from feuerwache.common.config.catalog import Catalog
from feuerwache.common.config.community import load_communities
from feuerwache.common.config.source import ConfigError
from feuerwache.common.errors import FatalError
from feuerwache.ingest.commands import app
from feuerwache.ingest.integration import (
    Gate,
    Integration,
    Integrations,
    hash_of,
    load_integrations,
    load_senders,
    new_token,
    read_tokens,
)

CONFIG = Path(__file__).parents[3] / "config"


def test_the_committed_configuration_is_right() -> None:
    integrations = load_integrations(CONFIG, load_communities(CONFIG))
    assert {integration.id for integration in integrations.integrations} >= {"morgenrot-facebook", "morgenrot-forum"}


def test_each_token_opens_for_its_integration_only() -> None:
    old, new, stack = new_token(), new_token(), new_token()
    one = Integration(id="one", platform="a", communities=("x",), token_sha256=(hash_of(old), hash_of(new)))
    two = Integration(id="two", platform="b", communities=("y",))
    gate = Gate(lambda: Integrations(integrations=(one, two)), {"two": hash_of(stack)})
    opened = [gate.admit(header) for header in (f"Bearer {old}", f"bearer  {new}", f"Bearer {stack}")]
    assert [admission and admission.integration for admission in opened] == [one, one, two]
    for wrong in (None, "", "Bearer", "Bearer ", f"Basic {old}", old, f"Bearer {hash_of(old)}", f"Bearer {old}ä"):
        assert gate.admit(wrong) is None


def test_an_unknown_community_is_told_with_its_line(tmp_path: Path) -> None:
    communities = load_communities(CONFIG)
    file = tmp_path / "integrations.yaml"
    file.write_text("integrations:\n  - id: x\n    platform: forum\n    communities:\n      - nowhere\n")
    with pytest.raises(ConfigError, match=r"integrations\.yaml:5:9: .*'nowhere' is not in communities\.yaml"):
        load_integrations(tmp_path, communities)


@pytest.mark.parametrize(
    ("act", "deletions", "clashes"), (("hold", "true", True), ("hold", "false", False), ("remove", "true", False))
)
def test_what_is_held_for_review_on_youtube_must_not_look_deleted(
    tmp_path: Path, act: str, deletions: str, clashes: bool
) -> None:
    communities = load_communities(CONFIG)
    file = tmp_path / "integrations.yaml"
    file.write_text(
        f"""integrations:
  - id: tube
    platform: youtube
    communities: [morgenrot-forum]
    adapter:
      kind: youtube
      secrets: {{key: [{{env: TUBE_KEY}}], api: [{{env: TUBE_TOKEN}}]}}
      settings: {{channel: UC{"x" * 22}, deletions: {deletions}}}
    outbound: {{acts: {{{act}: {{}}}}}}
"""
    )
    if not clashes:
        assert load_integrations(tmp_path, communities).get("tube") is not None
        return
    with pytest.raises(ConfigError, match=r"integrations\.yaml:8:\d+: .*looks deleted to an API key"):
        load_integrations(tmp_path, communities)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("{", "cannot be read"), ("[]", "not a JSON object"), ('{"one": "short"}', "tokens of one .* shorter than 32")],
)
def test_a_bad_tokens_file_ends_the_process(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "tokens.json"
    file.write_text(text)
    with pytest.raises(FatalError, match=reason):
        read_tokens(file)


def test_a_token_for_nobody_ends_the_process() -> None:
    with pytest.raises(FatalError, match="unknown integrations: two"):
        Gate(lambda: Integrations(integrations=()), {"two": hash_of(new_token())})


def test_the_command_prints_a_token_and_its_hash() -> None:
    result = CliRunner().invoke(app, ["ingest", "token", "new", "--json"])
    printed = json.loads(result.stdout)
    assert (result.exit_code, hash_of(printed["token"])) == (0, printed["token_sha256"])
    assert printed["token"] != json.loads(CliRunner().invoke(app, ["ingest", "token", "new", "--json"]).stdout)["token"]


def test_a_token_that_is_added_opens_and_one_that_is_taken_away_does_not(tmp_path: Path) -> None:
    config = Path(shutil.copytree(CONFIG, tmp_path / "config"))
    catalog = Catalog(load_senders, config)
    gate = Gate(lambda: catalog.current.integrations, {})
    token = new_token()
    assert gate.admit(f"Bearer {token}") is None

    file = config / "integrations.yaml"
    whole = file.read_text()
    file.write_text(whole.replace("token_sha256: []", f"token_sha256: [{hash_of(token)}]", 1))
    assert catalog.refresh()
    found = gate.admit(f"Bearer {token}")
    assert found is not None
    assert found.integration.id == "morgenrot-facebook"

    file.write_text(whole.replace("communities: [morgenrot-forum]", "communities: [nowhere]"))
    assert catalog.refresh()
    assert "'nowhere' is not in communities.yaml" in str(catalog.problem)
    assert gate.admit(f"Bearer {token}") == found, "the last good one stays"

    file.write_text(whole)
    assert catalog.refresh()
    assert gate.admit(f"Bearer {token}") is None
