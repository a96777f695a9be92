"""The life of a post: edits, deletions, what humans say about it and its author, appeals, communities only watched."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.decision import (
    Action,
    AnswerAppeal,
    AppealState,
    DecisionMade,
    DecisionWithdrawn,
    Standing,
)
from feuerwache.escalation.rules.house import HouseRules, load_house_rules
from feuerwache.escalation.rules.judging.appeal import last_day, told
from support.rules import (
    ANNA,
    COMMUNITY,
    CONFIG,
    NOW,
    Judge,
    answered,
    appealed,
    deleted,
    minutes,
    moderated,
    ref,
    reported,
    reviewed,
    stood,
    written,
)

RULES = load_house_rules(CONFIG)
THREAT, HATE = {"threat": 0.95}, {"hate": 0.9}


def watched_only() -> HouseRules:
    """The demo's communities, none of which acts."""
    houses = {
        name: replace(house, community=house.community.model_copy(update={"dry_run": True}))
        for name, house in RULES.houses.items()
    }
    return replace(RULES, houses=houses)


def decided(decisions: list[DecisionMade | DecisionWithdrawn]) -> DecisionMade:
    (decision,) = decisions
    assert isinstance(decision, DecisionMade)
    return decision


def appeal_states(judge: Judge) -> list[AppealState]:
    return [event.data.state for event in judge.last.appeals]


def id_of(judge: Judge) -> UUID:
    return judge.last.decisions[-1].id


# --- edits and deletions


def test_a_changed_verdict_supersedes_the_old_one_and_says_why() -> None:
    judge = Judge(RULES)
    judge.take(written())
    first = id_of(judge)
    worse = decided(judge.take(written(revision=1, labels=THREAT, at=NOW + minutes(1))))
    assert (worse.supersedes, worse.action) == (first, Action.HOLD)
    assert [hit.rule_id for hit in worse.rules if hit.decisive] == ["threat"]
    second = id_of(judge)
    better = decided(judge.take(written(revision=2, at=NOW + minutes(2))))
    assert (better.supersedes, better.action) == (second, Action.APPROVE)


def test_a_create_after_its_edit_is_counted_and_opens_nothing_again() -> None:
    judge = Judge(RULES)
    edited = decided(judge.take(written(revision=1, labels=THREAT)))
    (late,) = judge.take(written(revision=0, labels={}))
    assert isinstance(late, DecisionWithdrawn)
    assert (late.revision, late.reason, late.withdraws) == (0, "outdated", None)
    (increment,) = judge.last.pulse.increments(2).popitem()[1]
    assert increment.posts == 1
    assert increment.actions == {edited.action.value: 1}
    assert judge.take(written(revision=0), written(revision=1)) == []
    after = decided(judge.take(written("p2", at=NOW + minutes(1))))
    assert after.evidence.author["posts_total"] == 1


def test_after_a_deletion_nothing_that_comes_late_decides_anything() -> None:
    judge = Judge(RULES)
    judge.take(written(labels=THREAT), deleted())
    late = judge.take(
        written(revision=2),
        reported(report="r1", reason="threat"),
        reviewed(action=Action.REMOVE),
        moderated(action="hidden"),
    )
    assert [(each.reason, each.revision) for each in late if isinstance(each, DecisionWithdrawn)] == [("deleted", 2)]
    assert len(late) == 1


# --- humans


def test_who_saw_an_older_text_is_heeded_and_asked_again_about_the_newer() -> None:
    judge = Judge(RULES)
    judge.take(written(), written(revision=1, labels=THREAT, at=NOW + minutes(1)))
    decision = decided(judge.take(reviewed(revision=0, at=NOW + minutes(2))))
    assert (decision.actions, decision.revision) == ((Action.APPROVE, Action.REVIEW), 1)
    judge.take(written("p2"), written("p2", revision=1, labels=THREAT, at=NOW + minutes(1)))
    assert decided(judge.take(reviewed("p2", revision=1, at=NOW + minutes(2)))).actions == (Action.APPROVE,)


def test_a_human_who_saw_the_edit_first_is_not_asked_again_when_it_comes() -> None:
    judge = Judge(RULES)
    judge.take(written(), reviewed(revision=1, at=NOW + minutes(1)))
    after = decided(judge.take(written(revision=1, labels=THREAT, at=NOW + minutes(2))))
    assert Action.REVIEW not in after.actions
    assert after.action is Action.APPROVE


def test_posts_of_somebody_trusted_are_looked_at_and_never_taken_away() -> None:
    judge = Judge(RULES)
    judge.take(stood(Standing.TRUSTED))
    decision = decided(judge.take(written(labels=THREAT)))
    assert decision.actions[:2] == (Action.REVIEW, Action.ESCALATE)
    assert decision.statement is None
    assert decision.discipline is None
    assert not any(hit.decisive for hit in decision.rules)
    assert len(judge.last.alarms) == 1, "a threat wakes somebody, whoever it comes from"


@pytest.mark.parametrize("standing", [Standing.BANNED, Standing.RESTRICTED])
def test_posts_of_somebody_a_human_restricted_are_held_on_that_ground(standing: Standing) -> None:
    judge = Judge(RULES)
    judge.take(written("p0"), stood(standing))
    decision = decided(judge.take(written("p1", at=NOW + minutes(1))))
    assert (decision.action, decision.automated, decision.confidence) == (Action.HOLD, True, 1.0)
    assert decision.evidence.author["standing"] == standing.value
    assert decision.statement is not None
    assert "Ein Mensch aus dem Team hat entschieden" in decision.statement.ground
    judge.take(stood(Standing.NORMAL, at=NOW + minutes(2)))
    after = decided(judge.take(written("p2", at=NOW + minutes(3))))
    assert after.action is Action.APPROVE
    assert after.evidence.author["violations_90d"] == 0, "waiting for a human is no violation"


def test_a_word_on_an_author_ends_when_it_said_it_would() -> None:
    judge = Judge(RULES)
    judge.take(written("p0"), stood(Standing.RESTRICTED, until=NOW + timedelta(days=1)))
    assert decided(judge.take(written("p1", at=NOW + timedelta(hours=23)))).action is Action.HOLD
    assert decided(judge.take(written("p2", at=NOW + timedelta(hours=25)))).action is Action.APPROVE


@pytest.mark.parametrize(("said", "action"), [("ban", Action.HOLD), ("silenced", Action.HOLD), ("unsuspend", None)])
def test_what_moderators_do_to_authors_on_the_platform_is_a_humans_word(said: str, action: Action | None) -> None:
    judge = Judge(RULES)
    judge.take(written("p0"))
    assert judge.take(moderated("p0", said)) == []
    decision = decided(judge.take(written("p1", at=NOW + minutes(1))))
    assert decision.action is (action or Action.APPROVE)


def test_a_word_on_a_post_comes_before_a_word_on_its_author() -> None:
    judge = Judge(RULES)
    judge.take(written(), reviewed(), stood(Standing.BANNED))
    decision = decided(judge.take(written(revision=1, at=NOW + minutes(1))))
    assert decision.actions == (Action.APPROVE, Action.REVIEW)


def test_human_words_are_counted_by_what_they_do_to_the_machines() -> None:
    judge = Judge(RULES)
    judge.take(written("p1", labels=THREAT), written("p2", labels=THREAT))
    judge.take(reviewed("p1", Action.HOLD), reviewed("p2"), reviewed("p3", author="a3"), reviewed("p2", Action.HIDE))
    assert judge.last.overruled == {"confirmed": 1, "overturned": 1, "first": 1, "changed": 1}


# --- appeals


def test_an_appeal_is_on_record_and_changes_nothing_until_a_human_answers() -> None:
    judge = Judge(RULES)
    judge.take(written(labels=THREAT))
    first = id_of(judge)
    assert judge.take(appealed(first)) == []
    (appeal,) = judge.last.appeals
    assert (appeal.data.state, appeal.data.decision_id, appeal.data.language) == (AppealState.OPEN, first, "de")
    assert "Mensch" in appeal.data.answer
    replaced = decided(judge.take(answered(first, Action.APPROVE, at=NOW + timedelta(days=1))))
    assert (replaced.cause, replaced.action, replaced.automated) == ("appeal", Action.APPROVE, False)
    assert (replaced.supersedes, replaced.actor) == (first, ANNA)
    assert appeal_states(judge) == [AppealState.REPLACED]
    again = decided(judge.take(written(revision=1, labels=THREAT, at=NOW + timedelta(days=2))))
    assert again.action is Action.APPROVE


def test_what_a_human_upheld_is_theirs_from_then_on() -> None:
    judge = Judge(RULES)
    judge.take(written(labels=THREAT))
    first = id_of(judge)
    assert judge.take(appealed(first), answered(first)) == []
    assert appeal_states(judge) == [AppealState.OPEN, AppealState.UPHELD]
    assert judge.last.overruled == {"confirmed": 1}
    after = decided(judge.take(written(revision=1, at=NOW + minutes(5))))
    assert (after.action, after.automated, after.supersedes) == (Action.HOLD, False, first)


def test_to_uphold_what_was_replaced_since_keeps_nothing() -> None:
    judge = Judge(RULES)
    judge.take(written(labels=THREAT))
    first = id_of(judge)
    judge.take(appealed(first), written(revision=1, at=NOW + minutes(1)))
    assert judge.take(answered(first, at=NOW + minutes(2))) == []
    assert appeal_states(judge) == [AppealState.UPHELD]
    after = decided(judge.take(written(revision=2, labels=THREAT, at=NOW + minutes(3))))
    assert (after.action, after.automated) == (Action.HOLD, True)


def test_repeated_unknown_and_late_appeals_get_a_clear_answer() -> None:
    judge = Judge(RULES)
    judge.take(written(labels=THREAT), written("p2"))
    first = judge.last.decisions[0].id
    late = NOW.replace(year=2027, month=5, day=14) + minutes(1)
    judge.take(appealed(first, at=late))
    assert appeal_states(judge) == [AppealState.LATE]
    assert "14.11.2026, 21:00 Uhr" in judge.last.appeals[0].data.answer
    assert "Gericht" in judge.last.appeals[0].data.answer
    judge.take(
        appealed(first, at=late - minutes(2)), appealed(first, at=late), appealed(uuid4()), appealed(first, "p2")
    )
    expected = [AppealState.OPEN, AppealState.REPEATED, AppealState.UNKNOWN, AppealState.UNKNOWN]
    assert appeal_states(judge) == expected
    appeal = appealed(first)
    judge.take(appeal, appeal)
    assert appeal_states(judge) == [AppealState.REPEATED], "the same event is heard once"


def test_an_appeal_that_names_no_decision_is_against_the_one_in_force_when_it_is_heard() -> None:
    judge = Judge(RULES)
    judge.take(written(labels=THREAT))
    judge.take(written(revision=1, labels=THREAT, at=NOW + minutes(1)), appealed(None, at=NOW + minutes(2)))
    first = id_of(judge)
    (appeal,) = judge.last.appeals
    assert (appeal.data.state, appeal.data.decision_id) == (AppealState.OPEN, first)
    judge.take(appealed(None, at=NOW + minutes(3)), appealed(first, at=NOW + minutes(3)))
    assert appeal_states(judge) == [AppealState.REPEATED, AppealState.REPEATED]
    replaced = decided(judge.take(answered(first, Action.APPROVE, at=NOW + minutes(4))))
    judge.take(appealed(None, at=NOW + minutes(5)), appealed(None, "p2"), appealed(None, "p3"))
    assert appeal_states(judge) == [AppealState.OPEN, AppealState.UNKNOWN, AppealState.UNKNOWN]
    newer, second, third = (each.data.decision_id for each in judge.last.appeals)
    assert newer == judge.last.appeals[0].data.decision_id != first
    assert newer != replaced.supersedes
    assert second != third, "each post has an id of its own where no decision is known"


@pytest.mark.parametrize(
    ("decided_at", "until"),
    [
        ("2026-08-31T10:00", "2027-02-28T10:00"),
        ("2026-11-14T20:00", "2027-05-14T20:00"),
        ("2027-08-30T01:00", "2028-02-29T01:00"),
    ],
)
def test_six_months_end_on_the_same_day_or_on_the_months_last(decided_at: str, until: str) -> None:
    assert last_day(datetime.fromisoformat(decided_at).replace(tzinfo=UTC)).isoformat() == f"{until}:00+00:00"


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("state", AppealState)
def test_every_state_of_an_appeal_is_told_in_both_languages(state: AppealState, language: str) -> None:
    answer = told(state, language, "14.11.2026")
    assert answer
    assert "{" not in answer


def test_an_appeal_that_won_takes_the_mark_off_the_author_also_when_the_post_is_gone() -> None:
    judge = Judge(RULES)
    judge.take(written(labels=HATE))
    first = id_of(judge)
    judge.take(deleted())
    assert judge.take(appealed(first), answered(first, Action.APPROVE)) == []
    after = decided(judge.take(written("p2", at=NOW + minutes(1))))
    assert (after.evidence.author["violations_90d"], after.evidence.author["warnings_90d"]) == (0, 0)


def test_an_answer_that_replaces_without_saying_by_what_is_refused() -> None:
    judge = Judge(RULES)
    event = answered(uuid4())
    command = AnswerAppeal(ref=ref(), author_id="a1", decision_id=uuid4(), upheld=False, actor=ANNA)
    with pytest.raises(InvalidRecord, match="must name the action"):
        judge.take(replace(event, data=command))
    assert judge.last.touched == {}


# --- dry run


def test_a_community_that_is_only_watched_decides_and_tells_nobody() -> None:
    judge = Judge(watched_only())
    judge.take(stood(Standing.NORMAL))
    decision = decided(judge.take(written(labels=THREAT)))
    assert (decision.action, decision.dry_run, decision.statement, decision.discipline) == (
        Action.HOLD,
        True,
        None,
        None,
    )
    assert judge.last.alarms == []
    assert decided(judge.take(reviewed(action=Action.HIDE))).dry_run
    assert decided(judge.take(moderated(action="removed"))).statement is None
    judge.take(written("p2", labels=HATE))
    flood = judge.take(*(reported("p9", f"r{n}", reporter=f"u{n}") for n in range(3)), written("p9"))
    assert decided(flood).dry_run
    after = decided(judge.take(written("p3", at=NOW + minutes(1))))
    assert (after.evidence.author["warnings_90d"], after.evidence.author["violations_90d"]) == (0, 1), (
        "what a human did on the platform itself was real"
    )
    judge.take(appealed(id_of(judge), "p3"))
    assert judge.last.appeals[0].data.dry_run


def test_an_author_enters_a_live_community_with_a_clean_record() -> None:
    trial, live = Judge(watched_only()), Judge(RULES)
    trial.take(*(written(f"p{n}", labels=HATE, at=NOW + minutes(n)) for n in range(5)))
    live.saved, live.offsets = trial.saved, trial.offsets
    after = decided(live.take(written("now", at=NOW + minutes(9))))
    assert (after.evidence.author["violations_90d"], after.evidence.author["posts_total"]) == (0, 5)
    assert not after.dry_run


def test_words_on_authors_of_unknown_communities_are_refused() -> None:
    judge = Judge(RULES)
    event = stood(Standing.BANNED)
    with pytest.raises(InvalidRecord, match=r"communities\.yaml"):
        judge.take(replace(event, data=event.data.model_copy(update={"community": "elsewhere"})))
    assert COMMUNITY not in {community for community, _ in judge.last.journals}
