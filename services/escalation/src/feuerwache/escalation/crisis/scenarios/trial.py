"""One story through the detectors as they are shipped, and what it is worth."""

from __future__ import annotations

from feuerwache.escalation.crisis.alarm import Alarm
from feuerwache.escalation.crisis.bars import Bar, Bars
from feuerwache.escalation.crisis.registry import sensitivity_of
from feuerwache.escalation.crisis.scenarios.story import Story
from feuerwache.escalation.crisis.scenarios.told import beats, history
from feuerwache.escalation.crisis.scenarios.verdict import Heard, Verdict, judged
from feuerwache.escalation.crisis.watch import Watch
from feuerwache.escalation.crisis.watched import Place
from feuerwache.escalation.crisis.week import start_of_minute

#: A story with an onset is told at least so long after it, for the false alarms beside it.
TOLD_AFTER_MINUTES = 60.0


def tried(story: Story, false_alarms_per_week: float) -> Verdict:
    heard, until = listened(story, false_alarms_per_week)
    return judged(story, heard, until)


def listened(story: Story, false_alarms_per_week: float) -> tuple[list[Heard], float]:
    """Every alarm, and the minute at which the story was left: caught, or too late to be."""
    watch = Watch(
        story.milieu.name,
        Place(story.milieu.calendar),
        sensitivity_of(false_alarms_per_week),
        Bars(Bar.of(each) for each in story.bars),
    )
    watch.learn(history(story))
    heard: list[Heard] = []
    at = float(story.begins)
    for beat in beats(story):
        at = beat.at
        said = watch.pulse(beat.increments) if beat.increments else []
        if at == int(at):
            said = [*said, *watch.tick(start_of_minute(int(at)))]
        heard += [
            Heard(at, each.kind, each.about, each.onset, each.severity) for each in said if isinstance(each, Alarm)
        ]
        if story.onset is not None and at >= story.onset + TOLD_AFTER_MINUTES:
            verdict = judged(story, heard, at)
            if not verdict.missed or at > story.onset + story.deadline_minutes:
                break
    return heard, at
