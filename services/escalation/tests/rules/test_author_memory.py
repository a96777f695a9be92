"""The author's journal against an oracle that keeps everything, and against itself: batches, kills, folding, clocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feuerwache.common.events.author import AuthorJournalled, JournalEntry
from feuerwache.common.events.decision import Standing
from feuerwache.escalation.rules.author import journal as limits
from feuerwache.escalation.rules.author.journal import MAX_DAYS, MAX_SEEN, RECENT, RECENT_REPORTS, Journal, Positions
from feuerwache.escalation.rules.author.tally import FINE, LONG
from feuerwache.escalation.rules.author.trust import trust
from feuerwache.escalation.rules.language.context import SCHEMA
from support.journals import Oracle, entry, event_id, reopened, through_json

NOW = datetime(2026, 11, 14, 20, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ALL: Positions = {"posts": (9, 0), "commands": (9, 0)}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a handful of entries passes."""
    for name, value in (("RECENT", 4), ("RECENT_REPORTS", 3), ("PINNED", 3), ("MAX_SEEN", 5), ("MAX_DAYS", 6)):
        monkeypatch.setattr(limits, name, value)


def journal_of(*entries: JournalEntry) -> Journal:
    journal = Journal("c", "a", entries[0].at)
    for each in entries:
        journal.add(each)
    return journal


@dataclass(frozen=True)
class Happened:
    """One event of a generated history; times jump back and forth."""

    kind: str
    post: str
    actions: tuple[str, ...]
    at: datetime
    more: dict[str, Any]


def _happened(kind: str) -> st.SearchStrategy[Happened]:
    decided = st.sampled_from(
        ((), ("approve",), ("hide", "warn"), ("hold",), ("hold", "warn"), ("restrict",), ("warn",), ("review",))
    )
    told = st.sampled_from(((), ("review",)))
    by_human = st.sampled_from((("approve",), ("remove",), ("warn",), ("review",)))
    more = st.fixed_dictionaries(
        {
            "revision": st.integers(0, 3),
            "points": st.sampled_from((0.0, 0.0, 2.0)),
            "step": st.sampled_from(("", "hint", "warning")),
            "dry_run": st.sampled_from((False, False, False, True)),
        }
    )
    if kind == "standing":
        more = st.fixed_dictionaries(
            {
                "standing": st.sampled_from([each.value for each in Standing]),
                "until": st.sampled_from((None, NOW + DAY, NOW + 200 * DAY)),
            }
        )
    return st.builds(
        Happened,
        kind=st.just(kind),
        post=st.sampled_from([f"p{number}" for number in range(5)]),
        actions={"moderated": by_human, "reported": told, "deleted": st.just(())}.get(kind, decided),
        at=st.builds(
            lambda days, seconds: NOW + timedelta(days=days, seconds=seconds),
            st.sampled_from((0, 0, 0, 0, 1, 6, 7, 29, 31, 89, 91, 364, 367, 500)),
            st.sampled_from((0, 10, 59, 60, 61, 299, 300, 301, 3599, 3601, 40_000, 86_399)),
        ),
        more=more,
    )


KINDS = ("created", "created", "created", "edited", "reported", "reported", "moderated", "deleted", "standing")
HISTORIES = st.lists(st.sampled_from(KINDS).flatmap(_happened), min_size=1, max_size=25)


def entries_of(history: list[Happened]) -> list[JournalEntry]:
    """With what the judge guarantees: a post is created once, and after a human's word nothing is automatic."""
    entries: list[JournalEntry] = []
    created: set[str] = set()
    heard: set[str] = set()
    for offset, each in enumerate(history):
        kind = "edited" if each.kind == "created" and each.post in created else each.kind
        created |= {each.post} if kind == "created" else set()
        heard |= {each.post} if kind == "moderated" else set()
        actions = () if kind == "standing" else each.actions
        automated = kind not in ("moderated", "standing") and not (each.post in heard and actions)
        entries.append(
            entry(offset, each.at, actions, kind=kind, post=each.post, **each.more).model_copy(
                update={"automated": automated, "post_id": "" if kind == "standing" else each.post}
            )
        )
    return entries


INSTANTS = (NOW + MINUTE, NOW + HOUR + MINUTE, NOW + 8 * DAY, NOW + 100 * DAY, NOW + 400 * DAY)


def told(journal: Journal) -> list[object]:
    """Everything that can be asked of a journal."""
    facts: list[object] = [
        journal.community,
        journal.first_seen,
        journal.complete,
        journal.offences(),
        journal.marks(),
        [journal.knows(event_id(number)) for number in range(25)],
        [journal.post("facebook", f"p{number}") for number in range(5)],
    ]
    for at in INSTANTS:
        facts += [journal.view(at, NOW - DAY), journal.standing(at), journal.restricted(at)]
    return facts


def at_offset(offset: int) -> Positions:
    return {"posts": (0, offset), "commands": (0, offset)}


@pytest.mark.usefixtures("small")
@settings(max_examples=50, deadline=None)
@given(HISTORIES, st.data())
def test_a_journal_reads_the_same_as_of_an_offset_whatever_came_later_folded_or_not(
    history: list[Happened], data: st.DataObject
) -> None:
    entries = entries_of(history)
    as_of: list[list[object]] = []
    never_saved = Journal("c", "a", entries[0].at)
    for each in entries:
        as_of.append(told(never_saved))
        never_saved.add(each)

    saved: AuthorJournalled | None = None
    offset = 0
    while offset < len(entries):
        batch = data.draw(st.integers(1, len(entries) - offset), label="records of the batch")
        for killed in (True, False):  # Redis is written, the transaction is not: the same records come again
            size = data.draw(st.integers(1, batch), label="records before the kill") if killed else batch
            opened = Journal.opened(saved, at_offset(offset)) if saved is not None else None
            journal = opened or Journal("c", "a", entries[offset].at)
            for each in entries[offset : offset + size]:
                if each.offset:
                    assert told(journal) == as_of[each.offset]
                journal.add(each)
            saved = through_json(journal.saved())
        assert saved is not None
        for later in range(offset + 1, offset + batch + 1):
            read = Journal.opened(saved, at_offset(later))
            assert read is not None
            assert told(read) == (as_of[later] if later < len(entries) else told(never_saved))
        offset += batch


@settings(max_examples=50, deadline=None)
@given(HISTORIES)
def test_counts_are_those_of_an_oracle_that_keeps_everything(history: list[Happened]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "RECENT", 3)
        entries = entries_of(history)
        journal = journal_of(*entries)
        read = reopened(reopened(journal, ALL), ALL)
    oracle = Oracle(entries)
    for at in INSTANTS:
        view = journal.view(at, None)
        assert read.view(at, None) == view
        assert {name: view[name] for name in LONG} == oracle.by_days(at)
        assert view["posts_total"] == sum(each.kind == "created" for each in entries)
        assert view["first_post"] == (view["posts_total"] == 0)
        assert view["violations_24h"] == oracle.violations(at, DAY)
        fresh = view["violations_90d"]
        assert view["trust"] == trust(view["posts_total"], fresh, view["violations_365d"] - fresh)
        # Folded posts are counted by the hour, and in no window that is shorter.
        assert oracle.posts(at, DAY - HOUR) <= view["posts_24h"] + folded(entries) + 1
        assert view["posts_24h"] <= oracle.posts(at + HOUR, DAY + HOUR)
        for name in ("posts_1m", "posts_5m", "posts_1h"):
            assert view[name] <= oracle.posts(at, timedelta(seconds=FINE[name][1]))


def folded(entries: list[JournalEntry]) -> int:
    """Posts whose day was too old to be counted by the hour when they were folded."""
    newest = max(each.at for each in entries)
    return sum(each.kind == "created" and newest - each.at > 2 * DAY for each in entries)


@settings(deadline=None)
@given(st.lists(st.integers(0, 7300), min_size=1, max_size=RECENT, unique=True))
@example([0, 59, 60, 299, 300, 3599, 3600])
def test_windows_of_a_day_and_less_are_counted_to_the_second(seconds: list[int]) -> None:
    entries = [entry(number, NOW + timedelta(seconds=each)) for number, each in enumerate(seconds)]
    journal, oracle = journal_of(*entries), Oracle(entries)
    for after in (0, 60, 299, 300, 3600, 7300, 86_399, 90_000):
        at = NOW + timedelta(seconds=after)
        view = journal.view(at, None)
        for name in ("posts_1m", "posts_5m", "posts_1h", "posts_24h"):
            assert view[name] == oracle.posts(at, timedelta(seconds=FINE[name][1])), (name, after)


def test_a_view_has_a_value_for_each_window_of_the_schema_and_of_its_type() -> None:
    view = journal_of(entry(0, NOW)).view(NOW, None)
    assert set(LONG) | set(FINE) <= set(SCHEMA["author"])
    assert {name: type(view[name]) for name in view} == {name: type(SCHEMA["author"][name]) for name in view}


def many(count: int) -> Iterator[JournalEntry]:
    """A post every nine seconds, every tenth of them hidden and its author warned, every hundredth reported."""
    for number in range(count):
        at = NOW + timedelta(seconds=9 * number)
        yield entry(2 * number, at, ("hide", "warn") if number % 10 == 0 else ("approve",))
        if number % 100 == 0:
            yield entry(2 * number + 1, at, (), kind="reported", post=f"p{2 * number}")


def test_an_author_with_ten_thousand_posts_is_counted_right_and_kept_small() -> None:
    journal: Journal | None = None
    entries = list(many(10_000))
    for start in range(0, len(entries), 500):
        batch = entries[start : start + 500]
        if journal is not None:
            journal = reopened(journal, {"posts": (0, batch[0].offset), "commands": (0, 0)})
        journal = journal or Journal("c", "a", NOW)
        for each in batch:
            journal.add(each)
    assert journal is not None
    journal.settle()
    saved = journal.saved()
    assert len(saved.entries) <= RECENT + RECENT_REPORTS + limits.PINNED
    assert len(saved.seen) == MAX_SEEN
    assert len(saved.model_dump_json()) < 500_000, "well below what the broker takes"
    at = entries[-1].at
    view = journal.view(at, None)
    assert (view["posts_total"], view["violations_90d"], view["warnings_365d"]) == (10_000, 1000, 1000)
    assert (view["reports_30d"], view["reports_upheld_90d"], view["reported_posts_30d"]) == (100, 100, 100)
    assert view["posts_1m"] == 7
    assert view["posts_5m"] == 34
    assert RECENT * 0.9 <= view["posts_1h"] <= 400, "of the last hour the newest hundred are told apart"
    assert abs(view["posts_24h"] - 9600) <= 400, "folded posts are counted by the hour"


def test_sums_of_a_year_are_kept_when_what_is_older_is_joined() -> None:
    entries = [entry(number, NOW + number * DAY, ("hide",)) for number in range(900)]
    journal = journal_of(*entries)
    view = reopened(journal, ALL).view(entries[-1].at, None)
    assert (view["posts_365d"], view["posts_total"]) == (366, 900)
    assert (view["violations_365d"], view["violations_90d"], view["violations_7d"]) == (366, 91, 8)
    assert len(journal._days) <= MAX_DAYS + 1


def test_a_year_old_post_that_arrives_now_counts_on_its_own_day() -> None:
    journal = journal_of(entry(0, NOW, ("hide",)), entry(1, NOW - 365 * DAY, ("hide",)))
    then, now = journal.view(NOW - 364 * DAY, None), journal.view(NOW, None)
    assert (then["violations_7d"], then["posts_7d"], then["age_days"]) == (1, 1, 1)
    assert (now["violations_7d"], now["violations_365d"], now["age_days"]) == (1, 2, 365)
    assert reopened(journal, ALL).view(NOW, None) == now


def test_the_hours_of_a_day_that_joins_the_earlier_ones_count_no_longer(small: None) -> None:
    noon = datetime(2026, 11, 14, 12, 0, tzinfo=UTC)
    posts = [entry(number, noon + number * MINUTE) for number in range(12)]
    reports = [entry(12 + day, noon + day * DAY, (), kind="reported", post="p0") for day in range(1, 14)]
    journal = journal_of(*posts, *reports)
    then = journal.view(noon + HOUR, None)
    assert then["posts_24h"] <= then["posts_7d"] <= then["posts_total"] == 12
    assert reopened(journal, ALL).view(noon + HOUR, None) == then


def test_a_clock_that_runs_backwards_makes_nothing_negative_and_nothing_forgotten() -> None:
    entries = [entry(number, NOW - number * MINUTE, ("hold", "warn")) for number in range(30)]
    view = journal_of(*entries).view(NOW - 10 * MINUTE, NOW + DAY)
    assert view["posts_5m"] == 5
    assert view["posts_total"] == 30
    assert view["violations_24h"] == 20
    assert view["account_age_days"] == 0
    assert min(value for value in view.values() if type(value) is int) >= 0


def test_an_edit_before_its_create_and_a_report_before_both_leave_one_post() -> None:
    journal = journal_of(
        entry(0, NOW, (), kind="reported", post="p"),
        entry(1, NOW + MINUTE, ("hide", "warn"), kind="edited", post="p", revision=1),
        entry(2, NOW, ("approve",), post="p"),
    )
    record = journal.post("facebook", "p")
    assert (record.written, record.revision, record.reports) == (1, 1, 1)
    view = journal.view(NOW + HOUR, None)
    assert (view["posts_24h"], view["reports_24h"], view["reported_posts_30d"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("then", "upheld", "refused"),
    [
        (entry(5, NOW, ("remove",), kind="moderated", post="p"), 2, 0),
        (entry(5, NOW, ("warn",), kind="moderated", post="p"), 2, 0),
        (entry(5, NOW, ("hide", "warn"), kind="edited", post="p", revision=1), 2, 0),
        (entry(5, NOW, ("approve",), kind="moderated", post="p"), 0, 2),
        (entry(5, NOW, ("approve",), kind="edited", post="p", revision=1), 0, 0),
        (entry(5, NOW, ("hide",), kind="edited", post="p", revision=1, dry_run=True), 0, 0),
    ],
)
def test_a_report_is_upheld_when_something_is_done_and_refused_when_a_human_lets_it_stand(
    then: JournalEntry, upheld: int, refused: int
) -> None:
    reports = [entry(number, NOW, (), kind="reported", post="p") for number in (1, 2)]
    view = journal_of(entry(0, NOW, post="p"), *reports, then).view(NOW + HOUR, None)
    assert (view["reports_90d"], view["reported_posts_30d"]) == (2, 1)
    assert (view["reports_upheld_90d"], view["reports_refused_90d"]) == (upheld, refused)


def test_a_post_that_waits_for_somebody_to_look_at_it_breaks_no_rule_yet() -> None:
    journal = journal_of(entry(0, NOW, ("hold", "review")), entry(1, NOW, ("hold", "warn")))
    assert journal.view(NOW, None)["violations_90d"] == 1
    journal.add(entry(2, NOW, ("remove",), kind="moderated", post="p0"))
    assert journal.view(NOW, None)["violations_90d"] == 2


def test_a_hint_is_no_warning_and_what_a_human_took_back_is_nothing() -> None:
    journal = journal_of(
        entry(0, NOW, ("warn",), step="hint"),
        entry(1, NOW, ("warn",), step="warning"),
        entry(2, NOW, ("hide", "warn")),
        entry(3, NOW + HOUR, ("approve",), kind="moderated", post="p2"),
    )
    view = journal.view(NOW + 2 * HOUR, None)
    assert (view["warnings_90d"], view["violations_90d"]) == (1, 0)


def test_what_a_human_said_and_what_counts_against_the_author_is_never_pushed_out_by_posts() -> None:
    journal = journal_of(
        entry(0, NOW, ("approve",), kind="moderated", post="human"),
        entry(1, NOW, ("hide", "warn"), post="hidden", points=3.0),
        entry(2, NOW, (), kind="standing", standing="trusted"),
        *(entry(10 + number, NOW + number * MINUTE) for number in range(500)),
    )
    journal = reopened(journal, ALL)
    assert journal.post("facebook", "human").human is not None
    assert journal.post("facebook", "hidden").current is not None
    assert journal.standing(NOW + DAY) == (Standing.TRUSTED, None)
    assert journal.decision(event_id(-2)) is not None
    assert not journal.complete
    journal.add(entry(1000, NOW + DAY, ("approve",), kind="moderated", post="hidden"))
    assert journal.view(NOW + DAY, None)["violations_90d"] == 0, "it can still be taken back"


def test_a_flood_of_reports_by_others_does_not_push_out_what_the_author_did() -> None:
    posts = [entry(number, NOW) for number in range(20)]
    reports = [entry(100 + number, NOW + MINUTE, (), kind="reported", post="p3") for number in range(3000)]
    journal = reopened(journal_of(*posts, *reports), ALL)
    assert all(journal.post("facebook", f"p{number}").current is not None for number in range(20))
    assert journal.view(NOW + HOUR, None)["reports_30d"] == 3000
    assert journal.view(NOW + HOUR, None)["reported_posts_30d"] >= 1
    assert journal.post("facebook", "p3").reports == RECENT_REPORTS


def test_a_humans_word_on_the_author_holds_until_its_end_and_settles_what_was_before() -> None:
    journal = journal_of(
        entry(0, NOW, ("restrict",), points=4.0, step="restriction", until=NOW + DAY),
        entry(1, NOW, ("hide", "warn"), points=2.0),
    )
    assert journal.restricted(NOW + HOUR)
    assert not journal.restricted(NOW - HOUR)
    assert not journal.restricted(NOW + DAY)
    assert [each.points for each in journal.offences()] == [4.0, 2.0]
    assert [each.points for each in journal.offences(but=("facebook", "p0"))] == [2.0]
    journal.add(entry(2, NOW + HOUR, (), kind="standing", standing="normal"))
    assert not journal.restricted(NOW + 2 * HOUR)
    assert journal.offences() == ()
    journal.add(entry(3, NOW + HOUR, (), kind="standing", standing="banned", until=NOW + 7 * DAY))
    assert journal.standing(NOW + 2 * DAY) == (Standing.BANNED, NOW + 7 * DAY)
    assert journal.view(NOW + 2 * DAY, None)["restricted"]
    assert journal.standing(NOW + 7 * DAY) == (Standing.NORMAL, None)


def test_a_warning_grows_no_younger_by_reports_or_by_an_appeal() -> None:
    first = entry(0, NOW, ("warn",), points=2.0, step="warning", until=None)
    again = entry(1, NOW + 60 * DAY, ("review", "warn"), kind="reported", post="p0", points=2.0, step="warning")
    upheld = entry(2, NOW + 80 * DAY, ("review", "warn"), kind="moderated", post="p0", points=2.0, step="warning")
    journal = journal_of(first, again, upheld.model_copy(update={"decision_id": again.decision_id}))
    assert journal.post("facebook", "p0").current is not first
    assert [each.at for each in journal.offences()] == [NOW]
    view = journal.view(NOW + 92 * DAY, None)
    assert (view["warnings_90d"], view["warnings_365d"]) == (0, 1)


def test_a_restriction_that_a_human_took_back_has_ended() -> None:
    journal = journal_of(entry(0, NOW, ("restrict",), points=4.0, until=NOW + DAY))
    journal.add(entry(1, NOW + HOUR, ("approve",), kind="moderated", post="p0"))
    assert not journal.restricted(NOW + 2 * HOUR)
    assert journal.offences() == ()


def test_trust_grows_with_clean_posts_falls_faster_and_forgets() -> None:
    assert trust(0, 0) == 0.5
    assert trust(10, 0) == 0.75
    assert trust(10, 2) < 0.5 + 0.05
    assert trust(3, 3) < 0.3
    assert trust(100, 2) < trust(100, 0, 2) < trust(100, 0)
    assert 0 < trust(0, 1000) < trust(10**6, 0) <= 1
