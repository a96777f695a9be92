"""Feuds: it takes two."""

from __future__ import annotations

import pytest

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.pulse import QuarrelGain
from feuerwache.escalation.crisis.feud import LOUD, PAIRS_KEPT, feud
from support.pulses import EVENING, even_weeks
from support.watched import POSTS, Evening, bar

KIND = CrisisKind.FEUD


def blow(forth: int, back: int, pair: str = "fe0d") -> tuple[QuarrelGain, ...]:
    return (QuarrelGain(pair=pair, forth=forth, back=back, platform="forum", thread="7"),)


def fought(evening: Evening, rounds: int, both: bool = True) -> None:
    for each in range(rounds):
        evening.minute(POSTS, 0, quarrels=blow(1, 0) if each % 2 == 0 or not both else blow(0, 1))


def test_two_who_go_for_each_other_are_a_quiet_alarm_about_them() -> None:
    evening = Evening()
    evening.quiet(60)
    fought(evening, 18)
    alarm = evening.alarms(KIND)[0]
    assert (alarm.about, alarm.severity) == ("fe0d", Severity.LOW)
    assert alarm.figures.forth is not None and alarm.figures.back is not None
    assert min(alarm.figures.forth, alarm.figures.back) >= 3


def test_it_gets_loud_when_they_do_not_stop() -> None:
    evening = Evening()
    evening.quiet(60)
    fought(evening, 2 * LOUD + 4)
    assert evening.alarms(KIND)[-1].severity is Severity.HIGH
    evening.quiet(120)
    assert [each.about for each in evening.ended(KIND)] == ["fe0d"]


def test_one_who_pursues_another_is_none() -> None:
    evening = Evening()
    evening.quiet(60)
    fought(evening, 40, both=False)
    assert evening.alarms(KIND) == []


def test_a_quarrel_of_a_few_words_is_none() -> None:
    evening = Evening()
    evening.quiet(60)
    fought(evening, 7)
    assert evening.alarms(KIND) == []


def test_many_small_quarrels_are_none_and_are_not_all_remembered() -> None:
    evening = Evening()
    for each in range(60):
        evening.minute(POSTS, 0, quarrels=blow(1, 1, f"{each:04x}"))
    assert evening.alarms(KIND) == []
    assert len(evening.watch.community.state.quarrels.by_name) <= PAIRS_KEPT


@pytest.mark.parametrize(("posts", "told"), [(POSTS, True), (POSTS * 40, False)])
def test_where_many_quarrel_the_loudest_pair_is_no_news(posts: int, told: bool) -> None:
    """Of five hundred hostile posts an hour, five each are two people's by chance; of a dozen they are not."""
    evening = Evening(knows=False)
    evening.watch.learn(even_weeks(EVENING, posts * 15, negative=3))
    for each in range(120):
        evening.minute(posts, int(each % 5 == 0), labels={"insult": posts // 20 or int(each % 5 == 0)})
    for each in range(10):
        evening.minute(posts, 0, quarrels=blow(1, 0) if each % 2 == 0 else blow(0, 1))
    assert bool(evening.alarms(KIND)) is told
    for each in range(10):
        evening.minute(posts, 0, quarrels=blow(1, 0) if each % 2 == 0 else blow(0, 1))
    assert evening.alarms(KIND), "a few more are"


def test_under_a_bar_it_takes_more() -> None:
    evening = Evening(bar(10.0, KIND))
    evening.quiet(60)
    fought(evening, 18)
    assert evening.alarms(KIND) == []


def test_the_quieter_one_counts() -> None:
    assert feud(200, 2, 1.0, 12.0).quiet
    assert feud(9, 9, 1.0, 12.0).alarming
    assert feud(200, 9, 1.0, 12.0).surprise == feud(9, 9, 1.0, 12.0).surprise
