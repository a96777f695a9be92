"""Journals as Redis keeps them: small, the same when they come back, and readable as they were kept before."""

from __future__ import annotations

import json

from feuerwache.common.events import codec
from feuerwache.common.events.author import AuthorJournalled
from feuerwache.common.events.base import Event, derived_id
from feuerwache.escalation.rules.author.cabinet import Cabinet
from feuerwache.escalation.rules.author.journal import Journal, Positions
from feuerwache.escalation.rules.author.packing import packed, unpacked
from support.rules import COMMUNITY, NOW, Judge, minutes, reported, written


def journal(posts: int) -> AuthorJournalled:
    judge = Judge()
    judge.take(
        *(written(f"183726{number}", labels={"negative": 0.8}, at=NOW + minutes(number)) for number in range(posts))
    )
    judge.take(reported("1837260", at=NOW + minutes(posts)))
    (saved,) = judge.saved.values()
    return saved


def value_of(saved: AuthorJournalled) -> bytes:
    return codec.encode(Event(derived_id("test"), "/test", NOW, saved))[0]


def test_a_journal_comes_back_as_it_was_packed_and_is_small() -> None:
    for posts in (1, 40):
        value = value_of(journal(posts))
        assert unpacked(packed(value)) == value
        assert len(packed(value)) < len(value) / 2
    assert len(packed(value_of(journal(1)))) < 250


def test_what_redis_kept_before_journals_were_packed_is_still_read() -> None:
    before = journal(2).model_dump_json().encode()
    assert AuthorJournalled.model_validate_json(unpacked(before)) == journal(2)


def test_a_journal_leaves_out_what_is_as_always_and_says_the_same() -> None:
    saved = journal(3)
    value = value_of(saved)
    assert AuthorJournalled.model_validate_json(value) == saved
    assert "reporter" not in json.loads(value)["entries"][0]


def test_the_cabinet_holds_so_many_entries_and_loses_whoever_was_silent_for_longest() -> None:
    cabinet = Cabinet(capacity=40)
    everything: Positions = {"posts": (9, 0), "commands": (9, 0)}
    for number in range(5):
        opened = Journal.opened(journal(5).model_copy(update={"author_id": f"a{number}"}), everything)
        assert opened is not None
        cabinet.put([opened])
    authors = [(COMMUNITY, f"a{number}") for number in range(5)]
    assert [author for _, author in cabinet.take(authors)] == ["a1", "a2", "a3", "a4"]
    assert cabinet.take(authors) == {}, "what is taken out is gone until it is put back"
