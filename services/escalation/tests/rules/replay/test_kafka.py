"""On a real Kafka, after the real stage: a known change gives its figures, no change none, and errors are clear."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from feuerwache.common.errors import TransientError
from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.decision import Action
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.topics import DECISIONS_MADE
from feuerwache.escalation.rules.replay.replaying import UnknownCommunity
from feuerwache.escalation.rules.replay.shadowing import read_shadow
from feuerwache.escalation.rules.replay.span import Span
from feuerwache.escalation.rules.replay.tape import NothingPassed
from feuerwache.escalation.rules.settings import RulesSettings
from support.replays import configuration, decided, past, text, tried
from support.rules import COMMUNITY, CONFIG, NOW, deleted, reported, reviewed, written
from support.rulestage import TOPICS, held_back, read, send, stage
from support.servers import KafkaServer

HOUR_AGO = Span(datetime.now(UTC) - timedelta(hours=1))


@pytest.fixture
def settings(kafka: KafkaServer, redis_url: str, topic_prefix: str, tmp_path: Path) -> RulesSettings:
    made = RulesSettings(
        config_dir=configuration(tmp_path / "present"),
        kafka_bootstrap=kafka.bootstrap,
        redis_url=SecretStr(redis_url),
        topic_prefix=topic_prefix,
        post_partitions=3,
        rules_report_threshold=1,
        shards=2,
    )
    asyncio.run(ensure_topics(made, TOPICS))
    return made


def judged_by_the_stage(settings: RulesSettings, posts: int) -> None:
    async def scenario() -> None:
        await send(settings, past(posts))
        async with stage(settings):
            await decided(settings, posts)

    asyncio.run(scenario())


def test_a_lower_threshold_hits_the_posts_between_the_two(settings: RulesSettings, tmp_path: Path) -> None:
    judged_by_the_stage(settings, 200)
    lower = configuration(tmp_path / "lower", insult="0.6")
    change = tried(settings, lower, span=HOUR_AGO)
    assert change.recorded
    assert (change.posts, change.compared, change.undecided) == (200, 200, 0)
    (insult,) = [rule for rule in change.rules if rule.rule == "insult"]
    assert (insult.before, insult.after, insult.newly_hit, insult.no_longer_hit) == (20, 40, 20, 0)
    # Numbers 3, 13, … insult with 0.7. Authors 3 and 13 have no other insults; nothing else is between the thresholds.
    assert all(int(each.post_id[1:]) % 10 == 3 for each in insult.new_examples)
    assert insult.new_examples[0].post_id == "p3"
    assert insult.new_examples[0].url == "https://example.org/posts/3"
    assert insult.new_examples[0].scores == {"insult": 0.7}
    assert insult.new_examples[0].text is None
    hide = next(each for each in change.actions if each.action == "hide")
    assert (hide.after - hide.before, hide.fewer) == (hide.more, 0)
    # From their third insult on, `repeated` removes what these two authors write: a consequence of the change itself.
    (repeated,) = [rule for rule in change.rules if rule.rule == "repeated"]
    assert repeated.newly_hit == 2 * (10 - 2)
    assert {each.author: each.changed for each in change.authors} == {"a3": 10, "a13": 10}
    assert (change.changed, change.stricter, change.milder) == (20, 20, 0)
    (links,) = [rule for rule in change.rules if rule.rule == "links"]
    assert (links.after, links.capped_before) == (40, links.capped_after)
    assert links.capped_before >= 20
    (alarms,) = change.alarms
    assert (alarms.alarms_before, alarms.alarms_after) == (20, 20)


@pytest.mark.parametrize("config", ("simple", "shipped"))
def test_the_same_rules_change_nothing_also_with_a_history_from_before_the_span(
    settings: RulesSettings, config: str
) -> None:
    """With the shipped configuration: ladders, departments, and what a brand's communities know together as well."""
    if config == "shipped":
        settings = settings.model_copy(update={"config_dir": CONFIG})

    async def scenario() -> datetime:
        async with stage(settings):
            await send(settings, past(100))
            await decided(settings, 100)
            between = datetime.now(UTC)
            later = past(100, begin=100)
            minute = timedelta(minutes=300)
            # Alone: which of two topics the stage reads first is not on record; a replay goes by the broker's time.
            await send(settings, [reviewed("p3", Action.REMOVE, author="a3", at=NOW + minute)])
            await decided(settings, 101)
            happened = [
                *(reported("p101", f"r{n}", author="a1", reporter=f"u{n}", at=NOW + minute) for n in range(4)),
                deleted("p102", author="a2", at=NOW + minute),
                written("p103", author="a3", revision=1, labels={"insult": 0.9}, at=NOW + minute),
                *(
                    written(
                        f"c{n}",
                        author=f"c{n}",
                        text="Kauft nur hier, nur heute, nur solange es reicht!",
                        at=NOW + minute + timedelta(seconds=n),
                    )
                    for n in range(6)
                ),
            ]
            await send(settings, [*later, *happened])
            # 100 posts, a review, one review after reports, a withdrawal, an edit, six copies
            await decided(settings, 100 + 100 + 1 + 1 + 1 + 1 + 6)
            return between

    between = asyncio.run(scenario())
    for processes in (1, 3):
        change = tried(settings, settings.config_dir, span=Span(between), processes=processes)
        assert change.processes == processes
        assert (change.posts, change.compared) == (107, 107)
        assert change.quiet, change.model_dump_json(indent=1)
        assert all(each.before == each.after for each in change.actions)
        assert (change.reports_before, change.reports_after) == (1, 1)
        assert all(rule.before == rule.after for rule in change.rules)
        # Nobody is new who had written before.
        hello = next(rule for rule in change.rules if rule.rule in ("hello", "first-post"))
        assert hello.after == 6


def test_posts_and_commands_come_in_the_order_of_the_stage_where_the_broker_had_another(
    settings: RulesSettings,
) -> None:
    """Of a the review was appended first and judged last; of b the last post was appended before the review."""

    def insult(author: str, number: int) -> Event[Payload]:
        at = NOW + timedelta(minutes=number)
        return written(f"{author}{number}", author=author, text=text(number), labels={"insult": 0.9}, at=at)

    async def scenario() -> tuple[datetime, datetime]:
        async with stage(settings):
            async with held_back(settings, reviewed("a1", author="a")) as late:
                await send(settings, [insult("a", number) for number in range(3)])
                await decided(settings, 3)
            await decided(settings, 4)
            await send(settings, [insult("a", 3), insult("b", 0), insult("b", 1)])
            await decided(settings, 7)
            async with held_back(settings, insult("b", 2)) as early:
                await send(settings, [reviewed("b1", author="b")])
                await decided(settings, 8)
            await decided(settings, 9)
        return late, early

    late, early = asyncio.run(scenario())
    made = [data for _, data in asyncio.run(read(settings, DECISIONS_MADE))]
    assert {each.ref.post_id: each.action for each in made if each.cause == "post"} == {
        **dict.fromkeys(("a0", "a1", "b0", "b1", "b2"), Action.HIDE),
        **dict.fromkeys(("a2", "a3"), Action.REMOVE),
    }
    for span in (HOUR_AGO, Span(late, warm_up=timedelta(0)), Span(HOUR_AGO.since, until=early)):
        change = tried(settings, settings.config_dir, span=span, processes=1)
        assert (change.posts, change.compared) == (7, 7), span
        assert change.quiet, f"{span}: {change.model_dump_json(indent=1)}"


def test_shadow_rules_are_counted_and_a_rule_that_goes_live_acts(settings: RulesSettings, tmp_path: Path) -> None:
    judged_by_the_stage(settings, 100)
    live = configuration(tmp_path / "live")
    rules = live / "rules" / "brand-de" / "10-rules.yaml"
    rules.write_text(rules.read_text().replace("  mode: shadow\n", ""))
    change = tried(settings, live, span=HOUR_AGO)
    (tone,) = [rule for rule in change.rules if rule.rule == "tone"]
    assert (tone.mode_before, tone.mode_after, tone.before, tone.after, tone.newly_hit) == ("shadow", "live", 10, 10, 0)
    assert change.changed == 10

    report = asyncio.run(read_shadow(settings, HOUR_AGO, None))
    (rule,) = report.rules
    assert (rule.rule, rule.hits, rule.actions, rule.communities) == ("tone", 10, ("review",), {COMMUNITY: 10})
    assert rule.examples[0].post_id in {f"p{number}" for number in range(8, 100, 10)}
    assert report.decisions == 100


def test_without_decisions_the_present_rules_are_the_other_side(settings: RulesSettings, tmp_path: Path) -> None:
    asyncio.run(send(settings, past(60)))
    change = tried(settings, configuration(tmp_path / "lower", insult="0.6"), span=HOUR_AGO, texts=True)
    assert not change.recorded
    assert (change.posts, change.changed) == (60, 6)
    (insult,) = [rule for rule in change.rules if rule.rule == "insult"]
    assert insult.new_examples[0].text == text(3)
    assert "worked_out" in {each.what for each in change.assumptions}


def test_only_one_community(settings: RulesSettings, tmp_path: Path) -> None:
    async def scenario() -> None:
        await send(settings, [*past(20), *past(30, begin=20, community="morgenrot-forum")])
        async with stage(settings):
            await decided(settings, 50)

    asyncio.run(scenario())
    lower = configuration(tmp_path / "lower", insult="0.6")
    change = tried(settings, lower, span=HOUR_AGO, communities=("morgenrot-forum",))
    assert (change.posts, change.changed) == (30, 3)
    with pytest.raises(UnknownCommunity, match="did you mean 'morgenrot-forum'"):
        tried(settings, lower, span=HOUR_AGO, communities=("morgenrot-form",))


def test_an_empty_span_says_what_there_is_instead(settings: RulesSettings) -> None:
    asyncio.run(send(settings, past(3)))
    long_ago = Span(NOW - timedelta(days=3000), NOW - timedelta(days=2999))
    with pytest.raises(NothingPassed, match=r"nothing passed between .* begins at 20"):
        tried(settings, settings.config_dir, span=long_ago)


def test_a_broker_that_is_away_is_an_error_with_its_address(settings: RulesSettings) -> None:
    away = settings.model_copy(update={"kafka_bootstrap": "127.0.0.1:1"})
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:1"):
        tried(away, settings.config_dir, span=HOUR_AGO)
