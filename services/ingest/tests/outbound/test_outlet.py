"""`outbound:` in integrations.yaml: what is read, and every mistake with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from feuerwache.common.config import source
from feuerwache.common.config.community import Communities, Community
from feuerwache.common.config.secretsource import SecretSource
from feuerwache.common.config.source import ConfigError
from feuerwache.common.events.decision import Action, Severity
from feuerwache.ingest.integration import load_integrations
from feuerwache.ingest.outbound.doubt import doubtful_outlets
from feuerwache.ingest.outbound.outlet import Outlet

COMMUNITIES = Communities(communities=(Community(id="c", title="C", brand="b", rules="r", policy="p"),))
HEAD = "integrations:\n  - id: forum\n    platform: forum\n    communities: [c]\n    outbound:\n"


def read(folder: Path, lines: str) -> Outlet:
    (folder / "integrations.yaml").write_text(HEAD + "".join(f"      {line}\n" for line in lines.splitlines()))
    outlet = load_integrations(folder, COMMUNITIES).integrations[0].outbound
    assert outlet is not None
    return outlet


def test_an_outlet_is_read_with_its_defaults(tmp_path: Path) -> None:
    outlet = read(
        tmp_path,
        "webhook:\n"
        "  url: https://forum.example/hook?token=swordfish\n"
        "  secrets: [{file: /run/secrets/new}, {env: OLD_SECRET}]\n"
        "can: [hold, review]\n"
        "instead: {warn: [hold]}\n"
        "min_severity: high",
    )
    assert outlet.webhook is not None
    assert outlet.webhook.secrets == (SecretSource(file=Path("/run/secrets/new")), SecretSource(env="OLD_SECRET"))
    assert outlet.min_severity is Severity.HIGH
    assert Action.APPROVE not in outlet.actions
    assert not outlet.shadow
    assert "swordfish" not in repr(outlet)


@pytest.mark.parametrize(
    ("lines", "place", "reason"),
    [
        ("can: [hide, silence]", "6:19", "Input should be"),
        ("can: []", "6:7", "at least 1 item"),
        ("can: [hold, escalate]", "5:5", "escalate in `can`: it stays inside"),
        ("can: [hold]\ninstead: {hide: [review]}", "5:5", "`instead` of hide is review, which does not stand in `can`"),
        ("can: [hold, remove]\ninstead: {hide: [remove]}", "5:5", "what cannot be taken back replaces nothing"),
        ("can: [hold]\ninstead: {hold: [hold]}", "5:5", "`instead` has hold, which stands in `can`"),
        ("can: [hold]\ncommunities: [d]", "7:21", "'d' is not among the communities of forum"),
        ("can: [hold]\nmin_severity: urgent", "7:7", "Input should be"),
        ("can: [hold]\nwebhook: {url: 'ftp://x', secrets: [{env: X}]}", "7:17", "String should match"),
        ("can: [hold]\nwebhook: {url: 'https://x', secrets: []}", "7:35", "at least 1 item"),
        ("can: [hold]\nwebhook: {url: 'https://x', secrets: [{env: X, file: y}]}", "7:45", "give `env` .* or `file`"),
        ("can: [hold]\nwebhook: {url: 'https://x', secrets: [whsec_c3dvcmRmaXNo]}", "7:45", "valid dictionary"),
        ("can: [hold]\nsecret: whsec_c3dvcmRmaXNo", "7:7", "Extra inputs"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_without_the_secret(
    tmp_path: Path, lines: str, place: str, reason: str
) -> None:
    with pytest.raises(ConfigError, match=rf"integrations\.yaml:{place}: .*{reason}") as caught:
        read(tmp_path, lines)
    assert "c3dvcmRmaXNo" not in str(caught.value)


def test_chosen_actions_without_any_answer_are_named() -> None:
    assert Outlet(can=(Action.HOLD,)).unanswerable() == (Action.RESTRICT, Action.REVIEW, Action.WARN, Action.MOVE)
    assert Outlet(can=(Action.HOLD,), actions=(Action.HIDE, Action.WELCOME)).unanswerable() == ()


def test_what_is_likely_not_meant_is_told_with_its_line(tmp_path: Path) -> None:
    lines = "webhook: {url: 'http://forum.example/', secrets: [{env: X}]}\ncan: [hold]\nactions: [hide, warn]"
    read(tmp_path, lines)
    told = doubtful_outlets(source.read(tmp_path / "integrations.yaml"), load_integrations(tmp_path, COMMUNITIES))
    assert [(problem.line, problem.reason.split(":")[0]) for problem in told] == [
        (7, "warn is sent nowhere"),
        (6, "is not encrypted"),
    ]
    read(tmp_path, lines.replace("http://forum.example/", "http://127.0.0.1:80/").replace("warn", "hold"))
    integrations = load_integrations(tmp_path, COMMUNITIES)
    assert list(doubtful_outlets(source.read(tmp_path / "integrations.yaml"), integrations)) == []
