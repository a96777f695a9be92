"""Each bad item gets exactly its problem, and no answer repeats a text or a name."""

from __future__ import annotations

import pytest

from feuerwache.ingest.examination import Examined, examine
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.item import Item
from feuerwache.ingest.problem import CODES, Problem
from feuerwache.ingest.submission import SubmittedDeletion, SubmittedPost
from support.submissions import BAD, COMMUNITY, NOW, Bad, post

FORUM = Integration(id="forum", platform="forum", communities=(COMMUNITY,))


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_bad_item(case: Bad) -> None:
    found = examine(Item(case.data, "post"), FORUM, NOW)
    assert found == (Problem(case.code, case.field, case.reason, case.fix, case.value),)
    assert case.code in CODES
    assert not case.secret or case.secret not in str(found)


def test_several_problems_are_told_at_once() -> None:
    found = examine(Item(post(text="\u200b", revision=-1, bogus=1, created_at="x")), FORUM, NOW)
    assert isinstance(found, tuple)
    assert [problem.field for problem in found] == ["text", "created_at", "revision", "bogus"]


def test_a_text_is_carried_in_nfc() -> None:
    found = examine(Item(post(text="scho\u0308n")), FORUM, NOW)
    assert isinstance(found, Examined)
    assert isinstance(found.submission, SubmittedPost)
    assert found.submission.text == "schön"


@pytest.mark.parametrize("text", ["!", "😤", "中", "a\u200b", "\U0001fae9", "1\ufe0f\u20e3"])
def test_visible(text: str) -> None:
    assert isinstance(examine(Item(post(text=text)), FORUM, NOW), Examined)


def test_the_longest_text_passes() -> None:
    assert isinstance(examine(Item(post(text="ä" * 40_000)), FORUM, NOW), Examined)


def test_what_the_integration_implies_may_be_left_out() -> None:
    found = examine(Item(post(community=None)), FORUM, NOW)
    assert isinstance(found, Examined)
    assert (found.platform, found.community) == ("forum", COMMUNITY)


def test_several_communities_have_to_be_named() -> None:
    both = Integration(id="both", platform="forum", communities=("one", "two"))
    found = examine(Item(post(community=None)), both, NOW)
    assert isinstance(found, tuple)
    assert found[0].field == "community"


def test_the_cloudevents_time_stands_in_for_a_missing_one() -> None:
    found = examine(Item({"post_id": "p-1"}, "deleted", "2026-11-14T20:59:30Z"), FORUM, NOW)
    assert isinstance(found, Examined)
    assert isinstance(found.submission, SubmittedDeletion)
    assert found.submission.deleted_at.minute == 59


def test_an_unknown_kind_is_named() -> None:
    found = examine(Item({"kind": "liked", "post_id": "p-1"}), FORUM, NOW)
    assert isinstance(found, tuple)
    assert (found[0].code, found[0].field, found[0].value) == ("wrong_value", "kind", "liked")
