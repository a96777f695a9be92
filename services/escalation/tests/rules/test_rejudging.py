"""A decision follows from its evidence: judged again from what it recorded, it is the same; replayed, byte for byte."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import Action, DecisionMade, Standing
from feuerwache.escalation.rules.house import HouseRules, load_house_rules
from feuerwache.escalation.rules.judging.rejudging import rejudge
from support.rules import COMMUNITY, CONFIG, NOW, Judge, deleted, reported, reviewed, stood, written

RULES = load_house_rules(CONFIG)
LABELS: tuple[dict[str, float], ...] = (
    {},
    {},
    {},
    {"threat": 0.9},
    {"hate": 0.8},
    {"insult": 0.9, "negative": 0.9},
    {"spam": 0.9},
    {"complaint": 0.8},
)
TEXTS = (
    "Guten Abend zusammen, meine Aurora läuft.",
    "Nie wieder Morgenrot, kauft diese Maschine bloß nicht, sie ist nach drei Wochen kaputt!",
    "Schaut mal hier: https://beispiel.example/gewinn",
)


def evening(seed: int, count: int = 150) -> list[Event[Payload]]:
    """Posts, edits, reports and human words of some authors in some threads, with copies and floods."""
    random = Random(seed)
    events: list[Event[Payload]] = []
    for number in range(count):
        at = NOW + timedelta(seconds=20 * number)
        post, author = f"p{random.randrange(40)}", f"a{random.randrange(5)}"
        author = f"a{int(post[1:]) % 5}"
        match random.randrange(10):
            case 0:
                events.append(reported(post, f"r{number}", author=author, reporter=f"u{random.randrange(6)}", at=at))
            case 1:
                action = random.choice((Action.APPROVE, Action.HIDE))
                events.append(reviewed(post, action, author=author, at=at))
            case 2:
                events.append(stood(random.choice(list(Standing)), author=author, at=at))
            case 3 if random.random() < 0.3:
                events.append(deleted(post, author=author, at=at))
            case _:
                thread = random.choice((None, "t1", "t2"))
                labels, text = random.choice(LABELS), random.choice(TEXTS)
                links = ("https://beispiel.example/gewinn",) if "https" in text else ()
                more: dict[str, Any] = {
                    "revision": random.randrange(3),
                    "thread_id": thread,
                    "parent_id": thread,
                    "links": links,
                }
                events.append(written(post, author=author, labels=labels, text=text, at=at, **more))
    return events


def judged_again(rules: HouseRules, seed: int, size: int) -> int:
    """Judges an evening in batches of this size; how many decisions were judged again, all with the same end."""
    judge, again = Judge(rules), 0
    events = evening(seed)
    posts: dict[UUID, PostClassified] = {}
    for event in events:
        if isinstance(event.data, PostClassified):
            posts.setdefault(event.data.cause_id, event.data)  # a repeat is not judged, whatever it carries
    fresh = load_house_rules(CONFIG).houses[COMMUNITY] if rules is RULES else rules.houses[COMMUNITY]
    for start in range(0, len(events), size):
        for made in judge.take(*events[start : start + size]):
            decision = type(made).model_validate_json(made.model_dump_json())
            if isinstance(decision, DecisionMade) and decision.cause == "post":
                again += 1
                found = rejudge(decision, posts[decision.cause_id], fresh)
                assert (found.actions, found.rules) == (decision.actions, decision.rules)
    return again


@pytest.mark.parametrize("seed", range(6))
def test_from_its_evidence_each_decision_follows_again(seed: int) -> None:
    assert judged_again(RULES, seed, size=7) > 40


def test_quotas_and_failures_at_run_time_are_in_the_evidence_too(tmp_path: Path) -> None:
    for folder in ("rules/brand-de", "rules/canary"):
        (tmp_path / folder).mkdir(parents=True)
    for file in CONFIG.glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "rules/canary/a.yaml").write_text((CONFIG / "rules/canary/10-canary.yaml").read_text())
    (tmp_path / "rules/brand-de/a.yaml").write_text(
        """
- {id: heated, title: {de: Hitze, en: Heat}, when: thread.posts_1h >= 3, then: [hold], quota: 5/day}
- {id: copied, title: {de: Kopie, en: Copy}, when: matched.near_duplicate_authors >= 2, then: [hide, warn]}
- {id: broken, title: {de: Kaputt, en: Broken}, when: 10 / (post.link_count - 1) > 5, then: [remove]}
"""
    )
    rules = load_house_rules(tmp_path)
    judge = Judge(rules)
    judge.take(*evening(3))
    made = [event.data for event in judge.last.decisions if isinstance(event.data, DecisionMade)]
    assert any("over_quota" in each.evidence.matched for each in made)
    assert any("skipped_rules" in each.evidence.matched for each in made)
    assert judged_again(rules, 3, size=1000) > 40


def test_only_the_revision_it_was_made_about_judges_a_decision_again() -> None:
    judge, event = Judge(RULES), written()
    (decision,) = judge.take(event)
    assert isinstance(decision, DecisionMade)
    assert isinstance(event.data, PostClassified)
    other = written(revision=1).data
    assert isinstance(other, PostClassified)
    with pytest.raises(ValueError, match="something else"):
        rejudge(decision, other, RULES.houses[COMMUNITY])
    gone = deleted().data
    assert isinstance(gone, PostClassified)
    with pytest.raises(ValueError, match="only a written post"):
        rejudge(decision, gone, RULES.houses[COMMUNITY])


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_the_same_events_in_other_batches_give_the_same_bytes(size: int) -> None:
    events = evening(11)

    def told(batch: int) -> list[str]:
        judge, lines = Judge(RULES), list[str]()
        for start in range(0, len(events), batch):
            judge.take(*events[start : start + batch])
            found = (*judge.last.decisions, *judge.last.alarms)
            lines += [f"{event.id} {event.data.model_dump_json()}" for event in found]
        return sorted(lines)

    assert told(size) == told(20)
