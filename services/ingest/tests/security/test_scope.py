"""Tokens with a scope: some communities, some ways in, until some day, or only together with a certificate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feuerwache.common.config.community import load_communities
from feuerwache.common.config.source import ConfigError
from feuerwache.ingest.examination import Examined, examine
from feuerwache.ingest.integration import (
    EVERYTHING,
    Admission,
    Gate,
    Integration,
    Integrations,
    Token,
    hash_of,
    load_integrations,
    new_token,
)
from feuerwache.ingest.item import Item
from support.submissions import NOW, post

COMMUNITIES = "communities:\n" + "".join(
    f"  - {{id: {name}, title: T, brand: b, rules: r, policy: p}}\n" for name in ("one", "two", "three")
)


def gate_of(integration: Integration, now: datetime = NOW) -> Gate:
    return Gate(lambda: Integrations(integrations=(integration,)), {}, lambda: now)


def admitted(gate: Gate, token: str, *certificates: str) -> Admission:
    admission = gate.admit(f"Bearer {token}", certificates)
    assert admission is not None
    return admission


def with_tokens(*tokens: Token, **more: object) -> Integration:
    fields = {"id": "forum", "platform": "forum", "communities": ("one", "two"), "tokens": tokens, **more}
    return Integration.model_validate(fields)


def test_a_token_for_one_community_cannot_write_into_the_other() -> None:
    token = new_token()
    integration = with_tokens(Token(sha256=hash_of(token), communities=("two",)))
    own = admitted(gate_of(integration), token).integration
    assert (own.id, own.communities, integration.communities) == ("forum", ("two",), ("one", "two"))
    assert isinstance(examine(Item(post(community="two"), "post"), own, NOW), Examined)
    (refused,) = examine(Item(post(community="one"), "post"), own, NOW)  # type: ignore[misc]  # problems, or it fails
    assert refused.code == "foreign_community"
    left_out = examine(Item(post(community=None), "post"), own, NOW)
    assert isinstance(left_out, Examined)
    assert left_out.community == "two", "of its one community"


def test_a_token_may_do_what_its_scope_says_and_nothing_else() -> None:
    events, all_of_it = new_token(), new_token()
    integration = with_tokens(
        Token(sha256=hash_of(events), may=("events", "decisions")), Token(sha256=hash_of(all_of_it))
    )
    gate = gate_of(integration)
    assert [what for what in EVERYTHING if admitted(gate, events).may(what)] == ["events", "decisions"]
    assert all(admitted(gate, all_of_it).may(what) for what in EVERYTHING)
    assert admitted(gate, events).integration.communities == ("one", "two")


def test_a_token_ends_on_its_day_in_real_time() -> None:
    token = new_token()
    end = datetime(2026, 12, 1, tzinfo=UTC)
    integration = with_tokens(Token(sha256=hash_of(token), until=end))
    assert gate_of(integration, end - timedelta(seconds=1)).admit(f"Bearer {token}") is not None
    assert gate_of(integration, end).admit(f"Bearer {token}") is None


def test_an_integration_with_certificates_wants_one_of_them_and_the_token() -> None:
    token = new_token()
    integration = with_tokens(Token(sha256=hash_of(token)), client_certificates=("forum.example", "spiffe://f/new"))
    gate = gate_of(integration)
    assert gate.admit(f"Bearer {token}") is None
    assert gate.admit(f"Bearer {token}", ["other.example"]) is None
    assert gate.admit(f"Bearer {new_token()}", ["forum.example"]) is None
    assert admitted(gate, token, "x", "spiffe://f/new").integration.id == "forum"


def test_an_admission_shows_no_more_than_the_hash() -> None:
    token = new_token()
    assert token not in repr(admitted(gate_of(with_tokens(Token(sha256=hash_of(token)))), token))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            f"    tokens:\n      - sha256: {hash_of('x')}\n        communities: [one, three]",
            r":7:28: .*'three' is not among the communities of forum",
        ),
        (f"    token_sha256: [{hash_of('x')}, {hash_of('x')}]", r":5:\d+: .*stands there twice"),
        (
            f"    token_sha256: [{hash_of('x')}]\n    tokens: [{{sha256: {hash_of('x')}}}]",
            r":6:\d+: .*stands there twice",
        ),
        ("    tokens: [{sha256: abc}]", r":5:\d+: .*sha256"),
        (f"    tokens: [{{sha256: {hash_of('x')}, may: [everything]}}]", r":5:\d+: .*may"),
        (f"    tokens: [{{sha256: {hash_of('x')}, until: 2026-12-01}}]", r":5:\d+: .*until"),
    ],
)
def test_what_is_wrong_with_a_token_is_told_with_its_line(tmp_path: Path, lines: str, said: str) -> None:
    (tmp_path / "communities.yaml").write_text(COMMUNITIES)
    head = "integrations:\n  - id: forum\n    platform: forum\n    communities: [one, two]\n"
    (tmp_path / "integrations.yaml").write_text(head + lines + "\n")
    with pytest.raises(ConfigError, match=said):
        load_integrations(tmp_path, load_communities(tmp_path))
