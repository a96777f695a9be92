"""Discourse and Mastodon beyond the suite: what is left alone although it was asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from feuerwache.common.events.decision import Action
from feuerwache.ingest.adapters.adapter import Fetched
from feuerwache.ingest.adapters.discourse import DiscourseSettings
from feuerwache.ingest.adapters.mastodon import MastodonSettings
from feuerwache.ingest.outbound.actions.action import Order, Unaskable
from feuerwache.ingest.outbound.actions.discourse import DiscourseActions
from feuerwache.ingest.outbound.actions.mastodon import MastodonActions
from feuerwache.ingest.outbound.outcome import Kind
from support.actions.discourse import BY_MODERATOR, BY_US, DELETED, SETTINGS, post
from support.actions.mastodon import account

NOW = datetime(2026, 11, 14, 12, tzinfo=UTC)
FORUM = DiscourseActions(DiscourseSettings.model_validate(SETTINGS))
INSTANCE = MastodonActions(MastodonSettings(url="https://social.example"))
SECRETS = {"api": (b"the-key",)}


def order(action: Action) -> Order:
    return Order(UUID(int=7), action, "forum", "morgenrot", "4711", "17")


def answer(body: dict[str, Any], status: int = 200, **headers: str) -> Fetched:
    return Fetched(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps(body).encode()
    )


@pytest.mark.parametrize(
    ("fields", "kind"),
    (
        ({}, None),
        ({"post_number": 1}, Kind.REFUSED),
        ({"user_deleted": True}, Kind.TAKEN),
        ({"deleted_at": DELETED, "deleted_by": BY_MODERATOR}, Kind.TAKEN),
        ({"deleted_at": DELETED, "post_number": 1}, Kind.TAKEN),
    ),
)
def test_a_topic_is_not_deleted_for_its_first_post(fields: dict[str, Any], kind: Kind | None) -> None:
    seen = FORUM.seen(order(Action.REMOVE), answer(post(**fields)), NOW)
    assert (seen.kind if seen else None) is kind


@pytest.mark.parametrize(
    ("fields", "kind"),
    (
        ({"deleted_at": DELETED, "deleted_by": BY_US}, None),
        ({}, Kind.TAKEN),
        ({"deleted_at": DELETED, "deleted_by": BY_MODERATOR}, Kind.REFUSED),
        ({"deleted_at": DELETED, "deleted_by": {**BY_US, "id": 17}}, Kind.REFUSED),
        ({"deleted_at": DELETED, "deleted_by": BY_US, "user_deleted": True}, Kind.REFUSED),
        ({"deleted_at": DELETED}, Kind.REFUSED),
    ),
)
def test_only_what_was_deleted_from_here_is_brought_back(fields: dict[str, Any], kind: Kind | None) -> None:
    seen = FORUM.seen(order(Action.APPROVE), answer(post(**fields)), NOW)
    assert (seen.kind if seen else None) is kind


@pytest.mark.parametrize("action", (Action.REMOVE, Action.APPROVE))
@pytest.mark.parametrize("status", (302, 401, 403, 404, 429, 500))
def test_a_post_that_cannot_be_looked_at_is_asked_for_again(action: Action, status: int) -> None:
    seen = FORUM.seen(order(action), answer({}, status), NOW)
    assert seen is not None and seen.kind is Kind.RETRY


def test_a_silence_has_an_end() -> None:
    with pytest.raises(Unaskable):
        FORUM.request(order(Action.RESTRICT), SECRETS)


@pytest.mark.parametrize(
    ("said", "seconds"), (("2026-11-14T12:00:40.000Z", 40.0), ("nonsense", None), ("2020-01-01T00:00:00Z", 0.0))
)
def test_mastodon_is_left_alone_until_its_limit_is_reset(said: str, seconds: float | None) -> None:
    outcome = INSTANCE.judge(order(Action.RESTRICT), answer({}, 429, x_ratelimit_reset=said), NOW)
    assert (outcome.kind, outcome.retry_after) == (Kind.RETRY, seconds)
    outcome = INSTANCE.judge(order(Action.RESTRICT), answer({}, 500, x_ratelimit_reset=said), NOW)
    assert (outcome.kind, outcome.retry_after) == (Kind.RETRY, None)


@pytest.mark.parametrize(
    ("fields", "kind"), (({}, None), ({"silenced": True}, Kind.TAKEN), ({"suspended": True}, Kind.TAKEN))
)
def test_who_is_limited_already_gets_no_second_strike(fields: dict[str, Any], kind: Kind | None) -> None:
    seen = INSTANCE.seen(order(Action.RESTRICT), answer(account(**fields)), NOW)
    assert (seen.kind if seen else None) is kind


def test_the_receipt_of_a_limit_says_that_it_has_no_end() -> None:
    outcome = INSTANCE.judge(order(Action.RESTRICT), answer({}), NOW)
    assert outcome.of(Action.RESTRICT).status == "done"
    assert "without an end" in outcome.of(Action.RESTRICT).reason
