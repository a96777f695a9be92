"""What users' reports weigh: by reason, each person and each circle once, less where humans kept refusing them."""

from __future__ import annotations

from pathlib import Path

import pytest

from feuerwache.common.config.source import ConfigError
from feuerwache.common.events.decision import Action, DecisionMade, DecisionWithdrawn
from feuerwache.escalation.rules.community.reporter import MAX_ROWS, TOGETHER, WINDOW, Reporters, ReportRow
from feuerwache.escalation.rules.house import load_house_rules
from feuerwache.escalation.rules.judging.report import MAX_WEIGHED, load_reports, weigh
from support.rules import CONFIG, NOW, Judge, deleted, minutes, reported, reviewed, written

RULES = load_house_rules(CONFIG)
THREAT = {"threat": 0.95}


def decided(decisions: list[DecisionMade | DecisionWithdrawn]) -> DecisionMade:
    (decision,) = decisions
    assert isinstance(decision, DecisionMade)
    return decision


def ganged(judge: Judge, gang: list[str], posts: int = TOGETHER) -> None:
    """The gang reports some harmless posts together."""
    for number in range(posts):
        post = f"h{number}"
        judge.take(written(post, author="victim"))
        judge.take(*(reported(post, f"{post}-{who}", author="victim", reporter=who) for who in gang))


@pytest.mark.parametrize(
    ("reason", "enough"),
    [("threat", 1), ("Kindesmissbrauch", 1), ("Hate Speech!", 2), ("spam", 3), ("words of their own", 3)],
)
def test_a_weighty_reason_needs_fewer_reports(reason: str, enough: int) -> None:
    judge = Judge(RULES)
    judge.take(written())
    for number in range(enough - 1):
        assert judge.take(reported(report=f"r{number}", reporter=f"u{number}", reason=reason)) == []
    decision = decided(judge.take(reported(report="last", reporter="last", reason=reason)))
    assert (decision.cause, decision.action) == ("report", Action.REVIEW)
    evidence = decision.evidence.matched["reports"]
    assert (evidence["reports"], evidence["reporters"]) == (enough, enough)
    assert evidence["weight"] == sum(evidence["voices"]) >= evidence["threshold"] == 3
    assert decision.confidence == pytest.approx(evidence["weight"] / (evidence["weight"] + 3), abs=1e-4)


def test_what_somebody_does_not_like_needs_many_reports() -> None:
    judge = Judge(RULES)
    judge.take(written())
    dislikes = [reported(report=f"r{n}", reporter=f"u{n}", reason="I don't like it") for n in range(11)]
    assert judge.take(*dislikes) == []
    decided(judge.take(reported(report="r12", reporter="u12", reason="gefällt mir nicht")))


def test_one_person_counts_once_however_often_they_report_and_with_the_weightiest_reason() -> None:
    judge = Judge(RULES)
    judge.take(written())
    assert judge.take(*(reported(report=f"r{number}", reporter="u1") for number in range(20))) == []
    assert judge.last.reported == {"counted": 1, "merged": 19}
    assert decided(judge.take(reported(report="grave", reporter="u1", reason="threat"))).action is Action.REVIEW


def test_a_flood_of_reports_by_one_clique_counts_once_and_an_outsider_still_counts() -> None:
    judge = Judge(RULES)
    gang = [f"g{number}" for number in range(8)]
    ganged(judge, gang)
    judge.take(written("target"))
    assert judge.take(*(reported("target", f"t-{who}", reporter=who) for who in gang)) == []
    assert judge.last.reported["merged"] == len(gang) - 1
    judge.take(reported("target", "t-u1", reporter="u1"))
    decision = decided(judge.take(reported("target", "t-u2", reporter="u2")))
    evidence = decision.evidence.matched["reports"]
    assert (evidence["reports"], evidence["reporters"], evidence["voices"]) == (10, 10, [1.0, 1.0, 1.0])
    told = decision.model_dump_json()
    assert "g1" not in told
    assert "u1" not in told


def test_people_who_were_right_together_are_no_clique() -> None:
    judge = Judge(RULES)
    gang = [f"g{number}" for number in range(8)]
    ganged(judge, gang)
    judge.take(*(reviewed(f"h{number}", Action.REMOVE, author="victim") for number in range(TOGETHER)))
    judge.take(written("target"))
    decisions = judge.take(*(reported("target", f"t-{who}", reporter=who) for who in gang))
    assert decided(decisions).evidence.matched["reports"]["voices"] == [1.0, 1.0, 1.0]


def test_somebody_whose_reports_were_refused_weighs_less() -> None:
    judge = Judge(RULES)
    for number in range(3):
        judge.take(written(f"h{number}", author="b"))
        judge.take(reported(f"h{number}", f"r{number}", author="b", reporter="grump"))
        judge.take(reviewed(f"h{number}", Action.APPROVE, author="b"))
    judge.take(written())
    assert judge.take(reported(report="x", reporter="grump", reason="threat")) == []
    assert judge.take(reported(report="y", reporter="u1")) == []
    decision = decided(judge.take(reported(report="z", reporter="u2")))
    assert decision.evidence.matched["reports"]["voices"] == [1.5, 1.0, 1.0]


def test_reports_of_a_post_nobody_has_heard_of_count_when_it_comes() -> None:
    judge = Judge(RULES)
    assert judge.take(*(reported(report=f"r{n}", reporter=f"u{n}") for n in range(3))) == []
    assert judge.last.reported == {"early": 3}
    decision = decided(judge.take(written()))
    assert (decision.cause, decision.action, decision.automated) == ("post", Action.REVIEW, True)
    assert decision.evidence.matched["reports"]["weight"] == 3
    assert not any(hit.decisive for hit in decision.rules)


def test_an_edit_does_not_take_a_reported_post_out_of_the_queue_and_a_humans_word_does() -> None:
    judge = Judge(RULES)
    judge.take(written(), *(reported(report=f"r{n}", reporter=f"u{n}") for n in range(3)))
    assert decided(judge.take(written(revision=1, at=NOW + minutes(1)))).action is Action.REVIEW
    judge.take(reviewed(revision=1, at=NOW + minutes(2)))
    after = decided(judge.take(written(revision=2, at=NOW + minutes(3))))
    assert (after.actions, after.automated) == ((Action.APPROVE,), False)


def test_after_a_humans_word_reports_ask_for_another_look_only_if_the_text_has_changed() -> None:
    judge = Judge(RULES)
    judge.take(written(), reviewed(at=NOW + minutes(1)))
    flood = [reported(report=f"r{n}", reporter=f"u{n}", at=NOW + minutes(2)) for n in range(9)]
    assert judge.take(*flood) == []
    assert judge.last.reported == {"settled": 9}
    judge.take(written(revision=1, at=NOW + minutes(3)))
    more = [reported(report=f"s{n}", reporter=f"v{n}", at=NOW + minutes(4)) for n in range(9)]
    decision = decided(judge.take(*more))
    assert decision.actions == (Action.APPROVE, Action.REVIEW)
    assert not decision.automated


def test_reports_of_deleted_posts_are_said_and_do_nothing() -> None:
    judge = Judge(RULES)
    judge.take(written(), deleted())
    assert judge.take(*(reported(report=f"r{n}", reporter=f"u{n}") for n in range(5))) == []
    assert judge.last.reported == {"gone": 5}


def test_anonymous_reports_cannot_be_told_apart_and_count_each() -> None:
    judge = Judge(RULES)
    judge.take(written())
    assert decided(judge.take(*(reported(report=f"r{n}") for n in range(3)))).action is Action.REVIEW


def test_no_users_words_and_names_reach_the_journal() -> None:
    judge = Judge(RULES)
    judge.take(written(), reported(reporter="Petra Petze", reason="er hat meine Mutter beleidigt"))
    saved = judge.saved["morgenrot-facebook", "a1"].model_dump_json()
    assert "Petra" not in saved
    assert "Mutter" not in saved
    assert '"reason":"other"' in saved


def test_the_work_of_weighing_is_bounded_and_the_reporters_state_too() -> None:
    judge = Judge(RULES)
    judge.take(written())
    judge.take(*(reported(report=f"r{n}", reporter="u", reason="off topic") for n in range(MAX_WEIGHED + 50)))
    (journal,) = judge.last.journals.values()
    found = weigh(journal.post("facebook", "p1").reported, RULES.reports, Reporters(), "p1")
    assert found.voices == (0.5,)
    assert sum(found.reasons.values()) <= MAX_WEIGHED
    state = Reporters()
    state.fold(ReportRow(f"p{n}", "u", n) for n in range(MAX_ROWS + 10))
    assert sum(len(posts) for posts in state._rows.values()) == MAX_ROWS
    state.fold([ReportRow("late", "v", MAX_ROWS + 2 * WINDOW)])
    assert list(state._rows) == ["v"]


def test_the_same_rows_in_any_order_and_twice_are_the_same_state() -> None:
    rows = [
        ReportRow("p1", "u", 1),
        ReportRow("p1", "u", 5, "refused"),
        ReportRow("p2", "u", 2),
        ReportRow("p2", "v", 3),
    ]
    one, other = Reporters(), Reporters()
    one.fold(rows)
    other.fold([*reversed(rows), *rows])
    assert one._rows == other._rows
    assert one.credit("u", "p2") == 0.75
    assert [ReportRow.unpacked(row.packed()) for row in rows] == rows


def test_a_table_that_gives_a_name_to_two_reasons_is_refused(tmp_path: Path) -> None:
    assert load_reports(tmp_path).weight("anything") == 1.0
    table = "reasons:\n  spam: {weight: 1}\n  scam: {weight: 2, said: [SPAM]}\n"
    (tmp_path / "reports.yaml").write_text(table)
    with pytest.raises(ConfigError, match=r"reports\.yaml.*'SPAM' is both 'spam' and 'scam'"):
        load_reports(tmp_path)
